"""ECS-30: a deployment does not end; the old revision serves, and the new one never will.

``api`` and ``mlflow``: since an hour ECS may neither stop the old task (100 % must stay) nor start a new one beside it
(100 % at most). ``auth-image``: the new revision's image was never pushed, and no circuit breaker gives it up.
"""

import datetime as dt

from tests.sandbox.aws.compute import set_rollout
from tests.sandbox.platforms import service_name
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World
from tests.scenarios import ecs_05

VARIANTS = ("api", "mlflow", "auth-image")
_VARIABLE = "LOG_LEVEL"


def causes(variant: str) -> tuple[Cause, ...]:
    """The service whose settings hold it up, or the image."""
    if variant == "auth-image":
        return ecs_05.causes("auth-mistyped")
    return (Cause(kind="deployment-stuck", resource=service_name(variant)),)


def break_(world: World, variant: str) -> None:
    """Deploy, an hour ago, a revision that cannot replace the old one."""
    world.settles_as_of = dt.timedelta(hours=1)
    if variant == "auth-image":
        set_rollout(world, "auth", minimum_healthy_pct=100, maximum_pct=200)
        ecs_05.break_(world, "auth-mistyped")
    else:
        set_rollout(world, variant, minimum_healthy_pct=100, maximum_pct=100)
        world.set_variable(variant, _VARIABLE, "debug")


def mend(world: World, variant: str) -> None:
    """Deploy a good revision, by the healthy platform's settings."""
    world.settles_as_of = dt.timedelta(0)
    if variant == "auth-image":
        set_rollout(world, "auth")
        ecs_05.mend(world, "auth-mistyped")
    else:
        set_rollout(world, variant)
        world.unset_variable(variant, _VARIABLE)
