"""What a Run knows, in the shapes in which the rules ask for it. A fact that is Unknown is absent, and noted."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from urllib.parse import urlsplit

from registry_monitor.inventory.deep_facts import ContainerDefinition, SecurityGroup, StoppedTask
from registry_monitor.inventory.facts import (
    EcsService,
    EcsServices,
    Fact,
    Known,
    Listener,
    LoadBalancer,
    RegisteredTarget,
    TargetGroup,
    TaskDefinition,
    Unknown,
)
from registry_monitor.model import Result, Status
from registry_monitor.run import Run
from registry_monitor.target import LoadBalancer as PublicBalancer
from registry_monitor.target import Route, Service

_INTERNAL_NAME = re.compile(r"[\w-]+(\.[\w-]+)*\.[a-z][\w-]*")


@dataclass(frozen=True)
class Symptom:
    """One failed check as the rules read it. ``url``: what it asked first; ``error``: the stage at which it ended."""

    result: Result
    url: str | None
    others: tuple[str, ...]  # what it asked besides, where its evidence does not tell which of them failed
    status: int | None
    written_by: str | None
    error: str | None
    body: str

    @classmethod
    def of(cls, result: Result) -> "Symptom":
        """Read a result's evidence."""
        evidence = result.evidence
        told_url = _text(evidence.get("url"))
        asked = [told_url] if told_url else urls_of(result.asked)
        status, body = evidence.get("status"), evidence.get("body")
        return cls(
            result=result,
            url=next(iter(asked), None),
            others=tuple(asked[1:]),
            status=status if isinstance(status, int) else None,
            written_by=_text(evidence.get("written_by")),
            error=_text(evidence.get("error")),
            body=body if isinstance(body, str) else "",
        )

    @property
    def host(self) -> str | None:
        """The host that it asked."""
        return urlsplit(self.url).hostname if self.url else None

    @property
    def is_of_balancer(self) -> bool:
        """Whether the load balancer itself answered."""
        return self.written_by == "load balancer"

    @property
    def told(self) -> str:
        """One line of proof."""
        return self.result.sentence


def first_url(asked: Iterable[str]) -> str | None:
    """The URL of the first request over HTTP or TLS, such as "GET https://host/path" and "TLS host:443"."""
    return next(iter(urls_of(asked)), None)


def urls_of(asked: Iterable[str]) -> list[str]:
    """The URLs of requests over HTTP and TLS, each once."""
    found = []
    for each in asked:
        method, _, rest = each.partition(" ")
        if rest.startswith(("http://", "https://")):
            found.append(rest.partition(" ")[0])
        elif method == "TLS":
            found.append(f"https://{rest.removesuffix(':443')}")
    return list(dict.fromkeys(found))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


@dataclass
class Evidence:
    """A run for the rules. ``unchecked``: what could not be read, told with the findings that it might touch."""

    run: Run
    unchecked: dict[str, str] = field(default_factory=dict)  # source -> reason

    def read[T](self, fact: Fact[T] | None) -> T | None:
        """A fact's value; None where it is Unknown (noted) or was not asked for."""
        if isinstance(fact, Known):
            return fact.value
        if isinstance(fact, Unknown):
            self.unchecked[fact.source] = fact.reason
        return None

    @cached_property
    def now(self) -> datetime:
        """When the run began."""
        return self.run.started_at

    @cached_property
    def symptoms(self) -> tuple[Symptom, ...]:
        """Each failed check."""
        return tuple(Symptom.of(result) for result in self.run.of_status(Status.FAIL))

    @cached_property
    def passed(self) -> tuple[Symptom, ...]:
        """Each check that passed, read the same way: what contradicts a cause."""
        return tuple(Symptom.of(result) for result in self.run.results if result.status.is_passed)

    @cached_property
    def roles(self) -> dict[str, Service]:
        """The services of the target, by role."""
        return {service.role: service for service in self.run.target.services}

    @cached_property
    def ecs(self) -> EcsServices | None:
        """What ECS says of the target's services."""
        return self.read(self.run.inventory.ecs_services)

    @cached_property
    def services(self) -> dict[str, EcsService]:
        """The ECS services that were found, by role."""
        found = {service.name: service for service in self.ecs.found} if self.ecs else {}
        return {role: found[service.name] for role, service in self.roles.items() if service.name in found}

    @cached_property
    def groups(self) -> dict[str, TargetGroup]:
        """The target groups of the services, by ARN."""
        return {group.arn: group for group in self.read(self.run.inventory.target_groups) or ()}

    @cached_property
    def balancers(self) -> dict[str, LoadBalancer] | None:
        """The target's load balancers that AWS has, by name; None where that could not be read."""
        found = self.read(self.run.inventory.load_balancers)
        return None if found is None else {balancer.name: balancer for balancer in found}

    @cached_property
    def security_groups(self) -> dict[str, SecurityGroup] | None:
        """The security groups of tasks, load balancers and stores, by id."""
        found = self.read(self.run.inventory.security_groups)
        return None if found is None else {group.id: group for group in found}

    @cached_property
    def stopped_tasks(self) -> tuple[StoppedTask, ...]:
        """The tasks that have ended, the newest first."""
        return self.read(self.run.inventory.stopped_tasks) or ()

    @cached_property
    def public_hosts(self) -> dict[str, PublicBalancer]:
        """The public hosts of the target, each with the load balancer that the target file has for it."""
        balancers = reversed(self.run.target.load_balancers)
        return {host: balancer for balancer in balancers for host in reversed(balancer.hosts)}

    @cached_property
    def routes(self) -> dict[tuple[str, str], list[Route]]:
        """The routes of the target file, by load balancer and host."""
        found: dict[tuple[str, str], list[Route]] = {}
        for balancer in self.run.target.load_balancers:
            for route in balancer.routes:
                found.setdefault((balancer.name, urlsplit(route.url).hostname or ""), []).append(route)
        return found

    @cached_property
    def internal_addresses(self) -> dict[tuple[str, int], str]:
        """Host and port of each service's internal name, as the target's own checks ask them -> role."""
        found: dict[tuple[str, int], str] = {}
        for result in self.run.results:
            for asked in result.asked:
                parts = urlsplit(asked.partition(" ")[2])
                host = parts.hostname or ""
                is_named = _INTERNAL_NAME.fullmatch(host) and host not in self.public_hosts
                if parts.scheme == "http" and is_named and parts.port and result.service:
                    found[host, parts.port] = result.service
        return found

    def listeners(self, load_balancer: str) -> tuple[Listener, ...] | None:
        """The listeners of a load balancer."""
        return self.read(self.run.inventory.listeners.get(load_balancer))

    def listener(self, load_balancer: str, port: int) -> Listener | None:
        """The listener of a load balancer on a port."""
        return next((each for each in self.listeners(load_balancer) or () if each.port == port), None)

    def targets_of(self, role: str) -> list[tuple[TargetGroup, tuple[RegisteredTarget, ...]]]:
        """The target groups of a service with their registered targets, as far as they could be read."""
        service = self.services.get(role)
        if service is None:
            return []
        found = []
        for each in service.targets:
            group = self.groups.get(each.target_group_arn)
            health = self.read(self.run.inventory.target_health.get(each.target_group_arn))
            if group is not None and health is not None:
                found.append((group, health))
        return found

    def role_of_group(self, arn: str) -> str | None:
        """The service that registers its tasks in a target group; the first of several."""
        return self._roles_of_groups.get(arn)

    @cached_property
    def _roles_of_groups(self) -> dict[str, str]:
        services = reversed(self.services.items())
        return {target.target_group_arn: role for role, service in services for target in service.targets}

    def is_free_group(self, arn: str, port: int) -> bool:
        """Whether a group may be that of an absent service: nobody registers there, and its port is not another's."""
        group = self.groups.get(arn)
        return self.role_of_group(arn) is None and (group is None or group.port in (port, None))

    def definition(self, role: str) -> TaskDefinition | None:
        """The newest task definition of a service: its PRIMARY deployment's."""
        service = self.services.get(role)
        if service is None:
            return None
        return self.read(self.run.inventory.task_definitions.get(service.task_definition))

    def container(self, role: str) -> ContainerDefinition | None:
        """The container of a service that answers requests: the registered one, that of its port, or an essential."""
        definition, service = self.definition(role), self.services.get(role)
        if definition is None or service is None:
            return None
        registered = {target.container_name for target in service.targets}
        essential = [each for each in definition.containers if each.is_essential]
        named = [each for each in definition.containers if each.name in registered]
        of_its_port = [each for each in definition.containers if self.roles[role].container_port in each.ports]
        return next(iter([*named, *of_its_port, *essential]), None)

    def log_lines(self, role: str) -> tuple[str, ...]:
        """What a service has logged that may be about this run, oldest first.

        While the run asked it; of one whose tasks do not stay, since its newest deployment began: older lines are about
        other troubles.
        """
        tail = self.read(self.run.inventory.log_tails.get(self.roles[role].name))
        service = self.services.get(role)
        is_short = service is not None and service.running < service.desired
        since = self.deployed_at(role) if is_short else self.now
        return tuple(line.text for line in tail.lines if since is None or line.at >= since) if tail else ()

    def lines_since_deployment(self, role: str) -> tuple[str, ...]:
        """What the newest deployment of a service has logged, oldest first."""
        tail, since = self.read(self.run.inventory.log_tails.get(self.roles[role].name)), self.deployed_at(role)
        return tuple(line.text for line in tail.lines if since is None or line.at >= since) if tail else ()

    def deployed_at(self, role: str) -> datetime | None:
        """When the newest deployment of a service began."""
        service = self.services.get(role)
        primary = next((each for each in service.deployments if each.status == "PRIMARY"), None) if service else None
        return primary.created_at if primary else None

    def callees(self, role: str) -> list[str]:
        """The services that a service asks, in the order of the target file."""
        found = [call.callee for call in self.run.target.calls if call.caller == role and call.callee != role]
        return list(dict.fromkeys(found))
