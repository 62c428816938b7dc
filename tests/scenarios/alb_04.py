"""ALB-04: a path has no rule, so the default of its load balancer answers 404."""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"
VARIANTS = ("auth-api", "auth-health", "registry")  # what no rule leads to
_RULES = {
    "auth-api": ("hokusai-auth-development", 100, "/api/v1/*"),
    "auth-health": ("hokusai-auth-development", 90, "/health"),
    "registry": ("hokusai-registry-development", 120, "/*"),  # all that no other rule takes, such as /health
}


def causes(variant: str) -> tuple[Cause, ...]:
    """The path that has no rule."""
    load_balancer, _, path = _RULES[variant]
    return (Cause(kind="listener-rule-missing", resource=f"{load_balancer}:443 {path}"),)


def break_(world: World, variant: str) -> None:
    """Delete the rule."""
    world.delete_rule(*_RULES[variant][:2])


def mend(world: World, variant: str) -> None:
    """Create the rule again."""
    world.create_rule(*_RULES[variant][:2])
