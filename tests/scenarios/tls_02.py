"""TLS-02: a load balancer shows a certificate without its host's name: no client that verifies gets an answer."""

from tests.sandbox.platforms import AUTH_HOST, PUBLIC_ZONE
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"
VARIANTS = ("registry", "auth")  # whose load balancer
# A certificate for the zone's own name looks right at a glance, and covers no host in it.
_WRONG = {"registry": (AUTH_HOST,), "auth": (PUBLIC_ZONE, f"www.{PUBLIC_ZONE}")}


def causes(variant: str) -> tuple[Cause, ...]:
    """The listener that shows it."""
    return (Cause(kind="certificate-host-mismatch", resource=f"hokusai-{variant}-development:443"),)


def break_(world: World, variant: str) -> None:
    """Let the listener show a certificate for other names."""
    world.present_certificate(f"hokusai-{variant}-development", _WRONG[variant])


def mend(world: World, variant: str) -> None:
    """Let it show one for its own host."""
    world.present_certificate(f"hokusai-{variant}-development", (f"{variant}.{PUBLIC_ZONE}",))
