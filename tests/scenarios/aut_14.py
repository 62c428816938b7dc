"""AUT-14: the auth service's own table is missing: its health page is 200, and 500 is its answer to every key."""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

CAUSES = (Cause(kind="auth-broken", resource="hokusai-auth-development"),)


def break_(world: World) -> None:
    """Drop the table, as a migration does that went wrong half-way."""
    world.keys.is_dropped = True


def mend(world: World) -> None:
    """Bring it back with its rows."""
    world.keys.is_dropped = False
