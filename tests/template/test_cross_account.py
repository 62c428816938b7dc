"""docs/cross-account.tf and .yaml: a role of another account, which reads of a platform what the stack's own does."""

import re
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from registry_monitor.target import session_name
from registry_monitor.target.fields import IDENTIFIER
from registry_monitor.target.schema import LONGEST_SESSION_NAME
from tests.template.lambdas_own import LAMBDAS_OWN
from tests.template.stack import ROOT, Json, load_template, resource
from tests.unit.diagnosis.fixes.terraform_reader import Block, read

TERRAFORM, CLOUDFORMATION = ROOT / "docs/cross-account.tf", ROOT / "docs/cross-account.yaml"
# What the function does in its own account, wherever the platform is: its reports, state, notices and mutes.
OF_THE_MONITORS_OWN_ACCOUNT = {
    "cloudwatch:GetAlarmMuteRule",
    "cloudwatch:ListAlarmMuteRules",
    "s3:ListBucket",
    "s3:PutObject",
    "sns:Publish",
    "sts:AssumeRole",
}
NOT_OF_A_PLATFORM = OF_THE_MONITORS_OWN_ACCOUNT | set(LAMBDAS_OWN)
# What stands for a value in Terraform and in CloudFormation.
VALUES = {
    "${local.arn}": "arn:${AWS::Partition}",
    "${local.place}": "${AWS::Region}:${AWS::AccountId}",
    "${local.account}": "${AWS::AccountId}",
    "${var.cluster_name}": "${ClusterName}",
    "${var.artifacts_bucket_name}": "${ArtifactsBucketName}",
    "${var.platform_prefix}": "${PlatformPrefix}",
    "${var.target_name}": "${TargetName}",
    "${statement.value}": "${TerraformMapObject}",
    "data.aws_region.current.id": "AWS::Region",
}

type Statements = dict[str, tuple[list[str], list[str], dict[str, list[str]]]]  # sid -> actions, resources, conditions


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else str(next(iter(value.values())))


def _of_json(statements: list[Json]) -> Statements:
    return {
        each["Sid"]: (
            _listed(each["Action"]),
            [_plain(one) for one in _listed(each["Resource"])],
            {
                f"{test} {key}": [_plain(one) for one in _listed(values)]
                for test, keys in each.get("Condition", {}).items()
                for key, values in keys.items()
            },
        )
        for each in statements
    }


def _of_terraform(statements: list[Block]) -> Statements:
    return {
        each.values["sid"]: (
            each.values["actions"],
            [_translated(one) for one in each.values["resources"]],
            {
                f"{one.values['test']} {one.values['variable']}": [_translated(value) for value in one.values["values"]]
                for one in each.all("condition")
            },
        )
        for each in statements
    }


def _translated(text: str) -> str:
    for terraform, cloudformation in VALUES.items():
        text = text.replace(terraform, cloudformation)
    return text


@pytest.fixture(scope="module")
def template() -> Json:
    return load_template(CLOUDFORMATION)


@pytest.fixture(scope="module")
def blocks() -> list[Block]:
    return read(TERRAFORM.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def of_cloudformation(template: Json) -> Statements:
    role, of_map = template["Resources"]["MonitorReadsRole"], template["Resources"]["TerraformMapPolicy"]
    policies = [*role["Properties"]["Policies"], of_map["Properties"]]
    return _of_json([each for policy in policies for each in policy["PolicyDocument"]["Statement"]])


def _of_the_stack() -> Iterator[tuple[str, list[str], dict[str, list[str]]]]:
    """What the stack's own role reads of a platform: each action with its resources and conditions."""
    policies = [*resource("MonitorRole")["Policies"], resource("TerraformMapPolicy")]
    for policy in policies:
        statements = _of_json([each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Allow"])
        for actions, resources, conditions in statements.values():
            for action in actions:
                if not any("ReportsBucket" in each for each in resources) and action not in NOT_OF_A_PLATFORM:
                    yield action, resources, conditions


def test_role__may_read_what_the_stacks_own_may_and_nothing_else(of_cloudformation: Statements) -> None:
    """The same actions on the same resources under the same conditions: a new one belongs here, or into the files."""
    given = [
        (action, resources, conditions)
        for actions, resources, conditions in of_cloudformation.values()
        for action in actions
    ]
    wanted = {str(each) for each in _of_the_stack()}  # Lambda's own use of an action says nothing else
    assert sorted(map(str, given)) == sorted(wanted)
    assert len(given) > 30


def test_terraform__says_the_same(of_cloudformation: Statements, blocks: list[Block]) -> None:
    """Statement by statement."""
    documents = {each.labels[1]: each for each in blocks if each.labels[:1] == ("aws_iam_policy_document",)}
    reads = documents["monitor_reads"]
    [of_map] = [each for each in reads.blocks if each.kind == "dynamic"]
    statements = [each for each in reads.blocks if each.kind == "statement"]
    assert _of_terraform([*statements, *of_map.all("content")]) == of_cloudformation
    assert of_map.values["for_each"] == "var.terraform_map_objects"


def test_trust__is_the_monitors_role_with_the_external_id_and_the_session_of_the_target(
    template: Json, blocks: list[Block]
) -> None:
    """Another target's file may name role and id both; the session has the name of its own target."""
    [trust] = template["Resources"]["MonitorReadsRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert (trust["Principal"], trust["Action"]) == ({"AWS": {"Ref": "MonitorRoleArn"}}, "sts:AssumeRole")
    named = {"Fn::Sub": session_name("${TargetName}")}
    assert trust["Condition"] == {
        "StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}, "sts:RoleSessionName": named}
    }
    [document] = [each for each in blocks if each.labels == ("aws_iam_policy_document", "monitor_assumes")]
    [statement] = document.blocks
    [principals], conditions = statement.all("principals"), statement.all("condition")
    assert (principals.values["type"], principals.values["identifiers"]) == ("AWS", ["var.monitor_role_arn"])
    assert statement.values["actions"] == ["sts:AssumeRole"]
    assert {(each.values["test"], each.values["variable"], *each.values["values"]) for each in conditions} == {
        ("StringEquals", "sts:ExternalId", "var.external_id"),
        ("StringEquals", "sts:RoleSessionName", session_name("${var.target_name}")),
    }


def test_variables__are_all_explained_and_all_used(template: Json, blocks: list[Block]) -> None:
    """Both ask for the same, and say where it is found."""
    variables = {each.labels[0]: each for each in blocks if each.kind == "variable"}
    assert set(re.findall(r"\bvar\.(\w+)", TERRAFORM.read_text(encoding="utf-8"))) == set(variables)
    assert [name for name, each in variables.items() if len(each.values["description"].split()) < 6] == []
    asked = {re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() for name in template["Parameters"]}
    assert asked == {name.removesuffix("s") if name == "terraform_map_objects" else name for name in variables}
    pattern = template["Parameters"]["TargetName"]["AllowedPattern"]
    longest = LONGEST_SESSION_NAME - len(session_name(""))
    assert f"^{pattern}$" == IDENTIFIER.replace("62", str(longest - 1))


def test_cloudformation__is_valid() -> None:
    """cfn-lint finds nothing in it."""
    asked = [str(ROOT / ".venv-sam/bin/cfn-lint"), "--regions", "us-east-1", "--", str(CLOUDFORMATION)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
