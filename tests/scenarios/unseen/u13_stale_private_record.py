"""A private zone of the VPC has the registry's name with an address of long ago: clients in the VPC wait in vain.

The public record is right, and everybody outside is served. Source: Route 53 developer guide, "Considerations when
working with a private hosted zone" (split-view DNS).
"""

from tests.sandbox.aws.dns import shadow, unshadow
from tests.sandbox.platforms import REGISTRY_HOST
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"
CAUSES = (Cause(kind="dns-record-wrong", resource=REGISTRY_HOST),)
_RECORD = {"Name": REGISTRY_HOST, "Type": "A", "TTL": 300, "ResourceRecords": [{"Value": "10.20.4.17"}]}


def break_(world: World) -> None:
    """Create the zone with its record."""
    shadow(world, REGISTRY_HOST)
    _change(world, "CREATE")


def mend(world: World) -> None:
    """Delete both."""
    _change(world, "DELETE")
    unshadow(world, REGISTRY_HOST)


def _change(world: World, action: str) -> None:
    zones = world.route53.list_hosted_zones()["HostedZones"]
    (zone,) = [item["Id"] for item in zones if item["Config"]["PrivateZone"] and item["Name"] == f"{REGISTRY_HOST}."]
    changes = [{"Action": action, "ResourceRecordSet": _RECORD}]
    world.route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
