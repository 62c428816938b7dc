"""NET-01: the tasks' security group lets the load balancers no longer in on a service's port: 504 after 10 s."""

from tests.sandbox.aws.network import GROUPS, ingress
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

VARIANTS = ("api", "auth", "mlflow")  # the service
_PORTS = {"api": 8001, "auth": 8000, "mlflow": 5000}


def causes(variant: str) -> tuple[Cause, ...]:
    """The rule that is gone."""
    resource = f"{GROUPS['tasks']} tcp/{_PORTS[variant]} from {GROUPS['alb']}"
    return (Cause(kind="security-group-rule-missing", resource=resource),)


def break_(world: World, variant: str) -> None:
    """Revoke the rule."""
    world.ec2.revoke_security_group_ingress(
        GroupId=world.security_groups["tasks"], IpPermissions=[ingress(world, _PORTS[variant], "alb")]
    )


def mend(world: World, variant: str) -> None:
    """Authorize the rule again."""
    world.ec2.authorize_security_group_ingress(
        GroupId=world.security_groups["tasks"], IpPermissions=[ingress(world, _PORTS[variant], "alb")]
    )
