"""Nothing is wrong (DEP-01): a deployment rolls on; two revisions run side by side, the new target being checked."""

from tests.sandbox.aws.compute import set_rollout
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

CAUSES: tuple[Cause, ...] = ()


def break_(world: World) -> None:
    """Deploy a revision that differs in nothing, beside the old one; the first health checks take a minute."""
    set_rollout(world, "api", minimum_healthy_pct=100, maximum_pct=200)
    world.health_check_pace = 1.0
    world.deploy("api", lambda container: None)


def mend(world: World) -> None:
    """Check at once, as the sandbox does otherwise, so that the deployment ends."""
    set_rollout(world, "api")
    world.health_check_pace = 0.0
