"""Nothing is wrong."""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

CAUSES: tuple[Cause, ...] = ()


def break_(world: World) -> None:
    """Leave the world as it is."""


def mend(world: World) -> None:
    """Leave the world as it is."""
