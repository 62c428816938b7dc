"""ECS-16: the API ends as it starts, for want of a variable: no task stays, 503 from the load balancer."""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

_VARIABLE = "MLFLOW_SERVER_URL"
CAUSES = (Cause(kind="container-exits", resource="hokusai-api-development"),)


def break_(world: World) -> None:
    """Deploy an API that is not told where MLflow is."""
    world.unset_variable("api", _VARIABLE)


def mend(world: World) -> None:
    """Deploy it with the variable."""
    world.set_variable("api", _VARIABLE, world.platform.service("api").environment[_VARIABLE])
