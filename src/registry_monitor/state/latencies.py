"""How long checks usually take: what each took over seven days, day by day, in steps of 15 %. Pure.

Steps bound what is kept, whatever is measured: days can be added up, and a percentile of them is right to 7 %.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from registry_monitor.run import Run
from registry_monitor.state.history_documents import LatencyDay

_STEP = 1.15
_DAYS_KEPT = timedelta(days=6)  # before today
_FEWEST = 20  # of fewer, a 95th percentile is their highest


@dataclass(frozen=True)
class Usual:
    """How long a check usually takes, of so many times that it passed in seven days."""

    count: int
    median_ms: float
    p95_ms: float


def latencies_of(run: Run) -> dict[str, float]:
    """Check → milliseconds, of those that passed: how long a failure takes says nothing of what is usual."""
    return {
        result.check_id: result.latency_ms
        for result in run.results
        if result.status.is_passed and result.latency_ms is not None
    }


def counted(days: Iterable[LatencyDay], at: datetime, latencies_ms: Mapping[str, float]) -> tuple[LatencyDay, ...]:
    """The days with what a run took, the oldest first; without those that are over for a week."""
    by_day = {each.day: each for each in days}
    if latencies_ms:
        checks = dict(by_day[at.date()].checks) if at.date() in by_day else {}
        for check, latency_ms in latencies_ms.items():
            step = _step_of(latency_ms)
            known = checks.get(check, {})
            checks[check] = known | {step: known.get(step, 0) + 1}
        by_day[at.date()] = LatencyDay(day=at.date(), checks=checks)
    newest = max(by_day, default=at.date())
    return tuple(by_day[day] for day in sorted(by_day) if day >= newest - _DAYS_KEPT)


def usual_latencies(days: Iterable[LatencyDay]) -> dict[str, Usual]:
    """Check → how long it usually takes; without those that have been seen too seldom to say so."""
    steps: dict[str, Counter[int]] = {}
    for day in days:
        for check, counts in day.checks.items():
            steps.setdefault(check, Counter()).update(counts)
    return {
        check: Usual(counts.total(), _percentile(counts, 50), _percentile(counts, 95))
        for check, counts in steps.items()
        if counts.total() >= _FEWEST
    }


def _step_of(latency_ms: float) -> int:
    return round(math.log(max(latency_ms, 1.0), _STEP))


def _percentile(counts: Counter[int], percent: float) -> float:
    """By nearest rank."""
    rank, seen = math.ceil(counts.total() * percent / 100), 0
    for step in sorted(counts):
        seen += counts[step]
        if seen >= rank:
            return round(_STEP**step, 1)
    raise ValueError("no latency was counted")
