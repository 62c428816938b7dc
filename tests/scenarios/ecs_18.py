"""ECS-18: a container listens on another port than the one that is registered: 502 from the load balancer.

``api``: by its variable. ``auth``: by its command.
"""

from tests.sandbox.platforms import service_name
from tests.sandbox.scenario import Cause
from tests.sandbox.world import Json, World

VARIANTS = ("api", "auth")
_VARIABLE = "API_PORT"


def causes(variant: str) -> tuple[Cause, ...]:
    """The service whose container it is."""
    return (Cause(kind="container-port-mismatch", resource=service_name(variant)),)


def break_(world: World, variant: str) -> None:
    """Deploy it on another port."""
    if variant == "api":
        world.set_variable("api", _VARIABLE, "9001")
    else:
        world.deploy("auth", lambda container: _listen_on(container, 8080))


def mend(world: World, variant: str) -> None:
    """Deploy it on the port that is registered."""
    if variant == "api":
        world.set_variable("api", _VARIABLE, world.platform.service("api").environment[_VARIABLE])
    else:
        world.deploy("auth", lambda container: _listen_on(container, 8000))


def _listen_on(container: Json, port: int) -> None:
    container["command"][container["command"].index("--port") + 1] = str(port)
