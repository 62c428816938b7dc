"""ALB-27: a listener asks clients for a certificate of their own, which nobody has: the TLS handshake fails."""

from tests.sandbox.aws.listener_states import set_client_certificates
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"
VARIANTS = ("registry", "auth")  # whose load balancer


def causes(variant: str) -> tuple[Cause, ...]:
    """The listener."""
    return (Cause(kind="listener-tls-policy", resource=f"hokusai-{variant}-development:443"),)


def break_(world: World, variant: str) -> None:
    """Let the listener verify its clients."""
    set_client_certificates(world, world.listener(f"hokusai-{variant}-development"), "verify")


def mend(world: World, variant: str) -> None:
    """Let it ask for nothing."""
    set_client_certificates(world, world.listener(f"hokusai-{variant}-development"), "off")
