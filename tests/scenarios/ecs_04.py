"""ECS-04: the API's service asks for no task, so its target group is empty: 503 from the load balancer."""

from tests.sandbox.platforms import CLUSTER
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

_SERVICE = "hokusai-api-development"
CAUSES = (Cause(kind="ecs-desired-count-zero", resource=_SERVICE),)


def break_(world: World) -> None:
    """Scale to zero."""
    world.ecs.update_service(cluster=CLUSTER, service=_SERVICE, desiredCount=0)


def mend(world: World) -> None:
    """Scale to one again."""
    world.ecs.update_service(cluster=CLUSTER, service=_SERVICE, desiredCount=1)
