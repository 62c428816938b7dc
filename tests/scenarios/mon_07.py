"""MON-07: AWS throttles the monitor: the platform is well, and what was asked is unknown until the next run."""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

VARIANTS = ("ecs", "elbv2")
_NAMES = {"ecs": "ecs", "elbv2": "elasticloadbalancing"}


def causes(variant: str) -> tuple[Cause, ...]:
    """The service of AWS, as IAM names it."""
    return (Cause(kind="monitor-api-throttled", resource=_NAMES[variant]),)


def break_(world: World, variant: str) -> None:
    """Answer "Rate exceeded" to all that is asked there."""
    world.refuse(variant, how="throttled")


def mend(world: World, variant: str) -> None:
    """Answer again."""
    world.allow(variant)
