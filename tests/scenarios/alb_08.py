"""ALB-08: no rule leads to a service's target group: its targets are unused, and the default answers 404."""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"
VARIANTS = ("auth", "api")  # whose group
_RULES = {
    "auth": ("hokusai-auth-development", {90: "/health", 100: "/api/v1/*"}),
    "api": ("hokusai-registry-development", {105: "/api/mlflow/*", 110: "/api/*", 120: "/*"}),
}


def causes(variant: str) -> tuple[Cause, ...]:
    """The rules that are gone."""
    load_balancer, rules = _RULES[variant]
    return tuple(Cause(kind="listener-rule-missing", resource=f"{load_balancer}:443 {path}") for path in rules.values())


def break_(world: World, variant: str) -> None:
    """Delete all rules of the service."""
    load_balancer, rules = _RULES[variant]
    for priority in rules:
        world.delete_rule(load_balancer, priority)


def mend(world: World, variant: str) -> None:
    """Create them again."""
    load_balancer, rules = _RULES[variant]
    for priority in rules:
        world.create_rule(load_balancer, priority)
