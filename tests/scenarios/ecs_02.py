"""ECS-02: the ECS service of the API was deleted, and is still shown as INACTIVE: 503 from the load balancer."""

from tests.sandbox.platforms import CLUSTER
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

_SERVICE = "hokusai-api-development"
CAUSES = (Cause(kind="ecs-service-deleted", resource=_SERVICE),)


def break_(world: World) -> None:
    """Scale to zero and delete, as Terraform destroys a service."""
    world.ecs.update_service(cluster=CLUSTER, service=_SERVICE, desiredCount=0)
    world.ecs.delete_service(cluster=CLUSTER, service=_SERVICE, force=True)


def mend(world: World) -> None:
    """Create the service again."""
    world.create_service("api")
