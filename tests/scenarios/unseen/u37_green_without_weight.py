"""Harmless: a rule names two groups, and the empty one has a weight of 0, as after a switch that is over.

Source: ELB user guide, "Forward actions" (weighted target groups).
"""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World
from tests.scenarios.unseen.edits import AUTH_BALANCER, change_rule, create_group, delete_group, renew_rule

PLATFORM = "head"
CAUSES: tuple[Cause, ...] = ()
_PRIORITY, _GREEN = 100, "hokusai-auth-green"


def break_(world: World) -> None:
    """Add green to the rule, without weight."""
    weights = {world.target_groups["auth"]: 100, create_group(world, _GREEN, 8000): 0}
    groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights.items()]
    action = {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}
    change_rule(world, AUTH_BALANCER, _PRIORITY, Actions=[action])


def mend(world: World) -> None:
    """Take it out again."""
    renew_rule(world, AUTH_BALANCER, _PRIORITY)
    delete_group(world, _GREEN)
