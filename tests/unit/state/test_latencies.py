"""How long checks usually take: of seven days, of those that passed, right to 7 %, and bounded."""

import random
from datetime import timedelta
from statistics import median

import pytest

from registry_monitor.model import Depth, Status
from registry_monitor.state.history import record
from registry_monitor.state.history_documents import HistoryDocument, LatencyDay
from registry_monitor.state.latencies import counted, latencies_of, usual_latencies
from registry_monitor.state.samples import sample_of
from tests.unit.state.days import BEGIN, DATABASE, ENDPOINT, check_id, run_at

CHECK = check_id(ENDPOINT)


def test_usual__is_median_and_95th_percentile_of_what_was_measured() -> None:
    """Right to 7 %, whatever the measurements are, and over the days together."""
    chance = random.Random(20260730)
    measured = [chance.lognormvariate(4, 0.6) for _ in range(700)]
    days: tuple[LatencyDay, ...] = ()
    for place, latency_ms in enumerate(measured):
        days = counted(days, BEGIN + timedelta(minutes=12 * place), {CHECK: latency_ms})
    usual = usual_latencies(days)[CHECK]
    assert usual.count == 700
    assert usual.median_ms == pytest.approx(median(measured), rel=0.075)
    assert usual.p95_ms == pytest.approx(sorted(measured)[round(0.95 * 700) - 1], rel=0.075)


def test_day__that_is_a_week_old_is_forgotten() -> None:
    """What was usual then is not now."""
    days = counted((), BEGIN, {CHECK: 900.0})
    for day in range(1, 8):
        days = counted(days, BEGIN + timedelta(days=day), {CHECK: 10.0})
    assert [each.day for each in days] == [(BEGIN + timedelta(days=day)).date() for day in range(1, 8)]


def test_check__that_was_seldom_measured_has_nothing_usual() -> None:
    """Nineteen times are too few for a 95th percentile, twenty are enough."""
    days: tuple[LatencyDay, ...] = ()
    for place in range(20):
        assert usual_latencies(days) == {}
        days = counted(days, BEGIN + timedelta(minutes=place), {CHECK: 10.0})
    assert usual_latencies(days)[CHECK].count == 20


def test_latencies__are_those_of_checks_that_passed() -> None:
    """How long a time-out takes would make a slow platform look usual."""
    run = run_at(0, database=Status.FAIL, endpoint=Status.FLAKY)
    assert set(latencies_of(run)) == {result.check_id for result in run.results} - {check_id(DATABASE)}


def test_run__counts_once() -> None:
    """A write that is made again adds nothing, and what every run asks is added up."""
    history = HistoryDocument()
    for minute in (0, 5, 5, 10):
        run = run_at(minute, Depth.LIGHT)
        history = record(history, sample_of(run, (), frozenset()), latencies_of(run))
    assert sum(history.latencies[0].checks[CHECK].values()) == 3


def test_latencies__of_a_week_of_a_large_target_are_small() -> None:
    """250 checks in 384 runs a day, each as scattered as a busy service: what the document has place for."""
    chance = random.Random(1)
    names = [f"endpoint_availability.endpoint.some-service-answers-{number}" for number in range(250)]
    days: tuple[LatencyDay, ...] = ()
    for run in range(7 * 96):
        at = BEGIN + timedelta(minutes=15 * run)
        days = counted(days, at, {name: chance.lognormvariate(4, 0.5) for name in names})
    assert len(HistoryDocument(latencies=days).model_dump_json()) < 320_000
