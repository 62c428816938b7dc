"""MON-02: the monitor's role may not ask AWS for something: the platform is well, and that fact is unknown."""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

VARIANTS = ("ecs:DescribeServices", "elasticloadbalancing:DescribeTargetHealth", "rds:DescribeDBInstances")
_BOTO3_NAMES = {"elasticloadbalancing": "elbv2"}


def causes(variant: str) -> tuple[Cause, ...]:
    """The action that its policy lacks."""
    return (Cause(kind="monitor-permission-missing", resource=variant),)


def break_(world: World, variant: str) -> None:
    """Deny the action."""
    world.refuse(*_operation(variant), how="denied")


def mend(world: World, variant: str) -> None:
    """Allow it again."""
    world.allow(*_operation(variant))


def _operation(action: str) -> tuple[str, str]:
    service, _, operation = action.partition(":")
    return _BOTO3_NAMES.get(service, service), operation
