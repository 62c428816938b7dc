"""Reads a whole cluster: its services, and what leads to them and stands behind them. It only reads.

What one answer names is read next: services their task definitions and target groups, these their load balancers, these
their listeners and certificates. What is denied is Unknown, and all else is read all the same.
"""

from collections.abc import Iterator
from typing import Any

from registry_monitor.inventory import data_stores, discovery, dns, ecs, edge, load_balancing, network
from registry_monitor.inventory.aws import ClientOf, Region, aws_client
from registry_monitor.inventory.aws_errors import asking
from registry_monitor.inventory.cluster_facts import ClusterFacts
from registry_monitor.inventory.deep_facts import DnsRecord, SecurityGroup
from registry_monitor.inventory.facts import Cache, Database, EcsService, Known, Listener, LoadBalancer, TargetGroup
from registry_monitor.inventory.once import ReadOnce, by_key

CALLS = (
    ecs.LIST_SERVICES,
    ecs.DESCRIBE_SERVICES,
    ecs.DESCRIBE_TASK_DEFINITION,
    load_balancing.DESCRIBE_GROUPS,
    load_balancing.DESCRIBE_BALANCERS,
    load_balancing.DESCRIBE_LISTENERS,
    load_balancing.DESCRIBE_RULES,
    edge.DESCRIBE_CERTIFICATE,
    dns.LIST_ZONES,
    dns.LIST_RECORDS,
    discovery.GET_SERVICE,
    discovery.GET_NAMESPACE,
    data_stores.DESCRIBE_DATABASES,
    data_stores.DESCRIBE_CACHES,
    data_stores.DESCRIBE_CLUSTERS,
    network.DESCRIBE_GROUPS,
)
_PATIENCE_S = 60.0
_APPLICATION = ":loadbalancer/app/"  # then the name and an id: an Application Load Balancer (ELB user guide)
_WILDCARD = "*."


def read_cluster(cluster: str, region: str, client_of: ClientOf = aws_client) -> ClusterFacts:
    """All that AWS says of the cluster. No error leaves it but as Unknown."""
    return _ClusterReading(cluster, Region(region, client_of)).read()


class _ClusterReading:
    """The facts that it reads, each once, side by side."""

    def __init__(self, cluster: str, region: Region) -> None:
        self._cluster = cluster
        self._region = region
        here = region.reading
        # Of the whole cluster, by its name.
        self._services = ReadOnce(ecs.LIST_SERVICES, here("ecs", ecs.read_all_services))
        self._groups = ReadOnce(load_balancing.DESCRIBE_GROUPS, self._read_groups)
        self._balancers = ReadOnce(load_balancing.DESCRIBE_BALANCERS, self._read_balancers)
        self._databases = ReadOnce(data_stores.DESCRIBE_DATABASES, self._read_databases)
        self._caches = ReadOnce(data_stores.DESCRIBE_CACHES, self._read_caches)
        self._security_groups = ReadOnce(network.DESCRIBE_GROUPS, self._read_security_groups)
        self._records = ReadOnce(dns.LIST_ZONES, self._read_records)
        # By what names them.
        self._definitions = ReadOnce(ecs.DESCRIBE_TASK_DEFINITION, here("ecs", ecs.read_task_definition))
        self._names = ReadOnce(discovery.GET_SERVICE, here("servicediscovery", discovery.read_internal_name))
        self._listeners = ReadOnce(load_balancing.DESCRIBE_LISTENERS, self._read_listeners)
        self._certificates = ReadOnce(edge.DESCRIBE_CERTIFICATE, here("acm", edge.read_certificate))

    def read(self) -> ClusterFacts:
        """Read everything, each thing as soon as what names it is there."""
        cluster = self._cluster
        for begun in (self._databases, self._caches, self._balancers, self._security_groups):
            begun.begin(cluster)
        for service in self._found():
            if service.task_definition:
                self._definitions.begin(service.task_definition)
            for registry in service.registry_arns:
                self._names.begin(registry)
        balancers = self._balancers.settled(cluster)
        for balancer in balancers.value if isinstance(balancers, Known) else ():
            self._listeners.begin(balancer.name)
        self._listeners.wait(_PATIENCE_S)
        for arn in {arn for listener in self._listening() for arn in listener.certificate_arns if edge.is_of_acm(arn)}:
            self._certificates.begin(arn)
        for read in (self._definitions, self._names, self._certificates):
            read.wait(_PATIENCE_S)
        return ClusterFacts(
            cluster=cluster,
            region=self._region.name,
            services=self._services.settled(cluster),
            definitions=by_key(self._definitions),
            target_groups=self._groups.settled(cluster),
            load_balancers=balancers,
            listeners=by_key(self._listeners),
            certificates=by_key(self._certificates),
            records=self._records.settled(cluster),
            internal_names=by_key(self._names),
            databases=self._databases.settled(cluster),
            caches=self._caches.settled(cluster),
            security_groups=self._security_groups.settled(cluster),
        )

    def _found(self) -> tuple[EcsService, ...]:
        services = self._services.settled(self._cluster)
        return (services.value or ()) if isinstance(services, Known) else ()

    def _listening(self) -> Iterator[Listener]:
        """The listeners that have been read."""
        for fact in self._listeners.all_by_now().values():
            if isinstance(fact, Known):
                yield from fact.value

    def _read_groups(self, cluster: str) -> tuple[TargetGroup, ...]:
        services = self._services.value(cluster) or ()
        arns = sorted({target.target_group_arn for service in services for target in service.targets})
        return load_balancing.read_groups(self._region.client("elbv2"), arns)

    def _read_balancers(self, cluster: str) -> tuple[LoadBalancer, ...]:
        groups = self._groups.value(cluster)
        arns = {arn for group in groups for arn in group.load_balancer_arns if _APPLICATION in arn}
        return load_balancing.read_balancers(self._region.client("elbv2"), {arn.split("/")[2] for arn in arns})

    def _read_listeners(self, balancer_name: str) -> tuple[Listener, ...]:
        balancers = self._balancers.value(self._cluster)
        [arn] = [balancer.arn for balancer in balancers if balancer.name == balancer_name]
        return load_balancing.read_listeners(self._region.client("elbv2"), arn)

    def _read_records(self, _cluster: str) -> tuple[DnsRecord, ...]:
        """Of the zones that hold a host of a rule or a certificate: an account may have hundreds of others."""
        client = self._region.client("route53")
        names = set(self._public_names())
        if not names:
            return ()
        zones = [zone for zone in dns.read_zones(client) if any(zone.holds(name) for name in names)]
        with asking(dns.LIST_RECORDS):
            return tuple(record for zone in zones for record in dns.read_records(client, zone))

    def _public_names(self) -> Iterator[str]:
        """Hosts that rules and certificates name; of a wildcard what it stands below."""
        for listener in self._listening():
            for rule in listener.rules:
                for condition in rule.conditions:
                    if condition.field == "host-header":
                        yield from (value.lower().removeprefix(_WILDCARD) for value in condition.values)
        for fact in self._certificates.all_by_now().values():
            if isinstance(fact, Known) and fact.value is not None:
                yield from (name.lower().removeprefix(_WILDCARD) for name in fact.value.names)

    def _read_databases(self, _cluster: str) -> tuple[Database, ...]:
        return data_stores.read_databases(self._region.client("rds"))

    def _read_caches(self, _cluster: str) -> tuple[Cache, ...]:
        return data_stores.read_caches(self._region.client("elasticache"))

    def _read_security_groups(self, cluster: str) -> tuple[SecurityGroup, ...]:
        """Those of services and of stores, as far as these are known."""
        holders: list[Any] = [*(self._services.value(cluster) or ())]
        for stores in (self._databases.settled(cluster), self._caches.settled(cluster)):
            holders += stores.value if isinstance(stores, Known) else ()
        ids = {group for holder in holders for group in holder.security_groups}
        return network.read_security_groups(self._region.client("ec2"), ids)
