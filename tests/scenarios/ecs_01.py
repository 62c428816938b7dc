"""ECS-01: an ECS service was never created, so its target group is empty: 503 from the load balancer."""

from tests.sandbox.platforms import service_name
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

VARIANTS = ("api", "auth", "mlflow")  # the service


def causes(variant: str) -> tuple[Cause, ...]:
    """The service itself."""
    return (Cause(kind="ecs-service-missing", resource=service_name(variant)),)


def break_(world: World, variant: str) -> None:
    """Take the service away without a trace."""
    world.forget_service(variant)


def mend(world: World, variant: str) -> None:
    """Create the service."""
    world.create_service(variant)
