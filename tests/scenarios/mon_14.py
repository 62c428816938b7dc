"""MON-14: the monitor's CA bundle does not have the authority that everybody else trusts: no TLS works for it."""

from tests.sandbox.certificates import CertificateAuthority
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

CAUSES = (Cause(kind="monitor-trust-outdated", resource="CA bundle"),)


def break_(world: World) -> None:
    """Let the monitor trust an authority that has signed nothing."""
    folder = world.authority.bundle.parent / "outdated-trust"
    folder.mkdir(exist_ok=True)
    world.monitor_bundle = CertificateAuthority(folder).bundle


def mend(world: World) -> None:
    """Let it trust the platform's authority again."""
    world.monitor_bundle = world.authority.bundle
