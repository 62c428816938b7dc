"""AUT-13: a rate limit of the auth service hits the monitor's key: 429 to it, and to nobody else."""

import dataclasses

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"
VARIANTS = ("no-call-left", "few-calls-left")
_LEFT = {"no-call-left": 0, "few-calls-left": 5}  # calls an hour
_HEALTHY = 10_000


def causes(variant: str) -> tuple[Cause, ...]:
    """The service that limits."""
    return (Cause(kind="rate-limited", resource="hokusai-auth-development"),)


def break_(world: World, variant: str) -> None:
    """Lower the limit of the key's user."""
    _limit(world, _LEFT[variant])


def mend(world: World, variant: str) -> None:
    """Raise it again."""
    _limit(world, _HEALTHY)


def _limit(world: World, calls_per_hour: int) -> None:
    key = world.secrets.monitor_key
    world.keys[key] = dataclasses.replace(world.keys[key], rate_limit_per_hour=calls_per_hour)
