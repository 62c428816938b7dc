"""ECS-01: the ECS service of the API was never created, so its target group is empty: 503 from the load balancer."""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

CAUSES = (Cause(kind="ecs-service-missing", resource="hokusai-api-development"),)


def break_(world: World) -> None:
    """Take the service away without a trace."""
    world.forget_service("api")


def mend(world: World) -> None:
    """Create the service."""
    world.create_service("api")
