"""MLflow's service was created anew without its Cloud Map registry: its internal name is unknown, its own host works.

The API's proxy answers 502. Source: ECS developer guide, "Use service discovery to connect Amazon ECS services".
"""

from tests.sandbox.platforms import service_name
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World
from tests.scenarios.unseen.edits import recreate_service

CAUSES = (Cause(kind="discovery-registration-missing", resource=service_name("mlflow")),)


def break_(world: World) -> None:
    """Create it without."""
    recreate_service(world, "mlflow", serviceRegistries=[])


def mend(world: World) -> None:
    """Create it with its registry."""
    recreate_service(world, "mlflow", serviceRegistries=[{"registryArn": world.registries["mlflow"]}])
