"""Which operation fails how, in which run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from tests.sandbox.aws.calls import Call
from tests.torture.aws.faults import FAULTS, PAGE_FAULTS, is_of, mixed, only, page_tokens
from tests.torture.aws.layer import Choose

_EVENTS: Mapping[str, Mapping[str, object]] = {
    "light": {"depth": "light"},
    "full": {"suites": ["infrastructure_health", "services", "services_direct"], "depth": "full"},  # all that asks AWS
    "scheduled": {"depth": "light", "reason": "schedule"},
}
_TROUBLE = "ECS-05"  # an image that is not there: AWS alone knows the cause
# What one run of each kind asks, counted at the sandbox; ``ready`` compares.
LIGHT_CALLS = (
    "ecs:DescribeServices", "elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetHealth", "secretsmanager:GetSecretValue",
)  # fmt: skip
FULL_CALLS = (
    *LIGHT_CALLS, "acm:DescribeCertificate", "ec2:DescribeNatGateways", "ec2:DescribeNetworkAcls",
    "ec2:DescribeRouteTables", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcEndpoints",
    "ecr:DescribeImages", "ecs:DescribeTaskDefinition", "ecs:DescribeTasks", "ecs:ListTasks",
    "elasticache:DescribeCacheClusters", "elasticache:DescribeReplicationGroups",
    "elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeRules", "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies", "iam:ListRolePolicies", "monitoring:GetMetricData",
    "rds:DescribeDBInstances", "route53:ListHostedZones", "route53:ListResourceRecordSets", "s3:GetBucketEncryption",
    "s3:GetBucketPolicy", "secretsmanager:DescribeSecret", "servicediscovery:ListInstances",
    "wafv2:GetWebACLForResource",
)  # fmt: skip
STATE_CALLS = ("s3:GetObject", "s3:HeadObject", "s3:PutObject")
TROUBLE_CALLS = ("logs:FilterLogEvents", "ecs:DescribeServices", "ecs:DescribeTasks", "ecr:DescribeImages")
_SILENT = (  # slow to try: one of each service
    "acm:DescribeCertificate", "ec2:DescribeSubnets", "ecr:DescribeImages", "ecs:DescribeServices", "ecs:ListTasks",
    "elasticache:DescribeReplicationGroups", "elasticloadbalancing:DescribeRules", "iam:ListRolePolicies",
    "monitoring:GetMetricData", "rds:DescribeDBInstances", "route53:ListHostedZones", "s3:GetBucketEncryption",
    "secretsmanager:GetSecretValue", "servicediscovery:ListInstances", "wafv2:GetWebACLForResource",
)  # fmt: skip
_LIGHT_MIXES, _FULL_MIXES, _TROUBLE_MIXES = 10, 20, 10
_OLD = ("from before, empty", "from before, one less")
_QUICK = tuple(name for name in FAULTS if name not in ("silent", "from before, missing"))
_FULL_QUICK = ("throttled", "error 500", "dropped", "truncated", "other types", *_OLD)


@dataclass(frozen=True)
class Trial:
    """One fault run. ``kind``: of run, compared with others of its kind; ``choose``: makes what spoils the answers."""

    kind: str
    what: str
    choose: Callable[[], Choose]

    @property
    def name(self) -> str:
        """Kind, and what fails."""
        return f"{self.kind}: {self.what}"

    @property
    def event(self) -> Mapping[str, object]:
        """What the function is called with."""
        return _EVENTS[self.kind.partition(" ")[0]]

    @property
    def scenario(self) -> str | None:
        """How the platform is broken meanwhile."""
        return self.kind.partition(" of ")[2] or None

    @property
    def is_scheduled(self) -> bool:
        """Whether it reads and writes what is kept from run to run."""
        return self.event.get("reason") == "schedule"


def all_trials() -> list[Trial]:
    """Each operation in turn, then all at random."""
    trouble = f"full of {_TROUBLE}"
    plan = [
        *(("light", call, how) for call in LIGHT_CALLS for how in (*_QUICK, "silent")),
        *(("full", call, how) for call in FULL_CALLS for how in _FULL_QUICK),
        *(("full", call, "silent") for call in _SILENT),
        *(("full", call, "from before, missing") for call in ("ecs:DescribeServices", "ecs:DescribeTasks")),
        *(("scheduled", call, how) for call in STATE_CALLS for how in (*_QUICK[:-2], "silent")),
        *((trouble, call, how) for call in TROUBLE_CALLS for how in _FULL_QUICK[:5]),
    ]
    alone = [
        Trial(kind, f"{call}: {how}", partial(only, call, FAULTS[how]))
        for kind, call, how in plan
        if is_of(_call(call), how)
    ]
    pages = [
        Trial("full", f"{call}: {how}", partial(_paging, call, how))
        for call in FULL_CALLS
        if page_tokens(_call(call))
        for how in PAGE_FAULTS
    ]
    mixes = [("light", _LIGHT_MIXES), ("full", _FULL_MIXES), (trouble, _TROUBLE_MIXES)]
    random = [Trial(kind, f"mix {seed}", partial(mixed, seed)) for kind, count in mixes for seed in range(count)]
    return [*alone, *pages, *random]


def _paging(call: str, how: str) -> Choose:
    return only(call, PAGE_FAULTS[how]())


def _call(name: str) -> Call:
    service, _, operation = name.partition(":")
    return Call(service, "us-east-1", operation, {})
