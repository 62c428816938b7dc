"""What the facts of an ECS service and its targets mean. Pure: facts in, an Outcome out."""

from collections.abc import Sequence

from pydantic import JsonValue

from registry_monitor.inventory.facts import EcsService, EcsServices, RegisteredTarget
from registry_monitor.model import CannotTellError, Outcome
from registry_monitor.target import Service


def judge_absent(service: Service, cluster: str, services: EcsServices) -> Outcome:
    """A service that was not found. Raises CannotTellError where nothing proves that it is absent."""
    if not services.cluster_exists:
        seen = f"does not exist: there is no cluster {cluster} in this account and region"
    elif service.name in services.missing:
        seen = f"does not exist in cluster {cluster} (ECS reports it as MISSING)"
    else:
        raise CannotTellError(f"ecs:DescribeServices told neither that {service.name} exists nor that it is MISSING")
    evidence: dict[str, JsonValue] = {"cluster": cluster, "terraform": service.terraform}
    return Outcome.judge(False, expected="an ACTIVE service", seen=seen, evidence=evidence)


def judge_exists(service: EcsService) -> Outcome:
    """ACTIVE, neither DRAINING nor INACTIVE."""
    return Outcome.judge(
        service.status == "ACTIVE",
        expected="an ACTIVE service",
        seen=f"is {service.status}",
        evidence={"arn": service.arn, "task_definition": service.task_definition},
    )


def _newest_events(service: EcsService) -> list[JsonValue]:
    return [f"{event.at:%Y-%m-%dT%H:%M:%SZ} {event.message}" for event in service.events[:5]]


def judge_running(service: EcsService) -> Outcome:
    """All desired tasks run, and at least one is desired: a service scaled to zero serves nobody."""
    is_right = service.desired > 0 and service.running >= service.desired
    seen = f"runs {service.running} of {service.desired} tasks ({service.pending} pending)"
    if not is_right and service.events:
        seen = f"{seen}; newest event: {service.events[0].message}"
    evidence: dict[str, JsonValue] = {
        "desired": service.desired,
        "running": service.running,
        "pending": service.pending,
        "task_definition": service.task_definition,
        "events": _newest_events(service),
    }
    expected = "all desired tasks running, and at least one desired"
    return Outcome.judge(is_right, expected=expected, seen=seen, evidence=evidence)


def judge_rollout(service: EcsService) -> Outcome:
    """A deployment under way without failed tasks is no fault."""
    primary = next((each for each in service.deployments if each.status == "PRIMARY"), None)
    expected = "a PRIMARY deployment that is COMPLETED, or IN_PROGRESS without failed tasks"
    if primary is None:
        return Outcome.judge(False, expected=expected, seen="has no PRIMARY deployment")
    is_under_way = primary.rollout_state in (None, "IN_PROGRESS") and primary.failed_tasks == 0
    reason = f": {primary.rollout_reason}" if primary.rollout_reason else ""
    failed = f", {primary.failed_tasks} failed tasks" if primary.failed_tasks else ""
    evidence: dict[str, JsonValue] = {
        "deployment": primary.id,
        "task_definition": primary.task_definition,
        "failed_tasks": primary.failed_tasks,
        "events": _newest_events(service),
    }
    return Outcome.judge(
        primary.rollout_state == "COMPLETED" or is_under_way,
        expected=expected,
        seen=f"is {primary.rollout_state or 'without a rollout state'}{failed}{reason}",
        evidence=evidence,
    )


def judge_targets(
    service: Service, targets: Sequence[RegisteredTarget], group_names: Sequence[str], *, are_groups_named: bool
) -> Outcome:
    """The registered targets of a service, over all its target groups. One unhealthy of several is wrong too."""
    expected = f"at least one healthy target on port {service.container_port}, and none unhealthy"
    if not are_groups_named:
        seen = "does not exist: the service registers its tasks in no target group"
        return Outcome.judge(False, expected=expected, seen=seen)
    healthy = sum(target.state == "healthy" for target in targets)
    unhealthy = sum(target.state.startswith("unhealthy") for target in targets)
    states = [_told(target) for target in targets]
    detail = f": {', '.join(states)}" if healthy < len(targets) else ""
    return Outcome.judge(
        healthy > 0 and unhealthy == 0,
        expected=expected,
        seen=f"has {healthy} healthy of {len(targets)} registered targets{detail}",
        evidence={"target_groups": list[JsonValue](group_names), "targets": list[JsonValue](states)},
    )


def _told(target: RegisteredTarget) -> str:
    why = f" {target.reason} ({target.description})" if target.reason else ""
    return f"{target.id}:{target.port} {target.state}{why}"
