"""Nothing is wrong (DEP-03): a service of one task is deployed; the old task is gone, the new one not there yet."""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

CAUSES: tuple[Cause, ...] = ()
_PROVISIONING_S = 120


def break_(world: World) -> None:
    """Deploy a revision that differs in nothing; its task takes two minutes to come."""
    world.fargate.provisioning_s = _PROVISIONING_S
    world.deploy("api", lambda container: None)


def mend(world: World) -> None:
    """Let tasks come at once, as the sandbox does otherwise."""
    world.fargate.provisioning_s = 0
