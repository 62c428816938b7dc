"""ALB-14: a load balancer checks a service's health on a port where nobody listens; traffic still flows."""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"
VARIANTS = ("auth", "api", "mlflow")  # whose target group
_CHECKED = {
    "auth": ("hokusai-auth-development", "9000"),  # which no security group opens: the checks time out
    "api": ("hokusai-reg-api-development", "8000"),  # which is open, and auth's: the API's tasks refuse
    "mlflow": ("hokusai-reg-mlflow-development", "8001"),
}


def causes(variant: str) -> tuple[Cause, ...]:
    """The target group with the port."""
    return (Cause(kind="health-check-port-wrong", resource=_CHECKED[variant][0]),)


def break_(world: World, variant: str) -> None:
    """Check the wrong port."""
    _check(world, variant, _CHECKED[variant][1])


def mend(world: World, variant: str) -> None:
    """Check the port of the traffic."""
    _check(world, variant, "traffic-port")


def _check(world: World, role: str, port: str) -> None:
    world.elbv2.modify_target_group(TargetGroupArn=world.target_groups[role], HealthCheckPort=port)
