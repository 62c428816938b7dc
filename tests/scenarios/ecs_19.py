"""ECS-19: the auth container listens on its own loopback alone: 502 from the load balancer, and no key is known."""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import Json, World

CAUSES = (Cause(kind="container-loopback-only", resource="hokusai-auth-development"),)


def break_(world: World) -> None:
    """Deploy auth with a command that binds 127.0.0.1."""
    world.deploy("auth", lambda container: _bind(container, "127.0.0.1"))


def mend(world: World) -> None:
    """Deploy auth on all its addresses."""
    world.deploy("auth", lambda container: _bind(container, "0.0.0.0"))


def _bind(container: Json, host: str) -> None:
    container["command"][container["command"].index("--host") + 1] = host
