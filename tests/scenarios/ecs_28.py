"""ECS-28: a deployment failed, and the circuit breaker rolled it back: the old revision serves, nobody notices.

``api``: the new revision's image was never pushed. ``auth``: its container ends as it starts.
"""

from tests.sandbox.aws.compute import set_rollout
from tests.sandbox.platforms import service_name
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World
from tests.scenarios import ecs_05, ecs_16

VARIANTS = ("api", "auth")  # the service


def causes(variant: str) -> tuple[Cause, ...]:
    """The service whose new revision is not what runs."""
    return (Cause(kind="deployment-rolled-back", resource=service_name(variant)),)


def break_(world: World, variant: str) -> None:
    """Roll out beside what runs, with a circuit breaker, and deploy the bad revision."""
    set_rollout(world, variant, minimum_healthy_pct=100, maximum_pct=200, has_breaker=True)
    if variant == "api":
        ecs_05.break_(world, "api-mistyped")
    else:
        ecs_16.break_(world, "auth")


def mend(world: World, variant: str) -> None:
    """Deploy a good revision, by the healthy platform's settings."""
    set_rollout(world, variant)
    if variant == "api":
        ecs_05.mend(world, "api-mistyped")
    else:
        ecs_16.mend(world, "auth")
