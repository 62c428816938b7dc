"""moto's record of an ECS service, written as ECS would: counts, deployments and events with AWS's texts.

Texts: Amazon ECS developer guide, "Viewing Amazon ECS service event messages".
"""

import datetime as dt
import random
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.sandbox.world import World

Json = dict[str, Any]
_MOST_EVENTS = 100  # describe_services shows no more
_REASONS = {
    "COMPLETED": "ECS deployment {} completed.",
    "IN_PROGRESS": "ECS deployment {} in progress.",
    "FAILED": "ECS deployment circuit breaker: tasks failed to start.",
}


class ServiceRecord:
    """One service's record; ``now`` is the time that new events and deployments carry."""

    def __init__(self, world: "World", name: str, now: dt.datetime) -> None:
        self._record = world.control_plane.backend("ecs").services[f"{world.account.cluster}:{name}"]
        self._name = name
        self._now = now

    @property
    def deployment_id(self) -> str:
        """The id of the PRIMARY deployment."""
        identity: str = self._primary["id"]
        return identity

    @property
    def is_completed(self) -> bool:
        """Whether the PRIMARY deployment has once reached its steady state."""
        return bool(self._primary["rolloutState"] == "COMPLETED")

    @property
    def is_in_progress(self) -> bool:
        """Whether the PRIMARY deployment is under way."""
        return bool(self._primary["rolloutState"] == "IN_PROGRESS")

    @property
    def is_failed(self) -> bool:
        """Whether the circuit breaker has given the PRIMARY deployment up."""
        return bool(self._primary["rolloutState"] == "FAILED")

    @property
    def deployment_age_s(self) -> float:
        """For how long the PRIMARY deployment has been there."""
        created: dt.datetime = self._primary["createdAt"]
        return (self._now - created.replace(tzinfo=dt.UTC)).total_seconds()

    @property
    def _primary(self) -> Json:
        primary: Json = self._record.deployments[0]
        return primary

    def renew_deployment(self) -> None:
        """Begin a deployment when the service asks for another revision or network than the PRIMARY one has."""
        asked = {
            "taskDefinition": self._record.task_definition,
            "networkConfiguration": self._record.network_configuration,
        }
        if all(self._primary[key] == value for key, value in asked.items()):
            return
        fresh = {"id": f"ecs-svc/{random.randint(10**18, 10**19 - 1)}", "createdAt": self._now, "failedTasks": 0}
        earlier = [deployment | {"status": "ACTIVE"} for deployment in self._record.deployments]
        self._record.deployments = [self._primary | fresh | asked, *earlier]
        self._change_rollout("IN_PROGRESS")

    def date_back(self) -> None:
        """Let a deployment be no younger than ``now``: the platform was there before the sandbox started."""
        created: dt.datetime = self._primary["createdAt"]
        if created.replace(tzinfo=dt.UTC) > self._now:
            self._change_primary(createdAt=self._now)

    def count(self, running: Mapping[str, int], pending: int, failed: int) -> None:
        """Write the counts: tasks that run by deployment, and how many of the PRIMARY one are pending or have failed.

        An earlier deployment is shown as long as a task of it runs.
        """
        of_primary = running.get(self.deployment_id, 0)
        self._record.running_count, self._record.pending_count = sum(running.values()), pending
        self._change_primary(
            desiredCount=self._record.desired_count, runningCount=of_primary, pendingCount=pending, failedTasks=failed
        )
        earlier = [
            deployment | {"desiredCount": count, "runningCount": count, "pendingCount": 0}
            for deployment in self._record.deployments[1:]
            if (count := running.get(deployment["id"], 0))
        ]
        self._record.deployments = [self._primary, *earlier]

    def complete(self) -> None:
        """The PRIMARY deployment reached its steady state."""
        self._change_rollout("COMPLETED")
        self._record.last_completed = self._primary
        self.event(f"(deployment {self.deployment_id}) deployment completed.")
        self.event("has reached a steady state.")

    def fail(self) -> None:
        """The circuit breaker gives the PRIMARY deployment up."""
        self._change_rollout("FAILED")
        self.event(f"(deployment {self.deployment_id}) deployment failed: tasks failed to start.")

    def roll_back(self) -> bool:
        """Let the last completed deployment be the PRIMARY one again, by its old id; False when there is none."""
        completed: Json | None = getattr(self._record, "last_completed", None)
        if completed is None:
            return False
        failed = self._primary | {"status": "ACTIVE"}
        self._record.deployments = [completed, failed]
        self._record.task_definition = completed["taskDefinition"]
        self._record.network_configuration = completed["networkConfiguration"]
        self._change_rollout("IN_PROGRESS")
        self.event(f"rolling back to deployment {self.deployment_id}.")
        return True

    def show_status(self, status: str) -> None:
        """Write the service's status: DRAINING while a deleted one's connections are drained, INACTIVE after that."""
        self._record.status = status

    def begin_draining(self, tasks: int) -> None:
        """Tell that the connections of so many tasks are being drained."""
        self._add(f", taskSet {self.deployment_id}", f"has begun draining connections on {tasks} tasks.")

    def event(self, text: str) -> None:
        """Add an event, newest first."""
        self._add("", text)

    def _add(self, of_service: str, text: str) -> None:
        message = f"(service {self._name}{of_service}) {text}"
        event = {"id": str(uuid.uuid4()), "createdAt": self._now, "message": message}
        self._record.events = [event, *self._record.events][:_MOST_EVENTS]

    def _change_rollout(self, state: str) -> None:
        self._change_primary(rolloutState=state, rolloutStateReason=_REASONS[state].format(self.deployment_id))

    def _change_primary(self, **values: Any) -> None:
        changed = self._primary | values
        if changed != self._primary:
            self._record.deployments = [changed | {"updatedAt": self._now}, *self._record.deployments[1:]]
