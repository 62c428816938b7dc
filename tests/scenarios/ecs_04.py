"""ECS-04: a service asks for no task, so its target group is empty: 503 from the load balancer."""

from tests.sandbox.platforms import CLUSTER, service_name
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

VARIANTS = ("api", "auth", "mlflow")  # the service


def causes(variant: str) -> tuple[Cause, ...]:
    """The service itself."""
    return (Cause(kind="ecs-desired-count-zero", resource=service_name(variant)),)


def break_(world: World, variant: str) -> None:
    """Scale to zero."""
    world.ecs.update_service(cluster=CLUSTER, service=service_name(variant), desiredCount=0)


def mend(world: World, variant: str) -> None:
    """Scale to one again."""
    world.ecs.update_service(cluster=CLUSTER, service=service_name(variant), desiredCount=1)
