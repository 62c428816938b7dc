"""Answers of ECS."""

from collections.abc import Iterable, Mapping
from typing import Any

from registry_monitor.inventory.deep_facts import ContainerDefinition
from registry_monitor.inventory.facts import (
    Deployment,
    EcsService,
    EcsServices,
    ServiceEvent,
    ServiceTarget,
    Task,
    TaskDefinition,
)

_EVENTS_KEPT = 10
_MISSING = "MISSING"
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
    group = task.get("group", "")
    return Task(
        id=task["taskArn"].rpartition("/")[2],
        arn=task["taskArn"],
        service=group.removeprefix(_STARTED_BY_SERVICE) if group.startswith(_STARTED_BY_SERVICE) else None,
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


def task_definition(answer: Mapping[str, Any]) -> TaskDefinition:
    """DescribeTaskDefinition. Environment and secrets are not taken."""
    definition = answer["taskDefinition"]
    return TaskDefinition(
        arn=definition["taskDefinitionArn"],
        family=definition["family"],
        revision=definition["revision"],
        cpu=definition.get("cpu") or None,
        memory_mb=definition.get("memory") or None,
        containers=tuple(_container(container) for container in definition["containerDefinitions"]),
        task_role=definition.get("taskRoleArn"),
        execution_role=definition.get("executionRoleArn"),
    )


def _container(container: Mapping[str, Any]) -> ContainerDefinition:
    return ContainerDefinition(
        name=container["name"],
        image=container.get("image", ""),
        is_essential=container.get("essential", True),
        ports=tuple(
            mapping["containerPort"]
            for mapping in container.get("portMappings", [])
            if mapping.get("containerPort")  # a range of ports has none
        ),
        command=(),
        environment={},
        secrets={},
        health_check=None,
        log_group=None,
        log_prefix=None,
    )
