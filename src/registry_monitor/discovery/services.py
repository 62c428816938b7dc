"""The services of a target: which belong into it, how they are called there, and how each is asked."""

import re
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace

from registry_monitor.discovery.doors import Way, host_in, led_to
from registry_monitor.discovery.draft import DiscoveryError, EndpointDraft, Found, ServiceDraft, Sureness
from registry_monitor.discovery.mlflow_service import port_in_command
from registry_monitor.discovery.seen import Seen
from registry_monitor.inventory.facts import EcsService, ServiceTarget, TargetGroup

_LONGEST_ROLE = 63  # as the schema of the target has it
_STATUS = re.compile(r"[1-5]\d\d")


@dataclass(frozen=True)
class Chosen:
    """A service of the target. ``target``: where it registers, behind a load balancer; null for MLflow without one."""

    service: EcsService
    role: Found[str]
    target: ServiceTarget | None
    group: TargetGroup | None

    @property
    def health_path(self) -> str | None:
        """What its target group asks of its tasks; null where that is not asked by HTTP, or not known."""
        path = self.group.health_check_path if self.group else None
        return path if path and path.startswith("/") else None


def choose(seen: Seen, mlflow: EcsService, *, doors_only: bool) -> tuple[tuple[Chosen, ...], tuple[str, ...]]:
    """The services of the target, and why each other one is left out. ``doors_only``: those behind the doors alone."""
    behind = {arn for door in seen.doors for arn in door.groups}
    left_out: list[str] = []
    targets: dict[str, ServiceTarget | None] = {}
    for service in seen.services:
        led = [target for target in service.targets if _is_behind_balancer(seen, target)]
        led.sort(key=lambda target: target.target_group_arn not in behind)
        why = _why_left_out(service, led, behind if doors_only else None)
        if why is None or service == mlflow:
            targets[service.name] = led[0] if led else None
        else:
            left_out.append(f"service {service.name}: {why}")
    roles = _roles(list(targets))
    there = {service.name: service for service in seen.services}
    chosen = tuple(_chosen(seen, there[name], roles[name], target) for name, target in targets.items())
    return chosen, tuple(left_out)


def _why_left_out(service: EcsService, led: Sequence[ServiceTarget], behind: Container[str] | None) -> str | None:
    """Why a service is none to watch; ``led``: where load balancers lead to it, the first one behind a door."""
    if not led:
        return "no Application Load Balancer leads to it"
    if behind is not None and led[0].target_group_arn not in behind:
        return "the load balancer of --host does not lead to it"
    return "it is scaled to 0 tasks" if service.desired == 0 else None


def _chosen(seen: Seen, service: EcsService, role: Found[str], target: ServiceTarget | None) -> Chosen:
    return Chosen(service, role, target, seen.groups.get(target.target_group_arn) if target else None)


def service_draft(seen: Seen, chosen: Chosen) -> ServiceDraft:
    """What the target says of one service."""
    way, path = public_health(seen, chosen), chosen.health_path
    return ServiceDraft(
        role=chosen.role,
        name=chosen.service.name,
        container_port=_port(seen, chosen),
        public_host=Found(host_in(way.url), f"{way.told} leads {path} there to it") if way else None,
        health_path=Found(path, f"target group {chosen.group.name}") if path and chosen.group else None,
        closed=_why_closed(chosen),
    )


def public_health(seen: Seen, chosen: Chosen) -> Way | None:
    """The public URL at which the health path of a service is answered by that service, where there is one."""
    if chosen.health_path is None:
        return None
    for door in seen.doors:
        for host in door.hosts:
            way = led_to(door, f"https://{host.name.value}{chosen.health_path}", seen.services)
            if way is not None and way.service == chosen.service:
                return way
    return None


def endpoint_drafts(seen: Seen, chosen: Chosen) -> tuple[tuple[EndpointDraft, ...], tuple[str, ...]]:
    """The health path by its public URL and by its internal name, as far as its right answer is known; and why not."""
    role, group = chosen.role.value, chosen.group
    if group is None or chosen.health_path is None:
        return (), (f"endpoint of {role}: no target group asks a path of it by HTTP",)
    if group.matcher is None or not _STATUS.fullmatch(group.matcher):
        told = f"target group {group.name} takes {group.matcher} of {chosen.health_path}"
        return (), (f"endpoint of {role}: {told}, so which status is right is not known",)
    return tuple(_health_endpoints(seen, chosen, int(group.matcher))), ()


def _health_endpoints(seen: Seen, chosen: Chosen, status: int) -> Iterator[EndpointDraft]:
    role = chosen.role.value
    way = public_health(seen, chosen)
    if way is not None:
        told = f"{way.told}, and its target group takes {status} of it"
        found = Found(way.url, told, Sureness.LIKELY)  # what stands before the tasks may answer otherwise
        yield EndpointDraft(f"{role}-health", role, found, status)
    name = seen.internal_names.get(chosen.service.name)
    if name is not None and chosen.target is not None and _why_closed(chosen) is None:
        url = f"http://{name}:{chosen.target.container_port}{chosen.health_path}"
        yield EndpointDraft(f"{role}-internal", role, Found(url, "name in Cloud Map"), status, inside_vpc=True)


def _is_behind_balancer(seen: Seen, target: ServiceTarget) -> bool:
    """Where target groups could not be read, whatever stands behind one counts."""
    group = seen.groups.get(target.target_group_arn)
    return not seen.groups or (
        group is not None and any(":loadbalancer/app/" in arn for arn in group.load_balancer_arns)
    )


def _port(seen: Seen, chosen: Chosen) -> Found[int]:
    if chosen.target is not None:
        return Found(chosen.target.container_port, f"container {chosen.target.container_name} behind its load balancer")
    told = port_in_command(seen, chosen.service)
    if told is not None:
        return Found(told, "its command")
    ports = [port for container in seen.containers(chosen.service) for port in container.ports]
    if ports:
        return Found(ports[0], "task definition", Sureness.SURE if len(ports) == 1 else Sureness.LIKELY)
    raise DiscoveryError(
        f"no port of {chosen.service.name} is known: no load balancer leads to it, and its task definition names none "
        "(containerPort), or could not be read"
    )


def _why_closed(chosen: Chosen) -> str | None:
    """Why the tasks are not to be asked by their addresses; null where they may be: by HTTP, on the port of users."""
    group = chosen.group
    if group is None or chosen.target is None or chosen.health_path is None:
        return "which path of it tells its health is not known"
    if group.protocol != "HTTP" or group.protocol_version not in (None, "HTTP1"):
        return f"its tasks speak {group.protocol_version or 'HTTP1'} over {group.protocol}"
    if group.health_check_port not in (None, "traffic-port", str(chosen.target.container_port)):
        return f"its health is asked on port {group.health_check_port}, not on that of its users"
    return None


def _roles(names: Sequence[str]) -> dict[str, Found[str]]:
    """Short names: without the words that all of them begin or end with; whole where that leaves none, or two alike."""
    words = {name: re.split(r"[-_]", name.lower()) for name in names}
    first = _common(list(words.values()))
    last = _common([each[::-1] for each in words.values()])
    short = {name: "-".join(each[first : len(each) - last]) for name, each in words.items()}
    if len(names) < 2 or not all(short.values()) or max(Counter(short.values()).values()) > 1:
        short = {name: re.sub("_", "-", name.lower()) for name in names}
    roles = {name: role.strip("-")[:_LONGEST_ROLE].strip("-") for name, role in short.items()}
    if max(Counter(roles.values()).values(), default=1) > 1:
        roles = {name: f"service-{number}" for number, name in enumerate(names, start=1)}
    return {name: Found(role, "short for the service", Sureness.DEFAULT) for name, role in roles.items()}


def _common(lists: Sequence[Sequence[str]]) -> int:
    """How many words all of them begin with."""
    count = 0
    for words in zip(*lists, strict=False):
        if len(set(words)) > 1:
            break
        count += 1
    return count


def with_probe(draft: ServiceDraft, host: str, path: str, source: str) -> ServiceDraft:
    """The service of MLflow with a request that only MLflow answers."""
    public = draft.public_host if draft.public_host and draft.public_host.value == host else Found(host, source)
    return replace(draft, public_host=public, probe_path=Found(path, "MLflow's REST API", Sureness.LIKELY))
