"""What Fargate has for the account's tasks, which no API call can change.

Texts: Amazon ECS developer guide, "Viewing Amazon ECS service event messages".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
_SPOT = "FARGATE_SPOT"
_UNITS_PER_VCPU = 1024


class TaskNotPlacedError(Exception):
    """Fargate has no room for a task, so that there is not even a stopped one; the message says why."""


@dataclass
class Fargate:
    """The account's quota, who else uses it, and how quickly tasks come; an edit of it is a fault."""

    vcpu_quota: float
    vcpus_of_others: float = 0  # used by tasks that are not the platform's
    has_spot_capacity: bool = True
    provisioning_s: float = 0  # from the start of a deployment until its tasks run

    def require_room(self, service: Json, definition: Json, running: Iterable[Json]) -> None:
        """Raise TaskNotPlacedError when a task of ``definition`` has no room beside the ``running`` definitions."""
        if self.takes_back(service):
            raise TaskNotPlacedError(
                "Capacity is unavailable at this time. Please try again later or in a different availability zone"
            )
        used = self.vcpus_of_others + sum(map(_vcpus, running))
        if used + _vcpus(definition) > self.vcpu_quota:
            raise TaskNotPlacedError("You've reached the limit on the number of vCPUs you can run concurrently")

    def takes_back(self, service: Json) -> bool:
        """Whether a service's tasks run on Spot capacity that AWS wants back."""
        providers = {item["capacityProvider"] for item in service.get("capacityProviderStrategy", [])}
        return _SPOT in providers and not self.has_spot_capacity


def _vcpus(definition: Json) -> float:
    return int(definition["cpu"]) / _UNITS_PER_VCPU
