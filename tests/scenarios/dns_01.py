"""DNS-01: a public host has no record: its name is unknown, while its load balancer works."""

from tests.sandbox.platforms import PUBLIC_ZONE
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"
VARIANTS = ("auth", "registry")  # the host


def causes(variant: str) -> tuple[Cause, ...]:
    """The name."""
    return (Cause(kind="dns-record-missing", resource=f"{variant}.{PUBLIC_ZONE}"),)


def break_(world: World, variant: str) -> None:
    """Delete the record."""
    world.delete_record(f"{variant}.{PUBLIC_ZONE}")


def mend(world: World, variant: str) -> None:
    """Create it again."""
    world.set_record(f"{variant}.{PUBLIC_ZONE}", f"hokusai-{variant}-development")
