"""MLF-06: idle sessions hold every connection of the database, so MLflow gets none: 503, while RDS is available."""

from tests.sandbox.platforms import DATABASE
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

CAUSES = (Cause(kind="database-connections-exhausted", resource=DATABASE),)
_MOST, _HEALTHY = 40.0, 8.0


def break_(world: World) -> None:
    """Open sessions until no more are taken, which CloudWatch shows."""
    world.database.exhaust_connections()
    world.set_metric("DatabaseConnections", DATABASE, _MOST)


def mend(world: World) -> None:
    """End them."""
    world.database.release_connections()
    world.set_metric("DatabaseConnections", DATABASE, _HEALTHY)
