"""Nothing is wrong: all rules of the registry's load balancer were replaced, with other numbers in the same order.

Between the two steps of such a change the default answers for a moment (DEP-07), which a monitor that asks again does
not see.
"""

import dataclasses

from tests.sandbox.aws.load_balancers import create_rule
from tests.sandbox.platforms import Rule
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"
CAUSES: tuple[Cause, ...] = ()
_LOAD_BALANCER = "hokusai-registry-development"
_SHIFT = 100


def break_(world: World) -> None:
    """Delete each rule, and create it with another number."""
    for rule in _rules(world):
        world.delete_rule(_LOAD_BALANCER, rule.priority)
        create_rule(world, _LOAD_BALANCER, dataclasses.replace(rule, priority=rule.priority + _SHIFT))


def mend(world: World) -> None:
    """Give them their numbers again."""
    for rule in _rules(world):
        world.delete_rule(_LOAD_BALANCER, rule.priority + _SHIFT)
        world.create_rule(_LOAD_BALANCER, rule.priority)


def _rules(world: World) -> tuple[Rule, ...]:
    return next(item.rules for item in world.platform.load_balancers if item.name == _LOAD_BALANCER)
