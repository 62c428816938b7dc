"""AUT-12: the API's proxy strips the caller's key, so that MLflow's gateway answers 401 to everybody."""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"  # August's MLflow asked for no key, so there nobody noticed
_VARIABLE = "MLFLOW_PROXY_STRIP_AUTH"
CAUSES = (Cause(kind="container-variable-wrong", resource=f"hokusai-api-development {_VARIABLE}"),)


def break_(world: World) -> None:
    """Deploy an API whose proxy drops the headers with keys, as it did from 2025-07-24 to 08-19."""
    world.set_variable("api", _VARIABLE, "true")


def mend(world: World) -> None:
    """Deploy without the variable."""
    world.unset_variable("api", _VARIABLE)
