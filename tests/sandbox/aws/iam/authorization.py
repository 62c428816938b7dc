"""What AWS asks IAM about each call that the monitor makes: actions, the ARNs that the request names, condition keys.

Source: AWS service authorization reference, by service. ``tests/template/test_authorization_reference.py`` holds this
table and the role against that reference's data.
"""

from collections.abc import Callable, Iterator, Mapping

from moto.core.models import DEFAULT_ACCOUNT_ID as ACCOUNT
from moto.s3.models import s3_backends

from tests.sandbox.aws.calls import Call
from tests.sandbox.aws.iam.policies import ANY, Question

type _Asks = Callable[[Call], Iterator[tuple[str, str]]]  # actions, each with the ARN that it is asked on

_PREFIXES = {"monitoring": "cloudwatch"}  # of actions and ARNs; elsewhere the name that requests are signed for
_ANY_SUFFIX = "-AbCdEf"  # of a secret's ARN; Secrets Manager finds it when asked by name
TOPICS_KEY = "key/0f1e2d3c-0000-4000-8000-000000000000"  # the stack's, with which SNS encrypts for the publisher
_ANY_WEB_ACL = "regional/webacl/any/any"  # the one of the load balancer, which the request does not name


class UnmappedCallError(Exception):
    """The monitor makes a call of which nobody has said what permission it needs."""


def questions(call: Call) -> Iterator[Question]:
    """All that IAM is asked; each must be allowed. Raises UnmappedCallError for a call that is not in the table."""
    asks = _ASKS.get(f"{call.service}:{call.operation}")
    if asks is None:
        raise UnmappedCallError(
            f"{call.service}:{call.operation} is in no row of {__name__}: add what IAM is asked about it"
        )
    context = _context(call)
    for action, resource in asks(call):
        yield Question(action, resource, context)


def _context(call: Call) -> Mapping[str, str]:
    """The condition keys of AWS's own, and those of the call's service."""
    context = {"aws:RequestedRegion": call.region}
    match call.service:
        case "ecs" if "cluster" in call.parameters:
            context["ecs:cluster"] = _arn(call, "cluster/" + _last(call.parameters["cluster"]))
        case "servicediscovery":
            context["servicediscovery:ServiceArn"] = _arn(call, "service/" + call.parameters["ServiceId"])
        case "s3" if "prefix" in call.parameters:
            context["s3:prefix"] = call.parameters["prefix"]
        case "sns":
            context["kms:ViaService"] = f"sns.{call.region}.amazonaws.com"
    return context


def _arn(call: Call, resource: str, *, region: str | None = None, account: str = ACCOUNT) -> str:
    """The ARN of a resource, in the call's region where there is no other; one that is an ARN already stays."""
    in_region, service = call.region if region is None else region, _PREFIXES.get(call.service, call.service)
    return resource if resource.startswith("arn:") else f"arn:aws:{service}:{in_region}:{account}:{resource}"


def _last(name_or_arn: str) -> str:
    return name_or_arn.rpartition("/")[2]


def _on_anything(action: str) -> _Asks:
    """The action knows no resources."""

    def asks(call: Call) -> Iterator[tuple[str, str]]:
        yield action, ANY

    return asks


def _on(action: str, resource: str, parameter: str, *, region: str | None = None) -> _Asks:
    """On what a parameter names; ``*`` within the resource stands for whatever the request leaves open."""

    def asks(call: Call) -> Iterator[tuple[str, str]]:
        named = str(call.parameters.get(parameter, ANY))
        yield action, _arn(call, named if named.startswith("arn:") else resource.format(named), region=region)

    return asks


def _on_each(action: str, resource: str, parameter: str) -> _Asks:
    """On each of those that a list of ECS names or ARNs has."""

    def asks(call: Call) -> Iterator[tuple[str, str]]:
        cluster = _last(call.parameters["cluster"])
        for named in call.parameters[parameter]:
            yield action, _arn(call, resource.format(cluster, _last(named)))

    return asks


def _on_secret(action: str) -> _Asks:
    def asks(call: Call) -> Iterator[tuple[str, str]]:
        named = call.parameters["SecretId"]
        yield action, _arn(call, named if named.startswith("arn:") else f"secret:{named}{_ANY_SUFFIX}")

    return asks


def _image(call: Call) -> Iterator[tuple[str, str]]:
    account = call.parameters.get("registryId", ACCOUNT)
    yield "ecr:DescribeImages", _arn(call, f"repository/{call.parameters['repositoryName']}", account=account)


def _web_acl(call: Call) -> Iterator[tuple[str, str]]:
    """Both actions (WAF API reference, GetWebACLForResource)."""
    yield "wafv2:GetWebACLForResource", call.parameters["ResourceArn"]
    yield "wafv2:GetWebACL", _arn(call, _ANY_WEB_ACL)


def _in_bucket(action: str, *, of_object: bool) -> _Asks:
    def asks(call: Call) -> Iterator[tuple[str, str]]:
        key = f"/{call.parameters['Key']}" if of_object else ""
        yield action, f"arn:aws:s3:::{call.parameters['Bucket']}{key}"

    return asks


def _object(call: Call) -> Iterator[tuple[str, str]]:
    """That there is no such object S3 tells only to who may list the bucket (S3 API reference, GetObject)."""
    yield from _in_bucket("s3:GetObject", of_object=True)(call)
    bucket = s3_backends[ACCOUNT]["aws"].buckets.get(call.parameters["Bucket"])
    if bucket and call.parameters["Key"] not in bucket.keys:
        yield from _in_bucket("s3:ListBucket", of_object=False)(call)


def _put_object(call: Call) -> Iterator[tuple[str, str]]:
    """A write over what was read wants to read, too (S3 user guide, "Conditional writes"); one with tags, to tag."""
    yield from _in_bucket("s3:PutObject", of_object=True)(call)
    if "Tagging" in call.parameters:
        yield from _in_bucket("s3:PutObjectTagging", of_object=True)(call)
    if "IfMatch" in call.parameters:
        yield from _in_bucket("s3:GetObject", of_object=True)(call)


def _notice(call: Call) -> Iterator[tuple[str, str]]:
    """SNS encrypts in the publisher's name (Amazon SNS developer guide, "Key management")."""
    yield "sns:Publish", call.parameters["TopicArn"]
    key = f"arn:aws:kms:{call.region}:{ACCOUNT}:{TOPICS_KEY}"
    yield from (("kms:Decrypt", key), ("kms:GenerateDataKey", key))


def _unbound(*actions: str) -> dict[str, _Asks]:
    """Calls named as their actions, which know no resources."""
    return {action: _on_anything(action) for action in actions}


def _role(action: str) -> _Asks:
    return _on(action, "role/{}", "RoleName", region="")


_ASKS: dict[str, _Asks] = {
    **_unbound(
        "ec2:DescribeNatGateways",
        "ec2:DescribeNetworkAcls",
        "ec2:DescribeRouteTables",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcEndpoints",
        "ecs:DescribeTaskDefinition",
        "ecs:ListTasks",  # container instances, if asked for theirs, which the monitor never does
        "elasticloadbalancing:DescribeListeners",
        "elasticloadbalancing:DescribeLoadBalancers",
        "elasticloadbalancing:DescribeRules",
        "elasticloadbalancing:DescribeTargetGroups",
        "elasticloadbalancing:DescribeTargetHealth",
        "route53:ListHostedZones",
        "servicediscovery:ListInstances",
    ),
    "monitoring:GetAlarmMuteRule": _on("cloudwatch:GetAlarmMuteRule", "alarm-mute-rule:{}", "AlarmMuteRuleName"),
    "monitoring:GetMetricData": _on_anything("cloudwatch:GetMetricData"),
    "monitoring:ListAlarmMuteRules": _on_anything("cloudwatch:ListAlarmMuteRules"),
    "acm:DescribeCertificate": _on("acm:DescribeCertificate", "certificate/{}", "CertificateArn"),
    "ecr:DescribeImages": _image,
    "ecs:DescribeServices": _on_each("ecs:DescribeServices", "service/{}/{}", "services"),
    "ecs:DescribeTasks": _on_each("ecs:DescribeTasks", "task/{}/{}", "tasks"),
    "elasticache:DescribeCacheClusters": _on("elasticache:DescribeCacheClusters", "cluster:{}", "CacheClusterId"),
    "elasticache:DescribeReplicationGroups": _on(
        "elasticache:DescribeReplicationGroups", "replicationgroup:{}", "ReplicationGroupId"
    ),
    "iam:GetPolicy": _on("iam:GetPolicy", "policy/{}", "PolicyArn"),
    "iam:GetPolicyVersion": _on("iam:GetPolicyVersion", "policy/{}", "PolicyArn"),
    "iam:GetRolePolicy": _role("iam:GetRolePolicy"),
    "iam:ListAttachedRolePolicies": _role("iam:ListAttachedRolePolicies"),
    "iam:ListRolePolicies": _role("iam:ListRolePolicies"),
    "logs:FilterLogEvents": _on("logs:FilterLogEvents", "log-group:{}:log-stream:", "logGroupName"),
    "rds:DescribeDBInstances": _on("rds:DescribeDBInstances", "db:{}", "DBInstanceIdentifier"),
    "route53:ListResourceRecordSets": lambda call: iter(
        [("route53:ListResourceRecordSets", f"arn:aws:route53:::hostedzone/{call.parameters['Id']}")]
    ),
    "s3:GetBucketEncryption": _in_bucket("s3:GetEncryptionConfiguration", of_object=False),
    "s3:GetBucketPolicy": _in_bucket("s3:GetBucketPolicy", of_object=False),
    "s3:GetObject": _object,
    "s3:HeadBucket": _in_bucket("s3:ListBucket", of_object=False),
    "s3:HeadObject": _object,
    "s3:PutObject": _put_object,
    "secretsmanager:DescribeSecret": _on_secret("secretsmanager:DescribeSecret"),
    "secretsmanager:GetSecretValue": _on_secret("secretsmanager:GetSecretValue"),
    "sns:Publish": _notice,
    "sts:AssumeRole": _on("sts:AssumeRole", "role/{}", "RoleArn"),
    "wafv2:GetWebACLForResource": _web_acl,
}
