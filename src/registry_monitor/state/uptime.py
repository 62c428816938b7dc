"""How long what was up, from samples and spans. Pure.

A sample holds until the next one of the same suite, at most ``_HOLDS``: after that nobody knows.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from registry_monitor.incident import Incident, IncidentState
from registry_monitor.model import HOURLY
from registry_monitor.state.history_documents import (
    OVERALL,
    ErrorBudget,
    HistoryDocument,
    PastIncident,
    Sample,
    SuiteState,
    Times,
    Uptime,
)

_HOLDS = timedelta(minutes=20)  # full runs come each quarter of an hour, and may be late
LONGEST_HOLD = timedelta(minutes=70)  # of the hourly suite
WINDOWS = {"24h": timedelta(hours=24), "7d": timedelta(days=7), "30d": timedelta(days=30)}
_BUDGET_WINDOW = "30d"
_MOST_INCIDENTS = 200


def times_of(samples: tuple[Sample, ...], begin: datetime, end: datetime) -> dict[str, Times]:
    """How long each suite was what, between two moments."""
    times: dict[str, dict[SuiteState, float]] = {}
    next_at: dict[str, datetime] = {}
    for sample in reversed(samples):
        for suite, state in sample.states.items():
            holds = LONGEST_HOLD if suite in HOURLY else _HOLDS
            until = min(next_at.get(suite, end), sample.at + holds, end)
            next_at[suite] = sample.at
            seconds = (until - max(sample.at, begin)).total_seconds()
            if seconds > 0:
                of_suite = times.setdefault(suite, dict.fromkeys(SuiteState, 0.0))
                of_suite[state] += seconds
    return {
        suite: Times(
            up_s=round(of[SuiteState.UP], 1),
            down_s=round(of[SuiteState.DOWN], 1),
            planned_s=round(of[SuiteState.PLANNED], 1),
        )
        for suite, of in sorted(times.items())
    }


def total(times: Iterable[Times]) -> Times:
    """Several times together."""
    listed = list(times)
    return Times(
        up_s=round(sum(each.up_s for each in listed), 1),
        down_s=round(sum(each.down_s for each in listed), 1),
        planned_s=round(sum(each.planned_s for each in listed), 1),
    )


def summarized(
    history: HistoryDocument, incidents: Iterable[Incident], objective_pct: float, now: datetime
) -> HistoryDocument:
    """The history with its incidents, its uptimes and what is left of the error budget, as of now."""
    uptime = {name: _uptime(history, now - window, now) for name, window in WINDOWS.items()}
    newest = sorted(incidents, key=lambda each: each.first_seen, reverse=True)[:_MOST_INCIDENTS]
    down_s = uptime[_BUDGET_WINDOW][OVERALL].down_s if OVERALL in uptime[_BUDGET_WINDOW] else 0.0
    return history.model_copy(
        update={
            "written_at": now,
            "incidents": tuple(_past(each) for each in newest if each.state is not IncidentState.SUSPECTED),
            "uptime": uptime,
            "error_budget": _budget(down_s, objective_pct),
        }
    )


def _uptime(history: HistoryDocument, begin: datetime, end: datetime) -> dict[str, Uptime]:
    """Of spans those count that begin in the time: the strip is as exact as they are long."""
    parts = [times_of(history.samples, max(begin, history.rolled_until or begin), end)]
    parts += [span.suites for span in (*history.quarters, *history.hours) if span.began_at >= begin]
    names = sorted({name for part in parts for name in part})
    times = {name: total(part[name] for part in parts if name in part) for name in names}
    return {
        name: Uptime(
            uptime_pct=round(100 * of.up_s / (of.up_s + of.down_s), 3) if of.up_s + of.down_s else None,
            up_s=of.up_s,
            down_s=of.down_s,
            planned_s=of.planned_s,
        )
        for name, of in times.items()
    }


def _budget(down_s: float, objective_pct: float) -> ErrorBudget:
    allowed_s = WINDOWS[_BUDGET_WINDOW].total_seconds() * (100 - objective_pct) / 100
    left_pct = round(100 * (1 - down_s / allowed_s), 1)
    return ErrorBudget(objective_pct=objective_pct, allowed_s=round(allowed_s, 1), used_s=down_s, left_pct=left_pct)


def _past(incident: Incident) -> PastIncident:
    ended = incident.ended_at
    return PastIncident(
        id=incident.id,
        state=incident.state,
        kind=incident.cause.kind,
        resource=incident.cause.resource,
        statement=incident.cause.statement,
        first_seen=incident.first_seen,
        ended_at=ended,
        duration_s=(ended - incident.first_seen).total_seconds() if ended else None,
        suites=incident.suites,
        impact=incident.impact,
        is_monitors_own=incident.is_monitors_own,
        is_security_failure=incident.is_security_failure,
    )
