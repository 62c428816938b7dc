"""AUT-02: Redis is being deleted, and the auth service, which keeps its rate limits there, fails closed with 500."""

from tests.sandbox.platforms import REDIS
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

CAUSES = (Cause(kind="redis-not-available", resource=REDIS),)


def break_(world: World) -> None:
    """Set the replication group's status (moto knows ``available`` alone)."""
    world.set_redis_status("deleting")


def mend(world: World) -> None:
    """Make it available again."""
    world.set_redis_status("available")
