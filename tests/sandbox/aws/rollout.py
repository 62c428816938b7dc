"""How far a rolling deployment may go at one moment (ECS API Reference, DeploymentConfiguration)."""

import math
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
BREAKER_THRESHOLD = 3  # failed tasks; AWS takes half of the desired count, and at least 3


@dataclass(frozen=True)
class Step:
    """What ECS may do next. ``is_held_up``: the service's own limits let it do nothing."""

    stop: int  # tasks of earlier deployments
    start: int  # tasks of the PRIMARY one
    is_held_up: bool


def next_step(service: Json, old: int, new: int, sound: int) -> Step:
    """Return the step from ``old`` and ``new`` tasks, of which ``sound`` new ones have passed their health checks."""
    desired, limits = service["desiredCount"], service["deploymentConfiguration"]
    fewest = math.ceil(desired * limits["minimumHealthyPercent"] / 100)
    most = math.floor(desired * limits["maximumPercent"] / 100)
    stop = min(old, max(0, old + sound - fewest))
    wanted = max(0, desired - new)
    start = max(0, min(wanted, most - (old - stop) - new))
    return Step(stop, start, is_held_up=bool(old and wanted) and new == sound and not stop and not start)


def breaker(service: Json) -> tuple[bool, bool]:
    """Whether the service has a circuit breaker, and whether that one rolls back."""
    settings = service["deploymentConfiguration"].get("deploymentCircuitBreaker", {})
    return settings.get("enable", False), settings.get("rollback", False)
