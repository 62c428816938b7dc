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


class TargetStates:
    """Remembers whose first health checks are over."""

    def __init__(self) -> None:
        self._checked: set[tuple[str, str]] = set()  # target group ARN and task

    def apart(
        self, world: "World", listeners: Iterable[Listener], scheduler: Scheduler, now: dt.datetime
    ) -> dict[tuple[str, str], TargetHealth]:
        """Return the state of each target that no health check decides, by (group ARN, address)."""
        zones = _zones_of_groups(world, listeners)
        first_checks = _first_checks(world)
        draining, states = scheduler.draining(), {}
        for task in scheduler.tasks:
            for arn in (balancer["targetGroupArn"] for balancer in task.service["loadBalancers"]):
                zone, key = task.record.availability_zone, (arn, task.interface.address)
                is_over = now - task.record.started_at >= first_checks.get(arn, dt.timedelta(0))
                if is_over:
                    self._checked.add((arn, task.id))
                if task.interface.address in draining:
                    states[key] = DRAINING
                elif zone not in zones.get(arn, {zone}):
                    states[key] = NOT_IN_ZONE
                elif (arn, task.id) not in self._checked:
                    states[key] = INITIAL
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


def _first_checks(world: "World") -> dict[str, dt.timedelta]:
    """Return, by target group, how long the first checks of a new target take."""
    return {
        group["TargetGroupArn"]: dt.timedelta(
            seconds=world.health_check_pace * group["HealthCheckIntervalSeconds"] * group["HealthyThresholdCount"]
        )
        for group in world.elbv2.describe_target_groups()["TargetGroups"]
    }
