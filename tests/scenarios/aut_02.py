"""AUT-02: Redis is not there, and the auth service, which keeps its rate limits in it, fails closed with 500."""

from tests.sandbox.platforms import REDIS
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

VARIANTS = ("deleting", "modifying", "rebooting", "deleted")
_STATUSES = {"deleting": "deleting", "modifying": "modifying", "rebooting": "rebooting cluster nodes"}


def causes(variant: str) -> tuple[Cause, ...]:
    """Deleted, there is no Redis; else it has a state in which it does not serve."""
    return (Cause(kind="redis-missing" if variant == "deleted" else "redis-not-available", resource=REDIS),)


def break_(world: World, variant: str) -> None:
    """Delete the replication group, or set its status (moto knows ``available`` alone)."""
    if variant == "deleted":
        world.control_plane.delete_replication_group(REDIS)
    else:
        world.set_redis_status(_STATUSES[variant])


def mend(world: World, variant: str) -> None:
    """Bring it back, or make it available."""
    if variant == "deleted":
        world.control_plane.undelete_replication_group(REDIS)
    else:
        world.set_redis_status("available")
