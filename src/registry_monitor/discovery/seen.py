"""The facts of a cluster as discovery looks at them: what could not be read is empty, and told elsewhere."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import SplitResult, urlsplit

from registry_monitor.discovery.doors import HTTPS_PORT, Door, Host, hosts_of, nearness
from registry_monitor.discovery.draft import DiscoveryError, Found
from registry_monitor.inventory.cluster_facts import ClusterFacts
from registry_monitor.inventory.deep_facts import ContainerDefinition, DnsRecord, SecurityGroup
from registry_monitor.inventory.facts import Cache, Database, EcsService, Fact, Known, TargetGroup, TaskDefinition


@dataclass(frozen=True)
class Wish:
    """What a person says beside the cluster's name. ``host``: https://host, or MLflow's whole address below it."""

    host: str | None = None
    mlflow: str | None = None  # the ECS service that runs MLflow

    @property
    def url(self) -> SplitResult | None:
        """``host``, taken apart. Raises DiscoveryError where it is no https:// address."""
        if self.host is None:
            return None
        parts = urlsplit(self.host)
        if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment or parts.username:
            raise DiscoveryError(f"--host: got '{self.host}'; expected https://HOST or https://HOST/PATH-OF-MLFLOW")
        return parts


@dataclass(frozen=True)
class Seen:
    """What is known of the cluster. ``doors``: those of the host that was asked for, where one was."""

    cluster: str
    region: str
    services: tuple[EcsService, ...]  # ACTIVE ones
    definitions: Mapping[str, TaskDefinition]  # by service
    groups: Mapping[str, TargetGroup]  # by ARN
    doors: tuple[Door, ...]
    without_door: tuple[str, ...]  # load balancers without an HTTPS listener
    internal_names: Mapping[str, str]  # by service
    databases: tuple[Database, ...]
    caches: tuple[Cache, ...]
    security_groups: Mapping[str, SecurityGroup]

    def containers(self, service: EcsService) -> tuple[ContainerDefinition, ...]:
        """The containers of a service, as far as its task definition could be read."""
        definition = self.definitions.get(service.name)
        return definition.containers if definition else ()

    def texts(self, service: EcsService) -> Iterator[tuple[str, str]]:
        """What a service is told that can be no secret: where it stands, and the text."""
        for container in self.containers(service):
            for name, variable in container.environment.items():
                if variable.value:
                    yield f"{name} of {service.name}", variable.value
            for part in container.command:
                yield f"command of {service.name}", part

    def variable_names(self, service: EcsService) -> set[str]:
        """Names of its environment variables and secrets."""
        return {name for each in self.containers(service) for name in (*each.environment, *each.secrets)}


def seen_of(facts: ClusterFacts, wish: Wish) -> Seen:
    """The facts, simplified. Raises DiscoveryError where there is no such cluster, no service, or not that host."""
    services = _services(facts)
    internal = {name: fact.value for name, fact in facts.internal_names.items() if isinstance(fact, Known)}
    definitions = {arn: fact.value for arn, fact in facts.definitions.items() if isinstance(fact, Known)}
    doors = tuple(_doors(facts))
    with_door = {door.balancer.name for door in doors}
    read = [name for name, fact in facts.listeners.items() if isinstance(fact, Known)]
    return Seen(
        cluster=facts.cluster,
        region=facts.region,
        services=services,
        definitions={
            each.name: definitions[each.task_definition] for each in services if each.task_definition in definitions
        },
        groups={group.arn: group for group in _or_none(facts.target_groups)},
        doors=_of_host(doors, wish, _or_none(facts.records)),
        without_door=tuple(name for name in read if name not in with_door),
        internal_names={
            each.name: name for each in services for arn in each.registry_arns[:1] if (name := internal.get(arn))
        },
        databases=tuple(_or_none(facts.databases)),
        caches=tuple(_or_none(facts.caches)),
        security_groups={group.id: group for group in _or_none(facts.security_groups)},
    )


def _or_none[T](fact: Fact[tuple[T, ...]]) -> tuple[T, ...]:
    return fact.value if isinstance(fact, Known) else ()


def _services(facts: ClusterFacts) -> tuple[EcsService, ...]:
    where = f"cluster {facts.cluster} in {facts.region}"
    if not isinstance(facts.services, Known):
        raise DiscoveryError(f"the services of {where} could not be read: {facts.services.reason}")
    if facts.services.value is None:
        raise DiscoveryError(f"there is no {where}, in the account of these credentials: correct --cluster or --region")
    active = tuple(service for service in facts.services.value if service.status == "ACTIVE")
    if not active:
        raise DiscoveryError(f"{where} has no ACTIVE service: there is nothing to watch")
    return active


def _doors(facts: ClusterFacts) -> Iterator[Door]:
    names = {
        arn: fact.value.names for arn, fact in facts.certificates.items() if isinstance(fact, Known) and fact.value
    }
    for balancer in _or_none(facts.load_balancers):
        listeners = facts.listeners.get(balancer.name)
        for listener in listeners.value if isinstance(listeners, Known) else ():
            if (listener.protocol, listener.port) == ("HTTPS", HTTPS_PORT) and listener.certificate_arns:
                certified = [name.lower() for arn in listener.certificate_arns for name in names.get(arn, ())]
                hosts = hosts_of(balancer, listener, _or_none(facts.records), certified)
                yield Door(balancer, listener, hosts)


def _of_host(doors: tuple[Door, ...], wish: Wish, records: Sequence[DnsRecord]) -> tuple[Door, ...]:
    """The doors that serve the host that was asked for, with that host alone; all where none was."""
    if wish.url is None:
        return doors
    host = wish.url.hostname or ""
    near = {door.balancer.name: nearness(door, host, records) for door in doors}
    best = max(near.values(), default=0)
    found = [door for door in doors if near[door.balancer.name] == best > 0]
    if len(found) != 1:
        told = (
            "; ".join(f"{door.balancer.name}: {_told(door.hosts)}" for door in doors) or "none listens with TLS on 443"
        )
        which = "several load balancers of the cluster may serve" if found else "no load balancer of the cluster serves"
        raise DiscoveryError(f"--host: {which} {host}; the hosts seen are: {told}")
    asked = next((each for each in found[0].hosts if each.name.value == host), Host(Found(host, "--host")))
    return (replace(found[0], hosts=(asked,)),)


def _told(hosts: tuple[Host, ...]) -> str:
    return ", ".join(host.name.value for host in hosts) or "none"
