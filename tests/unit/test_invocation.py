"""The event of the contract: every key optional, unknown keys and suites an error."""

import json
from pathlib import Path

import pytest

from registry_monitor.invocation import InvocationError, parse_event
from registry_monitor.model import HOURLY, Depth, SuiteName
from registry_monitor.suites import ALL, SUITES


@pytest.mark.parametrize("event", [None, {}, {"suites": "all"}])
def test_empty_event__is_a_full_ad_hoc_run_of_all_suites(event: object) -> None:
    """Nothing said means everything asked."""
    invocation = parse_event(event)
    assert (invocation.depth, invocation.reason, invocation.is_complete) == (Depth.FULL, "ad hoc", True)
    assert invocation.suites == ALL


def test_selection__keeps_the_order_of_the_suites() -> None:
    """A part is not complete, whatever the order in which it is named."""
    invocation = parse_event({"suites": ["model_registration_flow"], "depth": "light", "target": "other"})
    assert invocation.suites == (SuiteName.MODEL_REGISTRATION_FLOW,)
    assert (invocation.is_complete, invocation.target, invocation.depth) == (False, "other", Depth.LIGHT)


@pytest.mark.parametrize(
    ("event", "problem"),
    [
        ([], "event: expected an object, got list"),
        ({"suite": "all"}, "event: unknown key 'suite'; expected: suites, depth, reason, target, critical"),
        ({"suites": ["infrastructure"]}, "event.suites: unknown suite 'infrastructure'; expected \"all\" or some of:"),
        ({"suites": []}, 'event.suites: expected "all" or at least one of: infrastructure_health'),
        ({"suites": 3}, 'event.suites: got 3; expected "all" or a list of suites'),
        ({"depth": "deep"}, "event.depth: got 'deep'; input should be 'light' or 'full'"),
        ({"critical": "yes"}, "event.critical: got 'yes'; input should be a valid boolean"),
        ({"suites": [["nested"]]}, "event.suites: unknown suite ['nested']"),
    ],
)
def test_wrong_event__is_refused_with_the_reason(event: object, problem: str) -> None:
    """The message names key, value and what was expected."""
    with pytest.raises(InvocationError) as caught:
        parse_event(event)
    assert problem in str(caught.value)


@pytest.mark.parametrize(("critical", "speaks"), [(None, True), (True, True), (False, False)])
def test_run_of_a_fleet__speaks_for_itself_where_its_target_is_critical(critical: bool | None, speaks: bool) -> None:
    """A run of no fleet always does; of the others their fleet tells."""
    assert parse_event({"critical": critical}).speaks_for_itself is speaks


def test_complete__may_leave_out_the_hourly_suite_alone() -> None:
    """Three of four full runs do: they still are the target's latest report. Any other selection is not."""
    without_hourly = [suite for suite in ALL if suite not in HOURLY]
    assert parse_event({"suites": without_hourly}).is_complete
    assert not parse_event({"suites": without_hourly[1:]}).is_complete
    assert not parse_event({"suites": [*ALL, "performance"]}).is_complete


def test_all__is_the_nine_suites_of_the_contract_and_nothing_on_demand() -> None:
    """Load is put on a platform only by somebody who asks for it."""
    assert set(ALL) == set(SuiteName) - {SuiteName.PERFORMANCE}
    assert set(SUITES) == set(SuiteName)
    on_demand = parse_event({"suites": ["performance"]})
    assert (on_demand.suites, on_demand.is_complete) == ((SuiteName.PERFORMANCE,), False)


def test_deployment_event__is_a_full_run() -> None:
    """An ECS Deployment State Change event is accepted as it comes (Amazon ECS Developer Guide, events)."""
    invocation = parse_event(json.loads(Path("events/deployment.json").read_text()))
    assert (invocation.reason, invocation.depth, invocation.is_complete) == ("deployment", Depth.FULL, True)


@pytest.mark.parametrize("path", sorted(Path("events").glob("*.json")), ids=lambda path: path.name)
def test_example_event__is_understood(path: Path) -> None:
    """What stands in events/ can be sent."""
    assert parse_event(json.loads(path.read_text())).reason
