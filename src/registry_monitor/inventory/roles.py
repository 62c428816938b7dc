"""What IAM allows the roles of the platform's tasks."""

from collections.abc import Iterator
from typing import Any

from registry_monitor.inventory.aws_errors import asking
from registry_monitor.inventory.deep_facts import Role, Statement
from registry_monitor.inventory.paging import pages_of
from registry_monitor.inventory.parsing import roles as parsing

LIST_INLINE = "iam:ListRolePolicies"
GET_INLINE = "iam:GetRolePolicy"
LIST_ATTACHED = "iam:ListAttachedRolePolicies"
GET_ATTACHED = "iam:GetPolicy"
GET_ATTACHED_TEXT = "iam:GetPolicyVersion"

_OWNED_BY_AWS = ":iam::aws:policy/"  # what they allow is documented, so that their names are enough


def read_role(client: Any, arn: str) -> Role | None:
    """One role with its policies, or None where there is none of this ARN."""
    name = arn.rpartition("/")[2]
    with asking(LIST_INLINE):
        pages = pages_of(client, "list_role_policies", RoleName=name)
        try:
            inline = [policy for page in pages for policy in page["PolicyNames"]]
        except client.exceptions.NoSuchEntityException:
            return None
    with asking(LIST_ATTACHED):
        pages = pages_of(client, "list_attached_role_policies", RoleName=name)
        attached = [policy for page in pages for policy in page["AttachedPolicies"]]
        names = tuple(policy["PolicyName"] for policy in attached)
    statements = [*_of_inline(client, name, inline), *_of_attached(client, [each["PolicyArn"] for each in attached])]
    return Role(arn=arn, name=name, managed=names, statements=tuple(statements))


def _of_inline(client: Any, role: str, policies: list[str]) -> Iterator[Statement]:
    with asking(GET_INLINE):
        for policy in policies:
            answer = client.get_role_policy(RoleName=role, PolicyName=policy)
            yield from parsing.statements(answer["PolicyDocument"])


def _of_attached(client: Any, arns: list[str]) -> Iterator[Statement]:
    for arn in arns:
        if _OWNED_BY_AWS in arn:
            continue
        with asking(GET_ATTACHED):
            version = client.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        with asking(GET_ATTACHED_TEXT):
            answer = client.get_policy_version(PolicyArn=arn, VersionId=version)
            yield from parsing.statements(answer["PolicyVersion"]["Document"])
