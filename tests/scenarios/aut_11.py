"""AUT-11: the API takes a key from one header alone: 401 to who sends it in the other."""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

VARIANTS = ("x-api-key-ignored", "authorization-ignored")
_VARIABLE = "AUTH_HEADERS"
_ACCEPTED = {"x-api-key-ignored": "Authorization", "authorization-ignored": "X-API-Key"}


def causes(variant: str) -> tuple[Cause, ...]:
    """The variable with the headers that are read."""
    return (Cause(kind="container-variable-wrong", resource=f"hokusai-api-development {_VARIABLE}"),)


def break_(world: World, variant: str) -> None:
    """Deploy an API that reads one header."""
    world.set_variable("api", _VARIABLE, _ACCEPTED[variant])


def mend(world: World, variant: str) -> None:
    """Deploy without the variable."""
    world.unset_variable("api", _VARIABLE)
