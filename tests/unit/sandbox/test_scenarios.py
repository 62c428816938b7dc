"""Each scenario breaks what its catalogue row says, over real HTTP and in AWS's own words, and mends again."""

from collections.abc import Callable

import pytest

from tests.sandbox import scenario
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.services.settings import Era
from tests.unit.sandbox.breaking import ALB, APP, HEALTHY, assert_healthy, broken
from tests.unit.sandbox.visitor import (
    AUTH,
    REGISTRY,
    SEARCH,
    counts,
    get,
    newest_events,
    service,
    stopped_tasks,
    target_health,
)


def test_healthy__head(sandbox: Sandbox) -> None:
    """The healthy world serves every route, and ECS and the target groups say so."""
    assert_healthy(sandbox)


def test_ecs_01__service_missing(sandbox: Sandbox) -> None:
    """A service that was never created leaves an empty target group: 503 by the load balancer."""
    with broken(sandbox, "ECS-01") as key:
        assert get(sandbox, f"{REGISTRY}/health").seen == (503, ALB)
        assert get(sandbox, REGISTRY + SEARCH, key).seen == (503, ALB)
        assert get(sandbox, f"{AUTH}/health").seen == (200, APP)
        described = sandbox.world.ecs.describe_services(
            cluster="hokusai-development", services=["hokusai-api-development"]
        )
        assert [failure["reason"] for failure in described["failures"]] == ["MISSING"]
        assert target_health(sandbox, "api") == []
    assert_healthy(sandbox)


def test_ecs_05__image_missing(sandbox: Sandbox) -> None:
    """A missing image keeps MLflow's tasks from starting; its routes answer 503, the proxy 502 from the API."""
    with broken(sandbox, "ECS-05") as key:
        assert get(sandbox, f"{REGISTRY}/mlflow/", key).seen == (503, ALB)
        assert get(sandbox, REGISTRY + SEARCH, key).seen == (502, APP)
        assert counts(sandbox, "mlflow") == (1, 0, 0)
        unable, placed = newest_events(sandbox, "mlflow", 2)
        assert unable == "is unable to consistently start tasks successfully."
        assert placed.startswith("was unable to place a task. Reason: CannotPullContainerError: pull image manifest")
        newest = next(task for task in stopped_tasks(sandbox, "mlflow") if task["stopCode"] == "TaskFailedToStart")
        assert newest["stoppedReason"].endswith(": not found")
        assert "exitCode" not in newest["containers"][0]
    assert_healthy(sandbox)


def test_alb_04__rule_missing(sandbox: Sandbox) -> None:
    """Without its rule the auth API gets the listener's default; its health page has a rule of its own."""
    with broken(sandbox, "ALB-04"):
        answer = get(sandbox, f"{AUTH}/api/v1/keys")
        assert (*answer.seen, answer.content_type, answer.text) == (404, ALB, "text/plain; charset=utf-8", "Not Found")
        assert get(sandbox, f"{AUTH}/health").seen == (200, APP)
        assert target_health(sandbox, "auth") == HEALTHY
    assert_healthy(sandbox)


def test_net_01__security_group_closed(sandbox: Sandbox) -> None:
    """The load balancer cannot reach the API: 504, and its health checks time out; direct traffic goes on."""
    with broken(sandbox, "NET-01"):
        assert get(sandbox, f"{REGISTRY}/health").seen == (504, ALB)
        assert target_health(sandbox, "api") == [("unhealthy", "Target.Timeout")]
        assert "due to (reason Request timed out)." in newest_events(sandbox, "api", 1)[0]
        assert get(sandbox, "http://api.hokusai-development.local:8001/health").seen == (200, APP)
        failed = [task["stoppedReason"] for task in stopped_tasks(sandbox, "api")]
        assert any(reason.startswith("Task failed ELB health checks in (target-group arn:") for reason in failed)
    assert_healthy(sandbox)


def test_aut_02__redis_down(sandbox: Sandbox) -> None:
    """Without Redis the auth service fails closed, while every health page stays green."""
    with broken(sandbox, "AUT-02") as key:
        answer = get(sandbox, REGISTRY + SEARCH, key)
        assert (*answer.seen, answer.json) == (503, APP, {"detail": "Authentication service error"})
        assert get(sandbox, f"{AUTH}/api/v1/keys", key).seen == (500, APP)
        assert get(sandbox, f"{REGISTRY}/health").seen == (200, APP)
        assert [target_health(sandbox, role) for role in ("auth", "api", "mlflow")] == [HEALTHY] * 3
    assert_healthy(sandbox)


def test_mlf_01__database_stopped(sandbox: Sandbox) -> None:
    """With its database stopped MLflow stays healthy to the load balancer, and fails every real request."""
    with broken(sandbox, "MLF-01") as key:
        answer = get(sandbox, REGISTRY + SEARCH, key)
        assert (answer.status, answer.json["error_code"]) == (503, "TEMPORARILY_UNAVAILABLE")
        assert get(sandbox, f"{REGISTRY}/mlflow/health").seen == (200, APP)
        assert target_health(sandbox, "mlflow") == HEALTHY
        assert counts(sandbox, "mlflow") == (1, 1, 0)
    assert_healthy(sandbox)


def test_mlf_14__allowed_hosts(sandbox: Sandbox) -> None:
    """MLflow refuses the internal name by which the API calls it; by the public name it answers."""
    with broken(sandbox, "MLF-14") as key:
        answer = get(sandbox, REGISTRY + SEARCH, key)
        assert (answer.status, answer.text) == (403, "Invalid Host header - possible DNS rebinding attack detected")
        direct = f"{REGISTRY}/mlflow/ajax-api/2.0/mlflow/experiments/search?max_results=1"
        assert get(sandbox, direct, key).seen == (200, APP)
        assert target_health(sandbox, "mlflow") == HEALTHY
    assert_healthy(sandbox)


def test_combined_fault__both_effects_at_once(sandbox: Sandbox) -> None:
    """Names joined by ``+`` break the world together: a missing service hides the closed security group."""
    with broken(sandbox, "ECS-01+NET-01"):
        assert get(sandbox, f"{REGISTRY}/health").seen == (503, ALB)
        sandbox.mend("ECS-01")
        assert get(sandbox, f"{REGISTRY}/health").seen == (504, ALB)
        sandbox.break_("ECS-01")
    assert_healthy(sandbox)


@pytest.mark.parametrize("name", [*scenario.names(), *scenario.unseen_names()])
def test_every_scenario__has_what_a_scenario_needs(name: str) -> None:
    """Each file has a docstring, break_, mend, and causes with a kind and a resource (none where nothing is wrong)."""
    (loaded,) = scenario.load(name)
    assert loaded.__doc__
    assert callable(loaded.break_)
    assert callable(loaded.mend)
    assert all(cause.kind and cause.resource for cause in loaded.CAUSES)
    is_harmless = name == "healthy" or name.startswith("quiet-") or loaded.__doc__.startswith("Harmless: ")
    assert bool(loaded.CAUSES) != is_harmless


def test_load__unknown_name() -> None:
    """An unknown scenario is refused with the file that was expected and the names that exist."""
    with pytest.raises(scenario.ScenarioError, match=r"no scenario \"ECS-99\".*tests/scenarios/ecs_99.py.*ECS-05"):
        scenario.load("healthy+ECS-99")


def test_platform_of__contradiction() -> None:
    """A seed of August 2025 cannot run on HEAD, nor together with a wish for it."""
    seed = scenario.load("seed-2025-07-30")
    assert scenario.platform_of(seed, None) == "2025-08"
    assert scenario.platform_of(scenario.load("ECS-05"), None) == "head"
    with pytest.raises(scenario.ScenarioError, match="different platforms: 2025-08, head"):
        scenario.platform_of(seed, "head")


def test_healthy__august_2025(sandbox_of: Callable[[Era], Sandbox]) -> None:
    """So does the healthy world of August 2025."""
    assert_healthy(sandbox_of("2025-08"))


def test_seed_2025_07_30__two_services_missing(sandbox_of: Callable[[Era], Sandbox]) -> None:
    """One of three services runs; everything that is not auth gets the load balancer's 503."""
    sandbox = sandbox_of("2025-08")
    with broken(sandbox, "seed-2025-07-30") as key:
        for path in ("/health", "/", SEARCH, "/mlflow/", "/api/v1/models"):
            assert get(sandbox, REGISTRY + path, key).seen == (503, ALB)
        assert get(sandbox, f"{AUTH}/health").seen == (200, APP)
        listed = sandbox.world.ecs.list_services(cluster="hokusai-development")["serviceArns"]
        assert [arn.rpartition("/")[2] for arn in listed] == ["hokusai-auth-development"]
        assert counts(sandbox, "auth") == (1, 1, 0)
    assert_healthy(sandbox)


def test_seed_2025_08_05__wrong_port_and_no_rule(sandbox_of: Callable[[Era], Sandbox]) -> None:
    """All three run; auth answers 502, the proxy's paths 404 by default, direct API paths 401."""
    sandbox = sandbox_of("2025-08")
    with broken(sandbox, "seed-2025-08-05") as key:
        assert [counts(sandbox, role) for role in ("auth", "api", "mlflow")] == [(1, 1, 0)] * 3
        assert get(sandbox, f"{AUTH}/health").seen == (502, ALB)
        assert target_health(sandbox, "auth") == [("unhealthy", "Target.FailedHealthChecks")]
        answer = get(sandbox, REGISTRY + SEARCH, key)
        assert (*answer.seen, answer.content_type) == (404, ALB, "text/plain; charset=utf-8")
        refused = get(sandbox, f"{REGISTRY}/api/v1/models", "fake-unknown-key")  # a good one may still be cached
        assert (*refused.seen, refused.json) == (401, APP, {"detail": "Authentication service unavailable"})
        assert service(sandbox, "auth")["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    assert_healthy(sandbox)
