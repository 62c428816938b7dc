"""ECS-18: the API listens on another port than the one that is registered: 502 from the load balancer."""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

_VARIABLE = "API_PORT"
CAUSES = (Cause(kind="container-port-mismatch", resource="hokusai-api-development"),)


def break_(world: World) -> None:
    """Deploy an API on another port."""
    world.set_variable("api", _VARIABLE, "9001")


def mend(world: World) -> None:
    """Deploy the healthy port."""
    world.set_variable("api", _VARIABLE, world.platform.service("api").environment[_VARIABLE])
