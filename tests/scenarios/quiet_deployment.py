"""Nothing is wrong: a deployment of the API goes on, its task runs, and the old one's connections are draining."""

from tests.sandbox.aws.load_balancers import set_deregistration_delay
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

CAUSES: tuple[Cause, ...] = ()
_DELAY_S = 300  # the default of AWS


def break_(world: World) -> None:
    """Deploy a revision that differs in nothing; it is complete when the old task is drained."""
    set_deregistration_delay(world, world.target_groups["api"], _DELAY_S)
    world.deploy("api", lambda container: None)


def mend(world: World) -> None:
    """Drain at once, as the sandbox does otherwise."""
    set_deregistration_delay(world, world.target_groups["api"], 0)
