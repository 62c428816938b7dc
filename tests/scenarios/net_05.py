"""NET-05: tasks may no longer call another service: each call waits in vain, while its own host works."""

from tests.sandbox.aws.network import GROUPS, ingress
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

VARIANTS = ("auth", "mlflow")  # who cannot be called; auth: every key gets 503 after 5 s; MLflow: 502
_GROUP, _SOURCE = "tasks", "tasks"
_PORTS = {"auth": 8000, "mlflow": 5000}


def causes(variant: str) -> tuple[Cause, ...]:
    """The rule that is gone."""
    resource = f"{GROUPS[_GROUP]} tcp/{_PORTS[variant]} from {GROUPS[_SOURCE]}"
    return (Cause(kind="security-group-rule-missing", resource=resource),)


def break_(world: World, variant: str) -> None:
    """Revoke the tasks' rule for themselves; the load balancers and the monitor keep theirs."""
    world.ec2.revoke_security_group_ingress(
        GroupId=world.security_groups[_GROUP], IpPermissions=[ingress(world, _PORTS[variant], _SOURCE)]
    )


def mend(world: World, variant: str) -> None:
    """Authorize the rule again."""
    world.ec2.authorize_security_group_ingress(
        GroupId=world.security_groups[_GROUP], IpPermissions=[ingress(world, _PORTS[variant], _SOURCE)]
    )
