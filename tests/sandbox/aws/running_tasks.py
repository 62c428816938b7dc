"""The tasks that run: how one starts and ends, in ECS, in its target groups and in Cloud Map."""

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.sandbox.aws.endpoints import require_way_to_aws
from tests.sandbox.aws.failing_tasks import FailingTasks
from tests.sandbox.aws.fargate import TaskNotPlacedError
from tests.sandbox.aws.placement import free_place
from tests.sandbox.aws.registration import deregister, register
from tests.sandbox.aws.security_groups import Interface
from tests.sandbox.aws.service_record import ServiceRecord
from tests.sandbox.aws.task_start import TaskFailedToStartError, resolved_environment
from tests.sandbox.aws.tasks import Stop, attach_address, run_task, stop_task, write_log
from tests.sandbox.containers import (
    ContainerExitedError,
    ContainerRuntime,
    MlflowTask,
    Process,
    exit_code_when_stopped,
    listening_address,
)
from tests.sandbox.platform import Service
from tests.sandbox.services.server import ServiceThread

if TYPE_CHECKING:
    from tests.sandbox.world import World

Json = dict[str, Any]


@dataclass(frozen=True)
class RunningTask:
    """A task that runs: moto's record of it, its process, its network interface and its task definition."""

    service: Json
    record: Any
    process: Process
    interface: Interface
    definition: Json

    @property
    def id(self) -> str:
        """The last part of its ARN, which events name."""
        return str(self.record.id)

    @property
    def container(self) -> Json:
        """Its container definition."""
        container: Json = self.definition["containerDefinitions"][0]
        return container


class RunningTasks:
    """All tasks of the platform, with their processes."""

    def __init__(self, world: "World", runtime: ContainerRuntime, failures: FailingTasks) -> None:
        self.all: list[RunningTask] = []
        self._world = world
        self._runtime = runtime
        self._failures = failures
        self._provisioning: dict[str, list[Any]] = {}  # service -> moto's records of tasks that do not run yet

    def of(self, service: Json) -> list[RunningTask]:
        """Return the tasks of a service, the oldest first."""
        return [task for task in self.all if task.service["serviceName"] == service["serviceName"]]

    def pending(self, service: Json) -> int:
        """How many tasks of a service are on their way."""
        return len(self._provisioning.get(service["serviceName"], []))

    def follow_hangs(self) -> None:
        """Let the processes of the tasks that hang by the world do so, and all others go on."""
        for task in self.all:
            hangs = task.record.task_arn in self._world.hung_tasks
            if isinstance(task.process, ServiceThread | MlflowTask) and task.process.is_suspended != hangs:
                task.process.suspend() if hangs else task.process.resume()

    def kind(self, service: Json) -> tuple[Service, Json]:
        """Return which of the platform's services this is, by its container, and its task definition."""
        described = self._world.ecs.describe_task_definition(taskDefinition=service["taskDefinition"])
        definition: Json = described["taskDefinition"]
        known = {item.container: item for item in self._world.platform.services}
        return known[definition["containerDefinitions"][0]["name"]], definition

    def start(self, service: Json, record: ServiceRecord, now: dt.datetime) -> None:
        """Start one task, or tell why it does not start."""
        kind, definition = self.kind(service)
        if record.deployment_age_s < self._world.fargate.provisioning_s:
            self._provision(service, record, now)
            return
        container = definition["containerDefinitions"][0]
        place = free_place(self._world, service, kind.role, {task.interface.address for task in self.all})
        groups = service["networkConfiguration"]["awsvpcConfiguration"]["securityGroups"]
        interface = Interface(place.address, frozenset(groups))
        try:
            self._world.fargate.require_room(service, definition, [task.definition for task in self.all])
            require_way_to_aws(self._world, container, interface)
            variables = resolved_environment(self._world, definition)
            process = self._runtime.start(kind, container, variables, interface)
        except (TaskNotPlacedError, TaskFailedToStartError, ContainerExitedError) as failure:
            self._failures.failed_to_start(service, record, failure, now)
            return
        self._forget_provisioning(service)
        task = run_task(self._world, service, record.deployment_id, now)
        attach_address(self._world, task, interface, place.subnet, place.zone)
        self.all.append(RunningTask(service, task, process, interface, definition))
        record.event(f"has started 1 tasks: (task {task.id}).")
        host, port = listening_address(container, variables, kind.port)
        write_log(
            self._world, service, task, f"INFO:     Uvicorn running on http://{host}:{port} (Press CTRL+C to quit)"
        )
        for group in register(self._world, service, task.id, interface.address):
            record.event(f"registered 1 targets in (target-group {group})")

    def _provision(self, service: Json, record: ServiceRecord, now: dt.datetime) -> None:
        """Show a task that is on its way: its image is being pulled."""
        waiting = self._provisioning.setdefault(service["serviceName"], [])
        if len(waiting) < service["desiredCount"]:
            task = run_task(self._world, service, record.deployment_id, now)
            task.last_status, task.started_at = "PENDING", None
            waiting.append(task)
            record.event(f"has started 1 tasks: (task {task.id}).")

    def _forget_provisioning(self, service: Json) -> None:
        """What was on its way runs now, as a task of its own."""
        for task in self._provisioning.pop(service["serviceName"], []):
            self._world.control_plane.forget_task(task.task_arn)

    def stop(self, tasks: list[RunningTask], record: ServiceRecord, reason: str, now: dt.datetime) -> None:
        """Stop tasks as the service scheduler does."""
        for task in tasks:
            self.remove(task)
            exit_code = exit_code_when_stopped(task.container)
            stop_task(task.record, Stop("ServiceSchedulerInitiated", reason, exit_code), now)
            for balancer in task.service["loadBalancers"]:
                record.event(f"deregistered 1 targets in (target-group {balancer['targetGroupArn']})")
        ids = " ".join(f"(task {task.id})" for task in tasks)
        record.event(f"has stopped {len(tasks)} running tasks: {ids}.")

    def remove(self, task: RunningTask) -> None:
        """End a task's process, and take it out of its target groups and of Cloud Map."""
        task.process.stop()
        self.all.remove(task)
        deregister(self._world, task.service, task.id, task.interface.address)
