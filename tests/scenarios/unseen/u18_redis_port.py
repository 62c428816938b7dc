"""The auth service asks for Redis on another port than it has: each key gets 500, and Redis is available.

Source: ElastiCache user guide, "Troubleshooting: connectivity" (host and port in the client's configuration).
"""

from tests.sandbox.platforms import service_name
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

_VARIABLE = "REDIS_PORT"
CAUSES = (Cause(kind="container-variable-wrong", resource=f"{service_name('auth')} {_VARIABLE}"),)


def break_(world: World) -> None:
    """Deploy the port of TLS proxies."""
    world.set_variable("auth", _VARIABLE, "6380")


def mend(world: World) -> None:
    """Deploy Redis's own."""
    world.set_variable("auth", _VARIABLE, world.platform.service("auth").environment[_VARIABLE])
