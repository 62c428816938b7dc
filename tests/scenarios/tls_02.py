"""TLS-02: the registry's load balancer shows another host's certificate: no client that verifies gets an answer."""

from tests.sandbox.platforms import AUTH_HOST, REGISTRY_HOST
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"
_LOAD_BALANCER = "hokusai-registry-development"
CAUSES = (Cause(kind="certificate-host-mismatch", resource=f"{_LOAD_BALANCER}:443"),)


def break_(world: World) -> None:
    """Let the listener show a certificate for the auth host."""
    world.present_certificate(_LOAD_BALANCER, (AUTH_HOST,))


def mend(world: World) -> None:
    """Let it show one for its own host."""
    world.present_certificate(_LOAD_BALANCER, (REGISTRY_HOST,))
