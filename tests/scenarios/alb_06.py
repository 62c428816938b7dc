"""ALB-06: a rule names another host than its service's, so the load balancer's default answers 404 there."""

from tests.sandbox.platforms import AUTH_HOST, REGISTRY_HOST
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"
VARIANTS = ("auth-api", "auth-health", "registry")  # whose rule
_RULES = {
    "auth-api": ("hokusai-auth-development", 100, AUTH_HOST, "auth.hokusai.example"),
    "auth-health": ("hokusai-auth-development", 90, AUTH_HOST, "auth.hokus.ai.example"),
    "registry": ("hokusai-registry-development", 120, REGISTRY_HOST, "api.hokus.ai"),
}


def causes(variant: str) -> tuple[Cause, ...]:
    """The rule with the wrong host."""
    load_balancer, priority, _, _ = _RULES[variant]
    return (Cause(kind="listener-rule-host-wrong", resource=f"{load_balancer}:443 priority {priority}"),)


def break_(world: World, variant: str) -> None:
    """Let the rule ask for a host that nobody calls."""
    load_balancer, priority, _, wrong = _RULES[variant]
    _ask_for(world, load_balancer, priority, wrong)


def mend(world: World, variant: str) -> None:
    """Let it ask for its service's host."""
    load_balancer, priority, host, _ = _RULES[variant]
    _ask_for(world, load_balancer, priority, host)


def _ask_for(world: World, load_balancer: str, priority: int, host: str) -> None:
    rule = world.rules(load_balancer)[str(priority)]
    paths = [condition for condition in rule["Conditions"] if condition["Field"] == "path-pattern"]
    world.elbv2.modify_rule(
        RuleArn=rule["RuleArn"],
        Conditions=[
            {"Field": "host-header", "HostHeaderConfig": {"Values": [host]}},
            *({"Field": "path-pattern", "PathPatternConfig": path["PathPatternConfig"]} for path in paths),
        ],
    )
