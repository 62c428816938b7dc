"""Another company's platform (tests/sandbox/orchard.py): healthy, broken, and asked for nothing that is not there."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

import pytest

from registry_monitor.finding import FindingState
from registry_monitor.model import Status, Verdict
from registry_monitor.reports.markdown import markdown_report
from registry_monitor.run import Run
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.services.settings import Era
from tests.sandbox.world import World
from tests.system.conftest import monitor_here, requests_since, run_monitor

SECRET, BALANCER = "registry-monitor/orchard", "orchard-tracking-edge"
BUCKET, HOSTS = "orchard-model-artifacts", {"tracking.orchard.example", "features.orchard.example"}
FULL, LIGHT = {"depth": "full"}, {"depth": "light"}
# Checks of what this platform does not have.
ABSENT = ("infrastructure_health.redis", "infrastructure_health.database", "authentication.validation")
ROWS = {
    "runs": "SELECT count(*) FROM runs WHERE lifecycle_stage = 'active'",
    "models": "SELECT count(*) FROM registered_models",
    "versions": "SELECT count(*) FROM model_versions",
}


@pytest.fixture
def orchard(sandbox_of: Callable[[Era], Sandbox]) -> Sandbox:
    """The running healthy sandbox of the other platform; who breaks it mends it."""
    return sandbox_of("orchard")


def left_behind(sandbox: Sandbox) -> dict[str, int]:
    """What is active, in MLflow's own file and in its bucket."""
    with closing(sqlite3.connect(sandbox.target_path.parent / "mlflow.db")) as connection:
        found = {name: int(connection.execute(query).fetchone()[0]) for name, query in ROWS.items()}
    return found | {"artifacts": sandbox.world.s3.list_objects_v2(Bucket=BUCKET)["KeyCount"]}


def test_full_run__is_healthy_whole_and_leaves_nothing(orchard: Sandbox) -> None:
    """A model is registered and found again, with a user and a password, straight at MLflow; then it is gone."""
    before = len(orchard.request_log)
    ended = run_monitor(orchard, "--reason", "schedule")
    run = ended.run
    assert [each.message for each in run.of_status(Status.FAIL, Status.UNKNOWN, Status.BLOCKED)] == []
    assert (ended.exit_code, run.verdict, run.score.coverage_pct) == (0, Verdict.HEALTHY, 100)
    assert ended.result("model_registration_flow.retrieve").status.is_passed
    assert left_behind(orchard) == {"runs": 1, "models": 0, "versions": 0, "artifacts": 1}  # the heartbeat's
    assert {request.host for request in requests_since(orchard, before)} == HOSTS
    assert not [each.check_id for each in run.results if each.check_id.startswith(ABSENT)]
    document = run.model_dump_json().lower()
    assert "hokus" not in document
    assert not [key for key in orchard.world.secrets.monitor_keys.values() if key.lower() in document]


def test_light_run__is_healthy(orchard: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The heartbeat writes and reads each minute, by MLflow's REST API."""
    run = monitor_here(orchard, monkeypatch, LIGHT)
    assert [each.message for each in run.of_status(Status.FAIL, Status.UNKNOWN, Status.BLOCKED)] == []
    assert (run.verdict, run.score.coverage_pct) == (Verdict.HEALTHY, 100)
    passed = {each.check_id for each in run.of_status(Status.PASS, Status.SLOW, Status.FLAKY)}
    assert {"model_registration_flow.heartbeat.write", "authentication.bad-key"} <= passed


def _stop(world: World) -> None:
    world.ecs.update_service(cluster="orchard-ml", service="orchard-tracking", desiredCount=0)


def _go_on(world: World) -> None:
    world.ecs.update_service(cluster="orchard-ml", service="orchard-tracking", desiredCount=1)


def _hang(world: World) -> None:
    listed = world.ecs.list_tasks(cluster="orchard-ml", serviceName="orchard-tracking")
    world.hung_tasks.update(listed["taskArns"])


@dataclass(frozen=True)
class Fault:
    """An edit of the world, its undoing, and the cause that a run must name: its kind, and words of its statement."""

    break_: Callable[[World], None]
    mend: Callable[[World], None]
    kind: str
    told: str
    state: FindingState = FindingState.ACTIVE
    event: Mapping[str, str] = field(default_factory=lambda: FULL)


FAULTS = {
    "stopped": Fault(_stop, _go_on, "ecs-desired-count-zero", "orchard-tracking"),
    "rule-deleted": Fault(
        lambda world: world.delete_rule(BALANCER, 10),
        lambda world: world.create_rule(BALANCER, 10),
        "listener-rule-missing",
        "No rule of orchard-tracking-edge:443 leads /tracking/* to tracking.",
    ),
    "hanging": Fault(  # AWS says of it no more than that it does not answer
        _hang,
        lambda world: world.hung_tasks.clear(),
        "service-unreachable",
        "orchard-tracking does not do what it should",
        FindingState.SUSPECTED,
        LIGHT,  # a full one waits for a minute
    ),
    "password-changed": Fault(
        lambda world: world.put_secret(SECRET, watcher="model-watch:fake-old-password"),
        lambda world: world.put_secret(SECRET, watcher=world.secrets.monitor_keys["watcher"]),
        "monitor-key-revoked",
        "The platform does not take the monitor's key watcher",
    ),
}


@contextmanager
def broken(sandbox: Sandbox, fault: Fault) -> Iterator[None]:
    fault.break_(sandbox.world)
    sandbox.settle()
    try:
        yield
    finally:
        fault.mend(sandbox.world)
        sandbox.settle()


def first_screen(run: Run) -> str:
    """The first forty lines of the report, without Markdown's escapes."""
    return "\n".join(markdown_report(run).splitlines()[:40]).replace("\\", "")


@pytest.mark.parametrize("name", FAULTS)
def test_fault__is_named_on_the_first_screen(orchard: Sandbox, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Its cause, and no other."""
    fault = FAULTS[name]
    with broken(orchard, fault):
        run = monitor_here(orchard, monkeypatch, fault.event)
    causes = [(each.kind, each.state) for each in run.causes]
    assert causes == [(fault.kind, fault.state)], [each.statement for each in run.findings]
    assert fault.told in first_screen(run)
