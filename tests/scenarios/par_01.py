"""PAR-01: one of a service's two tasks is unhealthy, and the load balancer leaves it out.

``api``: its process hangs; users notice nothing. ``auth``: it is the first task of a new revision, which listens on
another port; the old one may not go before that is healthy. Cloud Map leads half of the API's calls to it.
"""

from tests.sandbox.aws.compute import set_rollout
from tests.sandbox.platforms import CLUSTER, service_name
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World
from tests.scenarios import ecs_18

VARIANTS = ("api", "auth")


def causes(variant: str) -> tuple[Cause, ...]:
    """The service of the task, or what is wrong with its revision."""
    if variant == "auth":
        return ecs_18.causes("auth")
    return (Cause(kind="task-broken", resource=service_name(variant)),)


def break_(world: World, variant: str) -> None:
    """Scale to two; let one hang, or deploy the revision by halves."""
    world.ecs.update_service(cluster=CLUSTER, service=service_name(variant), desiredCount=2)
    world.settle()
    if variant == "auth":
        set_rollout(world, "auth", minimum_healthy_pct=50, maximum_pct=100)
        ecs_18.break_(world, "auth")
    else:
        arns = world.ecs.list_tasks(cluster=CLUSTER, serviceName=service_name(variant))["taskArns"]
        world.hung_tasks.add(arns[-1])


def mend(world: World, variant: str) -> None:
    """Deploy what was there before, or let the task go on; scale to one."""
    world.hung_tasks.clear()
    if variant == "auth":
        set_rollout(world, "auth")
        ecs_18.mend(world, "auth")
    world.ecs.update_service(cluster=CLUSTER, service=service_name(variant), desiredCount=1)
