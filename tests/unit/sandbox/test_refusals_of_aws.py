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
from tests.sandbox.platforms import ARTIFACTS_BUCKET, CLUSTER, DATABASE
from tests.sandbox.sandbox import Sandbox

PATIENCE_S = 0.5
# One call for each protocol in which AWS speaks, with what IAM calls it.
CALLS: list[tuple[str, str, dict[str, Any], str]] = [
    ("ecs", "DescribeServices", {"cluster": CLUSTER, "services": ["any"]}, "ecs:DescribeServices"),
    ("elbv2", "DescribeTargetGroups", {}, "elasticloadbalancing:DescribeTargetGroups"),
    ("rds", "DescribeDBInstances", {}, "rds:DescribeDBInstances"),
    ("ec2", "DescribeSecurityGroups", {}, "ec2:DescribeSecurityGroups"),
    ("s3", "GetBucketEncryption", {"Bucket": ARTIFACTS_BUCKET}, "s3:GetEncryptionConfiguration"),
    ("s3", "ListBuckets", {}, "s3:ListBuckets"),
    ("route53", "ListHostedZones", {}, "route53:ListHostedZones"),
    (
        "cloudwatch",
        "GetMetricData",
        {"MetricDataQueries": [], "StartTime": 0, "EndTime": 60},
        "cloudwatch:GetMetricData",
    ),
]
IDS = [action for *_, action in CALLS]


def monitor_client(sandbox: Sandbox, service: str) -> Any:
    """Return a client with the monitor's credentials, that tries once."""
    config = Config(read_timeout=PATIENCE_S, retries={"total_max_attempts": 1})
    url = sandbox.world.control_plane.url
    return boto3.client(service, region_name=REGION, endpoint_url=url, config=config, **MONITOR_CREDENTIALS)


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
    with refused(sandbox, "rds", "DescribeDBInstances", "denied"):
        assert monitor_client(sandbox, "rds").describe_db_subnet_groups()["DBSubnetGroups"]
        assert monitor_client(sandbox, "ecs").list_clusters()["clusterArns"]


@pytest.mark.parametrize(("how", "error"), [("silent", ReadTimeoutError), ("dropped", ConnectionClosedError)])
def test_whole_service__out_of_reach(sandbox: Sandbox, how: How, error: type[Exception]) -> None:
    """Silence is waited for, a dropped connection is noticed at once; every operation of the service has it."""
    rds = monitor_client(sandbox, "rds")
    with refused(sandbox, "rds", ALL, how):
        for call in (rds.describe_db_instances, rds.describe_db_subnet_groups):
            with pytest.raises(error):
                call()
    assert rds.describe_db_instances(DBInstanceIdentifier=DATABASE)["DBInstances"]


def test_mistakes__are_told(sandbox: Sandbox) -> None:
    """An operation that AWS does not have, or that is not refused, is a mistake of whoever names it."""
    with pytest.raises(OperationNotFoundError):
        sandbox.world.refuse("ecs", "DescribeService")
    with pytest.raises(KeyError, match="ecs:DescribeServices is not refused"):
        sandbox.world.allow("ecs", "DescribeServices")
