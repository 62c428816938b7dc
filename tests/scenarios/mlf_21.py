"""MLF-21: MLflow asks for a login of its own, which nobody on the platform has: 401 with a Basic challenge."""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import Json, World

CAUSES = (Cause(kind="mlflow-own-login", resource="hokusai-mlflow-development"),)
_OPTION = ["--app-name", "basic-auth"]


def break_(world: World) -> None:
    """Deploy MLflow with its basic-auth application."""

    def add(container: Json) -> None:
        container["command"] = container["command"] + _OPTION

    world.deploy("mlflow", add)


def mend(world: World) -> None:
    """Deploy it without."""

    def remove(container: Json) -> None:
        container["command"] = [part for part in container["command"] if part not in _OPTION]

    world.deploy("mlflow", remove)
