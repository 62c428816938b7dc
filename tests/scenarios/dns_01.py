"""DNS-01: the auth host has no record: its name is unknown, while its load balancer works."""

from tests.sandbox.platforms import AUTH_HOST
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"
CAUSES = (Cause(kind="dns-record-missing", resource=AUTH_HOST),)


def break_(world: World) -> None:
    """Delete the record."""
    world.delete_record(AUTH_HOST)


def mend(world: World) -> None:
    """Create it again."""
    world.set_record(AUTH_HOST, "hokusai-auth-development")
