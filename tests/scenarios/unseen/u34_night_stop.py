"""A scheduled action has scaled all three services to zero for the night, and the one of the morning never came.

Source: ECS developer guide, "Use scheduled actions to scale Amazon ECS services".
"""

from tests.sandbox.platforms import CLUSTER, service_name
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

_ROLES = ("auth", "mlflow", "api")
CAUSES = tuple(Cause(kind="ecs-desired-count-zero", resource=service_name(role)) for role in _ROLES)


def break_(world: World) -> None:
    """Ask for no task."""
    _scale(world, 0)


def mend(world: World) -> None:
    """Ask for one of each."""
    _scale(world, 1)


def _scale(world: World, count: int) -> None:
    for role in _ROLES:
        world.ecs.update_service(cluster=CLUSTER, service=service_name(role), desiredCount=count)
