"""A rule for all hosts of the zone sends everybody to the website: 302 in the place of every answer of the registry.

The rule both answers itself and stands before those of the services. Source: ELB user guide, "Condition types for
listener rules" (host) and "Redirect actions".
"""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World
from tests.scenarios.unseen.edits import REGISTRY_BALANCER, add_rule, host_is

PLATFORM = "head"
_PRIORITY = 40
CAUSES = (Cause(kind="listener-rule-fixed-response", resource=f"{REGISTRY_BALANCER}:443 priority {_PRIORITY}"),)
EQUALLY = (Cause(kind="listener-rule-shadows", resource=CAUSES[0].resource),)


def break_(world: World) -> None:
    """Create the rule."""
    to_website = {"Type": "redirect", "RedirectConfig": {"Host": "www.hokus.ai", "StatusCode": "HTTP_302"}}
    add_rule(world, REGISTRY_BALANCER, _PRIORITY, [host_is("*.hokus.ai")], to_website)


def mend(world: World) -> None:
    """Delete it."""
    world.delete_rule(REGISTRY_BALANCER, _PRIORITY)
