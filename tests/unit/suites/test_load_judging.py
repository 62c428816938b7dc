"""What a wave of registrations is judged by: pure figures, no network."""

import pytest

from registry_monitor.model import CannotTellError, Status
from registry_monitor.suites.load_figures import Load, Registration, percentiles
from registry_monitor.suites.load_judging import judge_registrations, judge_throughput, judge_time
from registry_monitor.target import Performance

LEVELS = Performance(registration_s=10, error_rate_pct=10)


def passed(*totals_ms: float) -> tuple[Registration, ...]:
    return tuple(Registration({"train": 100, "run": each - 100}) for each in totals_ms)


FAILED = Registration({"train": 100}, problem="the stage 'run': it answered 503")
STOPPED = Registration({}, is_stopped=True)
NOT_MADE = Registration({}, unknown="run: the budget is used up")


def test_percentiles__are_values_that_were_measured() -> None:
    """Nearest rank: of 20 samples the 95th percentile is the 19th, of few it is the largest."""
    assert percentiles([float(each) for each in range(1, 21)]) == {"p50_ms": 10, "p95_ms": 19, "p99_ms": 20}
    assert percentiles([7.0]) == {"p50_ms": 7, "p95_ms": 7, "p99_ms": 7}
    assert percentiles([]) == {}


@pytest.mark.parametrize(
    ("registrations", "given_up", "status", "rate_pct"),
    [
        (passed(1000, 2000), None, Status.PASS, 0),
        ((*passed(*[1000] * 9), FAILED), None, Status.PASS, 10),
        ((*passed(*[1000] * 8), FAILED), None, Status.FAIL, 11.1),
        ((*passed(1000), FAILED, STOPPED), "most had failed", Status.FAIL, 50),
        (passed(1000), "the platform asked for less (429)", Status.FAIL, 0),
        ((FAILED, NOT_MADE), None, Status.FAIL, 100),
    ],
)
def test_error_rate__counts_failures_of_those_that_ended(
    registrations: tuple[Registration, ...], given_up: str | None, status: Status, rate_pct: float
) -> None:
    """Up to the level is right, over it is wrong; what was stopped or could not be made did not end."""
    outcome = judge_registrations(Load(registrations, 1.0), LEVELS, given_up)
    assert (outcome.status, outcome.evidence["error_rate_pct"]) == (status, rate_pct)


def test_error_rate__cannot_be_told_where_registrations_could_not_be_made() -> None:
    """The monitor's own trouble is no fault of the platform's, and no proof of its health."""
    with pytest.raises(CannotTellError, match="1 of 2 registrations could not be made: run: the budget"):
        judge_registrations(Load((*passed(1000), NOT_MADE), 1.0), LEVELS, None)


@pytest.mark.parametrize(("slowest_ms", "status"), [(10_000, Status.PASS), (10_001, Status.FAIL)])
def test_time__over_the_level_is_a_failure(slowest_ms: float, status: Status) -> None:
    """The 95th percentile counts, and the stages stand in the evidence."""
    outcome = judge_time(Load(passed(1000, slowest_ms), 11.0), LEVELS)
    assert (outcome.status, outcome.latency_ms, outcome.budget_ms) == (status, slowest_ms, 10_000)
    assert outcome.evidence["train"] == {"p50_ms": 100, "p95_ms": 100, "p99_ms": 100}


@pytest.mark.parametrize(("wall_s", "per_minute", "status"), [(10.0, 12, Status.PASS), (12.0, 10, Status.FAIL)])
def test_throughput__is_at_least_the_wave_in_the_time_promised_for_one(
    wall_s: float, per_minute: float, status: Status
) -> None:
    """Two in ten seconds are twelve a minute; slower, some user waited longer than was promised."""
    outcome = judge_throughput(Load(passed(1000, 2000), wall_s), LEVELS)
    assert (outcome.status, outcome.evidence["per_minute"]) == (status, per_minute)
