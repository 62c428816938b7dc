"""TLS-01: the certificate of the registry's load balancer has expired: no client that verifies gets an answer."""

import datetime as dt

from tests.sandbox.platforms import REGISTRY_HOST
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"
_LOAD_BALANCER = "hokusai-registry-development"
CAUSES = (Cause(kind="certificate-expired", resource=f"{_LOAD_BALANCER}:443"),)


def break_(world: World) -> None:
    """Let the listener show a certificate whose last day was yesterday."""
    world.present_certificate(_LOAD_BALANCER, (REGISTRY_HOST,), valid_for=dt.timedelta(days=-1))


def mend(world: World) -> None:
    """Renew it."""
    world.present_certificate(_LOAD_BALANCER, (REGISTRY_HOST,))
