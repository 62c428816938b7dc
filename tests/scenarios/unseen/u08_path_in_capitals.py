"""A rule's path is written with capitals, and paths are case-sensitive: auth's API gets the listener's 404.

Source: ELB user guide, "Condition types for listener rules" (path: "case-sensitive").
"""

from tests.sandbox.platforms import AUTH_HOST
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World
from tests.scenarios.unseen.edits import AUTH_BALANCER, change_rule, host_is, path_is, renew_rule

PLATFORM = "head"
_PRIORITY = 100
CAUSES = (Cause(kind="listener-rule-missing", resource=f"{AUTH_BALANCER}:443 /api/v1/*"),)


def break_(world: World) -> None:
    """Write the path as people pronounce it."""
    change_rule(world, AUTH_BALANCER, _PRIORITY, Conditions=[host_is(AUTH_HOST), path_is("/API/v1/*")])


def mend(world: World) -> None:
    """Write it as clients send it."""
    renew_rule(world, AUTH_BALANCER, _PRIORITY)
