"""The metrics of a run, as one line of CloudWatch's embedded metric format on standard output.

``METRICS`` is the whole list: each entry is one billed series per target, of at most 16. What has no data is not
emitted. ``python -m registry_monitor.outputs.metrics`` prints the table of docs/metrics.md.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit

from registry_monitor.incident import ExcuseKind
from registry_monitor.model import DAYS_LEFT, ON_DEMAND, Depth, Result, Score, Status, SuiteName, Verdict
from registry_monitor.reports.findings import is_monitors_own
from registry_monitor.reports.registration import registration_ms
from registry_monitor.run import Run

SERIES_LIMIT = 16
DIMENSIONS = ("target", "service")  # `service` is Powertools' own: the name of the monitor, not of a watched service
_FAILED_CHECKS_TOLD = 20
_CAUSES_TOLD = 5
_CORE = (SuiteName.AUTHENTICATION, SuiteName.MODEL_REGISTRATION_FLOW)  # without them nothing of the platform is of use


@dataclass(frozen=True)
class Metric:
    """One metric: what it is called and means, and how a run gives its value (null: no data, not emitted)."""

    name: str
    unit: MetricUnit
    meaning: str
    value: Callable[[Run], float | None]


def _count(*statuses: Status) -> Callable[[Run], float]:
    return lambda run: sum(result.status in statuses for result in _counted(run))


def _counted(run: Run) -> list[Result]:
    """The results without what is excused: a deployment, a planned time, a cause that somebody knows of already."""
    excused = run.excused
    return [result for result in run.results if result.check_id not in excused]


def _core_failures(run: Run) -> float:
    """Of the checks that light and full runs share: so each minute has a value that means the same."""
    light = (result for result in _counted(run) if result.depth is Depth.LIGHT and result.suite in _CORE)
    return sum(result.status.is_not_passed for result in light)


def _suite_score(suite: SuiteName, *depths: Depth) -> Callable[[Run], float | None]:
    """The score of a suite in runs of these depths: the few checks of a light run would hide those of the full one."""

    def score(run: Run) -> float | None:
        if suite not in run.suite_scores or run.trigger.depth not in depths:
            return None
        if not run.excused:
            return run.suite_scores[suite].score_pct
        return Score.of(each for each in _counted(run) if each.suite is suite).score_pct

    return score


def _certificate_days_left(run: Run) -> float | None:
    """Of the certificates that hosts showed, the one that ends first."""
    told = (result.evidence.get(DAYS_LEFT) for result in run.results)
    return min((float(days) for days in told if isinstance(days, int | float)), default=None)


METRICS = (
    Metric(
        "RunCompleted",
        MetricUnit.Count,
        "1 for each run that ended with a verdict; its absence means that nobody is watching",
        lambda run: 1,
    ),
    Metric(
        "RunBlind",
        MetricUnit.Count,
        "1 when too much could not be found out (verdict BLIND), else 0",
        lambda run: int(run.verdict is Verdict.BLIND),
    ),
    Metric(
        "ChecksFailed",
        MetricUnit.Count,
        "checks that were asked and wrong (FAIL) and not excused",
        _count(Status.FAIL),
    ),
    Metric(
        "CoreFailures",
        MetricUnit.Count,
        "light checks of authentication and model_registration_flow that did not pass: nobody gets in, or can register",
        _core_failures,
    ),
    Metric(
        "ChecksFlaky", MetricUnit.Count, "checks that were wrong first and right when asked again", _count(Status.FLAKY)
    ),
    Metric("ChecksSlow", MetricUnit.Count, "checks that were right, over their latency budget", _count(Status.SLOW)),
    Metric(
        "ScorePct",
        MetricUnit.Percent,
        "passed of judged checks, of all suites of the run",
        lambda run: Score.of(_counted(run)).score_pct,
    ),
    Metric(
        "CoveragePct",
        MetricUnit.Percent,
        "checks that could be found out, of those asked",
        lambda run: run.score.coverage_pct,
    ),
    Metric(
        "InfrastructureScorePct",
        MetricUnit.Percent,
        "score of infrastructure_health",
        _suite_score(SuiteName.INFRASTRUCTURE_HEALTH, *Depth),
    ),
    Metric(
        "AuthenticationScorePct",
        MetricUnit.Percent,
        "score of authentication (full runs only)",
        _suite_score(SuiteName.AUTHENTICATION, Depth.FULL),
    ),
    Metric(
        "SecurityFailures",
        MetricUnit.Count,
        "doors that stand open: a key that must be refused was accepted, or none was needed",
        lambda run: sum(result.is_security_failure for result in run.of_status(Status.FAIL)),
    ),
    Metric(
        "RegistrationScorePct",
        MetricUnit.Percent,
        "score of model_registration_flow (full runs only)",
        _suite_score(SuiteName.MODEL_REGISTRATION_FLOW, Depth.FULL),
    ),
    Metric(
        "RegistrationDurationMs",
        MetricUnit.Milliseconds,
        "all stages of a registration together, when all passed",
        registration_ms,
    ),
    Metric(
        "CertificateDaysLeft",
        MetricUnit.Count,
        "days until the first certificate of the public hosts ends (full runs only)",
        _certificate_days_left,
    ),
    Metric(
        "RunDurationMs", MetricUnit.Milliseconds, "the run, from its start to its verdict", lambda run: run.duration_ms
    ),
    Metric(
        "Leftovers",
        MetricUnit.Count,
        "objects of the monitor's own that could not be deleted",
        lambda run: len(run.leftovers),
    ),
)


def emit(run: Run, metrics: Metrics) -> None:
    """Print one EMF line with the metrics of a run; ``metrics`` brings the namespace and the name of the monitor.

    A run on demand alone, such as ``performance``, prints none: its load is no sign of the platform's health.

    Powertools keeps its metrics on the class, over warm invocations: what an interrupted one left is dropped first.
    """
    metrics.clear_metrics()
    if ON_DEMAND.intersection(run.trigger.suites):
        return
    metrics.add_dimension("target", run.target.name)
    for metric in METRICS:
        value = metric.value(run)
        if value is not None:
            metrics.add_metric(metric.name, metric.unit, value)
    for name, told in _properties(run).items():
        metrics.add_metadata(name, told)
    metrics.flush_metrics()


def _properties(run: Run) -> dict[str, object]:
    """What can be searched in the logs, but is no dimension, since each of its values would be a billed series."""
    failed = [result.check_id for result in run.of_status(Status.FAIL)]
    return {
        "run_id": run.run_id,
        "verdict": run.verdict,
        "depth": run.trigger.depth,
        "reason": run.trigger.reason,
        "failed_checks": failed[:_FAILED_CHECKS_TOLD],
        "causes": [f"{cause.kind} {cause.resource}" for cause in run.causes][:_CAUSES_TOLD],
        # Where the report cannot be written, this line is the way out that is left: Lambda takes it itself.
        "own_faults": [f"{each.statement} {each.fix.told}" for each in run.causes if is_monitors_own(each)][
            :_CAUSES_TOLD
        ],
        **_excused(run),
    }


def _excused(run: Run) -> dict[str, object]:
    """How many failures each kind of excuse took out of the metrics: "excused_deploying": 3."""
    excuses = run.standing.excuses if run.standing else ()
    counts = {kind: sum(len(each.checks) for each in excuses if each.kind is kind) for kind in ExcuseKind}
    return {f"excused_{kind.lower()}": count for kind, count in counts.items() if count}


def table() -> str:
    """The metrics as a Markdown table."""
    dimensions = ", ".join(f"`{name}`" for name in DIMENSIONS)
    rows = [f"| `{each.name}` | {each.unit.value} | {each.meaning} | {dimensions} |" for each in METRICS]
    return "\n".join(["| Metric | Unit | Meaning | Dimensions |", "|---|---|---|---|", *rows])


if __name__ == "__main__":
    sys.stdout.write(f"{table()}\n")
