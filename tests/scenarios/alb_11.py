"""ALB-11: a rule answers in a service's place: a maintenance page that was forgotten, a filter that takes too much."""

from typing import Any

from tests.sandbox.platforms import AUTH_HOST, REGISTRY_HOST
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"
VARIANTS = ("registry", "auth", "filter")
_PRIORITY = 10
_MAINTENANCE = {"StatusCode": "503", "ContentType": "text/plain", "MessageBody": "Down for maintenance"}
_SCANNERS = {"StatusCode": "404"}  # meant for scanners' noise, and met by users
_ANSWERS: dict[str, tuple[str, str, tuple[str, ...], dict[str, Any]]] = {
    "registry": ("hokusai-registry-development", REGISTRY_HOST, (), _MAINTENANCE),
    "auth": ("hokusai-auth-development", AUTH_HOST, (), _MAINTENANCE),
    "filter": ("hokusai-registry-development", REGISTRY_HOST, ("/api/*/api/*",), _SCANNERS),
}


def causes(variant: str) -> tuple[Cause, ...]:
    """The rule that answers."""
    resource = f"{_ANSWERS[variant][0]}:443 priority {_PRIORITY}"
    return (Cause(kind="listener-rule-fixed-response", resource=resource),)


def break_(world: World, variant: str) -> None:
    """Create the rule."""
    load_balancer, host, paths, answer = _ANSWERS[variant]
    conditions: list[dict[str, Any]] = [{"Field": "host-header", "HostHeaderConfig": {"Values": [host]}}]
    if paths:
        conditions.append({"Field": "path-pattern", "PathPatternConfig": {"Values": list(paths)}})
    world.elbv2.create_rule(
        ListenerArn=world.listener(load_balancer)["ListenerArn"],
        Priority=_PRIORITY,
        Conditions=conditions,
        Actions=[{"Type": "fixed-response", "FixedResponseConfig": answer}],
    )


def mend(world: World, variant: str) -> None:
    """Delete the rule."""
    world.delete_rule(_ANSWERS[variant][0], _PRIORITY)
