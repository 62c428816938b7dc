"""The roles, held against AWS's service authorization reference: nothing wider than it must be, nothing void."""

from collections.abc import Iterator

import pytest

from tests.sandbox.aws.control_plane import ACCOUNT, REGION
from tests.sandbox.aws.iam.monitors_role import ROLE, deployed_stack
from tests.sandbox.aws.iam.policies import ANY, listed
from tests.sandbox.platforms import REPORTS_BUCKET
from tests.template.lambdas_own import LAMBDAS_OWN
from tests.template.reference import Action, meet, reference_of
from tests.template.stack import Json
from tests.unit.sandbox.iam.test_authorization import ROWS

TARGET = "hokusai-development"
OF_LAMBDAS_CONTEXT = "lambda:SourceFunctionArn"  # Lambda adds it to every call of the code, of whatever service
CODE_WRITES = {  # its own reports and notices, and nothing else
    "s3:PutObject": [f"arn:aws:s3:::{REPORTS_BUCKET}/{TARGET}/*"],
    "s3:PutObjectTagging": [f"arn:aws:s3:::{REPORTS_BUCKET}/{TARGET}/runs/*"],
    "sns:Publish": [f"arn:aws:sns:{REGION}:{ACCOUNT}:registry-monitor-development-notice"],
}

# Asked on `*` all the same, each with its reason.
ASKED_ON_ANYTHING = {"ecs:ListTasks"}  # the reference's container instance is asked only for the tasks of one
BOUND_BY_NOTHING = {"route53:ListHostedZones"}  # it knows no resource and no condition, and Route 53 has no region


def _allowed(role: str) -> Iterator[tuple[str, Json]]:
    """Each action that a role allows, with its statement."""
    for statement in deployed_stack(TARGET, REGION, ACCOUNT).statements(role):
        if statement["Effect"] == "Allow":
            yield from ((action, statement) for action in listed(statement["Action"]))


ALL_ROLES = (ROLE, "SchedulesRole", "AfterDeploymentsRole")


@pytest.fixture(scope="module")
def allowed() -> list[tuple[str, Json]]:
    """What the roles allow."""
    return [each for role in ALL_ROLES for each in _allowed(role)]


@pytest.fixture(scope="module")
def reference(allowed: list[tuple[str, Json]]) -> dict[str, Action]:
    """The reference's rows of all that is allowed; each action is there."""
    return reference_of(action for action, _ in allowed)


@pytest.fixture(scope="module")
def asked() -> dict[str, Action]:
    """The reference's rows of all that the evaluator's own tests ask."""
    return reference_of(action for *_, questions in ROWS for action, _ in questions)


def test_actions__are_named_one_by_one(allowed: list[tuple[str, Json]], reference: dict[str, Action]) -> None:
    """No wildcard in an action, and none that AWS does not have."""
    assert {action for action, _ in allowed} == set(reference)
    assert [action for action in reference if ANY in action] == []


def test_resources__are_of_a_kind_that_the_action_knows(
    allowed: list[tuple[str, Json]], reference: dict[str, Action]
) -> None:
    """A resource beside an action that knows no such kind allows nothing, and `*` would allow more than is needed."""
    void = [
        (action, statement["Resource"])
        for action, statement in allowed
        if action not in ASKED_ON_ANYTHING and not _names_its_kind(listed(statement["Resource"]), reference[action])
    ]
    assert void == []


def _names_its_kind(resources: list[str], action: Action) -> bool:
    if not action.resources:
        return resources == [ANY]
    return ANY not in resources and any(meet(each, kind) for each in resources for kind in action.resources)


def test_resources__each_serve_an_action_of_their_statement(
    allowed: list[tuple[str, Json]], reference: dict[str, Action]
) -> None:
    """None is left over from a permission that is gone."""
    served = {
        resource
        for action, statement in allowed
        for resource in listed(statement["Resource"])
        if resource == ANY or any(meet(resource, kind) for kind in reference[action].resources)
    }
    assert {resource for _, statement in allowed for resource in listed(statement["Resource"])} == served


def test_any_resource__is_bound_by_a_condition(allowed: list[tuple[str, Json]]) -> None:
    """Where no resource can be named, the region, the cluster or the registry is."""
    unbound = {action for action, each in allowed if each["Resource"] == ANY and not each.get("Condition")}
    assert unbound == BOUND_BY_NOTHING


def test_conditions__are_of_keys_that_the_action_has(
    allowed: list[tuple[str, Json]], reference: dict[str, Action]
) -> None:
    """A key that is never there would deny everything; those of `aws:` are there for every call."""
    unknown = [
        (action, key)
        for action, statement in allowed
        for keys in statement.get("Condition", {}).values()
        for key in keys
        if not key.startswith("aws:") and key not in reference[action].conditions
    ]
    assert unknown == []


def test_writes__are_the_monitors_own_reports_and_notices(reference: dict[str, Action]) -> None:
    """Of all that the code may do, only these change anything: a further write needs an answer here first."""
    writes = {
        action: listed(statement["Resource"])
        for action, statement in _allowed(ROLE)
        if reference[action].is_write and action not in LAMBDAS_OWN
    }
    assert writes == CODE_WRITES


def test_writes__of_lambda_itself_and_of_the_schedules_stay_in_the_stack(reference: dict[str, Action]) -> None:
    """The stack's own log, queue and functions, traces, and the network interfaces that are denied to the code."""
    writes = {
        action: listed(statement["Resource"])
        for role in ALL_ROLES
        for action, statement in _allowed(role)
        if reference[action].is_write and action not in CODE_WRITES
    }
    interfaces = {action: resources for action, resources in writes.items() if action.startswith("ec2:")}
    assert set(interfaces) <= set(LAMBDAS_OWN)
    bound_by_key = {"kms:Decrypt", "kms:GenerateDataKey"}  # of the stack's own key, whose id tells nothing
    left = writes.keys() - interfaces.keys() - bound_by_key
    named = {each for action in left for each in writes[action]}
    own = f"registry-monitor-{deployed_stack(TARGET, REGION, ACCOUNT).parameter('Environment')}"
    assert [each for each in named if own not in each] == [ANY]
    assert {action for action, resources in writes.items() if resources == [ANY]} == {
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    }


@pytest.mark.parametrize(("_service", "_operation", "_arguments", "questions"), ROWS)
def test_evaluator__asks_as_the_reference_says(
    _service: str, _operation: str, _arguments: Json, questions: list[tuple[str, str]], asked: dict[str, Action]
) -> None:
    """On an ARN of a kind that the action knows, and on `*` where it knows none."""
    for action, resource in questions:
        kinds = () if action in ASKED_ON_ANYTHING else asked[action].resources
        assert any(meet(resource, kind) for kind in kinds) if kinds else resource == ANY
