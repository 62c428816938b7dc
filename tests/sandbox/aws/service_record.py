"""moto's record of an ECS service, written as ECS would: counts, deployments and events with AWS's texts.

Texts: Amazon ECS developer guide, "Viewing Amazon ECS service event messages".
"""

import datetime as dt
import random
import uuid
from typing import TYPE_CHECKING, Any

from tests.sandbox.platforms import CLUSTER

if TYPE_CHECKING:
    from tests.sandbox.world import World

Json = dict[str, Any]
_MOST_EVENTS = 100  # describe_services shows no more


class ServiceRecord:
    """One service's record; ``now`` is the time that new events and deployments carry."""

    def __init__(self, world: "World", name: str, now: dt.datetime) -> None:
        self._record = world.control_plane.backend("ecs").services[f"{CLUSTER}:{name}"]
        self._name = name
        self._now = now

    @property
    def deployment_id(self) -> str:
        """The id of the PRIMARY deployment."""
        identity: str = self._record.deployments[0]["id"]
        return identity

    @property
    def is_completed(self) -> bool:
        """Whether the PRIMARY deployment has once reached its steady state."""
        return bool(self._record.deployments[0]["rolloutState"] == "COMPLETED")

    @property
    def deployment_age_s(self) -> float:
        """For how long the PRIMARY deployment has been there."""
        created: dt.datetime = self._record.deployments[0]["createdAt"]
        return (self._now - created.replace(tzinfo=dt.UTC)).total_seconds()

    def renew_deployment(self, task_definition: str) -> None:
        """Begin a deployment when the service asks for another revision than the PRIMARY one has."""
        primary = self._record.deployments[0]
        if primary["taskDefinition"] == task_definition:
            return
        identity = f"ecs-svc/{random.randint(10**18, 10**19 - 1)}"
        fresh = {"id": identity, "taskDefinition": task_definition, "createdAt": self._now, "failedTasks": 0}
        self._record.deployments = [primary | fresh | _rollout(identity, "IN_PROGRESS")]

    def date_back(self) -> None:
        """Let a deployment be no younger than ``now``: the platform was there before the sandbox started."""
        created: dt.datetime = self._record.deployments[0]["createdAt"]
        if created.replace(tzinfo=dt.UTC) > self._now:
            self._record.deployments = [self._record.deployments[0] | {"createdAt": self._now, "updatedAt": self._now}]

    def count(self, desired: int, running: int, failed: int) -> None:
        """Write the counts; one running task sets the consecutive failures back to zero."""
        failures = 0 if running else self._record.deployments[0]["failedTasks"] + failed
        self._record.running_count, self._record.pending_count = running, 0
        self._change_primary(desiredCount=desired, runningCount=running, pendingCount=0, failedTasks=failures)

    def complete(self) -> None:
        """The PRIMARY deployment reached its steady state."""
        self._change_primary(**_rollout(self.deployment_id, "COMPLETED"))
        self.event(f"(deployment {self.deployment_id}) deployment completed.")
        self.event("has reached a steady state.")

    def event(self, text: str) -> None:
        """Add an event, newest first."""
        event = {"id": str(uuid.uuid4()), "createdAt": self._now, "message": f"(service {self._name}) {text}"}
        self._record.events = [event, *self._record.events][:_MOST_EVENTS]

    def _change_primary(self, **values: Any) -> None:
        primary = self._record.deployments[0]
        changed = primary | values
        if changed != primary:
            self._record.deployments = [changed | {"updatedAt": self._now}]


def _rollout(identity: str, state: str) -> Json:
    words = {"COMPLETED": "completed", "IN_PROGRESS": "in progress"}
    return {"rolloutState": state, "rolloutStateReason": f"ECS deployment {identity} {words[state]}."}
