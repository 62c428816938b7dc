"""AUT-15: the auth service fails open: it lets in keys that it must refuse."""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

VARIANTS = ("unknown-keys", "revoked-keys")
_VARIABLES = {"unknown-keys": "AUTH_FAIL_OPEN", "revoked-keys": "AUTH_SKIP_REVOCATION"}


def causes(variant: str) -> tuple[Cause, ...]:
    """The variable that opens the door."""
    return (Cause(kind="container-variable-wrong", resource=f"hokusai-auth-development {_VARIABLES[variant]}"),)


def break_(world: World, variant: str) -> None:
    """Deploy an auth service to which a key that nobody has issued is an admin's, or a revoked one still a key."""
    world.set_variable("auth", _VARIABLES[variant], "true")


def mend(world: World, variant: str) -> None:
    """Deploy without the variable."""
    world.unset_variable("auth", _VARIABLES[variant])
