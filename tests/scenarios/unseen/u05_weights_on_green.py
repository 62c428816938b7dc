"""A blue/green switch has put all weight of a rule on the green target group, which has no targets yet: 503.

Source: ELB user guide, "Forward actions" (weighted target groups), and "HTTP 503: Service unavailable".
"""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World
from tests.scenarios.unseen.edits import REGISTRY_BALANCER, change_rule, create_group, delete_group, renew_rule

PLATFORM = "head"
_PRIORITY, _GREEN = 105, "hokusai-reg-api-green"
CAUSES = (Cause(kind="listener-rule-target-group-wrong", resource=f"{REGISTRY_BALANCER}:443 priority {_PRIORITY}"),)


def break_(world: World) -> None:
    """Shift the weights."""
    weights = {world.target_groups["api"]: 0, create_group(world, _GREEN, 8001): 100}
    groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights.items()]
    action = {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}
    change_rule(world, REGISTRY_BALANCER, _PRIORITY, Actions=[action])


def mend(world: World) -> None:
    """Forward to blue alone, and delete green."""
    renew_rule(world, REGISTRY_BALANCER, _PRIORITY)
    delete_group(world, _GREEN)
