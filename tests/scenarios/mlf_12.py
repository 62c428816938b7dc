"""MLF-12: MLflow keeps artifacts on its task's own disk: they work until the task is replaced, and are gone then."""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

_VARIABLE = "DEFAULT_ARTIFACT_ROOT"
CAUSES = (Cause(kind="container-variable-wrong", resource=f"hokusai-mlflow-development {_VARIABLE}"),)


def break_(world: World) -> None:
    """Deploy a folder in place of the bucket."""
    world.set_variable("mlflow", _VARIABLE, "/mlflow/artifacts")


def mend(world: World) -> None:
    """Deploy the bucket."""
    world.set_variable("mlflow", _VARIABLE, world.platform.service("mlflow").environment[_VARIABLE])
