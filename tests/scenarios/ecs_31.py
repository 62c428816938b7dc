"""ECS-31: the cluster does not exist, and with it no service: 503 from the load balancers for everything."""

from tests.sandbox.platforms import CLUSTER
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

CAUSES = (Cause(kind="ecs-cluster-missing", resource=CLUSTER),)


def break_(world: World) -> None:
    """Take away all services, and the cluster."""
    for service in world.platform.services:
        world.forget_service(service.role)
    world.control_plane.forget_cluster(CLUSTER)


def mend(world: World) -> None:
    """Create the cluster and its services."""
    world.ecs.create_cluster(clusterName=CLUSTER)
    for service in world.platform.services:
        world.create_service(service.role)
