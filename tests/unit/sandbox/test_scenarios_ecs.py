"""Scenarios of services and of what keeps their tasks from running: what a user sees, and what ECS says of it."""

import pytest

from tests.sandbox.aws.execution_role import EXECUTION_ROLE
from tests.sandbox.platforms import DATABASE_SECRET, REDIS_SECRET, TRACKING_TOKEN_SECRET
from tests.sandbox.sandbox import Sandbox
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

PAGES = {"api": f"{REGISTRY}/health", "auth": f"{AUTH}/health", "mlflow": f"{REGISTRY}/mlflow/"}
NOT_PULLED = "CannotPullContainerError: pull image manifest has been retried 7 time(s): failed to resolve ref "
NOT_INITIALIZED = (
    "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
)
MAY_NOT_LOG_IN = f"{NOT_INITIALIZED}unable to retrieve ecr registry auth: service call has been retried 1 time(s): "
NO_SECRET = f"{NOT_INITIALIZED}unable to retrieve secret from asm: service call has been retried 1 time(s): "
NO_LOG = "ResourceInitializationError: failed to validate logger args: "

# scenario, role, how the stopped task's reason begins, what else is in it
FAILED_TO_START = [
    ("ECS-05@api-mistyped", "api", NOT_PULLED, "hokusai-api:2026-07-01-3f2a9cl: not found"),
    ("ECS-05@auth-mistyped", "auth", NOT_PULLED, "hokusai-auth:2026-07-01-3f2a9cl: not found"),
    ("ECS-07@detached", "api", MAY_NOT_LOG_IN, "is not authorized to perform: ecr:GetAuthorizationToken"),
    ("ECS-07@denied", "mlflow", "CannotPullContainerError: The task can't pull the image. ", "the role has the perm"),
    ("ECS-10@auth", "auth", NO_SECRET, f"assumed-role/{EXECUTION_ROLE}/"),
    ("ECS-10@mlflow", "mlflow", NO_SECRET, "is not authorized to perform: secretsmanager:GetSecretValue"),
    ("ECS-10@api", "api", NO_SECRET, f"secret:{TRACKING_TOKEN_SECRET}"),
    ("ECS-12@mlflow", "mlflow", NOT_INITIALIZED, "did not contain json key database_password"),
    ("ECS-12@auth", "auth", NOT_INITIALIZED, "did not contain json key auth_token"),
    ("ECS-13@api", "api", NO_LOG, "The specified log group does not exist. (/ecs/hokusai-api-development)"),
    ("ECS-13@auth", "auth", NO_LOG, "(/ecs/hokusai-auth-development)"),
    ("ECS-13@mlflow-mistyped", "mlflow", NO_LOG, "(/ecs/hokusai-mlflow-development-logs)"),
]


@pytest.mark.parametrize(("name", "role", "start", "part"), FAILED_TO_START, ids=[row[0] for row in FAILED_TO_START])
def test_task__failed_to_start(sandbox: Sandbox, name: str, role: str, start: str, part: str) -> None:
    """What a task needs is not there or not allowed: none starts, 503, and ECS repeats why in task and event."""
    with broken(sandbox, name):
        assert get(sandbox, PAGES[role]).seen == (503, ALB)
        assert (counts(sandbox, role), target_health(sandbox, role)) == ((1, 0, 0), [])
        reasons = {
            task["stoppedReason"] for task in stopped_tasks(sandbox, role) if "exitCode" not in task["containers"][0]
        }
        (reason,) = [reason for reason in reasons if reason.startswith(start) and part in reason]
        assert newest_events(sandbox, role, 2) == [
            "is unable to consistently start tasks successfully.",
            f"was unable to place a task. Reason: {reason}.",
        ]
    assert_healthy(sandbox)


@pytest.mark.parametrize("role", ["auth", "mlflow"])
def test_ecs_01__other_services(sandbox: Sandbox, role: str) -> None:
    """Any service may never have been created: its own page is the load balancer's 503, its target group empty."""
    with broken(sandbox, f"ECS-01@{role}"):
        assert get(sandbox, PAGES[role]).seen == (503, ALB)
        assert target_health(sandbox, role) == []
    assert_healthy(sandbox)


@pytest.mark.parametrize("role", ["auth", "mlflow"])
def test_ecs_02__other_services(sandbox: Sandbox, role: str) -> None:
    """Any service may have been deleted: 503, and ECS still shows it as INACTIVE."""
    with broken(sandbox, f"ECS-02@{role}"):
        assert get(sandbox, PAGES[role]).seen == (503, ALB)
        assert service(sandbox, role)["status"] == "INACTIVE"
    assert_healthy(sandbox)


@pytest.mark.parametrize("role", ["api", "auth"])
def test_ecs_03__draining(sandbox: Sandbox, role: str) -> None:
    """A service that is being destroyed still runs its task, whose target gets no new requests: 503."""
    with broken(sandbox, f"ECS-03@{role}"):
        assert get(sandbox, PAGES[role]).seen == (503, ALB)
        assert (service(sandbox, role)["status"], *counts(sandbox, role)) == ("DRAINING", 0, 1, 0)
        assert target_health(sandbox, role) == [("draining", "Target.DeregistrationInProgress")]
        event = service(sandbox, role)["events"][0]["message"]
        assert "taskSet ecs-svc/" in event
        assert event.endswith("has begun draining connections on 1 tasks.")
    assert_healthy(sandbox)


@pytest.mark.parametrize(
    ("variant", "secret", "roles"),
    [
        ("redis", REDIS_SECRET, ("auth", "api")),
        ("database", DATABASE_SECRET, ("mlflow", "api")),
        ("tracking-token", TRACKING_TOKEN_SECRET, ("api",)),
    ],
)
def test_mul_08__secret_deleted(sandbox: Sandbox, variant: str, secret: str, roles: tuple[str, ...]) -> None:
    """One deleted secret stands in the stopped tasks of every service that needs it, by the same ARN."""
    arn = sandbox.world.secretsmanager.describe_secret(SecretId=secret)["ARN"]
    with broken(sandbox, f"MUL-08@{variant}"):
        for role in roles:
            assert get(sandbox, PAGES[role]).seen == (503, ALB)
            reasons = [task["stoppedReason"] for task in stopped_tasks(sandbox, role)]
            assert any(reason.startswith(NO_SECRET) and f"fetch secret {arn} from" in reason for reason in reasons)
    assert_healthy(sandbox)


@pytest.mark.parametrize("role", ["api", "mlflow", "auth"])
def test_ecs_15__out_of_memory(sandbox: Sandbox, role: str) -> None:
    """A container below its need is killed, which only its reason tells from any other exit code 137."""
    with broken(sandbox, f"ECS-15@{role}"):
        assert get(sandbox, PAGES[role]).seen == (503, ALB)
        killed = [task for task in stopped_tasks(sandbox, role) if "reason" in task["containers"][0]]
        containers = [task["containers"][0] for task in killed if task["stopCode"] == "EssentialContainerExited"]
        told = {(container["exitCode"], container["reason"]) for container in containers}
        assert told == {(137, "OutOfMemoryError: Container killed due to memory usage")}
        assert not any("unable to consistently start" in event for event in newest_events(sandbox, role, 4))
    assert_healthy(sandbox)


def test_ecs_16__module_mistyped(sandbox: Sandbox) -> None:
    """Auth ends with 1 when its command names a module that the image lacks, and its log names that module."""
    with broken(sandbox, "ECS-16@auth"):
        assert get(sandbox, f"{AUTH}/health").seen == (503, ALB)
        assert service(sandbox, "auth")["deployments"][0]["failedTasks"] > 0
        logged = sandbox.world.logs.filter_log_events(logGroupName="/ecs/hokusai-auth-development")["events"]
        assert any('Could not import module "app.mian"' in event["message"] for event in logged)
    assert_healthy(sandbox)


@pytest.mark.parametrize("name", ["ECS-18@auth", "ECS-19@auth", "ECS-19@api"])
def test_ecs_18_and_19__nothing_accepts_on_the_port(sandbox: Sandbox, name: str) -> None:
    """The task runs and refuses: 502, and each task that ECS tries counts as a failed one of its deployment."""
    role = name.partition("@")[2]
    with broken(sandbox, name):
        assert get(sandbox, PAGES[role]).seen == (502, ALB)
        assert target_health(sandbox, role) == [("unhealthy", "Target.FailedHealthChecks")]
        assert (counts(sandbox, role), service(sandbox, role)["deployments"][0]["failedTasks"]) == ((1, 1, 0), 3)
    assert_healthy(sandbox)


@pytest.mark.parametrize("role", ["api", "auth"])
def test_ecs_23__container_health_check(sandbox: Sandbox, role: str) -> None:
    """The application answers and its target is healthy, but ECS calls the container unhealthy and replaces it."""
    with broken(sandbox, f"ECS-23@{role}"):
        assert get(sandbox, PAGES[role]).seen == (200, APP)
        assert target_health(sandbox, role) == HEALTHY
        stopped = [task for task in stopped_tasks(sandbox, role) if task.get("healthStatus") == "UNHEALTHY"]
        assert {task["stoppedReason"] for task in stopped} == {"Task failed container health checks"}
        assert newest_events(sandbox, role, 1)[0].endswith(" failed container health checks.")
        assert service(sandbox, role)["deployments"][0]["failedTasks"] == 3
    assert_healthy(sandbox)


@pytest.mark.parametrize("role", ["mlflow", "api"])
def test_ecs_25__quota(sandbox: Sandbox, role: str) -> None:
    """Without a free vCPU there is not even a stopped task, only the event."""
    with broken(sandbox, f"ECS-25@{role}"):
        assert get(sandbox, PAGES[role]).seen == (503, ALB)
        assert counts(sandbox, role) == (1, 0, 0)
        reason = "You've reached the limit on the number of vCPUs you can run concurrently"
        assert newest_events(sandbox, role, 1) == [f"was unable to place a task. Reason: {reason}."]
    assert_healthy(sandbox)


@pytest.mark.parametrize("role", ["api", "auth"])
def test_ecs_27__spot(sandbox: Sandbox, role: str) -> None:
    """AWS takes the Spot task back, says so in its stop code, and has no capacity for another."""
    with broken(sandbox, f"ECS-27@{role}"):
        assert get(sandbox, PAGES[role]).seen == (503, ALB)
        assert "SpotInterruption" in {task["stopCode"] for task in stopped_tasks(sandbox, role)}
        assert "Reason: Capacity is unavailable at this time." in newest_events(sandbox, role, 1)[0]
    assert_healthy(sandbox)


def test_ecs_31__cluster_missing(sandbox: Sandbox) -> None:
    """Without its cluster there is no service: 503 on both hosts, and ECS knows no cluster of that name."""
    with broken(sandbox, "ECS-31") as key:
        assert get(sandbox, f"{AUTH}/health").seen == (503, ALB)
        assert get(sandbox, REGISTRY + SEARCH, key).seen == (503, ALB)
        with pytest.raises(sandbox.world.ecs.exceptions.ClusterNotFoundException):
            service(sandbox, "api")
    assert_healthy(sandbox)


@pytest.mark.parametrize("role", ["api", "auth"])
def test_ecs_32__zone_not_enabled(sandbox: Sandbox, role: str) -> None:
    """A task in a zone that its load balancer does not serve runs, and gets no request: 503; others reach it."""
    with broken(sandbox, f"ECS-32@{role}"):
        assert get(sandbox, PAGES[role]).seen == (503, ALB)
        described = sandbox.world.elbv2.describe_target_health(TargetGroupArn=sandbox.world.target_groups[role])
        (target,) = [item["TargetHealth"] for item in described["TargetHealthDescriptions"]]
        assert target["Description"].startswith("Target is in an Availability Zone that is not enabled")
        assert (target["State"], counts(sandbox, role)) == ("unused", (1, 1, 0))
        port = sandbox.platform.service(role).port
        assert get(sandbox, f"http://{role}.hokusai-development.local:{port}/health").seen == (200, APP)
    assert_healthy(sandbox)
