"""ALB-12: the load balancer checks the auth service's health at a path that it does not have; traffic still flows."""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"
CAUSES = (Cause(kind="health-check-path-wrong", resource="hokusai-auth-development"),)  # the target group


def break_(world: World) -> None:
    """Check a path that auth answers 404 to."""
    _check(world, "/healthz")


def mend(world: World) -> None:
    """Check the right path."""
    _check(world, world.platform.service("auth").health_path)


def _check(world: World, path: str) -> None:
    world.elbv2.modify_target_group(TargetGroupArn=world.target_groups["auth"], HealthCheckPath=path)
