"""The metrics of a run, read back from the line that was printed."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit

from registry_monitor.incident import Excuse, ExcuseKind, Standing
from registry_monitor.model import Depth, Score, Status, SuiteName
from registry_monitor.outputs.fleet_metrics import FLEET_METRICS
from registry_monitor.outputs.metrics import DIMENSIONS, METRICS, SERIES_LIMIT, emit, table
from registry_monitor.run import Run
from registry_monitor.standing import StandingVerdict
from tests.unit.reports import diagnosed, samples
from tests.unit.reports.diagnosed import finding

DOCUMENT = Path(__file__).parents[3] / "docs" / "metrics.md"


@pytest.fixture
def metrics() -> Iterator[Metrics]:
    """As the handler has it; Powertools keeps its state on the class."""
    made = Metrics(namespace="RegistryMonitor", service="registry-monitor")
    yield made
    made.clear_metrics()


@pytest.fixture
def emitted(metrics: Metrics, capsys: pytest.CaptureFixture[str]) -> Callable[[Run], dict[str, Any]]:
    """Emit a run and parse what came out: one line."""

    def emit_and_parse(run: Run) -> dict[str, Any]:
        emit(run, metrics)
        lines = capsys.readouterr().out.splitlines()
        assert len(lines) == 1
        line: dict[str, Any] = json.loads(lines[0])
        return line

    return emit_and_parse


def values(line: dict[str, Any]) -> dict[str, float]:
    """Name → value of the metrics that the line defines."""
    (definition,) = line["_aws"]["CloudWatchMetrics"]
    return {each["Name"]: value for each in definition["Metrics"] for value in line[each["Name"]]}


def test_emit__whole_line_of_a_failing_run(emitted: Callable[[Run], dict[str, Any]]) -> None:
    """Every metric, unit, dimension and property of the line, and nothing else but its time."""
    line = emitted(samples.failing())
    assert isinstance(line["_aws"].pop("Timestamp"), int)
    assert line == {
        "_aws": {
            "CloudWatchMetrics": [
                {
                    "Namespace": "RegistryMonitor",
                    "Dimensions": [["target", "service"]],
                    "Metrics": [
                        {"Name": "RunCompleted", "Unit": "Count"},
                        {"Name": "RunBlind", "Unit": "Count"},
                        {"Name": "ChecksFailed", "Unit": "Count"},
                        {"Name": "ChecksFlaky", "Unit": "Count"},
                        {"Name": "ChecksSlow", "Unit": "Count"},
                        {"Name": "ScorePct", "Unit": "Percent"},
                        {"Name": "CoveragePct", "Unit": "Percent"},
                        {"Name": "InfrastructureScorePct", "Unit": "Percent"},
                        {"Name": "SecurityFailures", "Unit": "Count"},
                        {"Name": "RegistrationScorePct", "Unit": "Percent"},
                        {"Name": "RunDurationMs", "Unit": "Milliseconds"},
                        {"Name": "Leftovers", "Unit": "Count"},
                    ],
                }
            ]
        },
        "target": "hokusai-development",
        "service": "registry-monitor",
        "run_id": samples.RUN_ID,
        "verdict": "FAILING",
        "depth": "full",
        "reason": "schedule",
        "failed_checks": [
            "infrastructure_health.service.auth.targets",
            "infrastructure_health.service.mlflow.exists",
            "infrastructure_health.endpoint.auth-health",
            "model_registration_flow.experiment",
        ],
        "causes": [],
        "own_faults": [],
        "RunCompleted": [1.0],
        "RunBlind": [0.0],
        "ChecksFailed": [4.0],
        "ChecksFlaky": [1.0],
        "ChecksSlow": [1.0],
        "ScorePct": [47.8],
        "CoveragePct": [100.0],
        "InfrastructureScorePct": [60.0],
        "SecurityFailures": [0.0],
        "RegistrationScorePct": [25.0],
        "RunDurationMs": [2345.6],
        "Leftovers": [0.0],
    }


def as_light(run: Run) -> Run:
    """The same results, from a light run."""
    return run.model_copy(update={"trigger": run.trigger.model_copy(update={"depth": Depth.LIGHT})})


def test_emit__healthy_light_run_has_every_metric(metrics: Metrics, capsys: pytest.CaptureFixture[str]) -> None:
    """All the series that are ever billed, those of the full verdict that stands among them."""
    emit(samples.healthy(Depth.LIGHT), metrics, StandingVerdict.of(samples.with_every_metric()))
    seen = values(json.loads(capsys.readouterr().out))
    assert list(seen) == [metric.name for metric in METRICS]
    assert (seen["RegistrationDurationMs"], seen["ScorePct"], seen["ChecksFailed"]) == (240.0, 100.0, 0.0)


def test_emit__excused_checks_wake_nobody(emitted: Callable[[Run], dict[str, Any]]) -> None:
    """They count nowhere as failed, what each excuse took is told beside, and an open door stays counted."""
    run = samples.run_of([*samples.stages(failed="register"), samples.result("door", Status.FAIL)])
    door = run.results[-1].model_copy(update={"is_security_failure": True})
    run = run.model_copy(update={"results": (*run.results[:-1], door)})
    failed = tuple(result.check_id for result in run.results[:-1] if result.status.is_not_passed)
    excuse = Excuse(kind=ExcuseKind.DEPLOYING, reason="r", until=samples.STARTED_AT, checks=failed)
    run = run.model_copy(update={"standing": Standing(excuses=(excuse,))})
    line = emitted(run)
    seen = values(line)
    assert (seen["ChecksFailed"], seen["SecurityFailures"]) == (1.0, 1.0)
    assert values(emitted(as_light(run)))["CoreFailures"] == 0.0
    assert (seen["RegistrationScorePct"], seen["InfrastructureScorePct"]) == (100.0, 0.0)
    assert (line["excused_deploying"], line["verdict"]) == (len(failed), "FAILING")


def test_emit__no_data_emits_no_value(emitted: Callable[[Run], dict[str, Any]]) -> None:
    """A score with nothing asked is absent, never 0 and never 100."""
    seen = values(emitted(samples.no_data()))
    assert not [name for name in seen if name.endswith("Pct")]
    assert (seen["RunCompleted"], seen["RunBlind"]) == (1.0, 1.0)
    assert "RegistrationDurationMs" not in seen


def test_emit__light_run_alone_says_nothing_of_registration(emitted: Callable[[Run], dict[str, Any]]) -> None:
    """It knows of no full verdict, and its few checks are no score of a suite."""
    seen = values(emitted(samples.healthy(Depth.LIGHT)))
    assert not [name for name in seen if name.startswith(("Registration", "Infrastructure", "Authentication"))]
    assert seen["ScorePct"] == 100.0


def test_emit__light_run_tells_the_full_verdict_again(metrics: Metrics, capsys: pytest.CaptureFixture[str]) -> None:
    """Each figure that full runs alone can tell is that of the last one, whatever the light run itself has seen."""
    full, light = samples.failing(), samples.healthy(Depth.LIGHT)
    told = {}
    for run, standing in ((full, None), (light, StandingVerdict.of(full))):
        emit(run, metrics, standing)
        told[run.trigger.depth] = values(json.loads(capsys.readouterr().out))
    again = {"ChecksFailed", "ChecksSlow", "ScorePct", "InfrastructureScorePct", "RegistrationScorePct"}
    assert {name: told[Depth.LIGHT][name] for name in again} == {name: told[Depth.FULL][name] for name in again}
    assert told[Depth.LIGHT]["ChecksFailed"] > 0
    assert told[Depth.LIGHT]["CoreFailures"] == 0.0


def test_emit__light_run_tells_its_own_failures_beside_it(metrics: Metrics, capsys: pytest.CaptureFixture[str]) -> None:
    """What a light run finds wrong is counted, though all was well in the last full run."""
    light = samples.run_of([samples.result("a", Status.FAIL)], depth=Depth.LIGHT)
    emit(light, metrics, StandingVerdict.of(samples.healthy()))
    seen = values(json.loads(capsys.readouterr().out))
    assert (seen["ChecksFailed"], seen["InfrastructureScorePct"]) == (1.0, 100.0)


def test_emit__core_failures_are_those_that_light_runs_see(emitted: Callable[[Run], dict[str, Any]]) -> None:
    """What failed or was blocked counts, of the two suites without which nothing works; of a full run nothing does."""
    shared = samples.result("a", Status.FAIL, suite=SuiteName.AUTHENTICATION, depth=Depth.LIGHT)
    blocked = samples.result("b", Status.BLOCKED, suite=SuiteName.MODEL_REGISTRATION_FLOW, depth=Depth.LIGHT)
    deep = samples.result("c", Status.FAIL, suite=SuiteName.AUTHENTICATION, depth=Depth.FULL)
    other = samples.result("d", Status.FAIL, suite=SuiteName.SERVICES, depth=Depth.LIGHT)
    unknown = samples.result("e", Status.UNKNOWN, suite=SuiteName.AUTHENTICATION, depth=Depth.LIGHT)
    run = samples.run_of([shared, blocked, deep, other, unknown])
    assert values(emitted(as_light(run)))["CoreFailures"] == 2.0
    assert "CoreFailures" not in values(emitted(run))


@pytest.mark.parametrize(("kind", "core", "blind"), [("monitor-trust-outdated", 0.0, 1.0), ("task-failing", 1.0, 0.0)])
def test_emit__own_fault_is_none_of_the_platform(
    emitted: Callable[[Run], dict[str, Any]], kind: str, core: float, blind: float
) -> None:
    """What fails by it alone is nobody's outage: the monitor is blind."""
    key = samples.result("a", Status.FAIL, suite=SuiteName.AUTHENTICATION)
    run = samples.run_of([key, samples.result("b")], suites=(SuiteName.AUTHENTICATION, samples.INFRASTRUCTURE))
    fault = finding(kind, "it", "It is so.", explains=(key.check_id,))
    run = run.model_copy(update={"findings": (fault,)})
    seen = values(emitted(as_light(run)))
    assert (seen["CoreFailures"], seen["RunBlind"]) == (core, blind)
    assert ("AuthenticationScorePct" in values(emitted(run))) is (kind == "task-failing")


def test_emit__open_door_is_counted_apart(emitted: Callable[[Run], dict[str, Any]]) -> None:
    """A bad key that was accepted is a class of failure of its own."""
    run = samples.failing()
    first, *others = run.of_status(Status.FAIL)
    opened = first.model_copy(update={"is_security_failure": True})
    seen = values(emitted(run.model_copy(update={"results": (opened, *others)})))
    assert (seen["SecurityFailures"], seen["ChecksFailed"]) == (1.0, float(1 + len(others)))


def test_emit__performance_run_prints_nothing(metrics: Metrics, capsys: pytest.CaptureFixture[str]) -> None:
    """Its load is no sign of the platform's health, and must wake nobody."""
    run = samples.failing()
    trigger = run.trigger.model_copy(update={"suites": (SuiteName.PERFORMANCE,)})
    emit(run.model_copy(update={"trigger": trigger}), metrics)
    assert capsys.readouterr().out == ""


def test_emit__certificate_that_ends_first(emitted: Callable[[Run], dict[str, Any]]) -> None:
    """Of several hosts, the soonest end counts."""
    assert values(emitted(samples.with_every_metric()))["CertificateDaysLeft"] == 60.5


def test_emit__blind_run(emitted: Callable[[Run], dict[str, Any]]) -> None:
    """What could not be found out and what was left behind are counted."""
    seen = values(emitted(samples.blind()))
    assert (seen["RunBlind"], seen["Leftovers"]) == (1.0, 1.0)
    assert (seen["CoveragePct"], seen["ScorePct"]) == (69.2, 100.0)


def test_emit__monitors_own_fault_is_told_with_its_fix(emitted: Callable[[Run], dict[str, Any]]) -> None:
    """In the line that Lambda takes itself: it goes out also where S3 cannot be reached."""
    run = diagnosed.revoked_key()
    line = emitted(run)
    [cause] = run.causes
    assert line["causes"] == [f"{cause.kind} {cause.resource}"]
    assert line["own_faults"] == [f"{cause.statement} {cause.fix.told}"]


def test_emit__warm_invocations_and_other_targets_share_nothing(
    metrics: Metrics, emitted: Callable[[Run], dict[str, Any]]
) -> None:
    """An interrupted emission, another target before: the line is that of this run alone."""
    metrics.add_metric("Stale", MetricUnit.Count, 1)
    metrics.add_dimension("stale", "yes")
    metrics.add_metadata("stale_id", "7")
    first = emitted(samples.failing())
    other = samples.run_of([samples.result("a")], target="other-platform")
    second = emitted(other)
    assert not [key for key in first | second if key.lower().startswith("stale")]
    assert (first["target"], second["target"]) == ("hokusai-development", "other-platform")
    assert second["failed_checks"] == []
    assert second["ScorePct"] == [100.0]


def test_emit__long_list_of_failed_checks_is_cut(emitted: Callable[[Run], dict[str, Any]]) -> None:
    """A log line has a limit of 256 KB (CloudWatch Logs quotas); the report has the whole list."""
    results = [samples.result(f"e{number}", samples.Status.FAIL) for number in range(50)]
    line = emitted(samples.run_of(results))
    assert len(line["failed_checks"]) == 20
    assert line["ChecksFailed"] == [50.0]


def test_emit__hostile_texts_stay_out_of_dimensions(emitted: Callable[[Run], dict[str, Any]]) -> None:
    """What a platform or a caller writes opens no series, and no second line."""
    line = emitted(samples.hostile())
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["target", "service"]]
    assert (line["target"], line["service"]) == ("hokusai-development", "registry-monitor")
    assert line["reason"] == samples.HOSTILE


def test_metrics__stay_within_the_series_that_are_paid_for() -> None:
    """One series per name and target; names are unique."""
    assert len({metric.name for metric in METRICS}) == len(METRICS) <= SERIES_LIMIT


@pytest.mark.parametrize("make", samples.ALL.values(), ids=samples.ALL)
def test_metrics__failed_checks_tell_the_verdict(make: Callable[[], Run]) -> None:
    """Of a run alone, they are above 0 exactly when the verdict is FAILING."""
    run = make()
    failed = next(metric for metric in METRICS if metric.name == "ChecksFailed")
    assert (failed.value(run, None) != 0) is (run.verdict == "FAILING") is (Score.of(run.results).not_passed > 0)


def test_documentation__has_the_table_of_the_code() -> None:
    """docs/metrics.md is what `python -m registry_monitor.outputs.metrics` prints, with its prose around it."""
    document = DOCUMENT.read_text(encoding="utf-8")
    assert table() in document
    assert document.count("\n| `") == len(METRICS) + len(FLEET_METRICS)
    assert f"{len(METRICS)} series" in document
    assert set(DIMENSIONS) == {"target", "service"}
