"""Harmless: the database has just been given a larger disk, and RDS calls it ``storage-optimization``: it serves.

Source: RDS user guide, "Viewing Amazon RDS DB instance status".
"""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

CAUSES: tuple[Cause, ...] = ()


def break_(world: World) -> None:
    """Set the status."""
    world.set_database_status("storage-optimization")


def mend(world: World) -> None:
    """Let it be over."""
    world.set_database_status("available")
