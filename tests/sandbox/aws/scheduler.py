"""The ECS scheduler: it makes the running tasks of each service what the service asks for, and says what it did."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.sandbox.aws.control_plane import TargetHealth
from tests.sandbox.aws.endpoints import require_way_to_aws
from tests.sandbox.aws.load_balancers import DEREGISTRATION_DELAY
from tests.sandbox.aws.network import ZONES
from tests.sandbox.aws.registration import deregister, register
from tests.sandbox.aws.security_groups import Interface
from tests.sandbox.aws.service_record import ServiceRecord
from tests.sandbox.aws.task_start import TaskFailedToStartError, resolved_environment
from tests.sandbox.aws.tasks import Stop, attach_address, run_task, stop_task, write_log
from tests.sandbox.containers import ContainerExitedError, ContainerRuntime, Process, listening_address
from tests.sandbox.platforms import CLUSTER, Service

if TYPE_CHECKING:
    from tests.sandbox.world import World

Json = dict[str, Any]
_ATTEMPTS = 3  # how many tasks ECS has tried in vain by the time anybody looks
_ORDER = ("auth", "mlflow", "api")  # a container may ask others while it starts


@dataclass(frozen=True)
class RunningTask:
    """A task that runs: moto's record of it, its process and its network interface."""

    service: Json
    record: Any
    process: Process
    interface: Interface

    @property
    def id(self) -> str:
        """The last part of its ARN, which events name."""
        return str(self.record.id)


class Scheduler:
    """Keeps the tasks of all services; ``place`` first, then ``conclude`` once the targets' health is known."""

    def __init__(self, world: "World", runtime: ContainerRuntime) -> None:
        self.tasks: list[RunningTask] = []
        self._world = world
        self._runtime = runtime
        self._failures: dict[str, tuple[str, str]] = {}  # service -> (deployment, why its tasks fail)
        self._troubled: set[str] = set()  # services that have left their steady state

    def place(self, now: dt.datetime) -> None:
        """Stop what should not run, start what should."""
        services = self._describe_services()
        known = {service["serviceName"] for service in services}
        for task in list(self.tasks):
            if task.record.last_status == "STOPPED":
                stop_task(task.record, Stop("UserInitiated", task.record.stopped_reason, exit_code=0), now)
            elif task.service["serviceName"] in known:
                continue
            self._remove(task)
            self._troubled.add(task.service["serviceName"])
        for service in sorted(services, key=self._start_order):
            self._place_service(service, now)

    def conclude(self, now: dt.datetime, health: Mapping[tuple[str, str], TargetHealth]) -> None:
        """Tell of unhealthy targets, and of services that have become steady.

        ``health`` is by target group ARN and target address.
        """
        for service in self._describe_services():
            if service["status"] == "ACTIVE":
                self._conclude_service(service, now, health)

    def stop(self) -> None:
        """End all processes."""
        for task in self.tasks:
            task.process.stop()
        self.tasks = []

    def interfaces(self) -> list[tuple[Service, Interface]]:
        """Return which service each running task belongs to, and its network interface."""
        return [(self._kind(task.service)[0], task.interface) for task in self.tasks]

    def _describe_services(self) -> list[Json]:
        arns = self._world.ecs.list_services(cluster=CLUSTER)["serviceArns"]
        if not arns:
            return []
        services: list[Json] = self._world.ecs.describe_services(cluster=CLUSTER, services=arns)["services"]
        return services

    def _kind(self, service: Json) -> tuple[Service, Json]:
        """Return which of the platform's services this is, by its container, and its container definition."""
        described = self._world.ecs.describe_task_definition(taskDefinition=service["taskDefinition"])
        container = described["taskDefinition"]["containerDefinitions"][0]
        known = {item.container: item for item in self._world.platform.services}
        return known[container["name"]], container

    def _start_order(self, service: Json) -> int:
        return _ORDER.index(self._kind(service)[0].role)

    def _place_service(self, service: Json, now: dt.datetime) -> None:
        name, is_active = service["serviceName"], service["status"] == "ACTIVE"
        record = ServiceRecord(self._world, name, now)
        record.date_back()
        if is_active:
            record.renew_deployment(service["taskDefinition"])
        running = [task for task in self.tasks if task.service["serviceName"] == name]
        current = [task for task in running if task.record.started_by == record.deployment_id]
        desired = service["desiredCount"] if is_active else 0
        leaving = [task for task in running if task not in current] + current[desired:]
        if leaving:
            reason = f"Scaling activity initiated by (deployment {record.deployment_id})"
            self._stop(leaving, record, Stop("ServiceSchedulerInitiated", reason, exit_code=0), now)
            self._troubled.add(name)
        failed = 0
        for _ in range(desired - len(current)):
            self._troubled.add(name)
            failed += self._start(service, record, now)
        count = len([task for task in self.tasks if task.service["serviceName"] == name])
        if count == desired:
            self._failures.pop(name, None)
        record.count(desired, count, failed)

    def _start(self, service: Json, record: ServiceRecord, now: dt.datetime) -> int:
        """Start one task; return how many attempts failed (none when this very failure is known already)."""
        kind, container = self._kind(service)
        index = self._free_index(kind.role)
        groups = service["networkConfiguration"]["awsvpcConfiguration"]["securityGroups"]
        interface = Interface(self._world.addresses.task(kind.role, index), frozenset(groups))
        try:
            require_way_to_aws(self._world, container, interface)
            variables = resolved_environment(self._world, container)
            process = self._runtime.start(kind, container, variables, interface)
        except (TaskFailedToStartError, ContainerExitedError) as failure:
            return self._fail(service, record, failure, now)
        task = run_task(self._world, service, record.deployment_id, now)
        attach_address(self._world, task, interface, self._world.subnets[index % 2], ZONES[index % 2])
        started = RunningTask(service, task, process, interface)
        self.tasks.append(started)
        record.event(f"has started 1 tasks: (task {started.id}).")
        host, port = listening_address(container, variables, kind.port)
        write_log(
            self._world, service, task, f"INFO:     Uvicorn running on http://{host}:{port} (Press CTRL+C to quit)"
        )
        for group in register(self._world, service, started.id, interface.address):
            record.event(f"registered 1 targets in (target-group {group})")
        return 0

    def _fail(self, service: Json, record: ServiceRecord, failure: Exception, now: dt.datetime) -> int:
        name = service["serviceName"]
        if self._failures.get(name) == (record.deployment_id, str(failure)):
            return 0
        self._failures[name] = (record.deployment_id, str(failure))
        never_ran = isinstance(failure, TaskFailedToStartError)
        for _ in range(_ATTEMPTS):
            task = run_task(self._world, service, record.deployment_id, now)
            if isinstance(failure, ContainerExitedError):
                stop = Stop("EssentialContainerExited", "Essential container in task exited", failure.exit_code)
                write_log(self._world, service, task, str(failure))
                record.event(f"has started 1 tasks: (task {task.id}).")
            else:
                stop = Stop("TaskFailedToStart", str(failure))
                record.event(f"was unable to place a task. Reason: {failure}.")
            stop_task(task, stop, now)
        if never_ran:
            record.event("is unable to consistently start tasks successfully.")
        return _ATTEMPTS

    def _conclude_service(
        self, service: Json, now: dt.datetime, health: Mapping[tuple[str, str], TargetHealth]
    ) -> None:
        name = service["serviceName"]
        record = ServiceRecord(self._world, name, now)
        tasks = [task for task in self.tasks if task.service["serviceName"] == name]
        sick = [
            (task, balancer, seen)
            for task in tasks
            for balancer in service["loadBalancers"]
            if (seen := health.get((balancer["targetGroupArn"], task.interface.address))) and seen[0] == "unhealthy"
        ]
        if sick and name not in self._failures:
            self._failures[name] = (record.deployment_id, "unhealthy")
            self._troubled.add(name)
            for task, balancer, seen in sick:
                self._replace_once(service, record, (task, balancer, seen), now)
        if not sick and self._failures.get(name, ("", ""))[1] == "unhealthy":
            del self._failures[name]
        is_draining = not record.is_completed and record.deployment_age_s < self._deregistration_delay_s(service)
        if not sick and len(tasks) == service["desiredCount"] and name in self._troubled and not is_draining:
            self._troubled.discard(name)
            if record.is_completed:
                record.event("has reached a steady state.")
            else:
                record.complete()

    def _deregistration_delay_s(self, service: Json) -> float:
        """Return how long a deployment goes on after its tasks run, until the connections of the old ones are gone."""
        delays_s = [0.0]
        for balancer in service["loadBalancers"]:
            described = self._world.elbv2.describe_target_group_attributes(TargetGroupArn=balancer["targetGroupArn"])
            values = {attribute["Key"]: attribute["Value"] for attribute in described["Attributes"]}
            delays_s.append(float(values[DEREGISTRATION_DELAY]))
        return max(delays_s)

    def _replace_once(
        self, service: Json, record: ServiceRecord, sick: tuple[RunningTask, Json, TargetHealth], now: dt.datetime
    ) -> None:
        """ECS replaces a task that fails its load balancer's checks, again and again; show one round of it."""
        task, balancer, (_, _, description) = sick
        group = balancer["targetGroupArn"]
        unhealthy = "(task {}) (port {}) is unhealthy in (target-group {}) due to (reason {})."
        earlier = run_task(self._world, service, record.deployment_id, now)
        stop_task(
            earlier,
            Stop("ServiceSchedulerInitiated", f"Task failed ELB health checks in (target-group {group})", exit_code=0),
            now,
        )
        record.event(unhealthy.format(earlier.id, balancer["containerPort"], group, description))
        record.event(f"has stopped 1 running tasks: (task {earlier.id}).")
        record.event(f"deregistered 1 targets in (target-group {group})")
        record.event(f"has started 1 tasks: (task {task.id}).")
        record.event(f"registered 1 targets in (target-group {group})")
        record.event(unhealthy.format(task.id, balancer["containerPort"], group, description))

    def _stop(self, tasks: list[RunningTask], record: ServiceRecord, stop: Stop, now: dt.datetime) -> None:
        for task in tasks:
            self._remove(task)
            stop_task(task.record, stop, now)
            for balancer in task.service["loadBalancers"]:
                record.event(f"deregistered 1 targets in (target-group {balancer['targetGroupArn']})")
        ids = " ".join(f"(task {task.id})" for task in tasks)
        record.event(f"has stopped {len(tasks)} running tasks: {ids}.")

    def _remove(self, task: RunningTask) -> None:
        """End a task's process, and take it out of its target groups and of Cloud Map."""
        task.process.stop()
        self.tasks.remove(task)
        deregister(self._world, task.service, task.id, task.interface.address)

    def _free_index(self, role: str) -> int:
        used = {task.interface.address for task in self.tasks}
        return next(index for index in range(16) if self._world.addresses.task(role, index) not in used)
