"""What the monitor says of each fault: which checks fail, which are blocked, who wrote the answers."""

from collections.abc import Callable

import pytest

from registry_monitor.model import Status, Verdict
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.services.settings import Era
from tests.system.conftest import Ended, broken, run_monitor

STAGES_AFTER_2 = {
    f"model_registration_flow.{stage}" for stage in ("run", "register", "retrieve", "artifact", "duration")
}


def infrastructure(*names: str) -> set[str]:
    return {f"infrastructure_health.{name}" for name in names}


def behind_missing(role: str) -> set[str]:
    return infrastructure(*(f"service.{role}.{aspect}" for aspect in ("running", "rollout", "targets")))


NO_DATABASE = infrastructure("endpoint.api-mlflow-health", "mlflow.database") | {"model_registration_flow.experiment"}
API_ENDPOINTS = infrastructure(
    "endpoint.api-health", "endpoint.api-key-required", "endpoint.api-key-accepted", "endpoint.api-mlflow-health"
)

# scenario: (checks that fail, checks that are blocked). Everything else passes, but the clean-up of nothing.
HEAD = {
    "healthy": (set(), set()),
    "ECS-01": (
        infrastructure("service.api.exists", "endpoint.api-internal") | API_ENDPOINTS | NO_DATABASE,
        behind_missing("api") | STAGES_AFTER_2,
    ),
    "ECS-05": (
        infrastructure("service.mlflow.running", "service.mlflow.targets", "endpoint.mlflow-internal") | NO_DATABASE,
        STAGES_AFTER_2,
    ),
    "ALB-04": (infrastructure("endpoint.auth-keys"), set()),
    "NET-01": (infrastructure("service.api.targets") | API_ENDPOINTS | NO_DATABASE, STAGES_AFTER_2),
    "AUT-02": (infrastructure("endpoint.api-key-accepted") | NO_DATABASE, STAGES_AFTER_2),
    "MLF-01": (NO_DATABASE, STAGES_AFTER_2),
    "MLF-14": (NO_DATABASE, STAGES_AFTER_2),
}
AUGUST = {
    "healthy": (set(), set()),
    "seed-2025-07-30": (
        infrastructure(
            "service.api.exists",
            "service.mlflow.exists",
            "endpoint.api-health",
            "endpoint.api-key-required",
            "endpoint.api-mlflow-health",
            "endpoint.mlflow-direct",
            "endpoint.api-internal",
            "endpoint.mlflow-internal",
            "mlflow.database",
        )
        | {"model_registration_flow.experiment"},
        behind_missing("api") | behind_missing("mlflow") | STAGES_AFTER_2,
    ),
    "seed-2025-08-05": (
        infrastructure(
            "service.auth.targets",
            "endpoint.auth-health",
            "endpoint.auth-keys",
            "endpoint.auth-internal",
            "endpoint.api-key-required",
            "endpoint.api-mlflow-health",
            "mlflow.database",
        )
        | {"model_registration_flow.experiment"},
        STAGES_AFTER_2,
    ),
}
CASES = [("head", name) for name in HEAD] + [("2025-08", name) for name in AUGUST]


def written(ended: Ended, check: str) -> tuple[object, object]:
    """Status code and writer of an endpoint's answer."""
    evidence = ended.result(f"infrastructure_health.{check}").evidence
    return evidence.get("status"), evidence.get("written_by")


@pytest.mark.parametrize(("platform", "scenario"), CASES, ids=[f"{platform}:{name}" for platform, name in CASES])
def test_scenario__fails_exactly_the_checks_that_it_should(
    sandbox_of: Callable[[Era], Sandbox], platform: Era, scenario: str
) -> None:
    """No false green on a broken platform, no false red on a healthy one; exit code, verdict and causes agree."""
    failing, blocked = (HEAD if platform == "head" else AUGUST)[scenario]
    with broken(sandbox_of(platform), scenario) as sandbox:
        ended = run_monitor(sandbox)
    assert ended.ids(Status.FAIL) == failing
    assert ended.ids(Status.BLOCKED) == blocked
    assert ended.ids(Status.UNKNOWN) == set()
    assert ended.run.score.coverage_pct == 100
    assert (ended.exit_code, ended.run.verdict) == ((1, Verdict.FAILING) if failing else (0, Verdict.HEALTHY))
    assert {cause.check_id for cause in ended.run.causes} == failing
    assert set().union(*(cause.blocks for cause in ended.run.causes)) == blocked


def test_seed_2025_07_30__has_the_facts_of_that_day(sandbox_of: Callable[[Era], Sandbox]) -> None:
    """One of three services runs; every request of API and MLflow gets the load balancer's 503; auth answers."""
    with broken(sandbox_of("2025-08"), "seed-2025-07-30") as sandbox:
        ended = run_monitor(sandbox)
    assert ended.ids(Status.PASS) >= infrastructure("service.auth.running", "endpoint.auth-health")
    for endpoint in ("api-health", "api-key-required", "api-mlflow-health", "mlflow-direct"):
        assert written(ended, f"endpoint.{endpoint}") == (503, "load balancer")
    assert ended.result("model_registration_flow.train").status is Status.PASS
    assert "503" in ended.result("model_registration_flow.experiment").seen


def test_seed_2025_08_05__has_the_facts_of_that_day(sandbox_of: Callable[[Era], Sandbox]) -> None:
    """Three of three run; auth 502, the proxy 404, what is left of the API 401; registration ends at stage 2."""
    with broken(sandbox_of("2025-08"), "seed-2025-08-05") as sandbox:
        ended = run_monitor(sandbox)
    running = infrastructure(*(f"service.{role}.running" for role in ("auth", "api", "mlflow")))
    assert ended.ids(Status.PASS) >= running
    assert written(ended, "endpoint.auth-health") == (502, "load balancer")
    assert written(ended, "endpoint.auth-keys") == (502, "load balancer")
    assert written(ended, "endpoint.api-key-required") == (404, "load balancer")
    assert written(ended, "endpoint.api-mlflow-health") == (401, "application")
    assert written(ended, "mlflow.database") == (404, "load balancer")


def test_database_stopped__is_red_in_a_light_and_a_full_run_while_every_health_check_is_green(
    sandbox: Sandbox,
) -> None:
    """The liveness lie: targets healthy, /health 200, and no model can be registered."""
    with broken(sandbox, "MLF-01"):
        for depth in ("light", "full"):
            ended = run_monitor(sandbox, "--depth", depth)
            healthy = infrastructure("service.mlflow.targets", "service.api.targets", "endpoint.api-health")
            assert ended.ids(Status.PASS) >= healthy
            assert (ended.exit_code, ended.result("infrastructure_health.mlflow.database").status) == (1, Status.FAIL)
