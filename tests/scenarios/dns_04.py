"""DNS-04: a private zone of the VPC shadows a public name, and does not have it: only clients in the VPC fail."""

from tests.sandbox.aws.dns import shadow, unshadow
from tests.sandbox.platforms import PUBLIC_ZONE
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"
VARIANTS = ("auth", "registry")  # the host, whose name the zone has


def causes(variant: str) -> tuple[Cause, ...]:
    """The name."""
    return (Cause(kind="dns-record-missing", resource=f"{variant}.{PUBLIC_ZONE}"),)


def break_(world: World, variant: str) -> None:
    """Create the private zone."""
    shadow(world, f"{variant}.{PUBLIC_ZONE}")


def mend(world: World, variant: str) -> None:
    """Delete it."""
    unshadow(world, f"{variant}.{PUBLIC_ZONE}")
