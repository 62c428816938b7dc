"""What the facts of an ECS service and its targets mean. Pure: facts in, an Outcome out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import JsonValue

from registry_monitor.inventory.facts import (
    Deployment,
    EcsService,
    EcsServices,
    RegisteredInstance,
    RegisteredTarget,
    Task,
)
from registry_monitor.model import Outcome, Status
from registry_monitor.target import Service, Target

_SETTLES_S = 60  # a task that is replaced is registered anew within this time (several public event logs)


def settled_before() -> datetime:
    """Tasks that have started after this moment may still be on their way into target groups and Cloud Map."""
    return datetime.now(UTC) - timedelta(seconds=_SETTLES_S)


def overdue_before(target: Target) -> datetime:
    """Deployments that began before this moment should have ended."""
    return datetime.now(UTC) - timedelta(seconds=target.thresholds.deployment_grace_s)


def judge_absent(service: Service, cluster: str, services: EcsServices) -> Outcome:
    """A service that is proved absent."""
    seen = f"does not exist in cluster {cluster} (ECS reports it as MISSING)"
    if not services.cluster_exists:
        seen = f"does not exist: there is no cluster {cluster} in this account and region"
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


def judge_running(service: EcsService, *, is_deploying: bool = False) -> Outcome:
    """All desired tasks run, and at least one is desired: a service scaled to zero serves nobody.

    While a deployment is under way, those that run are enough: how many it lets go first is the service's own setting
    (minimumHealthyPercent).
    """
    is_starting = service.running > 0 and is_deploying
    is_right = service.desired > 0 and (service.running >= service.desired or is_starting)
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


def is_deploying(service: EcsService, overdue_before: datetime) -> bool:
    """Whether a deployment is under way, in its time, and none of its tasks has failed.

    The count of failed tasks goes back to zero as soon as one runs (ECS API Reference, Deployment): so time counts too.
    """
    primary = _primary_of(service)
    if primary is None or primary.rollout_state not in (None, "IN_PROGRESS") or primary.failed_tasks:
        return False
    return primary.created_at is None or primary.created_at >= overdue_before


def _primary_of(service: EcsService) -> Deployment | None:
    return next((each for each in service.deployments if each.status == "PRIMARY"), None)


def judge_rollout(service: EcsService, *, is_deploying: bool = False) -> Outcome:
    """A deployment under way is no fault; one that does not end is, though the old revision may serve meanwhile.

    Without a rollout state somebody else than ECS deploys, and nothing tells whether that has ended.
    """
    primary = _primary_of(service)
    expected = "a PRIMARY deployment that is COMPLETED, or IN_PROGRESS in its time and without failed tasks"
    if primary is None:
        return Outcome.judge(False, expected=expected, seen="has no PRIMARY deployment")
    is_right = is_deploying or primary.rollout_state in (None, "COMPLETED")
    since = f" since {primary.created_at:%Y-%m-%dT%H:%M:%SZ}" if primary.created_at and not is_right else ""
    reason = f": {primary.rollout_reason}" if primary.rollout_reason else ""
    failed = f", {primary.failed_tasks} failed tasks" if primary.failed_tasks else ""
    evidence: dict[str, JsonValue] = {
        "deployment": primary.id,
        "task_definition": primary.task_definition,
        "failed_tasks": primary.failed_tasks,
        "events": _newest_events(service),
    }
    return Outcome.judge(
        is_right,
        expected=expected,
        seen=f"is {primary.rollout_state or 'without a rollout state'}{since}{failed}{reason}",
        evidence=evidence,
    )


@dataclass(frozen=True)
class Group:
    """A target group in which a service registers its tasks; ``name`` is null where AWS has no such group."""

    name: str | None
    arn: str
    targets: tuple[RegisteredTarget, ...]

    def is_right(self, *, is_deploying: bool) -> bool:
        """At least one healthy target and none unhealthy: starting and draining ones belong to a deployment.

        While one is under way, a new target beside a healthy one may be unhealthy: its application still boots.
        """
        states = [target.state for target in self.targets]
        is_unhealthy = any(each.startswith("unhealthy") for each in states)
        return self.name is not None and "healthy" in states and (is_deploying or not is_unhealthy)

    def told(self) -> str:
        """A clause, such as "has 0 healthy of 1 registered targets in shop-tg: 10.0.1.12:9000 unhealthy …"."""
        if self.name is None:
            return f"does not exist: {self.arn}"
        healthy = sum(target.state == "healthy" for target in self.targets)
        others = "" if healthy == len(self.targets) else f": {', '.join(map(_told, self.targets))}"
        return f"has {healthy} healthy of {len(self.targets)} registered targets in {self.name}{others}"


def judge_targets(service: Service, groups: Sequence[Group], *, is_deploying: bool = False) -> Outcome:
    """Each target group of a service: a rule may lead to any of them."""
    expected = f"at least one healthy target on port {service.container_port} in each group, and none unhealthy"
    if not groups:
        seen = "does not exist: the service registers its tasks in no target group"
        return Outcome.judge(False, expected=expected, seen=seen)
    return Outcome.judge(
        all(group.is_right(is_deploying=is_deploying) for group in groups),
        expected=expected,
        seen="; ".join(group.told() for group in groups),
        evidence={"target_groups": [group.arn for group in groups]},
    )


def is_young(task: Task, settled_before: datetime) -> bool:
    """Whether a task has started so lately that not everybody need know of it yet."""
    return task.started_at is not None and task.started_at > settled_before


def judge_discovery(
    service: EcsService,
    instances: Sequence[RegisteredInstance],
    tasks: Sequence[Task],
    *,
    is_needed: bool,
    settled_before: datetime,
    is_deploying: bool = False,
) -> Outcome:
    """Each running task is registered in Cloud Map, and nothing else is: a stale address is a dead end for its callers.

    While a deployment is under way, a task that starts or stops may be on one side alone; so may one that has not
    run since ``settled_before``.
    """
    expected = "each running task registered in Cloud Map by its address, and nothing else"
    if not service.registry_arns:
        if not is_needed:
            seen = "is not there: no internal name of the service is asked for"
            return Outcome(status=Status.SKIPPED, expected=expected, seen=seen)
        return Outcome.judge(False, expected=expected, seen="is not there: the service has no service_registries")
    registered = {instance.address for instance in instances if instance.address}
    running = {task.address for task in tasks if task.address and task.last_status == "RUNNING"}
    young = {task.address for task in tasks if is_young(task, settled_before)}
    missing, stale = running - registered - young, registered - running
    told = [f"lacks {', '.join(sorted(missing))}"] if missing else []
    told += [f"still has {', '.join(sorted(stale))}, where no task runs"] if stale else []
    is_right = not told or (is_deploying and bool(running & registered))
    seen = " and ".join(told) or f"has the {len(registered)} running tasks"
    if not registered and not running:
        is_right, seen = False, "has no instance, and no task runs"
    return Outcome.judge(is_right, expected=expected, seen=seen, evidence={"registries": [*service.registry_arns]})


def _told(target: RegisteredTarget) -> str:
    why = f" {target.reason} ({target.description})" if target.reason else ""
    return f"{target.id}:{target.port} {target.state}{why}"
