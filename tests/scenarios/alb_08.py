"""ALB-08: no rule leads to a service's target group: its targets are unused, and the default answers 404."""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"
VARIANTS = ("auth", "api")  # whose group
_RULES = {
    "auth": ("hokusai-auth-development", (90, 100), "hokusai-auth-development"),
    "api": ("hokusai-registry-development", (105, 110, 120), "hokusai-reg-api-development"),
}


def causes(variant: str) -> tuple[Cause, ...]:
    """The target group."""
    return (Cause(kind="target-group-unattached", resource=_RULES[variant][2]),)


def break_(world: World, variant: str) -> None:
    """Delete all rules of the service."""
    load_balancer, priorities, _ = _RULES[variant]
    for priority in priorities:
        world.delete_rule(load_balancer, priority)


def mend(world: World, variant: str) -> None:
    """Create them again."""
    load_balancer, priorities, _ = _RULES[variant]
    for priority in priorities:
        world.create_rule(load_balancer, priority)
