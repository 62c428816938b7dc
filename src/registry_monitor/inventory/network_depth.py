"""How the platform is reached, in depth: security groups, the VPC, names, certificates, web ACLs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from registry_monitor.inventory import dns, edge, load_balancing, network
from registry_monitor.inventory.aws import Region
from registry_monitor.inventory.deep_facts import DnsRecord, HostRecords, Network, SecurityGroup
from registry_monitor.inventory.facts import Cache, Database, EcsServices, Fact, Known, Listener, LoadBalancer, known
from registry_monitor.inventory.once import ReadOnce, by_key, in_doubt
from registry_monitor.inventory.parsing.dns import Zone, answers_for
from registry_monitor.target import Target

CALLS = (
    network.DESCRIBE_GROUPS,
    network.DESCRIBE_SUBNETS,
    network.DESCRIBE_ACLS,
    network.DESCRIBE_ROUTE_TABLES,
    network.DESCRIBE_ENDPOINTS,
    network.DESCRIBE_NAT_GATEWAYS,
    dns.LIST_ZONES,
    dns.LIST_RECORDS,
    edge.DESCRIBE_CERTIFICATE,
    edge.GET_FIREWALL,
)


@dataclass(frozen=True)
class Reached:
    """The facts that name what is read here."""

    services: ReadOnce[str, EcsServices]
    balancers: ReadOnce[str, tuple[LoadBalancer, ...]]
    listeners: ReadOnce[str, tuple[Listener, ...]]
    databases: ReadOnce[str, Database | None]
    caches: ReadOnce[str, Cache | None]


class NetworkDepth:
    """Reads these facts, each once, from ``begin`` on. ``reads``: all that it reads, those that begin others first."""

    def __init__(self, target: Target, region: Region, reached: Reached) -> None:
        self._target = target
        self._region = region
        self._reached = reached
        self._steps_of_balancers = ReadOnce(load_balancing.DESCRIBE_LISTENERS, self._begin_certificates)
        self._groups = ReadOnce(network.DESCRIBE_GROUPS, self._read_groups, in_doubt)
        self._network = ReadOnce(network.DESCRIBE_SUBNETS, self._read_network, in_doubt)
        self._zones = ReadOnce(dns.LIST_ZONES, self._read_zones)
        self._records = ReadOnce(dns.LIST_RECORDS, region.reading("route53", dns.read_records))
        self._hosts = ReadOnce(dns.LIST_RECORDS, self._read_host)
        self._certificates = ReadOnce(edge.DESCRIBE_CERTIFICATE, region.reading("acm", edge.read_certificate))
        self._firewalls = ReadOnce(edge.GET_FIREWALL, self._read_firewall)
        self.reads: Sequence[ReadOnce[str, Any]] = (
            *(self._steps_of_balancers, self._groups, self._network, self._hosts),
            *(self._certificates, self._firewalls),
        )

    def begin(self) -> None:
        """Begin to read everything."""
        self._groups.begin(self._target.region)
        self._network.begin(self._target.region)
        for balancer in self._target.load_balancers:
            self._steps_of_balancers.begin(balancer.name)
            self._firewalls.begin(balancer.name)
            for host in balancer.hosts:
                self._hosts.begin(host)

    def by_now(self) -> dict[str, Any]:
        """What has been read by now, by the inventory's fields."""
        return {
            "security_groups": self._groups.all_by_now().get(self._target.region),
            "network": self._network.all_by_now().get(self._target.region),
            "host_records": by_key(self._hosts),
            "certificates": by_key(self._certificates),
            "firewalls": by_key(self._firewalls),
        }

    def _begin_certificates(self, balancer_name: str) -> None:
        for listener in self._reached.listeners.value(balancer_name):
            for arn in filter(edge.is_of_acm, listener.certificate_arns):
                self._certificates.begin(arn)

    def _read_groups(self, region: str) -> tuple[SecurityGroup, ...]:
        """Those of services, load balancers and stores, as far as these are known."""
        target, reached = self._target, self._reached
        holders: list[Fact[Any]] = [reached.services.settled(target.cluster), reached.balancers.settled(region)]
        if target.database:
            holders.append(reached.databases.settled(target.database.instance))
        if target.redis:
            holders.append(reached.caches.settled(target.redis.replication_group))
        ids = {group for holder in holders if isinstance(holder, Known) for group in _group_ids(holder.value)}
        if not ids:
            for holder in holders:
                known(holder)  # one that is Unknown is the reason
        return network.read_security_groups(self._region.client("ec2"), ids)

    def _read_network(self, region: str) -> Network:
        """The VPC of the load balancers; where there are none, that of the tasks."""
        client = self._region.client("ec2")
        vpcs = [balancer.vpc for balancer in self._reached.balancers.value(region) if balancer.vpc]
        if vpcs:
            return network.read_network(client, vpcs[0])
        services = self._reached.services.value(self._target.cluster).found
        subnets = {subnet for service in services for subnet in service.subnets}
        return network.read_network(client, network.read_vpc(client, subnets))

    def _read_zones(self, _region: str) -> tuple[Zone, ...]:
        return dns.read_zones(self._region.client("route53"))

    def _read_host(self, host: str) -> HostRecords:
        zones = [zone for zone in self._zones.value(self._target.region) if zone.holds(host)]
        records: list[DnsRecord] = [record for zone in zones for record in self._records.value(zone)]
        return HostRecords(
            zones=tuple(zone.name for zone in zones),
            private_zones=tuple(zone.name for zone in zones if zone.is_private),
            records=tuple(record for record in records if answers_for(host, record)),
        )

    def _read_firewall(self, balancer_name: str) -> str | None:
        """None also where the load balancer itself does not exist."""
        for balancer in self._reached.balancers.value(self._target.region):
            if balancer.name == balancer_name:
                return edge.read_firewall(self._region.client("wafv2"), balancer.arn)
        return None


def _group_ids(holder: EcsServices | tuple[LoadBalancer, ...] | Database | Cache | None) -> set[str]:
    match holder:
        case None:
            return set()
        case EcsServices():
            holders: Sequence[Any] = holder.found
        case tuple():
            holders = holder
        case _:
            holders = (holder,)
    return {group for each in holders for group in each.security_groups}
