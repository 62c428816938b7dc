"""Harmless: a canary rule stands first and leads to an empty group, and takes only requests that ask for it.

The condition is ``canary=1`` in the query, which no user sends. Source: ELB user guide, "Condition types for listener
rules" (query string).
"""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World
from tests.scenarios.unseen.edits import REGISTRY_BALANCER, add_rule, create_group, delete_group, path_is

PLATFORM = "head"
CAUSES: tuple[Cause, ...] = ()
_PRIORITY, _GROUP = 1, "hokusai-reg-api-canary"


def break_(world: World) -> None:
    """Create the rule and its group."""
    query = {"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "canary", "Value": "1"}]}}
    action = {"Type": "forward", "TargetGroupArn": create_group(world, _GROUP, 8001)}
    add_rule(world, REGISTRY_BALANCER, _PRIORITY, [path_is("/api/*"), query], action)


def mend(world: World) -> None:
    """Delete both."""
    world.delete_rule(REGISTRY_BALANCER, _PRIORITY)
    delete_group(world, _GROUP)
