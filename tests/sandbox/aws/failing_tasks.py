"""What ECS tells of tasks that fail: stopped tasks and events, once for each failure, however often it is looked at.

Texts: Amazon ECS developer guide, "Stopped tasks error messages" and "Viewing Amazon ECS service event messages".
"""

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.sandbox.aws.fargate import TaskNotPlacedError
from tests.sandbox.aws.service_record import ServiceRecord
from tests.sandbox.aws.task_start import TaskFailedToStartError
from tests.sandbox.aws.tasks import Stop, run_task, stop_task, write_log
from tests.sandbox.containers import ContainerExitedError

if TYPE_CHECKING:
    from tests.sandbox.world import World

Json = dict[str, Any]
_ATTEMPTS = 3  # how many tasks ECS has tried in vain by the time anybody looks
_UNHEALTHY = "(task {}) (port {}) is unhealthy in (target-group {}) due to (reason {})."


@dataclass(frozen=True)
class Sickness:
    """Why a running task is about to be replaced. ``group``: whose checks it fails; None: its container's own."""

    group: str | None = None
    port: int = 0
    description: str | None = None

    @property
    def stop(self) -> Stop:
        """How ECS ends such a task."""
        checks = f"ELB health checks in (target-group {self.group})" if self.group else "container health checks"
        return Stop("ServiceSchedulerInitiated", f"Task failed {checks}", exit_code=0, is_unhealthy=not self.group)

    def event(self, task_id: str) -> str:
        """What the service's event log says of a task that has it."""
        if self.group is None:
            return f"(task {task_id}) failed container health checks."
        return _UNHEALTHY.format(task_id, self.port, self.group, self.description)


class FailingTasks:
    """Remembers what has been told already, and counts the tasks of each deployment that have failed in a row."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._told: dict[str, tuple[str, str]] = {}  # service -> (deployment, why its tasks fail)
        self._attempts: dict[str, int] = {}  # deployment -> tasks

    def attempts(self, deployment_id: str) -> int:
        """How many tasks of a deployment have failed since one was sound."""
        return self._attempts.get(deployment_id, 0)

    def recovered(self, name: str, deployment_id: str) -> None:
        """A sound task runs: ECS counts from zero."""
        self._told.pop(name, None)
        self._attempts.pop(deployment_id, None)

    def is_news(self, name: str, deployment_id: str, why: str) -> bool:
        """Whether this has not been told of the service yet; from now on it has."""
        is_news = self._told.get(name) != (deployment_id, why)
        self._told[name] = (deployment_id, why)
        return is_news

    def failed_to_start(self, service: Json, record: ServiceRecord, failure: Exception, now: dt.datetime) -> None:
        """Tasks were not placed, did not start, or ended as soon as they ran."""
        if not self.is_news(service["serviceName"], record.deployment_id, str(failure)):
            return
        for _ in range(_ATTEMPTS):
            if isinstance(failure, ContainerExitedError):
                self._exited(service, record, failure, now)
                continue
            record.event(f"was unable to place a task. Reason: {failure}.")
            if not isinstance(failure, TaskNotPlacedError):
                task = run_task(self._world, service, record.deployment_id, now)
                stop_task(task, Stop("TaskFailedToStart", str(failure), container_reason=str(failure)), now)
        if isinstance(failure, TaskFailedToStartError):
            record.event("is unable to consistently start tasks successfully.")
        self._attempts[record.deployment_id] = self.attempts(record.deployment_id) + _ATTEMPTS

    def _exited(self, service: Json, record: ServiceRecord, failure: ContainerExitedError, now: dt.datetime) -> None:
        task = run_task(self._world, service, record.deployment_id, now)
        if str(failure):
            write_log(self._world, service, task, str(failure))
        record.event(f"has started 1 tasks: (task {task.id}).")
        reason = "Essential container in task exited"
        stop = Stop("EssentialContainerExited", reason, failure.exit_code, container_reason=failure.reason)
        stop_task(task, stop, now)

    def unhealthy(self, service: Json, record: ServiceRecord, sick: dict[str, Sickness], now: dt.datetime) -> None:
        """ECS replaces tasks (by id) that fail their health checks, again and again; show one round of it."""
        if not self.is_news(service["serviceName"], record.deployment_id, "unhealthy"):
            return
        for task_id, sickness in sick.items():
            earlier = run_task(self._world, service, record.deployment_id, now)
            stop_task(earlier, sickness.stop, now)
            record.event(sickness.event(earlier.id))
            record.event(f"has stopped 1 running tasks: (task {earlier.id}).")
            groups = [balancer["targetGroupArn"] for balancer in service["loadBalancers"]]
            for group in groups:
                record.event(f"deregistered 1 targets in (target-group {group})")
            record.event(f"has started 1 tasks: (task {task_id}).")
            for group in groups:
                record.event(f"registered 1 targets in (target-group {group})")
            record.event(sickness.event(task_id))
        if not record.is_completed:
            self._attempts[record.deployment_id] = self.attempts(record.deployment_id) + _ATTEMPTS
