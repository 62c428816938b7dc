"""MLF-02: the disk of MLflow's database is full: reads work, writes fail, and all health checks are green."""

from tests.sandbox.platforms import DATABASE
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

CAUSES = (Cause(kind="database-storage-full", resource=DATABASE),)


def break_(world: World) -> None:
    """Set the database's status (moto knows no full disk)."""
    world.set_database_status("storage-full")


def mend(world: World) -> None:
    """Make it available again."""
    world.set_database_status("available")
