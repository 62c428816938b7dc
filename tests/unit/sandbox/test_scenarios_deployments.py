"""Scenarios of deployments and of services with two tasks: what a user sees, and what ECS says of them."""

import datetime as dt

import pytest

from tests.sandbox.sandbox import Sandbox
from tests.unit.sandbox.breaking import ALB, APP, HEALTHY, assert_healthy, broken, unknown_key
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

INITIAL = ("initial", "Elb.InitialHealthChecking")
PAGES = {"api": f"{REGISTRY}/health", "auth": f"{AUTH}/health", "mlflow": f"{REGISTRY}/mlflow/health"}


def deployments(sandbox: Sandbox, role: str) -> list[tuple[str, str, int, int]]:
    """Status, rollout state, running and failed tasks of each deployment of a service."""
    keys = ("status", "rolloutState", "runningCount", "failedTasks")
    return [tuple(item[key] for key in keys) for item in service(sandbox, role)["deployments"]]


@pytest.mark.parametrize("role", ["api", "auth"])
def test_ecs_28__rolled_back(sandbox: Sandbox, role: str) -> None:
    """The old revision serves as if nothing had been; the old deployment is PRIMARY again, by its own id."""
    before = service(sandbox, role)
    with broken(sandbox, f"ECS-28@{role}"):
        assert get(sandbox, PAGES[role]).seen == (200, APP)
        (primary,) = service(sandbox, role)["deployments"]
        assert (primary["id"], primary["rolloutState"]) == (before["deployments"][0]["id"], "COMPLETED")
        assert service(sandbox, role)["taskDefinition"] == before["taskDefinition"]
        steady, completed, back, failed = newest_events(sandbox, role, 4)
        assert (steady, back) == ("has reached a steady state.", f"rolling back to deployment {primary['id']}.")
        assert completed == f"(deployment {primary['id']}) deployment completed."
        assert failed.startswith("(deployment ecs-svc/")
        assert failed.endswith(" deployment failed: tasks failed to start.")
        assert {task["taskDefinitionArn"] for task in stopped_tasks(sandbox, role)} - {before["taskDefinition"]}
    assert_healthy(sandbox)


@pytest.mark.parametrize("role", ["api", "auth"])
def test_ecs_29__nothing_to_roll_back_to(sandbox: Sandbox, role: str) -> None:
    """The breaker gives the first deployment up: FAILED, no task, and nobody tries again."""
    with broken(sandbox, f"ECS-29@{role}"):
        assert get(sandbox, PAGES[role]).seen == (503, ALB)
        assert deployments(sandbox, role) == [("PRIMARY", "FAILED", 0, 3)]
        assert newest_events(sandbox, role, 1)[0].endswith("deployment failed: tasks failed to start.")
        stopped = len(stopped_tasks(sandbox, role))
        sandbox.settle()
        assert len(stopped_tasks(sandbox, role)) == stopped
    assert_healthy(sandbox)


@pytest.mark.parametrize("role", ["api", "mlflow"])
def test_ecs_30__held_up_by_its_own_settings(sandbox: Sandbox, role: str) -> None:
    """ECS may neither stop the old task nor start a new one: an hour-old deployment without a single task."""
    with broken(sandbox, f"ECS-30@{role}"):
        assert get(sandbox, PAGES[role], sandbox.world.secrets.monitor_key).seen == (200, APP)
        assert deployments(sandbox, role) == [("PRIMARY", "IN_PROGRESS", 0, 0), ("ACTIVE", "COMPLETED", 1, 0)]
        (event,) = newest_events(sandbox, role, 1)
        assert event.startswith("was unable to stop or start tasks during a deployment because of the service")
        primary = service(sandbox, role)["deployments"][0]
        age = dt.datetime.now(dt.UTC) - primary["createdAt"]
        assert dt.timedelta(minutes=59) < age < dt.timedelta(minutes=62)
    assert_healthy(sandbox)


def test_ecs_30__without_breaker(sandbox: Sandbox) -> None:
    """Without a circuit breaker a revision that cannot start is tried for ever, beside the old one that serves."""
    with broken(sandbox, "ECS-30@auth-image"):
        assert get(sandbox, f"{AUTH}/health").seen == (200, APP)
        assert deployments(sandbox, "auth") == [("PRIMARY", "IN_PROGRESS", 0, 3), ("ACTIVE", "COMPLETED", 1, 0)]
    assert_healthy(sandbox)


def test_par_01__one_task_hangs(sandbox: Sandbox) -> None:
    """The load balancer leaves out the task that does not answer: every request is served."""
    with broken(sandbox, "PAR-01@api") as key:
        assert sorted(target_health(sandbox, "api")) == [("healthy", None), ("unhealthy", "Target.Timeout")]
        assert {get(sandbox, REGISTRY + SEARCH, key).seen for _ in range(4)} == {(200, APP)}
    assert_healthy(sandbox)


def test_par_01__half_of_a_bad_revision(sandbox: Sandbox) -> None:
    """The new revision's first task never gets healthy, so the last old one stays, for ever."""
    with broken(sandbox, "PAR-01@auth"):
        assert sorted(target_health(sandbox, "auth")) == [("healthy", None), ("unhealthy", "Target.FailedHealthChecks")]
        assert deployments(sandbox, "auth") == [("PRIMARY", "IN_PROGRESS", 1, 3), ("ACTIVE", "COMPLETED", 1, 0)]
        assert {get(sandbox, f"{AUTH}/health").seen for _ in range(4)} == {(200, APP)}
    assert_healthy(sandbox)


def test_par_02__broken_behind_a_healthy_page(sandbox: Sandbox) -> None:
    """Both targets are healthy, and every other key cannot be looked up: 500 from one of the two tasks."""
    with broken(sandbox, "PAR-02"):
        assert target_health(sandbox, "auth") == HEALTHY * 2
        answers = {get(sandbox, f"{AUTH}/api/v1/keys", unknown_key()).seen for _ in range(4)}
        assert answers == {(401, APP), (500, APP)}
    assert_healthy(sandbox)


def test_quiet_rolling_deployment__two_side_by_side(sandbox: Sandbox) -> None:
    """While the new target has its first checks the old task serves, and goes when they are over."""
    with broken(sandbox, "quiet-rolling-deployment"):
        assert deployments(sandbox, "api") == [("PRIMARY", "IN_PROGRESS", 1, 0), ("ACTIVE", "COMPLETED", 1, 0)]
        assert sorted(target_health(sandbox, "api"), key=str) == [("healthy", None), INITIAL]
        assert {get(sandbox, f"{REGISTRY}/health").seen for _ in range(3)} == {(200, APP)}
    assert_healthy(sandbox)


def test_quiet_initial_targets__scaling_out(sandbox: Sandbox) -> None:
    """A new target gets no request before its first checks are over; the deployment stays completed."""
    with broken(sandbox, "quiet-initial-targets"):
        assert sorted(target_health(sandbox, "api"), key=str) == [("healthy", None), INITIAL]
        assert deployments(sandbox, "api") == [("PRIMARY", "COMPLETED", 2, 0)]
    assert_healthy(sandbox)


def test_quiet_singleton_deployment__between_two_tasks(sandbox: Sandbox) -> None:
    """A singleton's old task is gone, the new one pending: 503 for a while, without a failed task."""
    with broken(sandbox, "quiet-singleton-deployment"):
        assert get(sandbox, f"{REGISTRY}/health").seen == (503, ALB)
        assert (counts(sandbox, "api"), deployments(sandbox, "api")) == ((1, 0, 1), [("PRIMARY", "IN_PROGRESS", 0, 0)])
    assert_healthy(sandbox)


def test_quiet_scale_in__killed_without_a_reason(sandbox: Sandbox) -> None:
    """A shell as first process swallows SIGTERM: exit code 137, which is no lack of memory."""
    with broken(sandbox, "quiet-scale-in"):
        assert get(sandbox, f"{AUTH}/health").seen == (200, APP)
        killed = [task for task in stopped_tasks(sandbox, "auth") if task["containers"][0].get("exitCode") == 137]
        (scaled_in,) = [task for task in killed if task["stopCode"] == "ServiceSchedulerInitiated"]
        assert scaled_in["stoppedReason"].startswith("Scaling activity initiated by (deployment ecs-svc/")
        assert "reason" not in scaled_in["containers"][0]
    assert_healthy(sandbox)


def test_quiet_retirement__replaced(sandbox: Sandbox) -> None:
    """AWS retires a task by a stop code of its own, and another one runs already."""
    with broken(sandbox, "quiet-retirement") as key:
        assert get(sandbox, REGISTRY + SEARCH, key).seen == (200, APP)
        assert "TerminationNotice" in {task["stopCode"] for task in stopped_tasks(sandbox, "mlflow")}
        assert newest_events(sandbox, "mlflow", 1) == ["has reached a steady state."]
    assert_healthy(sandbox)
