"""What follows from an edit of the world is computed: tasks, targets, health, events, names."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.sandbox.aws.security_groups import Interface, SecurityGroups
from tests.sandbox.containers import listening_address
from tests.sandbox.names import Directory, Names
from tests.sandbox.platforms import CLUSTER, DATABASE_SECRET, TRACKING_TOKEN_SECRET
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.services.network import NameNotFoundError
from tests.sandbox.world import Json, World
from tests.unit.sandbox.visitor import (
    REGISTRY,
    counts,
    get,
    newest_events,
    service,
    stopped_tasks,
    target_health,
)

API = "hokusai-api-development"


@contextmanager
def edited(sandbox: Sandbox, edit: Callable[[World], object], undo: Callable[[World], object]) -> Iterator[World]:
    """Edit the world and settle; undo it whatever happens."""
    edit(sandbox.world)
    try:
        sandbox.settle()
        yield sandbox.world
    finally:
        undo(sandbox.world)
        sandbox.settle()


def desire(count: int) -> Callable[[World], object]:
    return lambda world: world.ecs.update_service(cluster=CLUSTER, service=API, desiredCount=count)


def test_settle__nothing_changed(sandbox: Sandbox) -> None:
    """Settling again adds no event, task or deployment."""
    before = service(sandbox, "api"), stopped_tasks(sandbox, "api")
    sandbox.settle()
    assert (service(sandbox, "api"), stopped_tasks(sandbox, "api")) == before


def test_desired_count__zero(sandbox: Sandbox) -> None:
    """A service of no tasks is ACTIVE and has an empty target group: 503."""
    with edited(sandbox, desire(0), desire(1)):
        assert counts(sandbox, "api") == (0, 0, 0)
        assert target_health(sandbox, "api") == []
        assert get(sandbox, f"{REGISTRY}/health").seen == (503, "awselb/2.0")
        assert any(event.startswith("has stopped 1 running tasks: (task ") for event in newest_events(sandbox, "api"))
    assert counts(sandbox, "api") == (1, 1, 0)


def test_desired_count__two(sandbox: Sandbox) -> None:
    """Two tasks run in two zones, at two addresses of their own, and are both registered and listed by ECS."""
    with edited(sandbox, desire(2), desire(1)) as world:
        assert counts(sandbox, "api") == (2, 2, 0)
        assert target_health(sandbox, "api") == [("healthy", None)] * 2
        arns = world.ecs.list_tasks(cluster=CLUSTER, serviceName=API)["taskArns"]
        tasks = world.ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"]
        assert {task["lastStatus"] for task in tasks} == {"RUNNING"}
        assert {task["availabilityZone"] for task in tasks} == {"us-east-1a", "us-east-1b"}
        addresses = {task["containers"][0]["networkInterfaces"][0]["privateIpv4Address"] for task in tasks}
        targets = world.elbv2.describe_target_health(TargetGroupArn=world.target_groups["api"])
        assert addresses == {item["Target"]["Id"] for item in targets["TargetHealthDescriptions"]}


def test_service__deleted(sandbox: Sandbox) -> None:
    """A deleted service stays INACTIVE for a while, without tasks."""
    delete = lambda world: world.ecs.delete_service(cluster=CLUSTER, service=API, force=True)  # noqa: E731
    with edited(sandbox, delete, lambda world: world.create_service("api")):
        assert (service(sandbox, "api")["status"], *counts(sandbox, "api")[1:]) == ("INACTIVE", 0, 0)
        assert get(sandbox, f"{REGISTRY}/health").status == 503
    assert get(sandbox, f"{REGISTRY}/health").status == 200


@pytest.mark.parametrize("change", [("API_PORT", "9001"), ("API_HOST", "127.0.0.1")], ids=["port", "loopback"])
def test_container__listens_elsewhere(sandbox: Sandbox, change: tuple[str, str]) -> None:
    """A container that listens on another port, or on its own loopback, runs and refuses: 502, never healthy."""
    undo = (change[0], sandbox.platform.service("api").environment[change[0]])
    with edited(
        sandbox, lambda world: world.set_variable("api", *change), lambda world: world.set_variable("api", *undo)
    ):
        assert get(sandbox, f"{REGISTRY}/health").seen == (502, "awselb/2.0")
        assert target_health(sandbox, "api") == [("unhealthy", "Target.FailedHealthChecks")]
        assert counts(sandbox, "api") == (1, 1, 0)
        assert "is unhealthy in (target-group arn:" in newest_events(sandbox, "api", 1)[0]
    assert target_health(sandbox, "api") == [("healthy", None)]


def test_secret__json_key_missing(sandbox: Sandbox) -> None:
    """A secret without the key that a task definition names keeps the task from starting."""
    value = sandbox.world.secretsmanager.get_secret_value(SecretId=DATABASE_SECRET)["SecretString"]

    def put(world: World, text: str) -> None:
        world.secretsmanager.put_secret_value(SecretId=DATABASE_SECRET, SecretString=text)
        world.stop_tasks("api")

    with edited(sandbox, lambda world: put(world, "{}"), lambda world: put(world, value)):
        reasons = [task["stoppedReason"] for task in stopped_tasks(sandbox, "api")]
        assert any(reason.endswith("did not contain json key database_password") for reason in reasons)
        assert service(sandbox, "api")["deployments"][0]["failedTasks"] > 0
    assert service(sandbox, "api")["deployments"][0]["failedTasks"] == 0


def test_secret__deleted(sandbox: Sandbox) -> None:
    """A deleted secret is named in the stopped task's reason."""

    def delete(world: World) -> None:
        world.secretsmanager.delete_secret(SecretId=TRACKING_TOKEN_SECRET, RecoveryWindowInDays=7)
        world.stop_tasks("api")

    with edited(sandbox, delete, lambda world: world.secretsmanager.restore_secret(SecretId=TRACKING_TOKEN_SECRET)):
        reasons = [task["stoppedReason"] for task in stopped_tasks(sandbox, "api")]
        assert any("ResourceInitializationError" in reason and TRACKING_TOKEN_SECRET in reason for reason in reasons)


def test_log_group__deleted(sandbox: Sandbox) -> None:
    """A task whose log group is gone does not start."""
    group = f"/ecs/{API}"

    def delete(world: World) -> None:
        world.logs.delete_log_group(logGroupName=group)
        world.stop_tasks("api")

    with edited(sandbox, delete, lambda world: world.logs.create_log_group(logGroupName=group)):
        reasons = [task["stoppedReason"] for task in stopped_tasks(sandbox, "api")]
        assert any("failed to validate logger args" in reason for reason in reasons)


def test_health_check__wrong_path(sandbox: Sandbox) -> None:
    """A wrong health check path gives the codes that the application answered, and traffic still flows."""
    arn = sandbox.world.target_groups["api"]

    def path(text: str) -> Callable[[World], object]:
        return lambda world: world.elbv2.modify_target_group(TargetGroupArn=arn, HealthCheckPath=text)

    with edited(sandbox, path("/nowhere"), path("/health")):
        assert target_health(sandbox, "api") == [("unhealthy", "Target.ResponseCodeMismatch")]
        assert "Health checks failed with these codes: [401]" in newest_events(sandbox, "api", 1)[0]
        assert get(sandbox, f"{REGISTRY}/health").status == 200


def test_target_group__in_no_rule(sandbox: Sandbox) -> None:
    """A target group that no rule forwards to is not in use."""
    with edited(
        sandbox,
        lambda world: world.delete_rule("hokusai-registry-development", 50),
        lambda world: world.create_rule("hokusai-registry-development", 50),
    ):
        assert target_health(sandbox, "mlflow") == [("unused", "Target.NotInUse")]
        assert get(sandbox, f"{REGISTRY}/mlflow/").seen == (401, "uvicorn")


def test_service_registry__deregistered(sandbox: Sandbox) -> None:
    """A name that Cloud Map no longer knows cannot be resolved by the API: 502 from the application."""
    world = sandbox.world
    registry = world.registries["mlflow"].rpartition("/")[2]
    (instance,) = world.servicediscovery.list_instances(ServiceId=registry)["Instances"]

    def lose(world: World) -> None:
        world.servicediscovery.deregister_instance(ServiceId=registry, InstanceId=instance["Id"])

    def find(world: World) -> None:
        world.servicediscovery.register_instance(
            ServiceId=registry, InstanceId=instance["Id"], Attributes=instance["Attributes"]
        )

    search = f"{REGISTRY}/api/mlflow/api/2.0/mlflow/experiments/search?max_results=1"
    with edited(sandbox, lose, find):
        assert get(sandbox, search, world.secrets.monitor_key).seen == (502, "uvicorn")
    assert get(sandbox, search, world.secrets.monitor_key).status == 200


def test_task__stopped_by_hand_is_replaced(sandbox: Sandbox) -> None:
    """A stopped task is replaced by a new one, and keeps the reason it was stopped for."""
    before = sandbox.world.ecs.list_tasks(cluster=CLUSTER, serviceName=API)["taskArns"]
    sandbox.world.stop_tasks("api")
    sandbox.settle()
    after = sandbox.world.ecs.list_tasks(cluster=CLUSTER, serviceName=API)["taskArns"]
    assert (len(after), set(before) & set(after)) == (1, set())
    (stopped,) = [task for task in stopped_tasks(sandbox, "api") if task["taskArn"] in before]
    assert (stopped["stopCode"], stopped["containers"][0]["exitCode"]) == ("UserInitiated", 0)
    assert get(sandbox, f"{REGISTRY}/health").status == 200


def edge(name: str, port: int, source: str) -> Json:
    permission = {
        "IpProtocol": "tcp", "FromPort": port, "ToPort": port,
        "UserIdGroupPairs": [{"GroupId": source}], "IpRanges": [],
    }  # fmt: skip
    anywhere = {"IpProtocol": "-1", "UserIdGroupPairs": [], "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    return {"GroupId": name, "IpPermissions": [permission], "IpPermissionsEgress": [anywhere]}


@pytest.mark.parametrize(
    ("source", "port", "is_open"), [("sg-alb", 8001, True), ("sg-alb", 8000, False), ("sg-gone", 8001, False)]
)
def test_security_groups__edges(source: str, port: int, is_open: bool) -> None:
    """Traffic passes only along an edge: the source's egress, and the destination's ingress for that group and port."""
    groups = SecurityGroups([edge("sg-tasks", 8001, "sg-alb"), edge("sg-alb", 443, "sg-none")])
    tasks = Interface("127.0.0.11", frozenset({"sg-tasks"}))
    assert groups.allow(Interface("127.0.0.2", frozenset({source})), tasks, port) == is_open


def test_security_groups__no_egress() -> None:
    """A source whose group lets nothing out reaches nobody, whatever the destination allows."""
    source = edge("sg-alb", 443, "sg-none") | {"IpPermissionsEgress": []}
    groups = SecurityGroups([edge("sg-tasks", 8001, "sg-alb"), source])
    alb, tasks = Interface("127.0.0.2", frozenset({"sg-alb"})), Interface("127.0.0.11", frozenset({"sg-tasks"}))
    assert not groups.allow(alb, tasks, 8001)


def test_names__in_turn_and_unknown() -> None:
    """A name of two tasks leads to each in turn; an unknown one is not found."""
    names = Names()
    groups = SecurityGroups([edge("sg-tasks", 8001, "sg-tasks")])
    tasks = tuple(Interface(f"127.0.0.{part}", frozenset({"sg-tasks"})) for part in (11, 12))
    names.directory = Directory({"api.local": tasks}, groups)
    view = names.seen_by(tasks[0])
    assert [view.route("api.local", 8001).address for _ in range(3)] == ["127.0.0.11", "127.0.0.12", "127.0.0.11"]
    assert [view.route("api.local", port).is_open for port in (8001, 8000)] == [True, False]
    with pytest.raises(NameNotFoundError, match=r"auth\.local is unknown"):
        view.route("auth.local", 8000)


@pytest.mark.parametrize(
    ("command", "variables", "address"),
    [
        (["uvicorn", "--host", "127.0.0.1", "--port", "8080"], {"PORT": "1"}, ("127.0.0.1", 8080)),
        (["python"], {"API_HOST": "0.0.0.0", "API_PORT": "8001"}, ("0.0.0.0", 8001)),
        (None, {"PORT": "5000"}, ("0.0.0.0", 5000)),
        ([], {}, ("0.0.0.0", 8000)),
    ],
)
def test_listening_address__command_before_environment(
    command: list[str] | None, variables: dict[str, str], address: tuple[str, int]
) -> None:
    """The command decides where a container listens, then its environment, then the image's default."""
    assert listening_address({"command": command}, variables, 8000) == address


def logged(sandbox: Sandbox, role: str) -> list[str]:
    """Return the messages in a service's log group."""
    group = f"/ecs/{sandbox.platform.service(role).name}"
    return [event["message"] for event in sandbox.world.logs.filter_log_events(logGroupName=group)["events"]]


def test_logs__redis_error_and_where_it_listens(sandbox: Sandbox) -> None:
    """The auth service's own log line about Redis reaches its log group, beside the one that names its port."""
    with edited(
        sandbox, lambda world: world.set_redis_status("deleting"), lambda world: world.set_redis_status("available")
    ):
        assert get(sandbox, "https://auth.hokus.ai/api/v1/keys", "fake-unknown-key").status == 500
        for _ in range(100):
            if any("redis.exceptions.ConnectionError" in line for line in logged(sandbox, "auth")):
                break
            time.sleep(0.02)
        else:
            pytest.fail(f"No Redis error in the log of auth: {logged(sandbox, 'auth')}")
    assert any("running on http://0.0.0.0:8000" in line for line in logged(sandbox, "auth"))
