"""The ECS scheduler: it makes the running tasks of each service what the service asks for, and says what it did."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.sandbox.aws.container_health import container_health
from tests.sandbox.aws.control_plane import TargetHealth
from tests.sandbox.aws.failing_tasks import FailingTasks, Sickness
from tests.sandbox.aws.load_balancers import deregistration_delay_s
from tests.sandbox.aws.registration import deregister_name
from tests.sandbox.aws.rollout import BREAKER_THRESHOLD, breaker, next_step
from tests.sandbox.aws.running_tasks import RunningTask, RunningTasks
from tests.sandbox.aws.security_groups import Interface
from tests.sandbox.aws.service_record import ServiceRecord
from tests.sandbox.aws.tasks import Stop, begin_to_stop, show_health, stop_task
from tests.sandbox.containers import ContainerRuntime
from tests.sandbox.platform import Service

if TYPE_CHECKING:
    from tests.sandbox.world import World

Json = dict[str, Any]
Health = Mapping[tuple[str, str], TargetHealth]  # by target group ARN and target address
_ORDER = ("auth", "mlflow", "api", "features")  # a container may ask others while it starts


class Scheduler:
    """Keeps the tasks of all services: ``place``, then ``conclude`` with their health, until all is at rest."""

    def __init__(self, world: "World", runtime: ContainerRuntime) -> None:
        self._world = world
        self._failures = FailingTasks(world)
        self.running = RunningTasks(world, runtime, self._failures)
        self._troubled: set[str] = set()  # services that have left their steady state
        self._draining_since: dict[str, dt.datetime] = {}  # deleted services

    @property
    def tasks(self) -> list[RunningTask]:
        """All tasks that run."""
        return self.running.all

    def place(self, now: dt.datetime, health: Health) -> None:
        """Stop what should not run, start what should."""
        services = self._describe_services()
        self._collect_ended(services, now)
        for service in sorted(services, key=self._start_order):
            record = ServiceRecord(self._world, service["serviceName"], now)
            record.date_back()
            if service["status"] == "ACTIVE":
                self._place_service(service, record, now, health)
            else:
                self._drain(service, record, now)
        self.running.follow_hangs()

    def conclude(self, now: dt.datetime, health: Health) -> bool:
        """Tell of unhealthy tasks and of services that have become steady; whether all is at rest."""
        active = [service for service in self._describe_services() if service["status"] == "ACTIVE"]
        rests = [self._conclude_service(service, now, health) for service in active]  # each of them is told of
        return all(rests)

    def stop(self) -> None:
        """End all processes."""
        for task in self.tasks:
            task.process.stop()
        self.running.all = []

    def interfaces(self) -> list[tuple[Service, Interface]]:
        """Return which service each running task belongs to, and its network interface."""
        return [(self.running.kind(task.service)[0], task.interface) for task in self.tasks]

    def draining(self) -> set[str]:
        """Return the addresses of tasks whose targets get no new requests."""
        return {task.interface.address for task in self.tasks if task.service["serviceName"] in self._draining_since}

    def _describe_services(self) -> list[Json]:
        ecs, cluster = self._world.ecs, self._world.account.cluster
        try:
            arns = ecs.list_services(cluster=cluster)["serviceArns"]
        except ecs.exceptions.ClusterNotFoundException:
            return []
        services: list[Json] = ecs.describe_services(cluster=cluster, services=arns)["services"] if arns else []
        return services

    def _start_order(self, service: Json) -> int:
        return _ORDER.index(self.running.kind(service)[0].application)

    def _collect_ended(self, services: list[Json], now: dt.datetime) -> None:
        """Let go of tasks that somebody has stopped, that AWS has taken back, or whose service is no more."""
        known = {service["serviceName"]: service for service in services}
        for task in list(self.tasks):
            name = task.service["serviceName"]
            if task.record.last_status == "STOPPED":
                code = getattr(task.record, "stop_code", "UserInitiated")
                stop_task(task.record, Stop(code, task.record.stopped_reason, exit_code=0), now)
            elif name in known and self._world.fargate.takes_back(known[name]):
                stop_task(task.record, Stop("SpotInterruption", "Your Spot Task was interrupted.", exit_code=0), now)
            elif name in known:
                continue
            self.running.remove(task)
            self._troubled.add(name)

    def _place_service(self, service: Json, record: ServiceRecord, now: dt.datetime, health: Health) -> None:
        name, desired = service["serviceName"], service["desiredCount"]
        self._draining_since.pop(name, None)
        record.renew_deployment()
        tasks = self.running.of(service)
        current = [task for task in tasks if task.record.started_by == record.deployment_id]
        old = [task for task in tasks if task not in current]
        sound = [task for task in current if _is_sound(task, service, health)]
        step = next_step(service, len(old), len(current), len(sound))
        leaving = old[: step.stop] + current[desired:]
        if leaving:
            reason = f"Scaling activity initiated by (deployment {record.deployment_id})"
            self.running.stop(leaving, record, reason, now)
        for _ in range(0 if record.is_failed else step.start):
            self.running.start(service, record, now)
        if leaving or step.start or step.is_held_up:
            self._troubled.add(name)
        if step.is_held_up and self._failures.is_news(name, record.deployment_id, "held up"):
            record.event(
                "was unable to stop or start tasks during a deployment because of the service deployment "
                "configuration. Update the minimumHealthyPercent or maximumPercent value and try again."
            )

    def _drain(self, service: Json, record: ServiceRecord, now: dt.datetime) -> None:
        """A deleted service keeps its tasks until their target groups have let go of their connections."""
        name, tasks = service["serviceName"], self.running.of(service)
        reason = f"Scaling activity initiated by (deployment {record.deployment_id})"
        is_news = name not in self._draining_since
        age = now - self._draining_since.setdefault(name, now)
        if tasks and age.total_seconds() < deregistration_delay_s(self._world, service):
            record.show_status("DRAINING")
            if is_news:
                record.begin_draining(len(tasks))
            for task in tasks:
                deregister_name(self._world, task.service, task.id)
                begin_to_stop(task.record, Stop("ServiceSchedulerInitiated", reason), now)
        else:
            record.show_status("INACTIVE")
            if tasks:
                self.running.stop(tasks, record, reason, now)
        record.count({record.deployment_id: len(self.running.of(service))}, 0, 0)

    def _conclude_service(self, service: Json, now: dt.datetime, health: Health) -> bool:
        name, tasks = service["serviceName"], self.running.of(service)
        record = ServiceRecord(self._world, name, now)
        for task in tasks:
            show_health(task.record, container_health(task.container, task.interface.address))
        current = [task for task in tasks if task.record.started_by == record.deployment_id]
        sound = [task for task in current if _is_sound(task, service, health)]
        sick = {task.id: found for task in current if (found := _sickness(task, service, health))}
        if sick:
            self._failures.unhealthy(service, record, sick, now)
            self._troubled.add(name)
        elif sound:
            self._failures.recovered(name, record.deployment_id)
        failed = self._failures.attempts(record.deployment_id)
        has_breaker, rolls_back = breaker(service)
        if has_breaker and failed >= BREAKER_THRESHOLD and record.is_in_progress:
            record.fail()
            if rolls_back and record.roll_back():
                return False
        old = len(tasks) - len(current)
        record.count(Counter(task.record.started_by for task in tasks), self.running.pending(service), failed)
        if len(sound) == service["desiredCount"] and not old and name in self._troubled:
            self._tell_steady(service, record)
        return next_step(service, old, len(current), len(sound)).stop == 0

    def _tell_steady(self, service: Json, record: ServiceRecord) -> None:
        """A deployment is complete when the connections of the old tasks are gone, too."""
        if not record.is_completed and record.deployment_age_s < deregistration_delay_s(self._world, service):
            return
        self._troubled.discard(service["serviceName"])
        if record.is_completed:
            record.event("has reached a steady state.")
        else:
            record.complete()


def _sickness(task: RunningTask, service: Json, health: Health) -> Sickness | None:
    """Return why ECS would replace a task."""
    for balancer in service["loadBalancers"]:
        group = balancer["targetGroupArn"]
        state, _, description = health.get((group, task.interface.address), ("unknown", None, None))
        if state == "unhealthy":
            return Sickness(group, balancer["containerPort"], description)
    return Sickness() if task.record.health_status == "UNHEALTHY" else None


def _is_sound(task: RunningTask, service: Json, health: Health) -> bool:
    """Whether a task has passed the health checks of its target groups and its own; not all groups are in use."""
    states = [
        health.get((balancer["targetGroupArn"], task.interface.address), ("unknown",))[0]
        for balancer in service["loadBalancers"]
    ]
    return task.record.health_status != "UNHEALTHY" and all(state in ("healthy", "unused") for state in states)
