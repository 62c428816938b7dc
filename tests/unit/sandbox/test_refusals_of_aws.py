"""What AWS refuses to the monitor, as a boto3 client of the monitor's meets it; the sandbox's own clients go on."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from botocore.model import OperationNotFoundError

from tests.sandbox.aws.calls import MONITOR_CREDENTIALS
from tests.sandbox.aws.control_plane import REGION
from tests.sandbox.aws.refusals import ALL, How
from tests.sandbox.platforms import ARTIFACTS_BUCKET, CLUSTER, DATABASE_SECRET, REPORTS_BUCKET
from tests.sandbox.sandbox import Sandbox

PATIENCE_S = 0.5
# One call for each protocol in which AWS speaks, with what IAM calls it.
CALLS: list[tuple[str, str, dict[str, Any], str]] = [
    ("ecs", "DescribeServices", {"cluster": CLUSTER, "services": ["any"]}, "ecs:DescribeServices"),
    ("elbv2", "DescribeTargetGroups", {}, "elasticloadbalancing:DescribeTargetGroups"),
    ("rds", "DescribeDBInstances", {}, "rds:DescribeDBInstances"),
    ("ec2", "DescribeSecurityGroups", {}, "ec2:DescribeSecurityGroups"),
    ("s3", "GetBucketEncryption", {"Bucket": ARTIFACTS_BUCKET}, "s3:GetEncryptionConfiguration"),
    ("s3", "PutObject", {"Bucket": REPORTS_BUCKET, "Key": "hokusai-development/any.json"}, "s3:PutObject"),
    ("route53", "ListHostedZones", {}, "route53:ListHostedZones"),
    (
        "cloudwatch",
        "GetMetricData",
        {"MetricDataQueries": [], "StartTime": 0, "EndTime": 60},
        "cloudwatch:GetMetricData",
    ),
]
IDS = [action for *_, action in CALLS]


def monitor_client(sandbox: Sandbox, service: str, region: str = REGION) -> Any:
    """Return a client with the monitor's credentials, that tries once."""
    config = Config(read_timeout=PATIENCE_S, retries={"total_max_attempts": 1})
    url = sandbox.world.control_plane.url
    return boto3.client(service, region_name=region, endpoint_url=url, config=config, **MONITOR_CREDENTIALS)


def ask(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
    """Make a call by the name that the API has for it."""
    (method,) = [name for name, called in client.meta.method_to_api_mapping.items() if called == operation]
    return getattr(client, method)(**arguments)


@contextmanager
def refused(sandbox: Sandbox, service: str, operation: str, how: How) -> Iterator[None]:
    """Refuse for a while."""
    sandbox.world.refuse(service, operation, how)
    try:
        yield
    finally:
        sandbox.world.allow(service, operation)


@pytest.mark.parametrize(("service", "operation", "arguments", "action"), CALLS, ids=IDS)
def test_denied__in_the_words_of_iam(
    sandbox: Sandbox, service: str, operation: str, arguments: dict[str, Any], action: str
) -> None:
    """A denial names the action; the sandbox's own client is answered, and so is the monitor's afterwards."""
    client = monitor_client(sandbox, service)
    with refused(sandbox, service, operation, "denied"):
        with pytest.raises(ClientError, match=f"not authorized to perform: {action}") as denied:
            ask(client, operation, arguments)
        assert denied.value.response["Error"]["Code"] in (
            "AccessDenied",
            "AccessDeniedException",
            "UnauthorizedOperation",
        )
        assert ask(sandbox.world.client(service), operation, arguments)
    assert ask(client, operation, arguments)


@pytest.mark.parametrize(
    ("service", "code"),
    [
        ("ecs", "ThrottlingException"),
        ("elbv2", "Throttling"),
        ("ec2", "RequestLimitExceeded"),
        ("s3", "SlowDown"),
        ("route53", "Throttling"),
    ],
)
def test_throttled__in_the_service_s_own_code(sandbox: Sandbox, service: str, code: str) -> None:
    """Each service has its own word for "too many requests"."""
    operation, arguments = next((name, given) for asked, name, given, _ in CALLS if asked == service)
    with refused(sandbox, service, operation, "throttled"):
        with pytest.raises(ClientError, match="Rate exceeded") as throttled:
            ask(monitor_client(sandbox, service), operation, arguments)
        assert throttled.value.response["Error"]["Code"] == code


def test_one_operation__leaves_the_others(sandbox: Sandbox) -> None:
    """What is refused is one operation of one service."""
    with refused(sandbox, "elbv2", "DescribeListeners", "denied"):
        assert monitor_client(sandbox, "elbv2").describe_load_balancers()["LoadBalancers"]
        assert monitor_client(sandbox, "ecs").list_tasks(cluster=CLUSTER)["taskArns"]


@pytest.mark.parametrize(("how", "error"), [("silent", ReadTimeoutError), ("dropped", ConnectionClosedError)])
def test_whole_service__out_of_reach(sandbox: Sandbox, how: How, error: type[Exception]) -> None:
    """Silence is waited for, a dropped connection is noticed at once; every operation of the service has it."""
    elbv2 = monitor_client(sandbox, "elbv2")
    with refused(sandbox, "elbv2", ALL, how):
        for call in (elbv2.describe_load_balancers, elbv2.describe_target_groups):
            with pytest.raises(error):
                call()
    assert elbv2.describe_load_balancers()["LoadBalancers"]


# One call for each protocol of what the role does not allow, though its action is one that the monitor has.
ELSEWHERE: list[tuple[str, str, dict[str, Any], str]] = [
    ("ecs", "DescribeServices", {"cluster": "other", "services": ["any"]}, "service/other/any"),
    ("ecs", "ListTasks", {"cluster": "other"}, "*"),
    ("secretsmanager", "GetSecretValue", {"SecretId": DATABASE_SECRET}, f"secret:{DATABASE_SECRET}-"),
    ("iam", "ListRolePolicies", {"RoleName": "somebody-elses"}, "role/somebody-elses"),
    ("s3", "GetObject", {"Bucket": ARTIFACTS_BUCKET, "Key": "a/model.pkl"}, f"{ARTIFACTS_BUCKET}/a/model.pkl"),
    ("s3", "PutObject", {"Bucket": REPORTS_BUCKET, "Key": "other-target/any"}, f"{REPORTS_BUCKET}/other-target/any"),
]


@pytest.mark.parametrize(("service", "operation", "arguments", "resource"), ELSEWHERE)
def test_other_resource__is_denied_by_the_role_itself(
    sandbox: Sandbox, service: str, operation: str, arguments: dict[str, Any], resource: str
) -> None:
    """Without any refusal being told: it is the template's role that is asked, and AWS names what was asked."""
    with pytest.raises(ClientError, match="because no identity-based policy allows the") as denied:
        ask(monitor_client(sandbox, service), operation, arguments)
    assert f"{service}:{operation} on resource: " in str(denied.value)
    assert resource in str(denied.value)
    assert denied.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 403)


def test_other_region__is_denied_where_no_resource_can_be_named(sandbox: Sandbox) -> None:
    """EC2 is asked about everything, in the stack's own region alone; its denial has a code of its own."""
    client = monitor_client(sandbox, "ec2", region="eu-west-3")
    with pytest.raises(ClientError, match=r"ec2:DescribeSubnets on resource: [*]") as denied:
        client.describe_subnets()
    assert denied.value.response["Error"]["Code"] == "UnauthorizedOperation"


def test_call_that_nobody_has_mapped__is_denied_and_kept(sandbox: Sandbox) -> None:
    """Whoever makes it is told where to say what it needs; the sandbox fails when it ends."""
    unmapped = sandbox.world.control_plane.refusals.unmapped
    assert unmapped == set()
    with pytest.raises(ClientError, match="ecs:ListClusters is in no row"):
        monitor_client(sandbox, "ecs").list_clusters()
    assert [text.partition(" ")[0] for text in unmapped] == ["ecs:ListClusters"]
    unmapped.clear()


def test_mistakes__are_told(sandbox: Sandbox) -> None:
    """An operation that AWS does not have, or that is not refused, is a mistake of whoever names it."""
    with pytest.raises(OperationNotFoundError):
        sandbox.world.refuse("ecs", "DescribeService")
    with pytest.raises(KeyError, match="ecs:DescribeServices is not refused"):
        sandbox.world.allow("ecs", "DescribeServices")
