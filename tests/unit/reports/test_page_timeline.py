"""The waterfall of a run: where a check stands in time, and which one it had waited for."""

from registry_monitor.model import Result, Status
from registry_monitor.reports.page_timeline import SCALE, Bar, timeline
from tests.unit.reports import samples

FIRST = "infrastructure_health.first"


def bars(*results: Result) -> dict[str, Bar]:
    lanes = timeline(samples.run_of(results)).lanes
    return {bar.result.check_id.rpartition(".")[2]: bar for lane in lanes for bar in lane.bars}


def timed(name: str, started_ms: float, duration_ms: float, *after: str) -> Result:
    return samples.result(name, started_ms=started_ms, duration_ms=duration_ms, waited_for=after)


def test_bar__stands_where_its_check_was_asked() -> None:
    """The drawing is as long as the run, up to the end of its last check."""
    drawn = bars(timed("first", 0, 500), timed("last", 500, 1500))
    assert [(bar.left, bar.width) for bar in drawn.values()] == [(0, SCALE / 4), (SCALE / 4, SCALE * 3 / 4)]


def test_bar__tells_the_prerequisite_that_ended_last_and_the_wait_after_it() -> None:
    """Of two prerequisites the later one held the check up; from its end on it waited for its turn."""
    other = "infrastructure_health.second"
    drawn = bars(timed("first", 0, 100), timed("second", 0, 400), timed("third", 600, 400, FIRST, other))
    third = drawn["third"]
    assert (third.after, third.wait_left, third.wait_width, third.left) == (other, 400, 200, 600)


def test_bar__of_a_check_that_was_never_asked_is_none_but_what_blocked_it_is_told() -> None:
    """A blocked check has no time."""
    blocked = samples.result("second", Status.BLOCKED, blocked_by=FIRST)
    bar = bars(timed("first", 0, 100), blocked)["second"]
    assert (bar.left, bar.width, bar.after) == (None, 0, FIRST)


def test_bar__stays_within_the_drawing() -> None:
    """What took no time at the very end is still seen."""
    drawn = bars(timed("first", 0, 1000), timed("second", 1000, 0))
    assert all(bar.left is not None and bar.width > 0 and bar.left + bar.width <= SCALE for bar in drawn.values())


def test_timeline__of_a_run_that_asked_nothing_has_no_bar() -> None:
    """No check, no drawing, no division by zero."""
    made = timeline(samples.no_data())
    assert all(bar.left is None for lane in made.lanes for bar in lane.bars)
    assert len(made.ticks_s) > 1
