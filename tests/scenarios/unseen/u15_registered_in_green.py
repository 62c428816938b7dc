"""The API registers its tasks in the green target group, which no rule forwards to: the blue one is empty, 503.

The service is registered, where it is not used; to blame its registration, or the rules that still lead to blue, is
both right. Source: ELB user guide, "Target.NotInUse", and ECS developer guide, "Blue/green deployments".
"""

from tests.sandbox.platforms import service_name
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World
from tests.scenarios.unseen.edits import REGISTRY_BALANCER, create_group, delete_group, recreate_service

PLATFORM = "head"
_GREEN = "hokusai-reg-api-green"
CAUSES = (Cause(kind="service-not-registered", resource=service_name("api")),)
EQUALLY = tuple(
    Cause(kind="listener-rule-target-group-wrong", resource=f"{REGISTRY_BALANCER}:443 priority {priority}")
    for priority in (105, 110, 120)
)


def break_(world: World) -> None:
    """Create the service anew, registered in green."""
    _register(world, create_group(world, _GREEN, 8001))


def mend(world: World) -> None:
    """Register it in blue, and delete green."""
    _register(world, world.target_groups["api"])
    delete_group(world, _GREEN)


def _register(world: World, group: str) -> None:
    service = world.platform.service("api")
    entry = {"targetGroupArn": group, "containerName": service.container, "containerPort": service.port}
    recreate_service(world, "api", loadBalancers=[entry])
