"""The states of targets that no health check decides: first checks that take time, draining, and zones.

Texts: ELB user guide, "Health checks for Application Load Balancer target groups" (target health reason codes).
"""

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tests.sandbox.alb.configuration import Listener, forwarded_groups
from tests.sandbox.aws.control_plane import TargetHealth
from tests.sandbox.aws.scheduler import Scheduler

if TYPE_CHECKING:
    from tests.sandbox.world import World

Json = dict[str, Any]
INITIAL: TargetHealth = ("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
DRAINING: TargetHealth = ("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")
NOT_IN_ZONE: TargetHealth = (
    "unused",
    "Target.NotInUse",
    "Target is in an Availability Zone that is not enabled for the load balancer",
)
WITHOUT_REQUESTS = ("unused", "draining")


def states_apart(
    world: "World", listeners: Iterable[Listener], scheduler: Scheduler, now: dt.datetime
) -> dict[tuple[str, str], TargetHealth]:
    """Return the state of each such target, by (group ARN, address)."""
    zones = _zones_of_groups(world, listeners)
    groups = {group["TargetGroupArn"]: group for group in world.elbv2.describe_target_groups()["TargetGroups"]}
    draining, states = scheduler.draining(), {}
    for task in scheduler.tasks:
        for arn in (balancer["targetGroupArn"] for balancer in task.service["loadBalancers"]):
            if task.interface.address in draining:
                state = DRAINING
            elif task.record.availability_zone not in zones.get(arn, {task.record.availability_zone}):
                state = NOT_IN_ZONE
            elif now - task.record.started_at < _first_checks(world, groups.get(arn, {})):
                state = INITIAL
            else:
                continue
            states[arn, task.interface.address] = state
    return states


def _zones_of_groups(world: "World", listeners: Iterable[Listener]) -> dict[str, set[str]]:
    """Return, by target group, the zones that its load balancer has a subnet in."""
    zones = {
        item["LoadBalancerName"]: {zone["ZoneName"] for zone in item["AvailabilityZones"]}
        for item in world.elbv2.describe_load_balancers()["LoadBalancers"]
    }
    return {
        group: zones[listener.load_balancer]
        for listener in listeners
        for rule in listener.rules
        for group in forwarded_groups(rule)
    }


def _first_checks(world: "World", group: Json) -> dt.timedelta:
    checks_s = group.get("HealthCheckIntervalSeconds", 0) * group.get("HealthyThresholdCount", 0)
    return dt.timedelta(seconds=world.health_check_pace * checks_s)
