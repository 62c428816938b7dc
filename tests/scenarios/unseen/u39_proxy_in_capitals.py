"""Harmless: the proxy's rule has a path that nobody asks for, and the next rule leads the right one to the same group.

Source: ELB user guide, "Condition types for listener rules" (path: "case-sensitive").
"""

from tests.sandbox.platforms import REGISTRY_HOST
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World
from tests.scenarios.unseen.edits import REGISTRY_BALANCER, change_rule, host_is, path_is, renew_rule

PLATFORM = "head"
CAUSES: tuple[Cause, ...] = ()
_PRIORITY = 105


def break_(world: World) -> None:
    """Write the path with capitals."""
    conditions = [host_is(REGISTRY_HOST), path_is("/API/mlflow/*")]
    change_rule(world, REGISTRY_BALANCER, _PRIORITY, Conditions=conditions)


def mend(world: World) -> None:
    """Write it as it was."""
    renew_rule(world, REGISTRY_BALANCER, _PRIORITY)
