"""ALB-12: a load balancer checks a service's health at a path that it does not have; traffic still flows."""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"
VARIANTS = ("auth", "api", "mlflow")  # whose target group
_PATH = "/healthz"


def causes(variant: str) -> tuple[Cause, ...]:
    """The target group with the path."""
    groups = {"auth": "hokusai-auth-development"}
    resource = groups.get(variant, f"hokusai-reg-{variant}-development")
    return (Cause(kind="health-check-path-wrong", resource=resource),)


def break_(world: World, variant: str) -> None:
    """Check a path that the service answers 404 or 401 to."""
    _check(world, variant, _PATH)


def mend(world: World, variant: str) -> None:
    """Check the right path."""
    _check(world, variant, world.platform.service(variant).health_path)


def _check(world: World, role: str, path: str) -> None:
    world.elbv2.modify_target_group(TargetGroupArn=world.target_groups[role], HealthCheckPath=path)
