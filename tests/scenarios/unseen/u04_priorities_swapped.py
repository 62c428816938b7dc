"""Two rules have swapped their numbers: the API's paths, which name no host, now come before the host of auth.

``/api/v1/…`` at auth's host is answered by the API. Source: ELB user guide, "Update rule priority for your listener".
"""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "2025-08"  # one load balancer for both hosts
_LOAD_BALANCER = "hokusai-development"
_AUTH, _API, _FREE = 80, 95, 999
CAUSES = (Cause(kind="listener-rule-shadows", resource=f"{_LOAD_BALANCER}:443 priority {_AUTH}"),)


def break_(world: World) -> None:
    """Swap them."""
    _swap(world)


def mend(world: World) -> None:
    """Swap them back."""
    _swap(world)


def _swap(world: World) -> None:
    rules = {priority: world.rules(_LOAD_BALANCER)[str(priority)]["RuleArn"] for priority in (_AUTH, _API)}
    for rule, priority in ((rules[_AUTH], _FREE), (rules[_API], _AUTH), (rules[_AUTH], _API)):
        world.elbv2.set_rule_priorities(RulePriorities=[{"RuleArn": rule, "Priority": priority}])
