"""Every API call of the facts in depth, as data: which fact it tells, and what AWS answers in trouble."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from registry_monitor.inventory.facts import Fact, Inventory
from tests.unit.inventory.conftest import ec2_error, json_error, s3_error, xml_error
from tests.unit.inventory.depth.deep_account import BUCKETS, EXECUTION_ROLE, HOSTS, IMAGES, TASK_ROLE

type Pick = Callable[[Inventory], Fact[Any] | None]


@dataclass(frozen=True)
class InDepth:
    """One API call. ``nothing``: an answer of AWS that does not say what it should."""

    call: str  # as IAM names it
    service: str
    fact: Pick
    error: Callable[[str], str] = json_error
    nothing: str = "{}"

    @property
    def operation(self) -> str:
        """The call as its API names it."""
        return self.call.partition(":")[2]

    def __str__(self) -> str:
        return self.call


def _ec2(operation: str, fact: Pick) -> InDepth:
    return InDepth(f"ec2:{operation}", "ec2", fact, ec2_error, f"<{operation}Response/>")


def _iam(operation: str, role: str) -> InDepth:
    nothing = f"<{operation}Response><{operation}Result/></{operation}Response>"
    return InDepth(f"iam:{operation}", "iam", lambda inventory: inventory.roles[role], xml_error, nothing)


def _route53(operation: str) -> InDepth:
    call = f"route53:{operation}"
    nothing = f"<{operation}Response/>"
    return InDepth(call, "route53", lambda inventory: inventory.host_records[HOSTS[0]], xml_error, nothing)


def _first[T](facts: dict[str, Fact[T]]) -> Fact[T]:
    return next(iter(facts.values()))


def _ecs(operation: str, fact: Pick) -> InDepth:
    return InDepth(f"ecs:{operation}", "ecs", fact)


# The calls of one round are of different facts, so that all of them can be in trouble at once.
ROUNDS: tuple[tuple[InDepth, ...], ...] = (
    (
        _ec2("DescribeSecurityGroups", lambda inventory: inventory.security_groups),
        _ec2("DescribeSubnets", lambda inventory: inventory.network),
        _route53("ListHostedZones"),
        InDepth("acm:DescribeCertificate", "acm", lambda inventory: _first(inventory.certificates)),
        InDepth(
            "wafv2:GetWebACLForResource",
            "wafv2",
            lambda inventory: inventory.firewalls["deep-0"],
            nothing='{"WebACL": {"Id": "nameless"}}',
        ),
        InDepth("ecr:DescribeImages", "ecr", lambda inventory: inventory.images[f"{IMAGES}/deep-auth:2"]),
        InDepth("secretsmanager:DescribeSecret", "secretsmanager", lambda inventory: inventory.secrets["deep-keys"]),
        _iam("ListRolePolicies", TASK_ROLE),
        InDepth("s3:GetBucketPolicy", "s3", lambda inventory: inventory.bucket_policies[BUCKETS[0]], s3_error),
        InDepth("logs:FilterLogEvents", "logs", lambda inventory: inventory.log_tails["deep-auth"]),
        _ecs("ListTasks", lambda inventory: inventory.stopped_tasks),
    ),
    (
        _ec2("DescribeNetworkAcls", lambda inventory: inventory.network),
        _route53("ListResourceRecordSets"),
        _iam("GetRolePolicy", TASK_ROLE),
        _iam("GetPolicy", EXECUTION_ROLE),
        _ecs("DescribeTasks", lambda inventory: inventory.stopped_tasks),
    ),
    (
        _ec2("DescribeRouteTables", lambda inventory: inventory.network),
        _iam("ListAttachedRolePolicies", TASK_ROLE),
    ),
    (
        _ec2("DescribeVpcEndpoints", lambda inventory: inventory.network),
        _iam("GetPolicyVersion", EXECUTION_ROLE),
    ),
    (
        _ec2("DescribeNatGateways", lambda inventory: inventory.network),
        _ecs("DescribeTaskDefinition", lambda inventory: _first(inventory.previous_definitions)),
    ),
)
