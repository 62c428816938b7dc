"""ALB-06: the rule of the auth API names another host, so the load balancer's default answers 404 there."""

from tests.sandbox.platforms import AUTH_HOST
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"
_LOAD_BALANCER, _PRIORITY = "hokusai-auth-development", 100
CAUSES = (Cause(kind="listener-rule-host-wrong", resource=f"{_LOAD_BALANCER}:443 priority {_PRIORITY}"),)


def break_(world: World) -> None:
    """Let the rule ask for a host that nobody calls."""
    _ask_for(world, "auth.hokusai.example")


def mend(world: World) -> None:
    """Let it ask for the auth host."""
    _ask_for(world, AUTH_HOST)


def _ask_for(world: World, host: str) -> None:
    rule = world.rules(_LOAD_BALANCER)[str(_PRIORITY)]
    paths = [condition for condition in rule["Conditions"] if condition["Field"] == "path-pattern"]
    world.elbv2.modify_rule(
        RuleArn=rule["RuleArn"],
        Conditions=[
            {"Field": "host-header", "HostHeaderConfig": {"Values": [host]}},
            *({"Field": "path-pattern", "PathPatternConfig": path["PathPatternConfig"]} for path in paths),
        ],
    )
