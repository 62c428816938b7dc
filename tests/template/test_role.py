"""The function's role: it reads, it writes its own reports and log, and nothing else."""

import re
from typing import Any

import pytest

from tests.template.stack import ROOT, resource

ANY_RESOURCE = "*"


@pytest.fixture
def allowed() -> dict[str, Any]:
    """What the role allows: each action with its resource."""
    [policy] = resource("MonitorRole")["Policies"]
    statements = [each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Allow"]
    return {action: each["Resource"] for each in statements for action in _listed(each["Action"])}


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_role__actions(allowed: dict[str, Any]) -> None:
    """It can do exactly this."""
    assert {action for action in allowed if not action.startswith("ec2:")} == {
        "ecs:DescribeServices",
        "elasticloadbalancing:DescribeLoadBalancers",
        "elasticloadbalancing:DescribeTargetGroups",
        "elasticloadbalancing:DescribeTargetHealth",
        "secretsmanager:GetSecretValue",
        "s3:PutObject",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    }
    assert [action for action in allowed if "*" in action] == []


def test_role__allows_what_the_code_calls(allowed: dict[str, Any]) -> None:
    """Each AWS call that the code names ("ecs:DescribeServices") is allowed, and nothing is that it does not name."""
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src/registry_monitor").rglob("*.py"))
    called = set(re.findall(r"\b[a-z0-9]+:(?:[A-Z][a-z]+){2,}\b", code))
    assert called == {action for action in allowed if action.split(":")[0] not in ("ec2", "logs")}


def test_role__any_resource_only_where_there_is_none(allowed: dict[str, Any]) -> None:
    """Only actions without resources of their own are allowed on `*`."""
    services = {action.split(":")[0] for action, on in allowed.items() if on == ANY_RESOURCE}
    assert services == {"elasticloadbalancing", "ec2"}


def test_role__reads_one_secret(allowed: dict[str, Any]) -> None:
    """It reads the keys of its own target: the six characters are those that Secrets Manager adds."""
    assert allowed["secretsmanager:GetSecretValue"]["Fn::Sub"].endswith(":secret:registry-monitor/${TargetName}-??????")


def test_role__network_interfaces_are_lambdas_own() -> None:
    """What Lambda needs to join the VPC is denied to the function's code."""
    [policy] = resource("MonitorRole")["Policies"]
    statements = policy["PolicyDocument"]["Statement"]
    join, never = [each for each in statements if _listed(each["Action"])[0].startswith("ec2:")]
    assert (join["Effect"], never["Effect"]) == ("Allow", "Deny")
    assert join["Action"] == never["Action"]
    function = never["Condition"]["ArnEquals"]["lambda:SourceFunctionArn"]["Fn::Sub"]
    assert function.endswith(":function:" + resource("MonitorFunction")["FunctionName"]["Fn::Sub"])


def test_schedules_role__invokes_the_function_only() -> None:
    """The scheduler can invoke this function, and only on behalf of this account."""
    role = resource("SchedulesRole")
    [policy] = role["Policies"]
    [statement] = policy["PolicyDocument"]["Statement"]
    assert statement["Action"] == "lambda:InvokeFunction"
    assert statement["Resource"] == {"Fn::GetAtt": "MonitorFunction.Arn"}
    [trust] = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
