"""What the monitor says of each fault, held against the table in scenario_table.yaml."""

from collections.abc import Callable

import pytest

from registry_monitor.model import Status
from tests.sandbox import scenario as scenarios
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.services.settings import Era
from tests.system.conftest import Ended, broken, run_monitor
from tests.system.scenario_rows import assert_row, rows
from tests.system.scenario_table import PLATFORMS, TABLE

# How many checks a full run reaches depends on the machine: in MON-06 every probe of a public host waits until its own
# time-out.
OUT_OF_TIME = {"MON-05", "MON-06"}


def test_every_scenario__has_its_row_in_the_table() -> None:
    """A fault without a row is a fault that nobody has said what the monitor must say of it."""
    with_row = {name for platform in PLATFORMS for name in TABLE[platform]}
    assert with_row | OUT_OF_TIME == set(scenarios.names())
    for platform in PLATFORMS:
        for name in TABLE[platform]:
            assert scenarios.platform_of(scenarios.load(name), platform) == platform


@rows(first_half=True)
def test_scenario__fails_exactly_the_checks_that_it_should(
    sandbox_of: Callable[[Era], Sandbox], monkeypatch: pytest.MonkeyPatch, platform: Era, scenario: str
) -> None:
    """No false green on a broken platform, no false red on a healthy one; verdict and causes agree."""
    assert_row(sandbox_of(platform), monkeypatch, platform, scenario)


def written(ended: Ended, check: str) -> tuple[object, object]:
    """Status code and writer of an endpoint's answer."""
    evidence = ended.result(f"infrastructure_health.{check}").evidence
    return evidence.get("status"), evidence.get("written_by")


def infrastructure(*names: str) -> set[str]:
    return {f"infrastructure_health.{name}" for name in names}


def test_seed_2025_07_30__has_the_facts_of_that_day(sandbox_of: Callable[[Era], Sandbox]) -> None:
    """One of three services runs; every request of API and MLflow gets the load balancer's 503; auth answers."""
    with broken(sandbox_of("2025-08"), "seed-2025-07-30") as sandbox:
        ended = run_monitor(sandbox)
    assert ended.exit_code == 1
    assert ended.ids(Status.PASS) >= infrastructure("service.auth.running", "endpoint.auth-health")
    for endpoint in ("api-key-required", "api-mlflow-health", "mlflow-direct"):
        assert written(ended, f"endpoint.{endpoint}") == (503, "load balancer")
    assert ended.result("model_registration_flow.train").status is Status.PASS
    assert "503" in ended.result("model_registration_flow.experiment").seen


def test_seed_2025_08_05__has_the_facts_of_that_day(sandbox_of: Callable[[Era], Sandbox]) -> None:
    """Three of three run; auth 502, the proxy 404, what is left of the API 401; registration ends at stage 2."""
    with broken(sandbox_of("2025-08"), "seed-2025-08-05") as sandbox:
        ended = run_monitor(sandbox)
    assert ended.exit_code == 1
    running = infrastructure(*(f"service.{role}.running" for role in ("auth", "api", "mlflow")))
    assert ended.ids(Status.PASS) >= running
    assert written(ended, "endpoint.auth-health") == (502, "load balancer")
    assert written(ended, "endpoint.auth-keys") == (502, "load balancer")
    assert written(ended, "endpoint.api-key-required") == (404, "load balancer")
    assert written(ended, "endpoint.api-mlflow-health") == (401, "application")
    assert written(ended, "mlflow.database") == (404, "load balancer")


@pytest.mark.parametrize("scenario", ["MLF-01", "MLF-02", "MLF-07"])
def test_liveness_lie__is_red_in_a_light_run_while_every_health_check_is_green(sandbox: Sandbox, scenario: str) -> None:
    """Targets healthy, /health 200, and no model can be registered: users would notice, so does each minute's run."""
    with broken(sandbox, scenario):
        ended = run_monitor(sandbox, "--depth", "light")
    healthy = infrastructure("service.mlflow.targets", "service.api.targets", "endpoint.api-health")
    assert ended.ids(Status.PASS) >= healthy
    assert ended.exit_code == 1
    assert ended.ids(Status.FAIL) & {
        "model_registration_flow.heartbeat.find",
        "model_registration_flow.heartbeat.write",
        "model_registration_flow.heartbeat.artifact",
    }


def test_no_way_out_of_the_monitor__fails_what_is_public_and_nothing_else(sandbox: Sandbox) -> None:
    """Without egress no public host accepts a connection, while AWS and the inside of the VPC say that all is well."""
    with broken(sandbox, "MON-06"):
        ended = run_monitor(sandbox, "--depth", "light")
    assert ended.ids(Status.FAIL) >= infrastructure("endpoint.auth-health", "endpoint.api-health")
    assert {result.seen.partition(";")[0] for result in ended.run.of_status(Status.FAIL)} == {
        "did not accept a connection in time"
    }
    inside = infrastructure("service.api.running", "service.api.targets", "service.mlflow.targets")
    assert ended.ids(Status.PASS) >= inside
