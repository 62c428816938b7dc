"""AUT-12: the API's proxy does not pass the caller's key on, so that MLflow's gateway answers 401 to everybody."""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"  # August's MLflow asked for no key, so there nobody noticed
VARIANTS = ("stripped", "not-listed")
_VARIABLES = {
    "stripped": ("MLFLOW_PROXY_STRIP_AUTH", "true"),  # as from 2025-07-24 to 08-19
    "not-listed": ("MLFLOW_PROXY_HEADERS", "Accept,Content-Type,Content-Length,User-Agent"),
}


def causes(variant: str) -> tuple[Cause, ...]:
    """The variable that keeps the key back."""
    return (Cause(kind="container-variable-wrong", resource=f"hokusai-api-development {_VARIABLES[variant][0]}"),)


def break_(world: World, variant: str) -> None:
    """Deploy an API whose proxy drops the headers with keys."""
    world.set_variable("api", *_VARIABLES[variant])


def mend(world: World, variant: str) -> None:
    """Deploy without the variable."""
    world.unset_variable("api", _VARIABLES[variant][0])
