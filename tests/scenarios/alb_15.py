"""ALB-15: a load balancer does not wait for the answer to its health check, which takes a while; traffic flows."""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"
VARIANTS = ("auth", "api")  # whose target group
_GROUPS = {"auth": "hokusai-auth-development", "api": "hokusai-reg-api-development"}
_DELAY = "HEALTH_DELAY_S"
_SHORT_S, _HEALTHY_S = 2, 5


def causes(variant: str) -> tuple[Cause, ...]:
    """The target group with the time-out."""
    return (Cause(kind="health-check-timeout-short", resource=_GROUPS[variant]),)


def break_(world: World, variant: str) -> None:
    """Deploy a service whose health takes 2.5 s, and wait for 2 s."""
    world.set_variable(variant, _DELAY, "2.5")
    _wait(world, variant, _SHORT_S)


def mend(world: World, variant: str) -> None:
    """Wait for long enough, and deploy the quick service again."""
    _wait(world, variant, _HEALTHY_S)
    world.unset_variable(variant, _DELAY)


def _wait(world: World, role: str, timeout_s: int) -> None:
    world.elbv2.modify_target_group(TargetGroupArn=world.target_groups[role], HealthCheckTimeoutSeconds=timeout_s)
