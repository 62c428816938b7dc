"""The record of thirty days: what it holds, how it ages, and how much was up."""

from datetime import datetime, timedelta

import pytest

from registry_monitor.incident import IncidentState
from registry_monitor.model import Depth, Status, SuiteName, Verdict
from registry_monitor.state.history import record
from registry_monitor.state.history_documents import OVERALL, HistoryDocument, Sample, SuiteState
from registry_monitor.state.incidents import IncidentsDocument, advance
from registry_monitor.state.samples import sample_of
from registry_monitor.state.uptime import summarized, times_of
from tests.unit.state.days import BEGIN, DATABASE, REGISTER, cause, check_id, run_at

UP, DOWN, PLANNED, UNKNOWN = SuiteState.UP, SuiteState.DOWN, SuiteState.PLANNED, SuiteState.UNKNOWN
API = "infrastructure_health"
LONGEST_SUITES = [str(suite) for suite in SuiteName if suite is not SuiteName.PERFORMANCE]


def at(minute: float) -> datetime:
    return BEGIN + timedelta(minutes=minute)


def sample(minute: float, state: SuiteState = UP, *suites: str) -> Sample:
    return Sample(
        run_id=f"run-{minute:g}",
        at=at(minute),
        depth=Depth.LIGHT,
        verdict=Verdict.HEALTHY,
        states=dict.fromkeys(suites or (API, OVERALL), state),
        score_pct=100.0,
        latency_ms=20.0 + minute % 7,
        registration_ms=None,
    )


def recorded(*samples: Sample) -> HistoryDocument:
    history = HistoryDocument()
    for each in samples:
        history = record(history, each)
    return history


def test_sample__says_of_each_suite_what_the_run_saw() -> None:
    """Down where something does not pass and is not excused; of what could not be found out, nothing is known."""
    run = run_at(0, Depth.FULL, database=Status.FAIL, register=Status.UNKNOWN)
    seen = sample_of(run, (), frozenset())
    assert seen.states == {API: DOWN, "model_registration_flow": UNKNOWN, OVERALL: DOWN}
    assert (seen.run_id, seen.at, seen.latency_ms) == (run.run_id, run.started_at, 20.0)
    assert sample_of(run, (), frozenset({check_id(DATABASE)})).states[API] is PLANNED


def test_suite_of_an_open_incident__is_down_though_the_run_did_not_ask() -> None:
    """A light run after a failed full one makes nothing up."""
    broken = run_at(0, Depth.FULL, causes=(cause("store-refuses", REGISTER),), register=Status.FAIL)
    going = advance(IncidentsDocument(), broken).incidents
    assert sample_of(run_at(1), going, frozenset()).states["model_registration_flow"] is DOWN


@pytest.mark.parametrize(
    ("samples", "up_s", "down_s"),
    [
        ([sample(0), sample(5, DOWN), sample(8)], 5 * 60 + 20 * 60, 3 * 60),
        ([sample(0)], 20 * 60, 0),
        ([sample(0), sample(40)], 40 * 60, 0),
        ([sample(-10), sample(70)], 10 * 60, 0),
        ([sample(0, UNKNOWN), sample(10)], 20 * 60, 0),
        ([sample(0, PLANNED), sample(10, DOWN), sample(15)], 20 * 60, 5 * 60),
    ],
    ids=["until the next", "at most 20 minutes", "a gap", "from before, and behind", "unknown", "planned"],
)
def test_times__of_a_suite(samples: list[Sample], up_s: float, down_s: float) -> None:
    """A sample holds until the next one, and not for long: after that nobody knows."""
    times = times_of(tuple(samples), at(0), at(60))[API]
    assert (times.up_s, times.down_s) == (up_s, down_s)


def test_hourly_suite__holds_until_the_next_hour() -> None:
    """And a run without it says nothing of it."""
    hourly = SuiteName.E2E_MODEL_REGISTRATION
    times = times_of((sample(0, UP, hourly), sample(15, DOWN, API)), at(0), at(120))
    assert times[hourly].up_s == 70 * 60


def test_record__of_a_month_is_bounded_and_loses_no_time() -> None:
    """Samples of a day, hours of a week, quarters of a day before: each minute is counted once, and it is not large."""
    history, minutes = HistoryDocument(), 31 * 1440
    for minute in range(0, minutes, 15):
        history = record(history, sample(minute, DOWN if minute % 1440 < 60 else UP, *LONGEST_SUITES, OVERALL))
    history = summarized(history, (), 99.5, at(minutes))
    assert history.samples[-1].at - history.samples[0].at < timedelta(hours=28)
    assert len(history.hours) in range(6 * 24, 7 * 24 + 1)
    assert len(history.quarters) in range(23 * 4 - 1, 24 * 4 + 1)
    month = history.uptime["30d"][OVERALL]
    assert month.up_s + month.down_s == pytest.approx(30 * 86400, rel=0.01)
    assert month.uptime_pct == pytest.approx(100 * 23 / 24, abs=0.2)
    assert history.uptime["24h"][API].down_s == 3600
    assert history.error_budget is not None
    assert history.error_budget.left_pct == pytest.approx(100 * (1 - 30 / (30 * 24 * 0.005)), rel=0.05)
    assert len(history.model_dump_json()) < 400_000


def test_record__of_a_platform_that_changes_each_minute_stays_below_a_megabyte() -> None:
    """The oldest hours are rolled up early."""
    history = HistoryDocument(samples=tuple(sample(minute, UP, *LONGEST_SUITES) for minute in range(600)))
    for minute in range(600, 1400):
        history = record(history, sample(minute, DOWN if minute % 2 else UP, *LONGEST_SUITES))
    assert len(history.samples) < 600 + 4 * 60
    assert len(history.model_dump_json()) < 350_000  # with spans, incidents and latencies it is below a megabyte


def test_record__counts_a_run_once_and_one_that_comes_late_in_its_place() -> None:
    """A write that is made again adds nothing; of two runs at once, either may be first."""
    history = recorded(sample(0), sample(10), sample(5, DOWN))
    assert [each.run_id for each in history.samples] == ["run-0", "run-5", "run-10"]
    assert record(history, sample(5)) is history
    aged = recorded(sample(0), sample(3000))
    assert record(aged, sample(60)) is aged, "its hour is rolled up"


def test_summary__lists_incidents_with_their_duration() -> None:
    """The newest first, those that were only suspected apart."""
    document = IncidentsDocument()
    for minute in (0, 1):
        document = advance(document, run_at(minute, causes=(cause(),), database=Status.FAIL))
    for minute in (2, 3, 4):
        document = advance(document, run_at(minute))
    document = advance(document, run_at(10, database=Status.FAIL))
    [past] = summarized(HistoryDocument(), document.incidents, 99.5, at(10)).incidents
    assert (past.kind, past.state, past.duration_s) == (cause().kind, IncidentState.RESOLVED, 240.0)
    assert past.suites == (API,)


def test_error_budget__of_nothing_down_is_whole() -> None:
    """And without data no uptime is claimed."""
    history = summarized(HistoryDocument(), (), 99.9, at(0))
    assert history.error_budget is not None and history.error_budget.left_pct == 100.0
    assert history.uptime == {"24h": {}, "7d": {}, "30d": {}}
