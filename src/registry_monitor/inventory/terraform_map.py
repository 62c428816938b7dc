"""Reads the map of Terraform addresses from where the target file says that the platform's pipeline puts it."""

from pathlib import Path
from typing import Any

from registry_monitor.inventory.aws import ClientOf
from registry_monitor.inventory.facts import Fact
from registry_monitor.inventory.once import ReadOnce
from registry_monitor.model import CannotTellError
from registry_monitor.target import Target
from registry_monitor.terraform import TerraformMap, TerraformMapError, parse_map

GET_OBJECT = "s3:GetObject"
READ_FILE = "file"  # the source of a map that is a path
LARGEST_MAP_BYTES = 5_000_000
_S3 = "s3://"

# What findings name, and beside what something absent would stand: a run keeps no more of the map than this.
KEPT_TYPES = frozenset(
    f"aws_{name}"
    for name in (
        *("acm_certificate", "cloudwatch_log_group", "db_instance", "db_subnet_group", "ecr_repository"),
        *("ecs_cluster", "ecs_service", "ecs_task_definition"),
        *("elasticache_replication_group", "elasticache_subnet_group"),
        *("iam_role", "iam_role_policy", "iam_role_policy_attachment", "lambda_function"),
        *("lb", "lb_listener", "lb_listener_rule", "lb_target_group"),
        *("nat_gateway", "network_acl", "network_acl_rule", "route", "route_table", "subnet", "vpc", "vpc_endpoint"),
        *("route53_record", "route53_zone", "s3_bucket"),
        *("secretsmanager_secret", "secretsmanager_secret_version"),
        *("security_group", "vpc_security_group_ingress_rule"),
        *("service_discovery_service", "servicequotas_service_quota", "wafv2_web_acl"),
    )
)


class TerraformMapReading:
    """The map of one run: read once, when first asked for."""

    def __init__(self, target: Target, client_of: ClientOf) -> None:
        self._target = target
        self._client_of = client_of
        self.is_in_s3 = (target.terraform_map or "").startswith(_S3)
        self._read = ReadOnce(GET_OBJECT if self.is_in_s3 else READ_FILE, self._read_map)

    def begin(self) -> None:
        """Begin to read it in a daemon thread, where the target names one."""
        if self._target.terraform_map:
            self._read.begin(self._target.terraform_map)

    def fact(self, timeout_s: float) -> Fact[TerraformMap] | None:
        """The map; None where the target names none."""
        return self._read.fact(self._target.terraform_map, timeout_s) if self._target.terraform_map else None

    def by_now(self) -> Fact[TerraformMap] | None:
        """The map as far as it was read; None where nobody has asked for it."""
        return next(iter(self._read.all_by_now().values()), None)

    def _read_map(self, place: str) -> TerraformMap:
        if self.is_in_s3:
            content = _read_object(self._client_of("s3", self._target.region), place)
        else:
            content = _read_file(place)
        if len(content) > LARGEST_MAP_BYTES:
            raise CannotTellError(f"{place} is larger than {LARGEST_MAP_BYTES // 1_000_000} MB: {_REMEDY}")
        try:
            return parse_map(content.decode("utf-8")).of_types(KEPT_TYPES)
        except UnicodeDecodeError:
            raise CannotTellError(f"{place} is not text in UTF-8: {_REMEDY}") from None
        except TerraformMapError as error:
            raise CannotTellError(f"{place} {error}") from None


_REMEDY = "put there what python -m registry_monitor terraform-map prints"


def _read_object(client: Any, place: str) -> bytes:
    """The object, or more of it than a map may have."""
    bucket, _, key = place.removeprefix(_S3).partition("/")
    try:
        answer = client.get_object(Bucket=bucket, Key=key)
    except (client.exceptions.NoSuchKey, client.exceptions.NoSuchBucket) as error:
        code = error.response["Error"]["Code"]
        raise CannotTellError(f"{place} does not exist ({GET_OBJECT}: {code}): {_REMEDY}") from None
    with answer["Body"] as body:
        content: bytes = body.read(LARGEST_MAP_BYTES + 1)
    return content


def _read_file(place: str) -> bytes:
    try:
        with Path(place).open("rb") as file:
            return file.read(LARGEST_MAP_BYTES + 1)
    except OSError as error:
        raise CannotTellError(f"{place} cannot be read ({error.strerror}): {_REMEDY}") from None
