"""The public names of the platform: a Route 53 zone with an alias record for each host."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.sandbox.world import World

_CONSOLE_PREFIX = "dualstack."  # what the console writes before a load balancer's name


def create_dns(world: "World") -> None:
    """Create the zone, and lead each host to its load balancer."""
    zone = world.account.public_zone
    world.route53.create_hosted_zone(Name=zone, CallerReference=zone)
    for load_balancer in world.platform.load_balancers:
        for host in load_balancer.hosts:
            set_record(world, host, load_balancer.name)


def set_address(world: "World", host: str, address: str) -> None:
    """Lead ``host`` to an address, whatever it led to before."""
    _change(world, "UPSERT", {"Name": host, "Type": "A", "TTL": 300, "ResourceRecords": [{"Value": address}]})


def set_record(world: "World", host: str, load_balancer: str) -> None:
    """Lead ``host`` to the load balancer of this name, whatever it led to before."""
    described = world.elbv2.describe_load_balancers(Names=[load_balancer])["LoadBalancers"][0]
    set_alias(world, host, described["DNSName"], described["CanonicalHostedZoneId"])


def set_alias(world: "World", host: str, dns_name: str, zone: str = "Z35SXDOTRQ7X7K") -> None:
    """Lead ``host`` to a name in the zone of Elastic Load Balancing, whether or not anything has it."""
    alias = {"HostedZoneId": zone, "DNSName": dns_name, "EvaluateTargetHealth": False}
    _change(world, "UPSERT", {"Name": host, "Type": "A", "AliasTarget": alias})


def delete_record(world: "World", host: str) -> None:
    """Delete the record of ``host``; KeyError when there is none."""
    _change(world, "DELETE", _addresses(world, _public_zone(world))[host])


def shadow(world: "World", zone: str) -> None:
    """Create a private zone without records, which answers in the VPC for all names in it (DNS-04)."""
    world.route53.create_hosted_zone(
        Name=zone,
        CallerReference=f"private {zone}",
        VPC={"VPCRegion": world.account.region, "VPCId": world.vpc},
        HostedZoneConfig={"PrivateZone": True},
    )


def unshadow(world: "World", zone: str) -> None:
    """Delete the private zone."""
    zones = world.route53.list_hosted_zones()["HostedZones"]
    (private,) = [item["Id"] for item in zones if item["Config"]["PrivateZone"] and item["Name"] == f"{zone}."]
    world.route53.delete_hosted_zone(Id=private)


def public_names(world: "World") -> dict[str, str]:
    """Return what the public names lead to in the VPC: the DNS name (or the address) in each record for addresses.

    The most specific private zone of the VPC answers for the names in it, also for those that it does not have
    (Route 53 developer guide, "Working with private hosted zones").
    """
    asked = world.route53.list_hosted_zones_by_vpc(VPCId=world.vpc, VPCRegion=world.account.region)
    summaries = asked["HostedZoneSummaries"]
    private = sorted(summaries, key=lambda zone: len(zone["Name"]))
    records = _addresses(world, _public_zone(world))
    for zone in private:
        ending = f".{zone['Name'].rstrip('.')}"
        records = {host: record for host, record in records.items() if not f".{host}".endswith(ending)}
        records |= _addresses(world, zone["HostedZoneId"])
    return {host: _target(record).rstrip(".").removeprefix(_CONSOLE_PREFIX) for host, record in records.items()}


def _target(record: dict[str, Any]) -> str:
    name: str = record["AliasTarget"]["DNSName"] if "AliasTarget" in record else record["ResourceRecords"][0]["Value"]
    return name


def _public_zone(world: "World") -> str:
    zones = world.route53.list_hosted_zones_by_name(DNSName=world.account.public_zone)["HostedZones"]
    identity: str = next(zone["Id"] for zone in zones if not zone["Config"]["PrivateZone"])
    return identity


def _addresses(world: "World", zone: str) -> dict[str, dict[str, Any]]:
    listed = world.route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    return {record["Name"].rstrip("."): record for record in listed if record["Type"] in ("A", "CNAME")}


def _change(world: "World", action: str, record: dict[str, Any]) -> None:
    world.route53.change_resource_record_sets(
        HostedZoneId=_public_zone(world), ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": record}]}
    )
