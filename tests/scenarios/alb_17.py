"""ALB-17: a target group speaks HTTP/2 or gRPC, the service HTTP/1.1: 464 to clients, and no healthy target."""

from tests.sandbox.aws.listener_states import set_protocol_version
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"
VARIANTS = ("http2", "grpc")
_GROUPS = {"http2": ("api", "hokusai-reg-api-development"), "grpc": ("auth", "hokusai-auth-development")}


def causes(variant: str) -> tuple[Cause, ...]:
    """The target group."""
    return (Cause(kind="target-group-protocol-wrong", resource=_GROUPS[variant][1]),)


def break_(world: World, variant: str) -> None:
    """Let the group be one of the newer protocol."""
    set_protocol_version(world, _GROUPS[variant][0], variant.upper())


def mend(world: World, variant: str) -> None:
    """Let it be one of HTTP/1.1."""
    set_protocol_version(world, _GROUPS[variant][0], "HTTP1")
