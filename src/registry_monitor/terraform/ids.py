"""By which names the AWS provider's resources are known: what it makes their ids of, and what AWS and people say.

Each resource type has an id of its own making (the provider's documentation, "Import" of each resource), and AWS's
answers do not tell all of them: routes and entries of network ACLs have none of AWS's own, a task definition changes
its ARN with each revision, a secret's ARN ends in six random characters.
"""

import re
import zlib
from collections.abc import Iterator

_PROTOCOL_NAMES = {"6": "tcp", "17": "udp", "1": "icmp", "-1": "all"}
_RECORD_ID = re.compile(r"Z[A-Z0-9]+_(?P<name>.+)_(?P<kind>A|CNAME)(_.*)?")
_ATTACHMENT_ID = re.compile(r"(?P<role>.+)-\d{18}[0-9a-f]{8}")  # the time, and a counter
_REVISION = re.compile(r":\d+$")
_SUFFIX_OF_SECRET = re.compile(r"-[A-Za-z0-9]{6}$")


def names_of(resource_type: str, identifier: str | None, arn: str | None) -> Iterator[str]:
    """All names by which a resource of a map may be asked for, the exact ones first."""
    yield from filter(None, (identifier, arn))
    if identifier and resource_type == "aws_route53_record" and (record := _RECORD_ID.fullmatch(identifier)):
        yield record["name"].rstrip(".")
    is_attachment = resource_type == "aws_iam_role_policy_attachment"
    if identifier and is_attachment and (attachment := _ATTACHMENT_ID.fullmatch(identifier)):
        yield attachment["role"]
    if arn and arn.count(":") >= 5:
        yield from _names_in_arn(resource_type, arn)


def names_asked(resource_type: str, arn_or_id: str) -> Iterator[str]:
    """What a resource may be called in a map, given its ARN, its id or the id by which it would be imported."""
    yield arn_or_id
    match resource_type:
        case "aws_ecs_task_definition":  # a pipeline registers revisions that Terraform does not know
            yield _REVISION.sub("", arn_or_id)
        case "aws_route":
            table, _, destination = arn_or_id.partition("_")
            yield f"r-{table}{zlib.crc32(destination.encode())}"
        case "aws_network_acl_rule" if arn_or_id.count(":") == 3:
            acl, number, protocol, is_egress = arn_or_id.split(":")
            for written in (protocol, _PROTOCOL_NAMES.get(protocol, protocol)):
                yield f"nacl-{zlib.crc32(f'{acl}-{number}-{is_egress}-{written}-'.encode())}"


def _names_in_arn(resource_type: str, arn: str) -> Iterator[str]:
    of_resource = arn.split(":", 5)[5]
    name = re.split(r"[:/]", of_resource, maxsplit=1)[-1]  # behind "db:", "service/", "loadbalancer/" …
    match resource_type:
        case "aws_db_instance":  # its id has been an id of AWS's own since version 5 of the provider
            yield name
        case "aws_lb":
            yield from name.split("/")[1:2]  # app/<name>/<hash>
        case "aws_lb_target_group" | "aws_ecs_cluster":
            yield name.partition("/")[0]
        case "aws_ecs_service":
            yield from (name, name.rpartition("/")[2])  # <cluster>/<name>, in old ARNs the name alone
        case "aws_secretsmanager_secret" | "aws_secretsmanager_secret_version":
            yield from (name, _SUFFIX_OF_SECRET.sub("", name), _SUFFIX_OF_SECRET.sub("", arn))
        case "aws_ecs_task_definition":
            yield from (_REVISION.sub("", arn), name)
