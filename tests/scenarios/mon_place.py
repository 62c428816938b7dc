"""MON-02 and MON-14 of all of AWS at once: it takes nothing from the monitor, or is asked where the platform is not.

``clock``: the monitor signs with a time that AWS does not take. ``credentials``: AWS does not know who signs.
``region``: what it asks is answered by another region, in which nothing of the platform is. The platform is well.
"""

from typing import Literal

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

VARIANTS = ("clock", "credentials", "region")
_CAUSES = {
    "clock": Cause(kind="monitor-clock-wrong", resource="clock"),
    "credentials": Cause(kind="monitor-credentials-refused", resource="credentials"),
    "region": Cause(kind="monitor-place-wrong", resource="hokusai-development in us-east-1"),
}
_HOW: dict[str, Literal["skewed", "unknown", "elsewhere"]] = {
    "clock": "skewed",
    "credentials": "unknown",
    "region": "elsewhere",
}
# Of what it asks, all; but the keys, without which nothing of the platform could be asked, and what has no region.
_ASKED = ("cloudwatch", "ec2", "ecr", "ecs", "elasticache", "elbv2", "logs", "rds", "servicediscovery", "wafv2")


def causes(variant: str) -> tuple[Cause, ...]:
    """The monitor's own place, or what it shows of itself."""
    return (_CAUSES[variant],)


def break_(world: World, variant: str) -> None:
    """Have AWS answer so, whatever is asked."""
    for service in _ASKED:
        world.refuse(service, how=_HOW[variant])


def mend(world: World, variant: str) -> None:
    """Let it answer as ever."""
    for service in _ASKED:
        world.allow(service)
