"""A flow that failed is confirmed by a second one: which, and what both together say."""

import pytest

from registry_monitor.flows import confirmed, flows_to_confirm
from registry_monitor.model import Depth, Leftover, Result, Status, SuiteName
from tests.unit.reports.samples import REGISTRATION, result

E2E = SuiteName.E2E_MODEL_REGISTRATION


def flow(status: Status, **fields: object) -> list[Result]:
    """The heartbeat of a light run, and a stage of the flow."""
    return [
        result("heartbeat.find", suite=REGISTRATION),
        result("register", status, suite=REGISTRATION, depth=Depth.FULL, **fields),  # type: ignore[arg-type]
    ]


@pytest.mark.parametrize(
    ("results", "suites"),
    [
        (flow(Status.PASS), ()),
        (flow(Status.FAIL), (REGISTRATION,)),
        (flow(Status.UNKNOWN), ()),
        ([result("register", Status.FAIL, suite=E2E, depth=Depth.FULL)], (E2E,)),
        (flow(Status.FAIL, is_final=True), ()),
        (flow(Status.FAIL)[:1], ()),
        ([result("heartbeat.find", Status.FAIL, suite=REGISTRATION)], ()),
        ([result("a", Status.FAIL, suite=SuiteName.SERVICES, depth=Depth.FULL)], ()),
    ],
    ids=["well", "failed", "unknown", "e2e", "rate limit", "light and well", "light and failed", "no flow"],
)
def test_flows_to_confirm__are_whole_ones_that_failed(results: list[Result], suites: tuple[SuiteName, ...]) -> None:
    """Never against a rate limit, and never in a light run, which makes none."""
    assert flows_to_confirm(results) == suites


def test_flow_that_was_silent__is_not_made_again() -> None:
    """Who waited for a time-out has asked long enough, and would wait again."""
    _, failed = flow(Status.FAIL)
    slow = failed.attempts[0].model_copy(update={"duration_ms": 15_000.0})
    assert flows_to_confirm([failed.model_copy(update={"attempts": (slow,)})]) == ()


def test_confirmed__second_flow_that_went_well_makes_the_first_flaky() -> None:
    """What failed is FLAKY and tells both; what was blocked behind it passed; what is of another suite stays."""
    other = result("a", Status.FAIL)
    blocked = result("retrieve", Status.BLOCKED, suite=REGISTRATION, depth=Depth.FULL)
    second = [*flow(Status.PASS), blocked.model_copy(update={"status": Status.PASS})]
    _, failed, retrieved, kept = confirmed([*flow(Status.FAIL, seen="answered 502"), blocked, other], second, 1000.0)
    assert (failed.status, retrieved.status) == (Status.FLAKY, Status.PASS)
    assert failed.seen.endswith("in another flow; in the first it answered 502")
    assert (len(failed.attempts), failed.started_ms) == (2, 1004.0)
    assert kept == other


def test_confirmed__second_flow_that_failed_too_leaves_the_first_as_it_is() -> None:
    """Wherever it failed: registering does not work."""
    first = flow(Status.FAIL)
    second = [*flow(Status.PASS), result("retrieve", Status.FAIL, suite=REGISTRATION, depth=Depth.FULL)]
    assert confirmed(first, second, 1000.0) == tuple(first)


def test_confirmed__second_flow_that_could_not_tell_proves_nothing() -> None:
    """Its requests may have been too many by then: the failure stands."""
    first = flow(Status.FAIL)
    assert confirmed(first, flow(Status.UNKNOWN), 1000.0) == tuple(first)


@pytest.mark.parametrize("second", [Status.PASS, Status.FAIL])
def test_confirmed__what_either_flow_left_behind_is_told(second: Status) -> None:
    """A leftover is not forgotten, whichever flow counts."""
    left = tuple(Leftover(kind="run", id=str(number), reason="refused") for number in (1, 2))
    both = confirmed(flow(Status.FAIL, leftovers=left[:1]), flow(second, leftovers=left[1:]), 1000.0)
    assert both[1].leftovers == left
