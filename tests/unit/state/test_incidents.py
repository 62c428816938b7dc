"""The life of incidents: opened, changed and closed by what a run could see, and by nothing else."""

from collections.abc import Iterable
from datetime import timedelta

import pytest

from registry_monitor.finding import Confidence, FindingState
from registry_monitor.incident import Incident, IncidentState
from registry_monitor.model import Depth, Status, SuiteName
from registry_monitor.run import Run
from registry_monitor.state.incidents import IncidentsDocument, advance
from tests.unit.reports import diagnosed
from tests.unit.state.days import BEGIN, DATABASE, ENDPOINT, REGISTER, cause, check_id, run_at

FAIL, PASS = Status.FAIL, Status.PASS
DOWN = cause()


def after(*runs: Run) -> IncidentsDocument:
    document = IncidentsDocument()
    for run in runs:
        document = advance(document, run)
    return document


def only(document: IncidentsDocument) -> Incident:
    [incident] = document.incidents
    return incident


def failing(minutes: Iterable[float]) -> list[Run]:
    return [run_at(minute, causes=(DOWN,), database=FAIL) for minute in minutes]


def test_light_runs__open_at_the_second_and_close_at_the_third_clean_one() -> None:
    """The target's numbers; first and last seen are those of the failing runs."""
    assert only(after(*failing([0]))).state is IncidentState.SUSPECTED
    opened = only(after(*failing([0, 1, 2])))
    assert (opened.state, opened.first_seen, opened.opened_at) == (
        IncidentState.OPEN,
        BEGIN,
        BEGIN + timedelta(minutes=1),
    )
    assert (opened.last_seen, opened.runs_seen) == (BEGIN + timedelta(minutes=2), 3)
    clean = [run_at(minute) for minute in (3, 4, 5)]
    assert only(after(*failing([0, 1]), *clean[:2])).state is IncidentState.OPEN
    closed = only(after(*failing([0, 1]), *clean))
    assert (closed.state, closed.ended_at) == (IncidentState.RESOLVED, BEGIN + timedelta(minutes=5))


def test_suspicion__is_gone_with_one_clean_run() -> None:
    """A single blip leaves nothing behind, and two of them with a good minute between are no incident."""
    assert after(*failing([0]), run_at(1)).incidents == ()
    assert only(after(*failing([0]), run_at(1), *failing([2]))).state is IncidentState.SUSPECTED


def test_open_door__is_an_incident_at_once() -> None:
    """Once is proof enough."""
    run = run_at(0, database=FAIL)
    open_door = run.results[1].model_copy(update={"is_security_failure": True})
    run = run.model_copy(update={"results": (run.results[0], open_door, run.results[2])})
    assert only(after(run)).state is IncidentState.OPEN


def test_check_of_full_runs__opens_and_closes_with_one() -> None:
    """It is asked each quarter of an hour, and twice within the run."""
    broken = run_at(0, Depth.FULL, causes=(cause("store-refuses", REGISTER),), register=FAIL)
    assert only(after(broken)).state is IncidentState.OPEN
    assert only(after(broken, run_at(15, Depth.FULL))).state is IncidentState.RESOLVED


def test_light_runs_after_a_failed_full_one__close_nothing() -> None:
    """They do not ask what fails."""
    broken = run_at(0, Depth.FULL, causes=(cause("store-refuses", REGISTER),), register=FAIL)
    light = [run_at(minute) for minute in range(1, 60)]
    assert after(broken, *light) == after(broken)


@pytest.mark.parametrize("status", [Status.UNKNOWN, Status.BLOCKED, Status.SKIPPED])
def test_what_was_not_found_out__closes_nothing(status: Status) -> None:
    """UNKNOWN, BLOCKED and SKIPPED are no proof that it works, however often."""
    blind = [run_at(minute, database=status) for minute in range(2, 20)]
    assert only(after(*failing([0, 1]), *blind)).state is IncidentState.OPEN


def test_incident__is_closed_only_when_all_that_it_explains_is_well() -> None:
    """A cause with two victims is not over with one of them."""
    both = cause("database-not-available", DATABASE, ENDPOINT)
    broken = [run_at(minute, causes=(both,), database=FAIL, endpoint=FAIL) for minute in (0, 1)]
    half = [run_at(minute, causes=(both,), endpoint=FAIL) for minute in range(2, 9)]
    assert only(after(*broken, *half)).state is IncidentState.OPEN
    assert only(after(*broken, *half, *(run_at(minute) for minute in (9, 10, 11)))).state is IncidentState.RESOLVED


def test_cause_that_is_known_better__changes_the_incident() -> None:
    """Undiagnosed first, proved later: one incident, with both and since when."""
    document = after(run_at(0, database=FAIL), run_at(1, database=FAIL), *failing([2]))
    incident = only(document)
    assert [each.kind for each in incident.causes] == ["not-diagnosed", DOWN.kind]
    assert [each.since - BEGIN for each in incident.causes] == [timedelta(0), timedelta(minutes=2)]


def test_weaker_suspicion_of_a_light_run__takes_nothing_from_what_was_proved() -> None:
    """The cause does not change to and fro; a full run may take it back."""
    weak = cause("service-unreachable", confidence=Confidence.SYMPTOM, state=FindingState.SUSPECTED)
    light = run_at(2, causes=(weak,), database=FAIL)
    assert only(after(*failing([0, 1]), light)).cause.kind == DOWN.kind
    full = run_at(2, Depth.FULL, causes=(weak,), database=FAIL)
    assert only(after(*failing([0, 1]), full)).cause.kind == weak.kind


def test_common_cause__takes_in_what_was_seen_apart() -> None:
    """Two incidents become one, which then waits for the checks of both."""
    first = cause("listener-rule-missing", ENDPOINT)
    apart = [run_at(minute, causes=(first, DOWN), endpoint=FAIL, database=FAIL) for minute in (0, 1)]
    common = cause("vpc-gone", ENDPOINT, DATABASE)
    document = after(*apart, run_at(2, causes=(common,), endpoint=FAIL, database=FAIL))
    states = {each.cause.kind: each.state for each in document.incidents}
    assert sorted(states.values()) == [IncidentState.MERGED, IncidentState.OPEN]
    assert states["vpc-gone"] is IncidentState.OPEN
    going = [run_at(minute, causes=(common,), database=FAIL) for minute in range(3, 9)]
    for run in going:
        document = advance(document, run)
    assert [each.cause.kind for each in document.open] == ["vpc-gone"]


def test_second_cause__is_an_incident_of_its_own() -> None:
    """What is new beside a known one is told apart."""
    both = [run_at(minute, causes=(DOWN, cause("other", ENDPOINT)), database=FAIL, endpoint=FAIL) for minute in (2, 3)]
    assert [each.cause.kind for each in after(*failing([0, 1]), *both).open] == [DOWN.kind, "other"]


def test_run_that_is_counted_before__changes_nothing() -> None:
    """A write of which the answer was lost is made again, and counts once."""
    document = after(*failing([0, 1]))
    assert advance(document, failing([1])[0]) is document


def test_healthy_run__changes_nothing() -> None:
    """So that nothing is written while all is well."""
    document = after(*failing([0, 1]), *(run_at(minute) for minute in (2, 3, 4)))
    assert advance(document, run_at(5)) is document


def test_run_that_is_written_late__does_not_undo_what_a_newer_one_saw() -> None:
    """Of two at once, the older one may come second: it closes nothing, and brings nothing back."""
    late_clean = run_at(0.5)
    assert only(after(*failing([0, 1]), late_clean)).checks == only(after(*failing([0, 1]))).checks
    over = after(*failing([0, 1]), *(run_at(minute) for minute in (2, 3, 4)))
    assert advance(over, failing([3.5])[0]).open == ()


def test_excused_check__is_neither_seen_failing_nor_seen_well() -> None:
    """A deployment opens no incident, and closes none."""
    run = failing([0])[0]
    assert advance(IncidentsDocument(), run, frozenset({check_id(DATABASE)})).incidents == ()
    document = after(*failing([0, 1]))
    assert advance(document, failing([2])[0], frozenset({check_id(DATABASE)})) == document


def test_check_that_does_not_exist_any_more__holds_no_incident_open() -> None:
    """Only a full run of all suites can tell: the target has changed."""
    gone = cause("listener-rule-missing", ENDPOINT)
    broken = [run_at(minute, causes=(gone,), endpoint=FAIL) for minute in (0, 1)]
    everything = tuple(suite for suite in SuiteName if suite is not SuiteName.PERFORMANCE)
    full = run_at(2, Depth.FULL, suites=everything)
    without = full.model_copy(update={"results": full.results[1:]})
    assert only(after(*broken, without)).state is IncidentState.RESOLVED
    light = run_at(2)
    without = light.model_copy(update={"results": light.results[1:]})
    assert only(after(*broken, without)).state is IncidentState.OPEN


def test_monitors_own_fault__is_told_as_such() -> None:
    """A revoked key of the monitor's is no fault of the platform."""
    own = diagnosed.finding("monitor-key-revoked", "admin", "The key is revoked", explains=(check_id(DATABASE),))
    assert only(after(run_at(0, causes=(own,), database=FAIL))).is_monitors_own


def test_document__stays_bounded() -> None:
    """More causes than are kept, with texts of any length, are less than a megabyte."""
    document = IncidentsDocument()
    for number in range(210):
        long = cause(f"kind-{number}", REGISTER, impact=("x" * 5000,) * 50, changed=("y" * 5000,) * 50)
        document = advance(document, run_at(2 * number, Depth.FULL, causes=(long,), register=FAIL))
        document = advance(document, run_at(2 * number + 1, Depth.FULL))
    assert len(document.incidents) == 200
    assert len(document.model_dump_json()) < 1_000_000
