"""A canary rule takes every request that asks for a number of results, and its target group has no targets: 503.

Only searches fail; the same paths without a query string are answered. That the rule takes what is others' and that
it leads to a group of nobody are the same mistake. Source: ELB user guide, "Condition types for listener rules".
"""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World
from tests.scenarios.unseen.edits import REGISTRY_BALANCER, add_rule, create_group, delete_group

PLATFORM = "head"
_PRIORITY, _GROUP = 10, "hokusai-search-canary"
CAUSES = (Cause(kind="listener-rule-shadows", resource=f"{REGISTRY_BALANCER}:443 priority {_PRIORITY}"),)
EQUALLY = (Cause(kind="listener-rule-target-group-wrong", resource=CAUSES[0].resource),)


def break_(world: World) -> None:
    """Create the rule and its group."""
    query = {"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "max_results", "Value": "*"}]}}
    action = {"Type": "forward", "TargetGroupArn": create_group(world, _GROUP, 8001)}
    add_rule(world, REGISTRY_BALANCER, _PRIORITY, [query], action)


def mend(world: World) -> None:
    """Delete both."""
    world.delete_rule(REGISTRY_BALANCER, _PRIORITY)
    delete_group(world, _GROUP)
