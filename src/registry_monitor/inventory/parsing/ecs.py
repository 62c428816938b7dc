"""Answers of ECS."""

from collections.abc import Container, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from registry_monitor.inventory.deep_facts import StoppedContainer, StoppedTask
from registry_monitor.inventory.facts import (
    Deployment,
    EcsService,
    EcsServices,
    ServiceEvent,
    ServiceTarget,
    Task,
)

_EVENTS_KEPT = 10
_MISSING = "MISSING"
_NEVER = datetime.min.replace(tzinfo=UTC)
_STARTED_BY_SERVICE = "service:"  # what a task's group begins with (ECS API Reference, Task)


def ecs_services(answers: Iterable[Mapping[str, Any]], names: Iterable[str]) -> EcsServices:
    """DescribeServices, several answers. A failure for another reason than MISSING raises ValueError."""
    found: list[EcsService] = []
    missing: set[str] = set()
    for answer in answers:
        found.extend(_ecs_service(service) for service in answer["services"])
        missing.update(_missing(answer))
    return EcsServices(found=tuple(found), missing=tuple(name for name in names if name in missing))


def _missing(answer: Mapping[str, Any]) -> list[str]:
    """The last part of each ARN that ECS reports as MISSING: a service's name or a task's id."""
    failures = answer.get("failures", [])
    for failure in failures:
        if failure.get("reason") != _MISSING:
            raise ValueError(f"failure of {failure.get('arn')}: {failure.get('reason')}")
    return [str(failure["arn"]).rpartition("/")[2] for failure in failures]


def _ecs_service(service: Mapping[str, Any]) -> EcsService:
    events = [event for event in service.get("events", []) if {"createdAt", "message"} <= event.keys()]
    network = service.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
    return EcsService(
        name=service["serviceName"],
        arn=service["serviceArn"],
        status=service["status"],
        desired=service["desiredCount"],
        running=service["runningCount"],
        pending=service["pendingCount"],
        task_definition=service.get("taskDefinition", ""),
        deployments=tuple(_deployment(deployment) for deployment in service.get("deployments", [])),
        events=tuple(ServiceEvent(at=event["createdAt"], message=event["message"]) for event in events[:_EVENTS_KEPT]),
        targets=tuple(
            ServiceTarget(
                target_group_arn=target["targetGroupArn"],
                container_name=target.get("containerName", ""),
                container_port=target.get("containerPort", 0),
            )
            for target in service.get("loadBalancers", [])
            if target.get("targetGroupArn")
        ),
        security_groups=tuple(network.get("securityGroups", [])),
        subnets=tuple(network.get("subnets", [])),
        registry_arns=tuple(
            registry["registryArn"] for registry in service.get("serviceRegistries", []) if registry.get("registryArn")
        ),
    )


def _deployment(deployment: Mapping[str, Any]) -> Deployment:
    return Deployment(
        id=deployment["id"],
        status=deployment["status"],
        rollout_state=deployment.get("rolloutState"),
        rollout_reason=deployment.get("rolloutStateReason"),
        task_definition=deployment.get("taskDefinition", ""),
        desired=deployment.get("desiredCount", 0),
        running=deployment.get("runningCount", 0),
        pending=deployment.get("pendingCount", 0),
        failed_tasks=deployment.get("failedTasks", 0),
        created_at=deployment.get("createdAt"),
    )


def tasks(answers: Iterable[Mapping[str, Any]]) -> tuple[Task, ...]:
    """DescribeTasks, several answers, sorted by id. A task that is MISSING has ended since it was listed: left out.

    A failure for another reason raises ValueError.
    """
    found: list[Task] = []
    for answer in answers:
        _missing(answer)
        found.extend(_task(task) for task in answer["tasks"])
    return tuple(sorted(found, key=lambda task: task.id))


def _task(task: Mapping[str, Any]) -> Task:
    return Task(
        id=task["taskArn"].rpartition("/")[2],
        arn=task["taskArn"],
        service=_service(task),
        address=_address(task),
        last_status=task["lastStatus"],
        health_status=task.get("healthStatus"),
        task_definition=task["taskDefinitionArn"],
        images={container["name"]: container.get("image", "") for container in task.get("containers", [])},
        zone=task.get("availabilityZone"),
        started_at=task.get("startedAt"),
    )


def _address(task: Mapping[str, Any]) -> str | None:
    """The private IPv4 address of the task's network interface (ECS API Reference, Attachment)."""
    details = [
        detail
        for attachment in task.get("attachments", [])
        if attachment.get("type") == "ElasticNetworkInterface"
        for detail in attachment.get("details", [])
    ]
    return next((detail["value"] for detail in details if detail.get("name") == "privateIPv4Address"), None)


def stopped_tasks(answers: Iterable[Mapping[str, Any]], services: Container[str]) -> tuple[StoppedTask, ...]:
    """DescribeTasks of tasks that have ended: those of these services, the newest first."""
    found: list[StoppedTask] = []
    for answer in answers:
        _missing(answer)
        found.extend(_stopped_task(task) for task in answer["tasks"])
    of_services = [task for task in found if task.service in services]
    return tuple(sorted(of_services, key=lambda task: (task.stopped_at or _NEVER, task.id), reverse=True))


def _stopped_task(task: Mapping[str, Any]) -> StoppedTask:
    return StoppedTask(
        id=task["taskArn"].rpartition("/")[2],
        service=_service(task),
        task_definition=task["taskDefinitionArn"],
        stop_code=task.get("stopCode"),
        reason=task.get("stoppedReason"),
        started_at=task.get("startedAt"),
        stopped_at=task.get("stoppedAt"),
        containers=tuple(
            StoppedContainer(
                name=container["name"],
                exit_code=container.get("exitCode"),
                reason=container.get("reason"),
                health_status=container.get("healthStatus"),
            )
            for container in task.get("containers", [])
        ),
    )


def _service(task: Mapping[str, Any]) -> str | None:
    """The service that started the task."""
    group: str = task.get("group", "")
    return group.removeprefix(_STARTED_BY_SERVICE) if group.startswith(_STARTED_BY_SERVICE) else None
