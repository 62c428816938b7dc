"""ALB-24: a rule asks API clients to log in as people do: 302 to an identity provider, or 401, before any service."""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import Json, World

PLATFORM = "head"
VARIANTS = ("proxy", "api", "auth")  # whose rule
_RULES = {
    "proxy": ("hokusai-registry-development", 105, "api", "authenticate"),
    "api": ("hokusai-registry-development", 120, "api", "deny"),
    "auth": ("hokusai-auth-development", 100, "auth", "authenticate"),
}


def causes(variant: str) -> tuple[Cause, ...]:
    """The rule."""
    load_balancer, priority, _, _ = _RULES[variant]
    return (Cause(kind="listener-rule-authenticates", resource=f"{load_balancer}:443 priority {priority}"),)


def break_(world: World, variant: str) -> None:
    """Let the rule authenticate before it forwards."""
    provider = "https://login.hokusai.example"
    config = {
        "Issuer": provider,
        "AuthorizationEndpoint": f"{provider}/authorize",
        "TokenEndpoint": f"{provider}/token",
        "UserInfoEndpoint": f"{provider}/userinfo",
        "ClientId": "hokusai",
        "ClientSecret": "fake-client-secret",
        "OnUnauthenticatedRequest": _RULES[variant][3],
    }
    _act(world, variant, {"Type": "authenticate-oidc", "Order": 1, "AuthenticateOidcConfig": config})


def mend(world: World, variant: str) -> None:
    """Let it forward alone."""
    _act(world, variant)


def _act(world: World, variant: str, *before: Json) -> None:
    load_balancer, priority, role, _ = _RULES[variant]
    forward = {"Type": "forward", "TargetGroupArn": world.target_groups[role]}
    if before:
        forward["Order"] = 2
    world.elbv2.modify_rule(RuleArn=world.rules(load_balancer)[str(priority)]["RuleArn"], Actions=[*before, forward])
