"""ECS-29: the first deployment of a service failed, so the circuit breaker has nothing to roll back to: 503.

That the breaker has tripped is no cause: what keeps the tasks from starting is. ``api``: an image that was never
pushed. ``auth``: a container that ends as it starts.
"""

from tests.sandbox.aws.compute import set_rollout
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World
from tests.scenarios import ecs_05, ecs_16

VARIANTS = ("api", "auth")  # the service


def causes(variant: str) -> tuple[Cause, ...]:
    """What is wrong with the revision."""
    return ecs_05.causes("api-mistyped") if variant == "api" else ecs_16.causes("auth")


def break_(world: World, variant: str) -> None:
    """Create the service anew, from a bad revision and with a circuit breaker."""
    world.forget_service(variant)
    world.settle()
    world.create_service(variant)
    set_rollout(world, variant, has_breaker=True)
    if variant == "api":
        ecs_05.break_(world, "api-mistyped")
    else:
        ecs_16.break_(world, "auth")


def mend(world: World, variant: str) -> None:
    """Deploy a good revision, without the breaker."""
    set_rollout(world, variant)
    if variant == "api":
        ecs_05.mend(world, "api-mistyped")
    else:
        ecs_16.mend(world, "auth")
