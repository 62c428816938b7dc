"""Nothing is wrong: an expired certificate of the registry's host is still in ACM, and no listener shows it."""

import datetime as dt

from tests.sandbox.platforms import REGISTRY_HOST
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

CAUSES: tuple[Cause, ...] = ()


def break_(world: World) -> None:
    """Import it (ACM refuses one that has expired, so it expires there)."""
    arn = world.import_certificate((REGISTRY_HOST,))
    expired = world.authority.issue((REGISTRY_HOST,), dt.timedelta(days=-1))
    world.control_plane.replace_certificate(arn, expired.body)


def mend(world: World) -> None:
    """Delete it."""
    for certificate in world.acm.list_certificates()["CertificateSummaryList"]:
        arn = certificate["CertificateArn"]
        if world.acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] == "EXPIRED":
            world.acm.delete_certificate(CertificateArn=arn)
            del world.certificates[arn]
