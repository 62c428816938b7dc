"""What IAM is asked about a call, read from real requests as botocore signs and sends them."""

import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest

from tests.sandbox.aws.calls import MONITOR_CREDENTIALS, Call, Environ, call_of_monitor
from tests.sandbox.aws.iam.authorization import TOPICS_KEY, UnmappedCallError, questions
from tests.sandbox.aws.iam.policies import Question

REGION = "eu-west-3"
OURS = f"{REGION}:123456789012"
SECRET = f"arn:aws:secretsmanager:{OURS}:secret:monitor/ours-AbCdEf"
BALANCER = f"arn:aws:elasticloadbalancing:{OURS}:loadbalancer/app/web/50dc6c495c0c9188"
POLICY = "arn:aws:iam::123456789012:policy/tasks"


class _SentError(Exception):
    """A request was about to leave."""

    def __init__(self, request: AWSPreparedRequest) -> None:
        self.request = request


def _stop(request: AWSPreparedRequest, **_: object) -> None:
    raise _SentError(request)


def sent(service: str, operation: str, arguments: Mapping[str, Any], **credentials: str) -> Environ:
    """The request of a call, as a server has it."""
    client = boto3.client(
        service, region_name=REGION, endpoint_url="http://127.0.0.1:9", **(credentials or MONITOR_CREDENTIALS)
    )
    client.meta.events.register("before-send", _stop)
    [method] = [name for name, called in client.meta.method_to_api_mapping.items() if called == operation]
    with pytest.raises(_SentError) as caught:
        getattr(client, method)(**arguments)
    request = caught.value.request
    url, body = urlsplit(request.url), _bytes(request.body)
    headers = {f"HTTP_{name.upper().replace('-', '_')}": _text(value) for name, value in request.headers.items()}
    return {
        **headers,
        "REQUEST_METHOD": request.method,
        "PATH_INFO": url.path,
        "QUERY_STRING": url.query,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }


def _bytes(body: object) -> bytes:
    """A form is a text, and a stream stands for an object of S3, of which nothing is read."""
    return body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else b""


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def asked(service: str, operation: str, **arguments: Any) -> list[Question]:
    """What IAM is asked about a call of the monitor's."""
    call = call_of_monitor(sent(service, operation, arguments))
    assert isinstance(call, Call)
    assert call.operation == operation
    return list(questions(call))


ROWS: list[tuple[str, str, dict[str, Any], list[tuple[str, str]]]] = [
    (
        "ecs",
        "DescribeServices",
        {"cluster": "ours", "services": ["a", f"arn:aws:ecs:{OURS}:service/ours/b"]},
        [("ecs:DescribeServices", f"arn:aws:ecs:{OURS}:service/ours/{each}") for each in "ab"],
    ),
    (
        "ecs",
        "DescribeTasks",
        {"cluster": f"arn:aws:ecs:{OURS}:cluster/ours", "tasks": ["0af"]},
        [("ecs:DescribeTasks", f"arn:aws:ecs:{OURS}:task/ours/0af")],
    ),
    ("ecs", "ListTasks", {"cluster": "ours"}, [("ecs:ListTasks", "*")]),
    ("ec2", "DescribeSubnets", {}, [("ec2:DescribeSubnets", "*")]),
    ("elbv2", "DescribeRules", {"ListenerArn": "arn:any"}, [("elasticloadbalancing:DescribeRules", "*")]),
    (
        "rds",
        "DescribeDBInstances",
        {"DBInstanceIdentifier": "mlflow"},
        [("rds:DescribeDBInstances", f"arn:aws:rds:{OURS}:db:mlflow")],
    ),
    ("rds", "DescribeDBInstances", {}, [("rds:DescribeDBInstances", f"arn:aws:rds:{OURS}:db:*")]),
    (
        "iam",
        "GetRolePolicy",
        {"RoleName": "tasks", "PolicyName": "any"},
        [("iam:GetRolePolicy", "arn:aws:iam::123456789012:role/tasks")],
    ),
    ("iam", "GetPolicyVersion", {"PolicyArn": POLICY, "VersionId": "v2"}, [("iam:GetPolicyVersion", POLICY)]),
    ("s3", "GetBucketEncryption", {"Bucket": "models"}, [("s3:GetEncryptionConfiguration", "arn:aws:s3:::models")]),
    ("s3", "HeadBucket", {"Bucket": "reports"}, [("s3:ListBucket", "arn:aws:s3:::reports")]),
    (
        "s3",
        "PutObject",
        {"Bucket": "reports", "Key": "ours/runs/a b.json", "Body": b"{}"},
        [("s3:PutObject", "arn:aws:s3:::reports/ours/runs/a b.json")],
    ),
    (
        "s3",
        "PutObject",
        {"Bucket": "reports", "Key": "ours/runs/a.json", "Body": b"{}", "Tagging": "of=a run"},
        [(f"s3:{action}", "arn:aws:s3:::reports/ours/runs/a.json") for action in ("PutObject", "PutObjectTagging")],
    ),
    (
        "s3",
        "PutObject",
        {"Bucket": "reports", "Key": "ours/state/a.json", "Body": b"{}", "IfMatch": '"etag"'},
        [(f"s3:{action}", "arn:aws:s3:::reports/ours/state/a.json") for action in ("PutObject", "GetObject")],
    ),
    ("s3", "HeadObject", {"Bucket": "reports", "Key": "a"}, [("s3:GetObject", "arn:aws:s3:::reports/a")]),
    ("s3", "GetBucketPolicy", {"Bucket": "models"}, [("s3:GetBucketPolicy", "arn:aws:s3:::models")]),
    (
        "sns",
        "Publish",
        {"TopicArn": f"arn:aws:sns:{OURS}:notice", "Message": "any"},
        [
            ("sns:Publish", f"arn:aws:sns:{OURS}:notice"),
            ("kms:Decrypt", f"arn:aws:kms:{OURS}:{TOPICS_KEY}"),
            ("kms:GenerateDataKey", f"arn:aws:kms:{OURS}:{TOPICS_KEY}"),
        ],
    ),
    (
        "sts",
        "AssumeRole",
        {"RoleArn": "arn:aws:iam::222222222222:role/team/reads", "RoleSessionName": "any", "ExternalId": "any"},
        [("sts:AssumeRole", "arn:aws:iam::222222222222:role/team/reads")],
    ),
    (
        "cloudwatch",
        "GetAlarmMuteRule",
        {"AlarmMuteRuleName": "night"},
        [("cloudwatch:GetAlarmMuteRule", f"arn:aws:cloudwatch:{OURS}:alarm-mute-rule:night")],
    ),
    ("cloudwatch", "ListAlarmMuteRules", {}, [("cloudwatch:ListAlarmMuteRules", "*")]),
    (
        "route53",
        "ListResourceRecordSets",
        {"HostedZoneId": "Z1"},
        [("route53:ListResourceRecordSets", "arn:aws:route53:::hostedzone/Z1")],
    ),
    ("secretsmanager", "GetSecretValue", {"SecretId": "monitor/ours"}, [("secretsmanager:GetSecretValue", SECRET)]),
    ("secretsmanager", "DescribeSecret", {"SecretId": SECRET}, [("secretsmanager:DescribeSecret", SECRET)]),
    (
        "logs",
        "FilterLogEvents",
        {"logGroupName": "/ecs/api"},
        [("logs:FilterLogEvents", f"arn:aws:logs:{OURS}:log-group:/ecs/api:log-stream:")],
    ),
    (
        "ecr",
        "DescribeImages",
        {"registryId": "999999999999", "repositoryName": "api"},
        [("ecr:DescribeImages", f"arn:aws:ecr:{REGION}:999999999999:repository/api")],
    ),
    (
        "wafv2",
        "GetWebACLForResource",
        {"ResourceArn": BALANCER},
        [
            ("wafv2:GetWebACLForResource", BALANCER),
            ("wafv2:GetWebACL", f"arn:aws:wafv2:{OURS}:regional/webacl/any/any"),
        ],
    ),
    (
        "cloudwatch",
        "GetMetricData",
        {"MetricDataQueries": [], "StartTime": 0, "EndTime": 60},
        [("cloudwatch:GetMetricData", "*")],
    ),
]


@pytest.mark.parametrize(("service", "operation", "arguments", "expected"), ROWS)
def test_questions__name_what_the_request_names(
    service: str, operation: str, arguments: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    """In each protocol, by name or by ARN, one thing or several."""
    found = asked(service, operation, **arguments)
    assert [(each.action, each.resource) for each in found] == expected
    assert {each.context["aws:RequestedRegion"] for each in found} == {REGION}


def test_questions__have_the_keys_of_conditions() -> None:
    """The cluster and the registry that a request names, and for whom SNS encrypts."""
    [tasks] = asked("ecs", "ListTasks", cluster="ours")
    [instances] = asked("servicediscovery", "ListInstances", ServiceId="srv-1")
    *_, key = asked("sns", "Publish", TopicArn=f"arn:aws:sns:{OURS}:notice", Message="any")
    assert key.context["kms:ViaService"] == f"sns.{REGION}.amazonaws.com"
    assert tasks.context["ecs:cluster"] == f"arn:aws:ecs:{OURS}:cluster/ours"
    assert instances.context["servicediscovery:ServiceArn"] == f"arn:aws:servicediscovery:{OURS}:service/srv-1"


def test_call_in_no_row__is_no_question_but_an_error() -> None:
    """A write that somebody adds must first be given its permission here, and so in the template."""
    call = call_of_monitor(sent("ecs", "DeleteService", {"service": "api"}))
    assert call is not None
    with pytest.raises(UnmappedCallError, match="ecs:DeleteService is in no row of"):
        list(questions(call))


def test_call_of_somebody_else__is_not_the_monitors() -> None:
    """The sandbox itself, and the tasks in it, have other keys."""
    other = {"aws_access_key_id": "fake-access-key-id", "aws_secret_access_key": "fake-secret-access-key"}
    assert call_of_monitor(sent("ecs", "ListTasks", {"cluster": "ours"}, **other)) is None


def test_call__can_be_read_again() -> None:
    """What was read of a body is still there for moto."""
    environ = sent("ecs", "ListTasks", {"cluster": "ours"})
    call_of_monitor(environ)
    assert b'"cluster"' in environ["wsgi.input"].read()
