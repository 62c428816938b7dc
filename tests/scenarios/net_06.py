"""NET-06: tasks may not reach a data store: MLflow's new task ends as it starts; auth fails closed without Redis."""

from tests.sandbox.aws.network import GROUPS, ingress
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

VARIANTS = ("revoked", "port", "redis")  # the database's rule is gone; is for another port; Redis's rule is gone
_SOURCE = "tasks"
_STORES = {"revoked": ("rds", 5432), "port": ("rds", 5432), "redis": ("redis", 6379)}
_WRONG_PORT = 3306  # MySQL's


def causes(variant: str) -> tuple[Cause, ...]:
    """The rule that is not there."""
    group, port = _STORES[variant]
    resource = f"{GROUPS[group]} tcp/{port} from {GROUPS[_SOURCE]}"
    return (Cause(kind="security-group-rule-missing", resource=resource),)


def break_(world: World, variant: str) -> None:
    """Revoke the rule, and let ECS replace the task that needs it: a running one keeps its connections."""
    group, port = _STORES[variant]
    world.ec2.revoke_security_group_ingress(
        GroupId=world.security_groups[group], IpPermissions=[ingress(world, port, _SOURCE)]
    )
    if variant == "port":
        world.ec2.authorize_security_group_ingress(
            GroupId=world.security_groups[group], IpPermissions=[ingress(world, _WRONG_PORT, _SOURCE)]
        )
    world.stop_tasks("mlflow" if group == "rds" else "auth")


def mend(world: World, variant: str) -> None:
    """Authorize the rule again."""
    group, port = _STORES[variant]
    if variant == "port":
        world.ec2.revoke_security_group_ingress(
            GroupId=world.security_groups[group], IpPermissions=[ingress(world, _WRONG_PORT, _SOURCE)]
        )
    world.ec2.authorize_security_group_ingress(
        GroupId=world.security_groups[group], IpPermissions=[ingress(world, port, _SOURCE)]
    )
