"""MLF-17: the API has no token for MLflow: its own check of MLflow answers 503, while users' keys are passed on."""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import Json, World

PLATFORM = "head"  # August's MLflow asked for no key
_VARIABLE = "MLFLOW_TRACKING_TOKEN"
CAUSES = (Cause(kind="container-variable-missing", resource=f"hokusai-api-development {_VARIABLE}"),)


def break_(world: World) -> None:
    """Deploy an API without the token."""
    world.unset_variable("api", _VARIABLE)


def mend(world: World) -> None:
    """Deploy it with the secret again."""
    reference = world.secret_reference(world.platform.service("api").secrets[_VARIABLE])

    def give(container: Json) -> None:
        container["secrets"] = [*container["secrets"], {"name": _VARIABLE, "valueFrom": reference}]

    world.deploy("api", give)
