"""TLS-01: the certificate of a load balancer has expired: no client that verifies gets an answer."""

import datetime as dt

from tests.sandbox.platforms import PUBLIC_ZONE
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"
VARIANTS = ("registry", "auth")  # whose load balancer


def causes(variant: str) -> tuple[Cause, ...]:
    """The listener that shows it."""
    return (Cause(kind="certificate-expired", resource=f"hokusai-{variant}-development:443"),)


def break_(world: World, variant: str) -> None:
    """Let the listener show a certificate whose last day was yesterday."""
    host = f"{variant}.{PUBLIC_ZONE}"
    world.present_certificate(f"hokusai-{variant}-development", (host,), valid_for=dt.timedelta(days=-1))


def mend(world: World, variant: str) -> None:
    """Renew it."""
    world.present_certificate(f"hokusai-{variant}-development", (f"{variant}.{PUBLIC_ZONE}",))
