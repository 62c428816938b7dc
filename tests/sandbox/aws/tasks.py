"""The tasks that moto does not start for a service: made by run_task, then given what a real one shows."""

import contextlib
import datetime as dt
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.sandbox.aws.security_groups import Interface

if TYPE_CHECKING:
    from tests.sandbox.world import World

Json = dict[str, Any]


@dataclass(frozen=True)
class Stop:
    """Why a task ended (ECS: ``stopCode`` and ``stoppedReason``); no exit code when its container never ran."""

    code: str
    reason: str
    exit_code: int | None = None
    container_reason: str | None = None
    is_unhealthy: bool = False  # by its container's own health check


def run_task(world: "World", service: Json, deployment_id: str, now: dt.datetime) -> Any:
    """Make a RUNNING task of ``service`` (as describe_services shows it) and return moto's own record of it."""
    arn = world.ecs.run_task(
        cluster=world.account.cluster,
        taskDefinition=service["taskDefinition"],
        launchType="FARGATE",
        networkConfiguration=service["networkConfiguration"],
        group=f"service:{service['serviceName']}",
        startedBy=deployment_id,
    )["tasks"][0]["taskArn"]
    task = find_task(world, arn)
    task.created_at = task.started_at = task.connectivity_at = task.pull_started_at = now
    task.connectivity = "CONNECTED"
    for container in task.containers:
        container.task_arn = arn
        container.last_status = "RUNNING"
        del container.exitCode  # moto says 0 even while it runs
    show_health(task, "UNKNOWN")
    return task


def show_health(task: Any, health: str) -> None:
    """Let a task and its container have the health that the container's own health check found."""
    task.health_status = health
    for container in task.containers:
        container.health_status = health


def find_task(world: "World", arn: str) -> Any:
    """Return moto's own record of a task, or None."""
    return world.control_plane.backend("ecs").tasks.get(world.account.cluster, {}).get(arn)


def attach_address(world: "World", task: Any, interface: Interface, subnet: str, zone: str) -> None:
    """Give a task's network interface its real loopback address."""
    details = {"privateIPv4Address": interface.address, "subnetId": subnet}
    for attachment in task.attachments:
        for detail in attachment["details"]:
            detail["value"] = details.get(detail["name"], detail["value"])
        network_interfaces = world.control_plane.backend("ec2").enis
        known = {detail["name"]: detail["value"] for detail in attachment["details"]}
        network_interfaces[known["networkInterfaceId"]].private_ip_address = interface.address
        shown = {"attachmentId": attachment["id"], "privateIpv4Address": interface.address}
        for container in task.containers:
            container.network_interfaces = [shown]
    task.availability_zone = zone


def begin_to_stop(task: Any, stop: Stop, now: dt.datetime) -> None:
    """Make moto's record of a task one that still runs while its connections are drained."""
    task.desired_status, task.last_status = "STOPPED", "DEACTIVATING"
    task.stop_code, task.stopped_reason, task.stopping_at = stop.code, stop.reason, now


def stop_task(task: Any, stop: Stop, now: dt.datetime) -> None:
    """Make moto's record of a task a stopped one."""
    begin_to_stop(task, stop, now)
    task.last_status, task.stopped_at = "STOPPED", now
    for container in task.containers:
        container.last_status = "STOPPED"
        if stop.exit_code is not None:
            container.exit_code = stop.exit_code
        if stop.container_reason is not None:
            container.reason = stop.container_reason
    if stop.is_unhealthy:
        show_health(task, "UNHEALTHY")
    if stop.code == "TaskFailedToStart":
        task.started_at = None


def write_log(world: "World", service: Json, task: Any, text: str) -> None:
    """Write ``text`` to the log stream of a task's container: each line is an event of its own."""
    group, stream = f"/ecs/{service['serviceName']}", f"ecs/{task.containers[0].name}/{task.id}"
    with contextlib.suppress(world.logs.exceptions.ResourceAlreadyExistsException):
        world.logs.create_log_stream(logGroupName=group, logStreamName=stream)
    now_ms = int(time.time() * 1000)
    events = [{"timestamp": now_ms, "message": line} for line in text.splitlines() if line.strip()]
    world.logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
