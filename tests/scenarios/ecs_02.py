"""ECS-02: an ECS service was deleted, and is still shown as INACTIVE: 503 from the load balancer."""

from tests.sandbox.platforms import CLUSTER, service_name
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

VARIANTS = ("api", "auth", "mlflow")  # the service


def causes(variant: str) -> tuple[Cause, ...]:
    """The service itself."""
    return (Cause(kind="ecs-service-deleted", resource=service_name(variant)),)


def break_(world: World, variant: str) -> None:
    """Scale to zero and delete, as Terraform destroys a service."""
    world.ecs.update_service(cluster=CLUSTER, service=service_name(variant), desiredCount=0)
    world.ecs.delete_service(cluster=CLUSTER, service=service_name(variant), force=True)


def mend(world: World, variant: str) -> None:
    """Create the service again."""
    world.create_service(variant)
