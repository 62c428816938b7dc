"""A rule of the HTTPS listener redirects to HTTPS, as that of the HTTP listener does: clients go round for ever.

The target group keeps its healthy targets, and gets no request. Source: ELB user guide, "Redirect actions" ("avoid
redirect loops").
"""

from tests.sandbox.aws.load_balancers import TO_HTTPS
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World
from tests.scenarios.unseen.edits import AUTH_BALANCER, change_rule, renew_rule

PLATFORM = "head"
_PRIORITY = 100
CAUSES = (Cause(kind="listener-rule-fixed-response", resource=f"{AUTH_BALANCER}:443 priority {_PRIORITY}"),)


def break_(world: World) -> None:
    """Let the rule redirect."""
    change_rule(world, AUTH_BALANCER, _PRIORITY, Actions=[TO_HTTPS])


def mend(world: World) -> None:
    """Let it forward again."""
    renew_rule(world, AUTH_BALANCER, _PRIORITY)
