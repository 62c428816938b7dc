"""Thirty days of runs as the history keeps them, a full run each quarter of an hour, with what went wrong in them."""

from datetime import datetime, timedelta
from functools import cache
from math import sin

from registry_monitor.finding import Confidence
from registry_monitor.incident import Cause, Incident, IncidentState
from registry_monitor.model import Depth, Verdict
from registry_monitor.state.history import record
from registry_monitor.state.history_documents import OVERALL, HistoryDocument, Sample, SuiteState
from registry_monitor.state.uptime import summarized
from tests.unit.reports import diagnosed, samples

END = samples.STARTED_AT + timedelta(milliseconds=samples.healthy().duration_ms)
BEGIN = END - timedelta(days=30)
STEP = timedelta(minutes=15)
AUTHENTICATION, REGISTRATION, ROUTING = "authentication", "model_registration_flow", "mlflow_routing"
SUITES = ("infrastructure_health", AUTHENTICATION, REGISTRATION, ROUTING)
WEEK = timedelta(days=7)
USUAL_MS = {"infrastructure_health.endpoint.api-health": 30.0, "infrastructure_health.mlflow.database": 60.0}
SECRET_RESOURCE = "hokusai-mlflow-development"


def incident(
    name: str, began_at: datetime, ended_at: datetime | None, *suites: str, kind: str = "database-not-available"
) -> Incident:
    """One incident; without an end it goes on."""
    cause = Cause(
        kind=kind,
        resource=SECRET_RESOURCE,
        statement=f"The database {SECRET_RESOURCE} is stopped ({name})",
        confidence=Confidence.PROVEN,
        since=began_at,
        runbook=f"docs/causes.md#{kind}",
    )
    return Incident(
        id=name,
        state=IncidentState.RESOLVED if ended_at else IncidentState.OPEN,
        causes=(cause,),
        first_seen=began_at,
        last_seen=ended_at or END,
        opened_at=began_at,
        ended_at=ended_at,
        suites=suites,
    )


def incidents() -> tuple[Incident, ...]:
    """Three that are over, and one that goes on: registration is down for the last hour."""
    return (
        incident("deployment", BEGIN + timedelta(days=4), BEGIN + timedelta(days=4, hours=9), *SUITES),
        incident("routing", BEGIN + timedelta(days=17), BEGIN + timedelta(days=17, hours=1), ROUTING),
        incident("keys", END - timedelta(hours=60), END - timedelta(hours=57), AUTHENTICATION),
        incident("now", END - timedelta(hours=1), None, REGISTRATION, kind=diagnosed.DATABASE_STOPPED.kind),
    )


@cache
def history() -> HistoryDocument:
    """The history, made by the functions that keep it, up to the moment at which the runs of ``samples`` end."""
    known, at, listed = HistoryDocument(), BEGIN, incidents()
    while at < END:
        known = record(known, _sample(at, listed), USUAL_MS if at > END - WEEK else {})
        at += STEP
    return summarized(known, listed, 99.5, END)


def _sample(at: datetime, listed: tuple[Incident, ...]) -> Sample:
    down = {suite for each in listed if each.first_seen <= at < (each.ended_at or END) for suite in each.suites}
    states = {suite: SuiteState.DOWN if suite in down else SuiteState.UP for suite in SUITES}
    day = (at - BEGIN).total_seconds() / 86400
    return Sample(
        run_id=f"{at:%Y%m%dT%H%M%SZ}",
        at=at,
        depth=Depth.FULL,
        verdict=Verdict.FAILING if down else Verdict.HEALTHY,
        states=states | {OVERALL: SuiteState.DOWN if down else SuiteState.UP},
        score_pct=100 - 20.0 * len(down),
        latency_ms=round(40 + 12 * sin(day * 6.283) + 9 * sin(day * 71), 1),
        registration_ms=None if REGISTRATION in down else round(1400 + 300 * sin(day * 6.283 + 1) + day * 12, 1),
    )
