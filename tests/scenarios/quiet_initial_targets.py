"""Nothing is wrong (DEP-02): the API is being scaled out, and its new target has not been checked yet."""

from tests.sandbox.platforms import CLUSTER, service_name
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

CAUSES: tuple[Cause, ...] = ()


def break_(world: World) -> None:
    """Ask for a second task; its first health checks take a minute."""
    world.health_check_pace = 1.0
    world.ecs.update_service(cluster=CLUSTER, service=service_name("api"), desiredCount=2)


def mend(world: World) -> None:
    """Check at once, as the sandbox does otherwise, and let one task go."""
    world.health_check_pace = 0.0
    world.ecs.update_service(cluster=CLUSTER, service=service_name("api"), desiredCount=1)
