"""The write path, proved each minute: the permanent run in MLflow's own database and in the artifact store.

Each test that needs a first run has an experiment of its own, and leaves nothing of it.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from registry_monitor.model import Result, Status
from registry_monitor.run import Run
from tests.sandbox.platforms import ARTIFACTS_BUCKET
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.services.settings import Era
from tests.system.catalogue import target_edited
from tests.system.conftest import broken, monitor_here
from tests.system.test_leaves_nothing import count

LIGHT = {"suites": ["model_registration_flow"], "depth": "light"}
EXPERIMENT = "registry-monitor-first-run"
WRITTEN = (
    "SELECT tags.run_uuid, tags.value FROM tags JOIN runs USING (run_uuid) JOIN experiments USING (experiment_id) "
    "WHERE experiments.name = %s AND tags.key = 'registry-monitor.written-by'"
)
FORGET = (
    "DELETE FROM tags WHERE run_uuid IN (SELECT run_uuid FROM runs WHERE experiment_id = %s)",
    "DELETE FROM runs WHERE experiment_id = %s",
    "DELETE FROM experiment_tags WHERE experiment_id = %s",
    "DELETE FROM experiments WHERE experiment_id = %s",
)
LIGHT_RUNS = 20
type Counted = tuple[dict[str, int], dict[str, int]]  # what is active, and what is only soft
WELL = (Status.PASS, Status.PASS, Status.PASS)
BLIND = (Status.UNKNOWN, Status.UNKNOWN, Status.UNKNOWN)
BLOCKED = (Status.FAIL, Status.BLOCKED, Status.BLOCKED)
STORE_FAILS = (Status.PASS, Status.PASS, Status.FAIL)


def steps(run: Run) -> dict[str, Result]:
    """Find, write and artifact; nothing else belongs to a light run of the suite."""
    found = {each.check_id.removeprefix("model_registration_flow.heartbeat."): each for each in run.results}
    assert list(found) == ["find", "write", "artifact"]
    return found


def outcome(run: Run) -> tuple[Status, ...]:
    """The three statuses; SLOW is the machine's, and as good as PASS."""
    return tuple(Status.PASS if each.status is Status.SLOW else each.status for each in steps(run).values())


def rows(sandbox: Sandbox, query: str, *values: object) -> list[tuple[Any, ...]]:
    with sandbox.postgres.connect() as connection, connection.cursor() as cursor:
        cursor.execute(query, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


@contextmanager
def first_day(sandbox: Sandbox) -> Iterator[None]:
    """An experiment that nobody has ever made; what the test makes of it is gone afterwards."""
    try:
        with target_edited(sandbox, experiment=EXPERIMENT):
            yield
    finally:
        forget(sandbox)


def forget(sandbox: Sandbox) -> None:
    """Take the experiment out of the database and of the store, as if it had never been."""
    forget_artifacts(sandbox)
    for (number,) in rows(sandbox, "SELECT experiment_id FROM experiments WHERE name = %s", EXPERIMENT):
        with sandbox.postgres.connect() as connection, connection.cursor() as cursor:
            for statement in FORGET:
                cursor.execute(statement, (number,))


def forget_artifacts(sandbox: Sandbox) -> None:
    """Take the experiment's files out of the store, with all their versions."""
    for (number,) in rows(sandbox, "SELECT experiment_id FROM experiments WHERE name = %s", EXPERIMENT):
        listed = sandbox.world.s3.list_object_versions(Bucket=ARTIFACTS_BUCKET, Prefix=f"artifacts/{number}/")
        for each in [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]:
            sandbox.world.s3.delete_object(Bucket=ARTIFACTS_BUCKET, Key=each["Key"], VersionId=each["VersionId"])


def rest(sandbox: Sandbox, resource: str, **body: Any) -> dict[str, Any]:
    """Ask MLflow itself, as an administrator would."""
    url = f"{sandbox.mlflow_address}/api/2.0/mlflow/{resource}"
    answer = requests.post(url, json=body, headers={"Host": "localhost"}, timeout=20)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def growth(
    before: tuple[dict[str, int], dict[str, int]], after: tuple[dict[str, int], dict[str, int]]
) -> dict[str, int]:
    """What there is more of, or less."""
    return {
        name: value - old[name]
        for old, new in zip(before, after, strict=True)
        for name, value in new.items()
        if value != old[name]
    }


@pytest.mark.parametrize("platform", ["head", "2025-08"])
def test_first_run_ever__makes_one_run_with_one_artifact_and_the_next_ones_nothing(
    sandbox_of: Callable[[Era], Sandbox], platform: Era, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted in the database and in the store; each run's tag is there, in the database itself."""
    sandbox = sandbox_of(platform)
    assert outcome(monitor_here(sandbox, monkeypatch, LIGHT)) == WELL  # in the experiment of the packaged target
    before = count(sandbox)
    with first_day(sandbox):
        assert outcome(monitor_here(sandbox, monkeypatch, LIGHT)) == WELL
        made = count(sandbox)
        for _ in range(LIGHT_RUNS):
            run = monitor_here(sandbox, monkeypatch, LIGHT)
            assert outcome(run) == WELL
            assert [value for _, value in rows(sandbox, WRITTEN, EXPERIMENT)] == [run.run_id]
        after = count(sandbox)
    assert growth(before, made) == {"active runs": 1, "active experiments": 1, "artifacts": 1}
    assert growth(made, after) == {}
    assert growth(before, count(sandbox)) == {}


def test_two_first_runs_at_once__are_harmless(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each may make a run of its own, and no more; from then on the older one is everybody's."""
    with first_day(sandbox):
        with ThreadPoolExecutor(max_workers=2) as pool:
            both = [pool.submit(monitor_here, sandbox, monkeypatch, LIGHT) for _ in range(2)]
        assert [outcome(each.result()) for each in both] == [WELL, WELL]
        made = count(sandbox)
        assert 1 <= len(rows(sandbox, WRITTEN, EXPERIMENT)) <= 2
        found = {steps(monitor_here(sandbox, monkeypatch, LIGHT))["find"].evidence["run"] for _ in range(3)}
        assert len(found) == 1
        assert growth(made, count(sandbox)) == {}


@pytest.mark.parametrize(
    ("scenario", "expected", "seen"),
    [
        ("MLF-01", BLOCKED, {"find": "answered 503 (written by MLflow)"}),
        ("MLF-02", (Status.PASS, Status.FAIL, Status.PASS), {"write": "read-only transaction"}),
        ("MLF-07", (Status.PASS, Status.PASS, Status.FAIL), {"artifact": "answered 403 (written by MLflow)"}),
        ("MLF-08", (Status.PASS, Status.PASS, Status.FAIL), {"artifact": "answered 404 (written by MLflow)"}),
        ("MLF-10", (Status.PASS, Status.PASS, Status.FAIL), {"artifact": "ARTIFACTS_DISABLED"}),
        ("ALB-07", BLOCKED, {"find": "answered 503 (written by the load balancer)"}),
        ("AUT-08", BLOCKED, {"find": "answered 401 (written by the application)"}),
    ],
)
def test_broken_write_path__is_red_in_a_light_run_where_it_is_broken(
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    scenario: str,
    expected: tuple[Status, ...],
    seen: dict[str, str],
) -> None:
    """Within a minute, without mlflow: the database, its disk and the artifact store each by a check of its own."""
    assert outcome(monitor_here(sandbox, monkeypatch, LIGHT)) == WELL
    with broken(sandbox, scenario):
        run = monitor_here(sandbox, monkeypatch, LIGHT)
    assert outcome(run) == expected
    assert [name for name, text in seen.items() if text not in steps(run)[name].seen] == []
    assert outcome(monitor_here(sandbox, monkeypatch, LIGHT)) == WELL


def test_first_run_on_a_broken_day__is_completed_when_the_platform_is_mended(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that refused on the first day must not leave a heartbeat that is red for ever."""
    with broken(sandbox, "MLF-07"), target_edited(sandbox, experiment=EXPERIMENT):
        assert outcome(monitor_here(sandbox, monkeypatch, LIGHT)) == STORE_FAILS
        assert outcome(monitor_here(sandbox, monkeypatch, LIGHT)) == STORE_FAILS
    with first_day(sandbox):
        assert outcome(monitor_here(sandbox, monkeypatch, LIGHT)) == WELL
        runs = rows(
            sandbox,
            "SELECT status FROM runs JOIN experiments USING (experiment_id) WHERE experiments.name = %s",
            EXPERIMENT,
        )
    assert runs == [("FINISHED",)]


def test_emptied_bucket__is_red_once_and_the_next_run_stores_the_artifact_anew(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What emptied it may have taken users' models, so it is told; the platform works, so it is not told for ever."""
    with first_day(sandbox):
        assert outcome(monitor_here(sandbox, monkeypatch, LIGHT)) == WELL
        made = count(sandbox)
        forget_artifacts(sandbox)
        lost = monitor_here(sandbox, monkeypatch, LIGHT)
        assert outcome(lost) == STORE_FAILS
        assert "answered 500 (written by MLflow)" in steps(lost)["artifact"].seen
        again = monitor_here(sandbox, monkeypatch, LIGHT)
        assert outcome(again) == WELL
        assert "and was stored anew" in steps(again)["artifact"].observations[0].told
        assert outcome(monitor_here(sandbox, monkeypatch, LIGHT)) == WELL
        assert growth(made, count(sandbox)) == {}


def test_bucket_made_anew__is_red_until_it_is_there_and_once_more(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While there is none nothing proves what was lost in it; then the loss is told once, as of any other bucket."""
    with first_day(sandbox):
        assert outcome(monitor_here(sandbox, monkeypatch, LIGHT)) == WELL
        with broken(sandbox, "MLF-08"), target_edited(sandbox, experiment=EXPERIMENT):
            for _ in range(2):
                assert outcome(monitor_here(sandbox, monkeypatch, LIGHT)) == STORE_FAILS
        forget_artifacts(sandbox)  # the scenario brings back what was in it, as nobody can
        with target_edited(sandbox, experiment=EXPERIMENT):
            assert outcome(monitor_here(sandbox, monkeypatch, LIGHT)) == STORE_FAILS
            assert outcome(monitor_here(sandbox, monkeypatch, LIGHT)) == WELL


def test_deleted_experiment__is_unknown_with_the_remedy(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody deleted it; its name stays taken, so nothing can be written until it is restored."""
    with first_day(sandbox):
        monitor_here(sandbox, monkeypatch, LIGHT)
        ((number,),) = rows(sandbox, "SELECT experiment_id FROM experiments WHERE name = %s", EXPERIMENT)
        rest(sandbox, "experiments/delete", experiment_id=str(number))
        run = monitor_here(sandbox, monkeypatch, LIGHT)
        assert outcome(run) == BLIND
        assert f"'{EXPERIMENT}' exists, but is deleted: restore it (experiments/restore)" in steps(run)["find"].seen
        rest(sandbox, "experiments/restore", experiment_id=str(number))
        assert outcome(monitor_here(sandbox, monkeypatch, LIGHT)) == WELL


def test_run_of_somebody_else__is_never_changed(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """It carries the heartbeat's tag, and not the owner's: the write guard refuses, and the database shows it."""
    tags_of = "SELECT key, value FROM tags WHERE run_uuid = %s ORDER BY key"
    with first_day(sandbox):
        created = rest(sandbox, "experiments/create", name=EXPERIMENT)
        foreign = [
            {"key": "registry-monitor.heartbeat", "value": "hokusai-development"},
            {"key": "registry-monitor.owner", "value": "somebody-else"},
        ]
        run_id = rest(sandbox, "runs/create", experiment_id=created["experiment_id"], tags=foreign)["run"]["info"][
            "run_id"
        ]
        before = rows(sandbox, tags_of, run_id)
        run = monitor_here(sandbox, monkeypatch, LIGHT)
        assert rows(sandbox, tags_of, run_id) == before
        assert rows(sandbox, "SELECT status FROM runs WHERE run_uuid = %s", run_id) == [("RUNNING",)]
    assert outcome(run) == BLIND
    assert f"run {run_id} does not carry the monitor's tag" in steps(run)["find"].seen
