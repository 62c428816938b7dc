"""The metrics of a fleet: one line and eight series, however many targets."""

import json
from pathlib import Path

import pytest
from aws_lambda_powertools import Metrics

from registry_monitor.fleet.problems import problems_of
from registry_monitor.fleet.visits import Visit, VisitState
from registry_monitor.outputs.fleet_metrics import FLEET_METRICS, emit_fleet, table
from tests.unit.fleet.fleets import HEALTHY, cause, failing, fleet_of


def test_line__says_at_how_many_targets_reports_could_not_be_written(capsys: pytest.CaptureFixture[str]) -> None:
    """Beside the series: their verdicts count as others do."""
    troubled = HEALTHY.model_copy(update={"trouble": "PublishError: S3 is gone"})
    line = line_of({"a": troubled, "b": HEALTHY}, capsys)
    assert (line["troubled"], line["FleetCoveragePct"]) == (1, [100.0])


def line_of(visits: dict[str, Visit], capsys: pytest.CaptureFixture[str], runs: int = 3) -> dict[str, object]:
    document = fleet_of(visits, runs=runs)
    emit_fleet(document, problems_of(document), Metrics(namespace="RegistryMonitor", service="registry-monitor"))
    line: dict[str, object] = json.loads(capsys.readouterr().out)
    return line


def test_line__has_the_figures_of_the_fleet(capsys: pytest.CaptureFixture[str]) -> None:
    """Two fail of one cause, which is one page; one is blind, and one was not run."""
    line = line_of(
        {
            "a": failing(cause()),
            "b": failing(cause()),
            "c": HEALTHY,
            "d": Visit(state=VisitState.BLIND),
            "e": Visit.not_run("lost"),
        },
        capsys,
    )
    assert {name: line[name] for name in (metric.name for metric in FLEET_METRICS)} == {
        "FleetTargets": [5.0],
        "FleetFailing": [2.0],
        "FleetBlind": [1.0],
        "FleetNotRun": [1.0],
        "FleetScorePct": [33.3],
        "FleetCoveragePct": [60.0],
        "FleetPaging": [1.0],
        "FleetCriticalFailing": [0.0],
    }
    assert line["problems"] == ["listener-rule-missing a:443 /x: 2 targets"]


@pytest.mark.parametrize("targets", [1, 3000])
def test_series__are_eight_whatever_the_fleet(capsys: pytest.CaptureFixture[str], targets: int) -> None:
    """By the fleet's name and the monitor's; CloudWatch takes no line of more than 256 KiB."""
    line = line_of({f"t{number}": failing(cause(resource=str(number))) for number in range(targets)}, capsys)
    [definition] = line["_aws"]["CloudWatchMetrics"]  # type: ignore[index]
    assert len(definition["Metrics"]) == 8
    assert definition["Dimensions"] == [["fleet", "service"]]
    assert len(json.dumps(line)) < 2000


def test_score__of_nothing_known_is_not_emitted(capsys: pytest.CaptureFixture[str]) -> None:
    """No data is neither 0 nor 100."""
    line = line_of({"a": Visit.not_run("lost")}, capsys)
    assert "FleetScorePct" not in line
    assert line["FleetCoveragePct"] == [0.0]


def test_page__has_the_table() -> None:
    """docs/metrics.md shows what is emitted."""
    assert table() in Path("docs/metrics.md").read_text(encoding="utf-8")
