"""The metrics of a fleet, as one line of CloudWatch's embedded metric format: eight series, however many targets.

``python -m registry_monitor.outputs.fleet_metrics`` prints the table of docs/metrics.md.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit

from registry_monitor.fleet.document import FleetDocument
from registry_monitor.fleet.problems import Problem, critical_failing, paging
from registry_monitor.fleet.visits import VisitState

_PROBLEMS_TOLD = 5


@dataclass(frozen=True)
class FleetMetric:
    """One metric: what it is called and means, and its value (null: no data, not emitted)."""

    name: str
    unit: MetricUnit
    meaning: str
    value: Callable[[FleetDocument, Sequence[Problem]], float | None]


FLEET_METRICS = (
    FleetMetric(
        "FleetTargets",
        MetricUnit.Count,
        "targets of the manifest; its absence means that nobody has rolled up",
        lambda document, problems: len(document.targets),
    ),
    FleetMetric(
        "FleetFailing",
        MetricUnit.Count,
        "targets that are FAILING, in the newest light run or the full one that stands, and not all excused",
        lambda document, problems: len(document.of_state(VisitState.FAILING)),
    ),
    FleetMetric(
        "FleetBlind",
        MetricUnit.Count,
        "targets whose run could not find out enough",
        lambda document, problems: len(document.of_state(VisitState.BLIND)),
    ),
    FleetMetric(
        "FleetNotRun",
        MetricUnit.Count,
        "targets without a verdict: the file is invalid, the run was given up, throttled or lost",
        lambda document, problems: len(document.of_state(VisitState.NOT_RUN)),
    ),
    FleetMetric(
        "FleetScorePct",
        MetricUnit.Percent,
        "healthy targets, of those that are known to be healthy or failing",
        lambda document, problems: document.score_pct,
    ),
    FleetMetric(
        "FleetCoveragePct",
        MetricUnit.Percent,
        "targets that are neither blind nor not run, of all",
        lambda document, problems: document.coverage_pct,
    ),
    FleetMetric(
        "FleetPaging",
        MetricUnit.Count,
        "things to wake somebody for: problems that hurt users of a target that is not critical for three light runs on"
        " end, or two full ones, each once however many targets it has; critical targets of which three light runs on"
        " end gave no verdict",
        paging,
    ),
    FleetMetric(
        "FleetCriticalFailing",
        MetricUnit.Count,
        "critical targets whose users cannot get in or register: in the newest light run, or in two full ones on end",
        lambda document, problems: critical_failing(document),
    ),
)


def emit_fleet(document: FleetDocument, problems: Sequence[Problem], metrics: Metrics) -> None:
    """Print the line of a fleet; ``metrics`` brings the namespace and the name of the monitor."""
    metrics.clear_metrics()
    metrics.add_dimension("fleet", document.fleet)
    for metric in FLEET_METRICS:
        value = metric.value(document, problems)
        if value is not None:
            metrics.add_metric(metric.name, metric.unit, value)
    metrics.add_metadata("depth", str(document.depth))
    told = [f"{each.kind} {each.resource or 'at once'}: {len(each.targets)} targets" for each in problems]
    metrics.add_metadata("troubled", sum(target.trouble is not None for target in document.targets))
    metrics.add_metadata("problems", told[:_PROBLEMS_TOLD])
    metrics.flush_metrics()


def table() -> str:
    """The metrics as a Markdown table."""
    rows = [f"| `{each.name}` | {each.unit.value} | {each.meaning} | `fleet`, `service` |" for each in FLEET_METRICS]
    return "\n".join(["| Metric | Unit | Meaning | Dimensions |", "|---|---|---|---|", *rows])


if __name__ == "__main__":
    sys.stdout.write(f"{table()}\n")
