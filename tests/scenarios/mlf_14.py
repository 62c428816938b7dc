"""MLF-14: MLflow's allowed hosts miss the internal name by which the API calls it: 403 text, while health is 200."""

from tests.sandbox.platforms import REGISTRY_HOST
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

_VARIABLE = "MLFLOW_SERVER_ALLOWED_HOSTS"
PLATFORM = "head"
CAUSES = (Cause(kind="mlflow-allowed-hosts", resource=f"hokusai-mlflow-development {_VARIABLE}"),)


def break_(world: World) -> None:
    """Deploy a task definition that allows the public name alone."""
    world.set_variable("mlflow", _VARIABLE, f"{REGISTRY_HOST},localhost:5000,localhost")


def mend(world: World) -> None:
    """Deploy the healthy value."""
    world.set_variable("mlflow", _VARIABLE, world.platform.service("mlflow").environment[_VARIABLE])
