"""The metrics of a run, as one line of CloudWatch's embedded metric format on standard output.

``METRICS`` is the whole list: each entry is one billed series per target, of at most 16. What has no data is not
emitted. What full runs alone can tell, light runs emit again as long as it stands.
``python -m registry_monitor.outputs.metrics`` prints the table of docs/metrics.md.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit

from registry_monitor.incident import ExcuseKind
from registry_monitor.model import ON_DEMAND, Depth, Result, Score, Status, SuiteName, Verdict
from registry_monitor.reports.registration import DURATION_CHECK
from registry_monitor.run import Run
from registry_monitor.standing import StandingVerdict

SERIES_LIMIT = 16
DIMENSIONS = ("target", "service")  # `service` is Powertools' own: the name of the monitor, not of a watched service
_FAILED_CHECKS_TOLD = 20
_CAUSES_TOLD = 5
_CORE = (SuiteName.AUTHENTICATION, SuiteName.MODEL_REGISTRATION_FLOW)  # without them nothing of the platform is of use


@dataclass(frozen=True)
class Metric:
    """One metric: what it is called and means, and what gives its value (null: no data, not emitted).

    That is a run, with the full verdict that stands when it has ended; null: none is known.
    """

    name: str
    unit: MetricUnit
    meaning: str
    value: Callable[[Run, StandingVerdict | None], float | None]


def _count(status: Status) -> Callable[[Run, StandingVerdict | None], float]:
    return lambda run, standing: _own_count(run, status)


def _own_count(run: Run, status: Status) -> int:
    return sum(result.status is status for result in _counted(run))


def _counted(run: Run) -> list[Result]:
    """The results without what is excused: a deployment, a planned time, a cause that somebody knows of already."""
    excused = run.excused
    return [result for result in run.results if result.check_id not in excused]


def _worst(
    own: Callable[[Run], float], stands: Callable[[StandingVerdict], float]
) -> Callable[[Run, StandingVerdict | None], float]:
    """The higher of the run's own figure and of that which stands: each may know of something."""
    return lambda run, standing: max(own(run), stands(standing) if standing else 0)


def _standing_count(status: Status) -> Callable[[StandingVerdict], float]:
    return lambda standing: sum(check.status is status for check in standing.checks.values())


def _core_failures(run: Run, standing: StandingVerdict | None) -> float | None:
    """Light runs alone tell it: a full run asks what fails twice, and of thousands some would meet two blips."""
    if run.trigger.depth is Depth.FULL:
        return None
    light = (result for result in _counted(run) if result.depth is Depth.LIGHT and result.suite in _CORE)
    own = run.own_failures
    return sum(result.status.is_not_passed and result.check_id not in own for result in light)


def _is_blind(run: Run) -> bool:
    """Who fails by its own fault alone sees nothing of the platform."""
    own = run.own_failures
    failed = {result.check_id for result in run.of_status(Status.FAIL, Status.BLOCKED)}
    return run.verdict is Verdict.BLIND or bool(failed and failed <= own)


def _standing_score(suite: SuiteName) -> Callable[[Run, StandingVerdict | None], float | None]:
    """The score of a suite as it stands: the few checks of a light run would hide those of the full one."""

    def score(run: Run, standing: StandingVerdict | None) -> float | None:
        return standing.suites[suite].score.score_pct if standing and suite in standing.suites else None

    return score


def _certificate_days_left(run: Run, standing: StandingVerdict | None) -> float | None:
    """Of the certificates that hosts showed, the one that ends first."""
    told = (check.days_left for check in standing.checks.values()) if standing else ()
    return min((days for days in told if days is not None), default=None)


def _registration_ms(run: Run, standing: StandingVerdict | None) -> float | None:
    duration = standing.checks.get(DURATION_CHECK) if standing else None
    return duration.latency_ms if duration and duration.status.is_passed else None


def _score(run: Run, standing: StandingVerdict | None) -> float | None:
    return Score.of(standing.checks.values() if standing else _counted(run)).score_pct


METRICS = (
    Metric(
        "RunCompleted",
        MetricUnit.Count,
        "1 for each run that ended with a verdict; its absence means that nobody is watching",
        lambda run, standing: 1,
    ),
    Metric(
        "RunBlind",
        MetricUnit.Count,
        "1 when too much could not be found out, or all that fails is the monitor's own fault, else 0",
        lambda run, standing: int(_is_blind(run)),
    ),
    Metric(
        "ChecksFailed",
        MetricUnit.Count,
        "checks that were asked and wrong (FAIL) and not excused, in the run or in the full verdict that stands",
        _worst(lambda run: _own_count(run, Status.FAIL), _standing_count(Status.FAIL)),
    ),
    Metric(
        "CoreFailures",
        MetricUnit.Count,
        "checks of authentication and model_registration_flow that did not pass in a light run: nobody gets in, or can"
        " register; none by a fault of the monitor's own",
        _core_failures,
    ),
    Metric(
        "ChecksFlaky", MetricUnit.Count, "checks that were wrong first and right when asked again", _count(Status.FLAKY)
    ),
    Metric(
        "ChecksSlow",
        MetricUnit.Count,
        "checks that were right, over their latency budget, in the run or in the full verdict that stands",
        _worst(lambda run: _own_count(run, Status.SLOW), _standing_count(Status.SLOW)),
    ),
    Metric(
        "ScorePct",
        MetricUnit.Percent,
        "passed of judged checks, of all suites, as the full verdict stands",
        _score,
    ),
    Metric(
        "CoveragePct",
        MetricUnit.Percent,
        "checks that could be found out, of those asked",
        lambda run, standing: run.score.coverage_pct,
    ),
    Metric(
        "InfrastructureScorePct",
        MetricUnit.Percent,
        "score of infrastructure_health, as the full verdict stands",
        _standing_score(SuiteName.INFRASTRUCTURE_HEALTH),
    ),
    Metric(
        "AuthenticationScorePct",
        MetricUnit.Percent,
        "score of authentication, as the full verdict stands",
        _standing_score(SuiteName.AUTHENTICATION),
    ),
    Metric(
        "SecurityFailures",
        MetricUnit.Count,
        "doors that stand open: a key that must be refused was accepted, or none was needed",
        _worst(
            lambda run: sum(result.is_security_failure for result in run.of_status(Status.FAIL)),
            lambda standing: sum(standing.checks[name].is_security_failure for name in standing.failed),
        ),
    ),
    Metric(
        "RegistrationScorePct",
        MetricUnit.Percent,
        "score of model_registration_flow, as the full verdict stands",
        _standing_score(SuiteName.MODEL_REGISTRATION_FLOW),
    ),
    Metric(
        "RegistrationDurationMs",
        MetricUnit.Milliseconds,
        "all stages of a registration together, when all passed in the last full run",
        _registration_ms,
    ),
    Metric(
        "CertificateDaysLeft",
        MetricUnit.Count,
        "days until the first certificate of the public hosts ends, as the full verdict stands",
        _certificate_days_left,
    ),
    Metric(
        "RunDurationMs",
        MetricUnit.Milliseconds,
        "the run, from its start to its verdict",
        lambda run, standing: run.duration_ms,
    ),
    Metric(
        "Leftovers",
        MetricUnit.Count,
        "objects of the monitor's own that could not be deleted",
        _worst(
            lambda run: len(run.leftovers),
            lambda standing: sum(check.leftovers for check in standing.checks.values()),
        ),
    ),
)


def emit(run: Run, metrics: Metrics, standing: StandingVerdict | None = None) -> None:
    """Print one EMF line with the metrics of a run; ``metrics`` brings the namespace and the name of the monitor.

    ``standing``: the full verdict that stands when the run has ended; a full run has one of its own.

    A run on demand alone, such as ``performance``, prints none: its load is no sign of the platform's health.

    Powertools keeps its metrics on the class, over warm invocations: what an interrupted one left is dropped first.
    """
    metrics.clear_metrics()
    if ON_DEMAND.intersection(run.trigger.suites):
        return
    if standing is None and run.trigger.depth is Depth.FULL:
        standing = StandingVerdict.of(run)
    metrics.add_dimension("target", run.target.name)
    for metric in METRICS:
        value = metric.value(run, standing)
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
        "own_faults": [f"{each.statement} {each.fix.told}" for each in run.causes if each.is_monitors_own][
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
