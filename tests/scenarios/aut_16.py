"""AUT-16: the API looks for the auth service under a name that does not exist: 503 to every key."""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

_VARIABLE = "AUTH_SERVICE_URL"
CAUSES = (Cause(kind="container-variable-wrong", resource=f"hokusai-api-development {_VARIABLE}"),)


def break_(world: World) -> None:
    """Deploy the wrong address."""
    world.set_variable("api", _VARIABLE, "http://auth-service.hokusai-development.local:8000")


def mend(world: World) -> None:
    """Deploy the healthy address."""
    world.set_variable("api", _VARIABLE, world.platform.service("api").environment[_VARIABLE])
