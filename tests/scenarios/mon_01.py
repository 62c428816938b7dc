"""MON-01: the monitor has no way to one API of AWS: the platform is well, and facts of that API are unknown."""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

VARIANTS = ("ecs", "elbv2", "rds")  # in a subnet without NAT, an API without a VPC endpoint is out of reach
_NAMES = {"ecs": "ecs", "elbv2": "elasticloadbalancing", "rds": "rds"}


def causes(variant: str) -> tuple[Cause, ...]:
    """The service of AWS, as IAM and VPC endpoints name it."""
    return (Cause(kind="monitor-api-unreachable", resource=_NAMES[variant]),)


def break_(world: World, variant: str) -> None:
    """Drop what the monitor sends there."""
    world.refuse(variant, how="dropped" if variant == "rds" else "silent")


def mend(world: World, variant: str) -> None:
    """Let it through again."""
    world.allow(variant)
