"""The public names of the platform: a Route 53 zone with an alias record for each host."""

from typing import TYPE_CHECKING, Any

from tests.sandbox.platforms import PUBLIC_ZONE

if TYPE_CHECKING:
    from tests.sandbox.world import World

_CONSOLE_PREFIX = "dualstack."  # what the console writes before a load balancer's name


def create_dns(world: "World") -> None:
    """Create the zone, and lead each host to its load balancer."""
    world.route53.create_hosted_zone(Name=PUBLIC_ZONE, CallerReference=PUBLIC_ZONE)
    for load_balancer in world.platform.load_balancers:
        for host in load_balancer.hosts:
            set_record(world, host, load_balancer.name)


def set_record(world: "World", host: str, load_balancer: str) -> None:
    """Lead ``host`` to the load balancer of this name, whatever it led to before."""
    described = world.elbv2.describe_load_balancers(Names=[load_balancer])["LoadBalancers"][0]
    alias = {
        "HostedZoneId": described["CanonicalHostedZoneId"],
        "DNSName": described["DNSName"],
        "EvaluateTargetHealth": False,
    }
    _change(world, "UPSERT", {"Name": host, "Type": "A", "AliasTarget": alias})


def delete_record(world: "World", host: str) -> None:
    """Delete the record of ``host``; KeyError when there is none."""
    _change(world, "DELETE", _records(world)[host])


def public_names(world: "World") -> dict[str, str]:
    """Return what the public names lead to: the DNS name (or the address) in each record for addresses."""
    return {host: _target(record).rstrip(".").removeprefix(_CONSOLE_PREFIX) for host, record in _records(world).items()}


def _target(record: dict[str, Any]) -> str:
    name: str = record["AliasTarget"]["DNSName"] if "AliasTarget" in record else record["ResourceRecords"][0]["Value"]
    return name


def _records(world: "World") -> dict[str, dict[str, Any]]:
    found = {}
    for zone in world.route53.list_hosted_zones()["HostedZones"]:
        for record in world.route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]:
            if record["Type"] in ("A", "CNAME"):
                found[record["Name"].rstrip(".")] = record
    return found


def _change(world: "World", action: str, record: dict[str, Any]) -> None:
    zones = world.route53.list_hosted_zones_by_name(DNSName=PUBLIC_ZONE)["HostedZones"]
    world.route53.change_resource_record_sets(
        HostedZoneId=zones[0]["Id"], ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": record}]}
    )
