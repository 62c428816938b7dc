"""A run leaves nothing active behind: counted in MLflow's own database and in the artifact store."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from registry_monitor.clients.own_objects import RegistryError
from registry_monitor.model import Status, Verdict
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.services.settings import Era
from tests.system.conftest import monitor_here
from tests.system.left_behind import count
from tests.system.misbehaving import Answered, Asked, Forward, an_hour_later, edited_target, spoilt

REGISTRATION = {"suites": ["model_registration_flow"]}
DAY = {"suites": ["e2e_model_registration"]}
PERFORMANCE = {"suites": ["performance"]}
LOAD = {"concurrent_registrations": 2, "samples": 3, "registration_s": 60, "health_ms": 5000}


@dataclass(frozen=True)
class Flow:
    """What is run how often, and how many of MLflow's runs and files each time makes."""

    event: dict[str, list[str]]
    runs: int
    mlflow_runs: int
    files: int


FLOWS = [Flow(REGISTRATION, 20, 1, 4), Flow(DAY, 5, 2, 10), Flow(PERFORMANCE, 3, 2, 8)]
_MODEL = "registry-monitor-canary-"
_DELETE = "/ajax-api/2.0/mlflow/registered-models/delete"


@pytest.mark.parametrize("platform", ["head", "2025-08"])
@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: str(flow.event["suites"]))
def test_many_runs__leave_all_that_is_active_as_it_was(
    sandbox_of: Callable[[Era], Sandbox], platform: Era, monkeypatch: pytest.MonkeyPatch, flow: Flow
) -> None:
    """Only soft rows and old object versions grow, by a known number a run; the runbook says how to clear them."""
    sandbox = sandbox_of(platform)
    with edited_target(sandbox, lambda target: target.update(performance=LOAD)):
        assert monitor_here(sandbox, monkeypatch, REGISTRATION).verdict is Verdict.HEALTHY  # makes what is permanent
        active_before, soft_before = count(sandbox)
        for _ in range(flow.runs):
            run = monitor_here(sandbox, monkeypatch, flow.event)
            assert (run.verdict, run.leftovers) == (Verdict.HEALTHY, ())
        active_after, soft_after = count(sandbox)
    assert active_after == active_before
    assert active_after["models"] == active_after["aliases"] == 0
    assert active_after["artifacts"] == active_after["active runs"] == 1  # the permanent run and its file
    growth = {name: (soft_after[name] - soft_before[name]) / flow.runs for name in soft_after}
    assert growth == {
        "deleted runs": flow.mlflow_runs,
        "old object versions": flow.files,
        "delete markers": flow.files,
    }


@pytest.mark.parametrize(("event", "killed"), [(REGISTRATION, 2), (DAY, 3)], ids=["registration", "day"])
def test_killed_run__is_swept_by_the_next_one_when_its_time_is_over(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, event: dict[str, list[str]], killed: int
) -> None:
    """What a killed run left carries a time to live; until then it is nobody's, then anybody's of the monitor."""
    monitor_here(sandbox, monkeypatch, REGISTRATION)
    active_before, _ = count(sandbox)
    with monkeypatch.context() as patch:
        patch.setattr("registry_monitor.suites.registry_flow._TIME_TO_LIVE_S", -10)
        patch.setattr("registry_monitor.clients.mlflow_registry.Registry.delete_run", _killed)
        patch.setattr("registry_monitor.clients.mlflow_registry.Registry.delete_model", _killed)
        run = monitor_here(sandbox, monkeypatch, event)
    assert {leftover.kind for leftover in run.leftovers} == {"run", "model"}
    assert run.verdict is Verdict.BLIND
    assert count(sandbox)[0]["models"] == active_before["models"] + 1
    swept = monitor_here(sandbox, monkeypatch, REGISTRATION)
    clean_up = next(result for result in swept.results if result.check_id.endswith(".clean-up"))
    assert (clean_up.status, clean_up.seen) == (Status.PASS, f"removed {killed + 2} objects")
    assert count(sandbox)[0] == active_before


def test_two_flows_that_sweep_at_once__do_not_call_the_others_work_a_leftover(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A killed run's model may be gone when its turn comes: it is removed, by whomever."""
    with monkeypatch.context() as patch:
        patch.setattr("registry_monitor.suites.registry_flow._TIME_TO_LIVE_S", -10)
        patch.setattr("registry_monitor.clients.mlflow_registry.Registry.delete_run", _killed)
        patch.setattr("registry_monitor.clients.mlflow_registry.Registry.delete_model", _killed)
        killed = monitor_here(sandbox, monkeypatch, REGISTRATION)
    swept_already: list[str] = []

    def sweep_first(asked: Asked, forward: Forward) -> Answered:
        answered = forward(asked)
        if asked.route == "GET registered-models/search" and not swept_already and _MODEL in answered.body.decode():
            swept_already.append(asked.route)
            body = json.dumps({"name": next(each.id for each in killed.leftovers if each.kind == "model")})
            delete = replace(asked, method="DELETE", path=_DELETE, body=body.encode())
            assert forward(replace(delete, headers={"Content-Type": "application/json"})).status == 200
        return answered

    with spoilt(sandbox, sweep_first):
        run = monitor_here(sandbox, monkeypatch, REGISTRATION)
    assert (len(swept_already), run.verdict, run.leftovers) == (1, Verdict.HEALTHY, ())


@pytest.mark.parametrize("refusing", ["AccessDenied", "silently"])
def test_files_that_the_store_does_not_delete__are_told_as_left_behind(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, refusing: str
) -> None:
    """MLflow answers 200 to the deletion of files that its store keeps: what counts is what is there afterwards."""

    def keep(asked: Asked, forward: Forward) -> Answered:
        if asked.method == "DELETE" and "mlflow-artifacts" in asked.path:
            return Answered.of({}) if refusing == "silently" else Answered.of({"error_code": "PERMISSION_DENIED"}, 403)
        return forward(asked)

    with spoilt(sandbox, keep):
        run = monitor_here(sandbox, monkeypatch, REGISTRATION)
    assert [each.kind for each in run.leftovers] == ["run"]
    told = "still has the artifacts model/MLmodel" if refusing == "silently" else "answered 403"
    assert told in run.leftovers[0].reason
    an_hour_later(sandbox, monkeypatch)


def _killed(*_: object) -> None:
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
    an_hour_later(sandbox, monkeypatch)
    assert count(sandbox)[0]["models"] == 0


def test_runs_that_always_die__leave_a_bounded_number_of_runs_behind(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is killed before each clean-up sweeps nothing: so it begins no more than the target allows."""
    limit = 3
    monitor_here(sandbox, monkeypatch, REGISTRATION)
    before, _ = count(sandbox)
    with (
        edited_target(sandbox, lambda target: target["mlflow"].update(max_leftovers=limit)),
        monkeypatch.context() as patch,
    ):
        patch.setattr("registry_monitor.suites.clean_up.CleanUp.run", _killed)
        runs = [monitor_here(sandbox, patch, REGISTRATION) for _ in range(limit + 2)]
        assert count(sandbox)[0]["active runs"] == before["active runs"] + limit
    refused = next(result for result in runs[-1].results if result.check_id.endswith(".run"))
    assert "3 runs of the monitor's stay behind and mlflow.max_leftovers is 3" in refused.seen
    an_hour_later(sandbox, monkeypatch)
    assert count(sandbox)[0] == before
