"""The roles as CloudFormation gets them: SAM adds nothing, references are resolved, Lambda's own stay Lambda's."""

from collections.abc import Iterator

import pytest

from tests.sandbox.aws.control_plane import ACCOUNT, REGION
from tests.sandbox.aws.iam.monitors_role import ROLE, deployed_stack, monitors_role
from tests.sandbox.aws.iam.policies import Answer, Policies, Question
from tests.sandbox.platforms import REPORTS_BUCKET
from tests.template.deployed import DeployedStack
from tests.template.lambdas_own import NETWORK_INTERFACES
from tests.template.stack import FUNCTIONS, Json
from tests.template.transformed import transformed

TARGET = "hokusai-development"
INTERFACE = f"arn:aws:ec2:{REGION}:{ACCOUNT}:network-interface/eni-1"


def _of_type(kind: str) -> Iterator[tuple[str, Json]]:
    for name, each in transformed()["Resources"].items():
        if each["Type"] == kind:
            yield name, each["Properties"]


def test_transformed__has_the_roles_that_the_template_names() -> None:
    """SAM adds that of the rule for deployments alone; none has a managed policy; all functions have the monitor's."""
    own = {"MonitorRole", "SchedulesRole", "AfterDeploymentsRole"}
    assert {name for name, _ in _of_type("AWS::IAM::Role")} == {*own, "AfterDeploymentsDeploymentRole"}
    assert [name for name, role in _of_type("AWS::IAM::Role") if role.get("ManagedPolicyArns")] == []
    assert [name for name, _ in _of_type("AWS::IAM::Policy")] == [
        "TerraformMapPolicy",
        "PlatformRolesPolicy",
        "PresignedLinksPolicy",
    ]
    functions = {name: function["Role"] for name, function in _of_type("AWS::Lambda::Function")}
    every = (*FUNCTIONS, "FleetFunction")
    assert functions == {name: {"Fn::GetAtt": ["MonitorRole", "Arn"]} for name in every}


def test_statements__are_resolved() -> None:
    """Parameters, names and ARNs stand in the place of CloudFormation's functions."""
    by_sid = {each["Sid"]: each for each in deployed_stack(TARGET, REGION, ACCOUNT).statements(ROLE)}
    assert by_sid["WriteReports"]["Resource"] == f"arn:aws:s3:::{REPORTS_BUCKET}/{TARGET}/*"
    assert by_sid["TellFailedEvents"]["Resource"].endswith(":registry-monitor-development-failed-events")
    assert by_sid["ReadServices"]["Resource"] == f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/hokusai-development/*"
    assert by_sid["ReadWhatHasNoResources"]["Condition"] == {"StringEquals": {"aws:RequestedRegion": REGION}}


@pytest.mark.parametrize(
    ("place", "objects"), [("", []), ("maps/a/b.json", ["arn:aws:s3:::maps/a/b.json"])], ids=["none", "one"]
)
def test_statements__have_the_map_where_there_is_one(place: str, objects: list[str]) -> None:
    """A policy with a condition is attached when it holds."""
    stack = DeployedStack(
        REGION, ACCOUNT, {"TerraformMapObject": place}, {"ReportsBucket": REPORTS_BUCKET, "AlertsKey": "key"}
    )
    found = [each["Resource"] for each in stack.statements(ROLE) if each["Sid"] == "ReadTerraformMap"]
    assert found == objects


def test_statements__of_an_unknown_function_are_refused() -> None:
    """What is not resolved must not be taken for a text."""
    stack = DeployedStack(REGION, ACCOUNT, {}, {"ReportsBucket": REPORTS_BUCKET})
    with pytest.raises(LookupError, match="Fn::ImportValue"):
        stack._resolve({"Fn::ImportValue": "other"})


@pytest.mark.parametrize("action", NETWORK_INTERFACES)
def test_network_interfaces__are_lambdas_and_never_the_codes(action: str) -> None:
    """Lambda's own calls carry no function's ARN, those of the code of either function do."""
    stack = deployed_stack(TARGET, REGION, ACCOUNT)
    policies = Policies(stack.statements(ROLE))
    resource, region = "*" if "Describe" in action else INTERFACE, {"aws:RequestedRegion": REGION}
    assert policies.judge(Question(action, resource, region)) is Answer.ALLOWED
    for function in FUNCTIONS:
        of_the_code = region | {"lambda:SourceFunctionArn": stack.arn(function)}
        assert policies.judge(Question(action, resource, of_the_code)) is Answer.DENIED


def test_denial__tells_what_was_asked_and_why() -> None:
    """In AWS's words: that nothing allows it, or that something denies it."""
    role = monitors_role(TARGET, REGION, ACCOUNT)
    other, never = (
        Question("s3:DeleteObject", "arn:aws:s3:::any/key"),
        Question("ec2:CreateNetworkInterface", INTERFACE),
    )
    assert role.denial([other]) == (
        "User: arn:aws:sts::123456789012:assumed-role/registry-monitor/registry-monitor is not authorized to perform: "
        "s3:DeleteObject on resource: arn:aws:s3:::any/key because no identity-based policy allows the s3:DeleteObject "
        "action"
    )
    assert (role.denial([never]) or "").endswith("with an explicit deny in an identity-based policy")
