"""Answers of AWS as facts. Pure; optional fields may be absent, and unknown values are kept as they come."""

from collections.abc import Iterable, Mapping
from typing import Any

from registry_monitor.inventory.facts import (
    Deployment,
    EcsService,
    EcsServices,
    LoadBalancer,
    RegisteredTarget,
    ServiceEvent,
    ServiceTarget,
    TargetGroup,
)

_EVENTS_KEPT = 10


def ecs_services(answers: Iterable[Mapping[str, Any]], names: Iterable[str]) -> EcsServices:
    """DescribeServices, several answers. A failure for another reason than MISSING raises ValueError."""
    found: list[EcsService] = []
    missing: set[str] = set()
    for answer in answers:
        found.extend(_ecs_service(service) for service in answer["services"])
        for failure in answer.get("failures", []):
            if failure.get("reason") != "MISSING":
                raise ValueError(f"failure of {failure.get('arn')}: {failure.get('reason')}")
            missing.add(str(failure["arn"]).rpartition("/")[2])
    return EcsServices(found=tuple(found), missing=tuple(name for name in names if name in missing))


def _ecs_service(service: Mapping[str, Any]) -> EcsService:
    events = [event for event in service.get("events", []) if {"createdAt", "message"} <= event.keys()]
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


def target_groups(answer: Mapping[str, Any]) -> tuple[TargetGroup, ...]:
    """DescribeTargetGroups, one page."""
    return tuple(
        TargetGroup(
            arn=group["TargetGroupArn"],
            name=group["TargetGroupName"],
            port=group.get("Port"),
            protocol=group.get("Protocol"),
            health_check_path=group.get("HealthCheckPath"),
            health_check_port=group.get("HealthCheckPort"),
            matcher=group.get("Matcher", {}).get("HttpCode") or group.get("Matcher", {}).get("GrpcCode"),
            load_balancer_arns=tuple(group.get("LoadBalancerArns", [])),
        )
        for group in answer["TargetGroups"]
    )


def target_health(answer: Mapping[str, Any]) -> tuple[RegisteredTarget, ...]:
    """DescribeTargetHealth."""
    return tuple(
        RegisteredTarget(
            id=described["Target"]["Id"],
            port=described["Target"].get("Port"),
            zone=described["Target"].get("AvailabilityZone"),
            state=described["TargetHealth"]["State"],
            reason=described["TargetHealth"].get("Reason"),
            description=described["TargetHealth"].get("Description"),
        )
        for described in answer["TargetHealthDescriptions"]
    )


def load_balancers(answer: Mapping[str, Any]) -> tuple[LoadBalancer, ...]:
    """DescribeLoadBalancers, one page."""
    return tuple(
        LoadBalancer(
            arn=balancer["LoadBalancerArn"],
            name=balancer["LoadBalancerName"],
            dns_name=balancer["DNSName"],
            scheme=balancer.get("Scheme"),
            state=balancer.get("State", {}).get("Code"),
            state_reason=balancer.get("State", {}).get("Reason"),
        )
        for balancer in answer["LoadBalancers"]
    )
