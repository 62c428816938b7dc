"""AUT-11: the API takes no key from X-API-Key: 401 to who sends it there, while Bearer works."""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

_VARIABLE = "AUTH_HEADERS"
CAUSES = (Cause(kind="container-variable-wrong", resource=f"hokusai-api-development {_VARIABLE}"),)


def break_(world: World) -> None:
    """Deploy an API that reads Authorization alone."""
    world.set_variable("api", _VARIABLE, "Authorization")


def mend(world: World) -> None:
    """Deploy without the variable."""
    world.unset_variable("api", _VARIABLE)
