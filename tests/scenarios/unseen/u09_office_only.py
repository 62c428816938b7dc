"""The registry's last rule asks for the office's network: all others get the listener's 404 on its own paths.

Paths with rules of their own, such as ``/api/``, are open to everybody. Source: ELB user guide, "Condition types for
listener rules" (source IP address).
"""

from tests.sandbox.platforms import REGISTRY_HOST
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World
from tests.scenarios.unseen.edits import REGISTRY_BALANCER, change_rule, host_is, renew_rule

PLATFORM = "head"
_PRIORITY = 120
CAUSES = (Cause(kind="listener-rule-missing", resource=f"{REGISTRY_BALANCER}:443 /*"),)


def break_(world: World) -> None:
    """Add the condition."""
    office = {"Field": "source-ip", "SourceIpConfig": {"Values": ["198.51.100.0/24"]}}
    change_rule(world, REGISTRY_BALANCER, _PRIORITY, Conditions=[host_is(REGISTRY_HOST), office])


def mend(world: World) -> None:
    """Take it away."""
    renew_rule(world, REGISTRY_BALANCER, _PRIORITY)
