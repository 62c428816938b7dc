"""Answers of ECS become facts: what may be absent may be absent, and unknown values are kept as they come."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from registry_monitor.inventory.parsing import ecs

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
BARE_SERVICE = {
    "serviceName": "api",
    "serviceArn": "arn:api",
    "status": "ACTIVE",
    "desiredCount": 1,
    "runningCount": 0,
    "pendingCount": 1,
}


def answer(**changes: Any) -> list[dict[str, Any]]:
    """An answer of DescribeServices with one service."""
    return [{"services": [{**BARE_SERVICE, **changes}]}]


def test_service__bare() -> None:
    """A service without any optional field is told."""
    (service,) = ecs.ecs_services(answer(), ["api"]).found
    assert (service.desired, service.running, service.pending) == (1, 0, 1)
    assert (service.deployments, service.events, service.targets) == ((), (), ())


def test_service__values_unknown_to_the_monitor() -> None:
    """A status or rollout state that AWS may add one day is kept, for the checks to judge."""
    deployment = {"id": "d", "status": "BLUE", "rolloutState": "PAUSED"}
    (service,) = ecs.ecs_services(answer(status="PARKED", deployments=[deployment]), ["api"]).found
    assert (service.status, service.deployments[0].rollout_state) == ("PARKED", "PAUSED")


def test_service__many_events() -> None:
    """The ten newest events are kept, newest first; one without a text is left out."""
    events = [{"createdAt": NOW - timedelta(minutes=age), "message": f"event {age}"} for age in range(12)]
    (service,) = ecs.ecs_services(answer(events=[{"id": "e", "createdAt": NOW}, *events]), ["api"]).found
    assert [event.message for event in service.events] == [f"event {age}" for age in range(10)]


def test_service__behind_a_classic_load_balancer() -> None:
    """What has no target group is no target."""
    (service,) = ecs.ecs_services(answer(loadBalancers=[{"loadBalancerName": "old"}]), ["api"]).found
    assert service.targets == ()


@pytest.mark.parametrize(
    "changes", [{"desiredCount": "many"}, {"runningCount": None}, {"events": [{"createdAt": "?", "message": ""}]}]
)
def test_service__fields_of_unexpected_types(changes: dict[str, Any]) -> None:
    """A value of another type than expected is refused, not guessed."""
    with pytest.raises(ValidationError):
        ecs.ecs_services(answer(**changes), ["api"])


def test_service__in_a_network() -> None:
    """Where its tasks run, and in which services of Cloud Map they are registered."""
    network = {"awsvpcConfiguration": {"subnets": ["subnet-1", "subnet-2"], "securityGroups": ["sg-1"]}}
    registries = [{"registryArn": "arn:srv-1"}, {"containerName": "without an ARN"}]
    (service,) = ecs.ecs_services(answer(networkConfiguration=network, serviceRegistries=registries), ["api"]).found
    assert (service.subnets, service.security_groups) == (("subnet-1", "subnet-2"), ("sg-1",))
    assert service.registry_arns == ("arn:srv-1",)


BARE_TASK = {"taskArn": "arn:aws:ecs:r:1:task/registry/0a1b", "lastStatus": "PENDING", "taskDefinitionArn": "arn:d:1"}


def test_task__bare() -> None:
    """A task that has no address yet, and that no service started, is told."""
    (task,) = ecs.tasks([{"tasks": [{**BARE_TASK, "group": "family:any"}]}])
    assert (task.id, task.last_status, task.task_definition) == ("0a1b", "PENDING", "arn:d:1")
    assert (task.service, task.address, task.health_status, task.zone, task.started_at) == (None,) * 5
    assert task.images == {}


def test_task__whole() -> None:
    """A running task is told with the address of its network interface and the image of each container."""
    whole = {
        **BARE_TASK,
        "group": "service:registry-api",
        "healthStatus": "HEALTHY",
        "availabilityZone": "eu-west-3a",
        "startedAt": NOW,
        "containers": [{"name": "api", "image": "repo/api:1"}, {"name": "log", "image": "repo/log:2"}],
        "attachments": [
            {"type": "Service Connect", "details": [{"name": "privateIPv4Address", "value": "10.0.0.9"}]},
            {
                "type": "ElasticNetworkInterface",
                "details": [
                    {"name": "subnetId", "value": "subnet-1"},
                    {"name": "privateIPv4Address", "value": "10.0.0.7"},
                ],
            },
        ],
    }
    (task,) = ecs.tasks([{"tasks": [whole], "failures": []}])
    assert (task.service, task.address, task.zone) == ("registry-api", "10.0.0.7", "eu-west-3a")
    assert (task.health_status, task.started_at) == ("HEALTHY", NOW)
    assert task.images == {"api": "repo/api:1", "log": "repo/log:2"}


def test_tasks__some_ended_since_they_were_listed() -> None:
    """A task that ECS calls MISSING is left out; those of all answers are told in the order of their ids."""
    gone = {"arn": "arn:aws:ecs:r:1:task/registry/9z", "reason": "MISSING"}
    later = {**BARE_TASK, "taskArn": "arn:aws:ecs:r:1:task/registry/1c"}
    told = ecs.tasks([{"tasks": [later], "failures": [gone]}, {"tasks": [BARE_TASK]}])
    assert [task.id for task in told] == ["0a1b", "1c"]


def test_tasks__failure_of_another_kind() -> None:
    """Another failure than MISSING proves nothing."""
    with pytest.raises(ValueError, match="failure of a/b: BUSY"):
        ecs.tasks([{"tasks": [], "failures": [{"arn": "a/b", "reason": "BUSY"}]}])


def test_stopped_tasks__of_the_services() -> None:
    """The newest comes first; a task of another service, or of none, is left out."""
    ended = {**BARE_TASK, "lastStatus": "STOPPED", "group": "service:api"}
    oldest = {**ended, "taskArn": "arn:t/oldest"}  # ECS does not tell yet when it stopped
    older = {**ended, "taskArn": "arn:t/older", "stoppedAt": NOW - timedelta(minutes=5)}
    newer = {**ended, "taskArn": "arn:t/newer", "stoppedAt": NOW}
    foreign = {**ended, "taskArn": "arn:t/foreign", "group": "service:other"}
    alone = {**ended, "taskArn": "arn:t/alone", "group": "family:any"}
    told = ecs.stopped_tasks([{"tasks": [oldest, older, foreign]}, {"tasks": [alone, newer]}], ["api"])
    assert [task.id for task in told] == ["newer", "older", "oldest"]
    assert (told[2].stopped_at, told[2].stop_code, told[2].reason, told[2].containers) == (None, None, None, ())


def test_stopped_task__whole() -> None:
    """Why it stopped, and what became of each container; one that never ran has no exit code."""
    containers = [
        {"name": "api", "exitCode": 137, "reason": "OutOfMemoryError: Container killed due to memory usage"},
        {"name": "log", "healthStatus": "UNKNOWN"},
    ]
    whole = {
        **BARE_TASK,
        "group": "service:api",
        "stopCode": "EssentialContainerExited",
        "stoppedReason": "Essential container in task exited",
        "startedAt": NOW - timedelta(minutes=1),
        "stoppedAt": NOW,
        "containers": containers,
    }
    (task,) = ecs.stopped_tasks([{"tasks": [whole]}], ["api"])
    assert (task.service, task.stop_code, task.started_at) == (
        "api",
        "EssentialContainerExited",
        NOW - timedelta(minutes=1),
    )
    assert task.reason == "Essential container in task exited"
    assert [(each.name, each.exit_code, each.health_status) for each in task.containers] == [
        ("api", 137, None),
        ("log", None, "UNKNOWN"),
    ]
    assert task.containers[0].reason == "OutOfMemoryError: Container killed due to memory usage"
