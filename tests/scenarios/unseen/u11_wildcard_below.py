"""The certificate is for ``*.registry.hokus.ai``: a wildcard covers the names below it, and not the name itself.

Source: ACM user guide, "AWS Certificate Manager public certificate characteristics" (wildcard names), and ELB user
guide, "HTTPS requests sent to the load balancer return NET::ERR_CERT_COMMON_NAME_INVALID".
"""

from tests.sandbox.platforms import REGISTRY_HOST
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World
from tests.scenarios.unseen.edits import REGISTRY_BALANCER

PLATFORM = "head"
CAUSES = (Cause(kind="certificate-host-mismatch", resource=f"{REGISTRY_BALANCER}:443"),)


def break_(world: World) -> None:
    """Show that certificate."""
    world.present_certificate(REGISTRY_BALANCER, (f"*.{REGISTRY_HOST}",))


def mend(world: World) -> None:
    """Show one for the host."""
    world.present_certificate(REGISTRY_BALANCER, (REGISTRY_HOST,))
