"""ALB-26: AWS calls a load balancer impaired; as yet all requests are answered."""

from tests.sandbox.aws.listener_states import set_state
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"
VARIANTS = ("registry", "auth")  # whose load balancer


def causes(variant: str) -> tuple[Cause, ...]:
    """The load balancer."""
    return (Cause(kind="load-balancer-impaired", resource=f"hokusai-{variant}-development"),)


def break_(world: World, variant: str) -> None:
    """Set its state (moto knows no impaired one)."""
    set_state(world, f"hokusai-{variant}-development", "active_impaired")


def mend(world: World, variant: str) -> None:
    """Let it be active."""
    set_state(world, f"hokusai-{variant}-development", "active")
