"""AUT-15: the auth service fails open: a key that nobody has issued is an admin's."""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

_VARIABLE = "AUTH_FAIL_OPEN"
CAUSES = (Cause(kind="container-variable-wrong", resource=f"hokusai-auth-development {_VARIABLE}"),)


def break_(world: World) -> None:
    """Deploy an auth service that lets unknown keys in."""
    world.set_variable("auth", _VARIABLE, "true")


def mend(world: World) -> None:
    """Deploy without the variable."""
    world.unset_variable("auth", _VARIABLE)
