"""Harmless: auth's name is a CNAME to its load balancer in the place of an alias, whose certificate is a wildcard.

Source: Route 53 developer guide, "Choosing between alias and non-alias records", and ACM user guide, "AWS Certificate
Manager public certificate characteristics" (wildcard names).
"""

from tests.sandbox.platforms import AUTH_HOST, PUBLIC_ZONE
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World
from tests.scenarios.unseen.edits import AUTH_BALANCER

PLATFORM = "head"
CAUSES: tuple[Cause, ...] = ()


def break_(world: World) -> None:
    """Put a CNAME in the place of the alias, and a wildcard in the place of the name."""
    zone = world.route53.list_hosted_zones_by_name(DNSName=PUBLIC_ZONE)["HostedZones"][0]["Id"]
    (described,) = world.elbv2.describe_load_balancers(Names=[AUTH_BALANCER])["LoadBalancers"]
    world.delete_record(AUTH_HOST)
    record = {"Name": AUTH_HOST, "Type": "CNAME", "TTL": 300, "ResourceRecords": [{"Value": described["DNSName"]}]}
    changes = [{"Action": "CREATE", "ResourceRecordSet": record}]
    world.route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    world.present_certificate(AUTH_BALANCER, (f"*.{PUBLIC_ZONE}",))


def mend(world: World) -> None:
    """Put both back."""
    world.present_certificate(AUTH_BALANCER, (AUTH_HOST,))
    world.delete_record(AUTH_HOST)
    world.set_record(AUTH_HOST, AUTH_BALANCER)
