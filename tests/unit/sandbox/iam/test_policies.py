"""Policies as IAM judges them, row by row of the IAM user guide's evaluation logic; what is not known is refused."""

from typing import Any

import pytest

from tests.sandbox.aws.iam.policies import Answer, Policies, Question, UnsupportedPolicyError

ALLOWED, NOT_ALLOWED, DENIED = Answer.ALLOWED, Answer.NOT_ALLOWED, Answer.DENIED
REGION = {"aws:RequestedRegion": "eu-west-3"}
CLUSTER = "arn:aws:ecs:eu-west-3:123456789012:cluster/ours"
FUNCTION = "arn:aws:lambda:eu-west-3:123456789012:function:monitor"

POLICIES = Policies(
    [
        {
            "Sid": "Services",
            "Effect": "Allow",
            "Action": "ecs:DescribeServices",
            "Resource": "arn:aws:ecs:eu-west-3:123456789012:service/ours/*",
        },
        {
            "Sid": "Tasks",
            "Effect": "Allow",
            "Action": "ecs:ListTasks",
            "Resource": "*",
            "Condition": {"ArnEquals": {"ecs:cluster": CLUSTER}},
        },
        {
            "Sid": "Objects",
            "Effect": "Allow",
            "Action": ["s3:Get*", "s3:PutObject"],
            "Resource": ["arn:aws:s3:::reports/ours/*", "arn:aws:s3:::map/file-??.json"],
        },
        {
            "Sid": "Listing",
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": "arn:aws:s3:::reports",
            "Condition": {"StringLike": {"s3:prefix": ["ours/*", "public/*"]}, "StringEquals": REGION},
        },
        {"Sid": "Networks", "Effect": "Allow", "Action": ["ec2:Describe*", "ec2:Delete*"], "Resource": "*"},
        {
            "Sid": "Never",
            "Effect": "Deny",
            "Action": "ec2:DeleteNetworkInterface",
            "Resource": "*",
            "Condition": {"ArnLike": {"lambda:SourceFunctionArn": f"{FUNCTION}*"}},
        },
    ]
)
INTERFACE = "arn:aws:ec2:eu-west-3:123456789012:network-interface/eni-1"

ROWS: dict[str, tuple[Question, Answer]] = {
    "allowed": (Question("ecs:DescribeServices", CLUSTER.replace("cluster/ours", "service/ours/api")), ALLOWED),
    "action in other letters": (
        Question("ECS:describeservices", CLUSTER.replace("cluster/ours", "service/ours/api")),
        ALLOWED,
    ),
    "other cluster": (Question("ecs:DescribeServices", CLUSTER.replace("cluster/", "service/not-")), NOT_ALLOWED),
    "other region": (
        Question("ecs:DescribeServices", "arn:aws:ecs:us-east-1:123456789012:service/ours/api"),
        NOT_ALLOWED,
    ),
    "other account": (
        Question("ecs:DescribeServices", "arn:aws:ecs:eu-west-3:999999999999:service/ours/api"),
        NOT_ALLOWED,
    ),
    "other action": (Question("ecs:DeleteService", CLUSTER.replace("cluster/ours", "service/ours/api")), NOT_ALLOWED),
    "all resources where one kind is named": (Question("ecs:DescribeServices", "*"), NOT_ALLOWED),
    "condition met": (Question("ecs:ListTasks", "*", {"ecs:cluster": CLUSTER}), ALLOWED),
    "condition not met": (Question("ecs:ListTasks", "*", {"ecs:cluster": f"{CLUSTER}-2"}), NOT_ALLOWED),
    "condition's key absent": (Question("ecs:ListTasks", "*"), NOT_ALLOWED),
    "one of two conditions": (
        Question("s3:ListBucket", "arn:aws:s3:::reports", {"s3:prefix": "ours/runs/"}),
        NOT_ALLOWED,
    ),
    "both conditions, second value": (
        Question("s3:ListBucket", "arn:aws:s3:::reports", {"s3:prefix": "public/a", **REGION}),
        ALLOWED,
    ),
    "wildcard in the action": (Question("s3:GetObject", "arn:aws:s3:::reports/ours/status.json"), ALLOWED),
    "wildcard reaches over slashes": (Question("s3:PutObject", "arn:aws:s3:::reports/ours/runs/a/b.json"), ALLOWED),
    "question marks": (Question("s3:GetObject", "arn:aws:s3:::map/file-07.json"), ALLOWED),
    "too few for the question marks": (Question("s3:GetObject", "arn:aws:s3:::map/file-7.json"), NOT_ALLOWED),
    "other object": (Question("s3:GetObject", "arn:aws:s3:::reports/theirs/status.json"), NOT_ALLOWED),
    "explicit deny wins over the allow": (
        Question("ec2:DeleteNetworkInterface", INTERFACE, {"lambda:SourceFunctionArn": f"{FUNCTION}-light"}),
        DENIED,
    ),
    "deny whose condition is not met": (Question("ec2:DeleteNetworkInterface", INTERFACE), ALLOWED),
    "deny of another action": (
        Question("ec2:DescribeSubnets", "*", {"lambda:SourceFunctionArn": FUNCTION}),
        ALLOWED,
    ),
}


@pytest.mark.parametrize(("question", "answer"), ROWS.values(), ids=ROWS)
def test_judge(question: Question, answer: Answer) -> None:
    """Each rule of the evaluation logic that the template rests on."""
    assert POLICIES.judge(question) is answer


def test_judge__a_wildcard_stays_in_its_segment() -> None:
    """One in the name of a service or region does not swallow the account behind it."""
    policies = Policies([{"Effect": "Allow", "Action": "ecr:*", "Resource": "arn:aws:ecr:*:1:repository/ours*"}])
    assert policies.judge(Question("ecr:DescribeImages", "arn:aws:ecr:eu-west-3:1:repository/ours/api")) is ALLOWED
    assert policies.judge(Question("ecr:DescribeImages", "arn:aws:ecr:eu-west-3:2:repository/ours/api")) is NOT_ALLOWED


def test_without__takes_an_action_from_what_is_allowed_and_leaves_denials() -> None:
    """Also where it stands beside others; the rest stays."""
    question = Question("s3:PutObject", "arn:aws:s3:::reports/ours/status.json")
    without = POLICIES.without("s3:PutObject")
    assert without.judge(question) is NOT_ALLOWED
    assert without.judge(Question("s3:GetObject", question.resource)) is ALLOWED
    assert without.without("ec2:DeleteNetworkInterface").judge(ROWS["explicit deny wins over the allow"][0]) is DENIED


def _statement(**changed: Any) -> dict[str, Any]:
    return {"Sid": "Reads", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"} | changed


UNSUPPORTED = {
    "NotAction": (_statement(NotAction="iam:*"), "Reads has NotAction"),
    "NotResource": (_statement(NotResource="arn:aws:s3:::a"), "Reads has NotResource"),
    "Principal": (_statement(Principal="*"), "Reads has Principal"),
    "no effect": (_statement(Effect="allow"), "the effect 'allow'; expected Allow or Deny"),
    "operator": (_statement(Condition={"NumericLessThan": {"s3:max-keys": "5"}}), "the operator NumericLessThan"),
    "operator of sets": (_statement(Condition={"ForAllValues:StringEquals": {"a": "b"}}), "ForAllValues:StringEquals"),
    "IfExists": (_statement(Condition={"StringEqualsIfExists": {"a": "b"}}), "StringEqualsIfExists"),
    "policy variable": (_statement(Resource="arn:aws:s3:::a/${aws:username}"), "without variables"),
    "variable in a condition": (_statement(Condition={"StringLike": {"s3:prefix": "${aws:username}/*"}}), "variables"),
    "half an ARN": (_statement(Resource="arn:aws:s3:*"), "expected a whole ARN or *"),
    "unresolved": (_statement(Resource={"Fn::GetAtt": "Bucket.Arn"}), "Fn::GetAtt"),
}


@pytest.mark.parametrize(("statement", "told"), UNSUPPORTED.values(), ids=UNSUPPORTED)
def test_unknown_language__is_refused_loudly(statement: dict[str, Any], told: str) -> None:
    """To ignore what is not understood could allow what the policy does not."""
    with pytest.raises(UnsupportedPolicyError) as refused:
        Policies([statement])
    assert told in str(refused.value)
