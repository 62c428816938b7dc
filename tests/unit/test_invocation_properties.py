"""Events of any kind: understood, or refused in words."""

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from registry_monitor.deployment import DETAIL_TYPE, deployment_of, is_of_no_service
from registry_monitor.invocation import Invocation, InvocationError, parse_event
from registry_monitor.target import load_target
from tests.unit.generated import json_objects, json_values, texts

_KEYS = ("suites", "depth", "reason", "target", "detail-type", "detail", "time", "resources")
events = st.one_of(json_values, st.dictionaries(st.sampled_from(_KEYS), json_values), json_objects)
deployments = st.builds(
    lambda rest: {**rest, "detail-type": DETAIL_TYPE},
    st.fixed_dictionaries({}, optional={"time": json_values, "resources": st.lists(texts) | json_values}),
)


@given(events)
@example({"reason": "\ud800"})
@example({"depth": 10**5000})
@example({"suites": [[]]})
def test_event_of_any_kind__is_understood_or_refused_in_words(event: Any) -> None:
    """No event ends in another error than InvocationError, whose text any terminal and log can hold."""
    try:
        invocation = parse_event(event)
    except InvocationError as error:
        assert str(error).encode()
        return
    assert isinstance(invocation, Invocation)
    assert invocation.model_dump_json()


@given(deployments)
@example({"detail-type": DETAIL_TYPE, "time": "0001-01-01T00:00:00+14:00", "resources": ["\ud800"]})
def test_deployment_of_any_kind__is_a_full_run_or_nothing_to_the_target(event: Any) -> None:
    """A forged deployment event starts no more than a true one does, and breaks nothing."""
    deployment = deployment_of(event)
    assert deployment is not None
    note = is_of_no_service(deployment, load_target("hokusai-development"))
    assert note is None or note.endswith("in the target file")
    assert parse_event(event) == Invocation(reason="deployment")
