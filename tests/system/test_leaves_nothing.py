"""A run leaves nothing active behind: counted in MLflow's own database and in the artifact store."""

from collections.abc import Callable

import boto3
import pytest

from registry_monitor.model import Status, Verdict
from tests.sandbox.platforms import ARTIFACTS_BUCKET
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.services.settings import Era
from tests.system.conftest import monitor_here

RUNS = 20
REGISTRATION = {"suites": ["model_registration_flow"]}
ACTIVE = {
    "active runs": "SELECT count(*) FROM runs WHERE lifecycle_stage = 'active'",
    "active experiments": "SELECT count(*) FROM experiments WHERE lifecycle_stage = 'active'",
    "models": "SELECT count(*) FROM registered_models",
    "rows of versions": "SELECT count(*) FROM model_versions",
    "aliases": "SELECT count(*) FROM registered_model_aliases",
    "logged models": "SELECT count(*) FROM logged_models",
    "deleted experiments": "SELECT count(*) FROM experiments WHERE lifecycle_stage = 'deleted'",
}
SOFT = "SELECT count(*) FROM runs WHERE lifecycle_stage = 'deleted'"


def count(sandbox: Sandbox) -> tuple[dict[str, int], dict[str, int]]:
    """What is active, and what only the database and old object versions still know."""
    with sandbox.postgres.connect() as connection, connection.cursor() as cursor:

        def ask(query: str) -> int:
            cursor.execute(query)
            row = cursor.fetchone()
            assert row is not None
            return int(row[0])

        active = {name: ask(query) for name, query in ACTIVE.items()}
        soft = {"deleted runs": ask(SOFT)}
    s3 = boto3.client("s3", endpoint_url=sandbox.environment["AWS_ENDPOINT_URL"])
    active["artifacts"] = s3.list_objects_v2(Bucket=ARTIFACTS_BUCKET)["KeyCount"]
    listed = s3.list_object_versions(Bucket=ARTIFACTS_BUCKET, MaxKeys=10_000)
    soft["old object versions"] = len(listed.get("Versions", [])) - active["artifacts"]
    soft["delete markers"] = len(listed.get("DeleteMarkers", []))
    return active, soft


@pytest.mark.parametrize("platform", ["head", "2025-08"])
def test_twenty_runs__leave_all_that_is_active_as_it_was(
    sandbox_of: Callable[[Era], Sandbox], platform: Era, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only soft rows and old object versions grow, by a known number a run; the runbook says how to clear them."""
    sandbox = sandbox_of(platform)
    assert monitor_here(sandbox, monkeypatch, REGISTRATION).verdict is Verdict.HEALTHY
    active_before, soft_before = count(sandbox)
    for _ in range(RUNS):
        assert monitor_here(sandbox, monkeypatch, REGISTRATION).verdict is Verdict.HEALTHY
    active_after, soft_after = count(sandbox)
    assert active_after == active_before
    assert active_after["artifacts"] == active_after["active runs"] == active_after["models"] == 0
    growth = {name: (soft_after[name] - soft_before[name]) / RUNS for name in soft_after}
    assert growth == {"deleted runs": 1, "old object versions": 4, "delete markers": 4}


def test_killed_run__is_swept_by_the_next_one_when_its_time_is_over(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a killed run left carries a time to live; until then it is nobody's, then anybody's of the monitor."""
    monitor_here(sandbox, monkeypatch, REGISTRATION)
    active_before, _ = count(sandbox)
    with monkeypatch.context() as patch:
        patch.setattr("registry_monitor.suites.registration_stages._TIME_TO_LIVE_S", -10)
        patch.setattr("registry_monitor.clients.mlflow_registry.Registry.delete_run", _killed)
        patch.setattr("registry_monitor.clients.mlflow_registry.Registry.delete_model", _killed)
        run = monitor_here(sandbox, monkeypatch, REGISTRATION)
    assert {leftover.kind for leftover in run.leftovers} == {"run", "model"}
    assert run.verdict is Verdict.BLIND
    assert count(sandbox)[0]["models"] == active_before["models"] + 1
    swept = monitor_here(sandbox, monkeypatch, REGISTRATION)
    clean_up = next(result for result in swept.results if result.check_id.endswith(".clean-up"))
    assert (clean_up.status, clean_up.seen) == (Status.PASS, "removed 4 objects")
    assert count(sandbox)[0] == active_before


def _killed(*_: object) -> None:
    from registry_monitor.clients.mlflow_registry import RegistryError  # noqa: PLC0415 - imports mlflow

    raise RegistryError("was never asked: the process is dead")


def test_way_to_delete_closed__leaves_a_bounded_number_behind_and_says_which(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the direct route models stay: told with their ids, and no more written than the target allows."""
    limit = 3
    original = sandbox.target_path.read_text()
    closed = original.replace("direct_url: https", "direct_url: null  # https").replace(
        "max_leftovers: 20", f"max_leftovers: {limit}"
    )
    sandbox.target_path.write_text(closed)
    try:
        runs = [monitor_here(sandbox, monkeypatch, REGISTRATION) for _ in range(limit + 2)]
        assert count(sandbox)[0]["models"] == limit
    finally:
        sandbox.target_path.write_text(original)
    assert [run.verdict for run in runs] == [Verdict.BLIND] * (limit + 2)
    assert "mlflow.direct_url is not set" in runs[0].leftovers[0].reason
    refused = next(result for result in runs[-1].results if result.check_id.endswith(".register"))
    assert "3 models of the monitor's stay behind and mlflow.max_leftovers is 3" in refused.seen
    with monkeypatch.context() as patch:  # an hour later
        patch.setattr("registry_monitor.clients.mlflow_registry._is_expired", lambda tags: True)
        monitor_here(sandbox, monkeypatch, REGISTRATION)
    assert count(sandbox)[0]["models"] == 0
