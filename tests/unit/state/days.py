"""Runs along a day: what fails in each, and which cause explains it."""

from datetime import UTC, datetime, timedelta

from registry_monitor.finding import Finding
from registry_monitor.model import Depth, Result, Status, SuiteName
from registry_monitor.run import Run
from registry_monitor.target import Incidents
from tests.unit.reports import diagnosed, samples

BEGIN = datetime(2026, 7, 30, 9, 0, tzinfo=UTC)
ENDPOINT, DATABASE, HEARTBEAT = "endpoint.api-health", "mlflow.database", "service.mlflow.exists"
REGISTER = "register"  # asked by full runs alone
SUITES = (SuiteName.INFRASTRUCTURE_HEALTH, SuiteName.MODEL_REGISTRATION_FLOW)


def check_id(name: str) -> str:
    """The whole id of a check of these runs."""
    return f"{SUITES[1] if name == REGISTER else SUITES[0]}.{name}"


def run_at(
    minute: float,
    depth: Depth = Depth.LIGHT,
    *,
    reason: str = "schedule",
    causes: tuple[Finding, ...] = (),
    suites: tuple[SuiteName, ...] = SUITES,
    **statuses: Status,
) -> Run:
    """A run of this minute; ``statuses``: of the checks ``endpoint``, ``database``, ``exists`` and ``register``."""
    names = {"endpoint": ENDPOINT, "database": DATABASE, "exists": HEARTBEAT} | (
        {"register": REGISTER} if depth is Depth.FULL else {}
    )
    results = [_result(name, statuses.get(key, Status.PASS)) for key, name in names.items()]
    run = samples.run_of(results, depth=depth, reason=reason, suites=suites)
    at = BEGIN + timedelta(minutes=minute)
    run_id = f"{at:%Y%m%dT%H%M%SZ}-{depth}-{minute:g}"
    return diagnosed.diagnosed(run, *causes).model_copy(update={"started_at": at, "run_id": run_id})


def _result(name: str, status: Status) -> Result:
    depth = Depth.FULL if name == REGISTER else Depth.LIGHT
    suite = SUITES[1] if name == REGISTER else SUITES[0]
    blocked_by = check_id(DATABASE) if status is Status.BLOCKED else None
    return samples.result(
        name, status, suite=suite, service="mlflow", depth=depth, blocked_by=blocked_by, latency_ms=20.0
    )


def cause(kind: str = "database-not-available", *names: str, **more: object) -> Finding:
    """A cause that explains these checks."""
    explains = tuple(check_id(name) for name in names or (DATABASE,))
    return diagnosed.finding(
        kind, "hokusai-mlflow", f"The cause is {kind}", service="mlflow", explains=explains, **more
    )


def failing(minute: float, check: str = "database", depth: Depth = Depth.LIGHT) -> Run:
    """A run in which one check fails of one cause; here, once is an incident."""
    names = {"database": DATABASE, "endpoint": ENDPOINT, "exists": HEARTBEAT}
    run = run_at(minute, depth, causes=(cause(f"{check}-gone", names[check]),), **{check: Status.FAIL})
    hasty = run.target.model_copy(update={"incidents": Incidents(open_after_light_runs=1)})
    return run.model_copy(update={"target": hasty})
