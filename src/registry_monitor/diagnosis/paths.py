"""The way of each failing request, hop by hop, with what breaks it: computed from what AWS says, never assumed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from registry_monitor.diagnosis.evidence import Evidence, Symptom
from registry_monitor.diagnosis.explain import Explained
from registry_monitor.diagnosis.nodes import balancer_of, is_traffic, reached_role, route_of, used_by
from registry_monitor.diagnosis.rules.routing import rule_told
from registry_monitor.finding import FindingState, Hop, RequestPath
from registry_monitor.inventory.routing import Probe, matching_rule
from registry_monitor.model import CannotTellError
from registry_monitor.target import LoadBalancer

_SHOWN = 12  # as many different URLs as a person reads; the others go the same ways


@dataclass(frozen=True)
class _Place:
    """A hop before it is known whether it works. ``told``: null where AWS could not be asked."""

    name: str
    told: str | None
    nodes: tuple[str, ...]
    is_callee: bool = False  # what a service asks before it answers, rather than a hop of the request itself


def paths_of(found: Iterable[Explained], evidence: Evidence) -> tuple[RequestPath, ...]:
    """One path for each URL that failed, in the order in which they were asked."""
    broken = _broken_nodes(found)
    asked: dict[str, list[Symptom]] = {}
    for symptom in evidence.symptoms:
        if is_traffic(symptom) and symptom.url and balancer_of(symptom.host or "", evidence):
            asked.setdefault(symptom.url.partition("?")[0], []).append(symptom)
    paths = []
    for url, symptoms in list(asked.items())[:_SHOWN]:
        hops = tuple(_hops(_places(url, evidence), broken, has_answer=_has_application_answered(symptoms)))
        paths.append(RequestPath(url=url, checks=tuple(each.result.check_id for each in symptoms), hops=hops))
    return tuple(paths)


def _broken_nodes(found: Iterable[Explained]) -> dict[str, str]:
    """Node -> statement of what breaks it; what is active is told before what is masked."""
    ranked = sorted(found, key=lambda each: (each.state is FindingState.LATENT, *each.suspect.key))
    broken: dict[str, str] = {}
    for each in ranked:
        for node in each.suspect.breaks:
            broken.setdefault(node, each.suspect.statement)
    return broken


def _has_application_answered(symptoms: list[Symptom]) -> bool:
    return any(each.status is not None and not each.is_of_balancer for each in symptoms)


def _hops(places: Iterable[_Place], broken: dict[str, str], *, has_answer: bool) -> Iterator[Hop]:
    """Behind the first broken hop nothing was reached, unless an application answered all the same."""
    is_cut = False
    for place in places:
        cause = next((broken[node] for node in place.nodes if node in broken), None)
        if cause is not None:
            yield Hop(place=place.name, told=place.told or "could not be read", state="broken", cause=cause)
            is_cut = place.is_callee or not has_answer
        elif place.told is None:
            yield Hop(place=place.name, told="could not be read", state="unknown")
        else:
            yield Hop(place=place.name, told=place.told, state="not reached" if is_cut else "works")


def _places(url: str, evidence: Evidence) -> Iterator[_Place]:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    balancer = balancer_of(host, evidence)
    if balancer is None:
        return
    yield _name(host, evidence)
    yield _balancer(balancer, evidence)
    yield _listener(balancer, host, port, evidence)
    yield _rule(url, balancer, port, evidence)
    route = route_of(url, balancer, evidence)
    role = reached_role(url, balancer, evidence) or (route.service if route else None)
    if role is not None:
        yield from _service(role, evidence)


def _name(host: str, evidence: Evidence) -> _Place:
    records = evidence.read(evidence.run.inventory.host_records.get(host))
    values = [value for record in records.records for value in record.values] if records else []
    told = None if records is None else f"{host} → {', '.join(values) or 'nothing'}"
    return _Place("name", told, (f"dns:{host}",))


def _balancer(balancer: LoadBalancer, evidence: Evidence) -> _Place:
    there = (evidence.balancers or {}).get(balancer.name)
    told = f"{balancer.name}, {there.state}" if there else None
    if evidence.balancers is not None and there is None:
        told = f"{balancer.name} does not exist"
    return _Place("load balancer", told, (f"balancer:{balancer.name}",))


def _listener(balancer: LoadBalancer, host: str, port: int, evidence: Evidence) -> _Place:
    listeners = evidence.listeners(balancer.name)
    nodes = (f"listener:{balancer.name}:{port}", f"tls:{host}")
    if listeners is None:
        return _Place("listener", None, nodes)
    listener = next((each for each in listeners if each.port == port), None)
    told = f"{listener.protocol}:{port}, {len(listener.rules)} rules" if listener else f"nothing listens on {port}"
    return _Place("listener", told, nodes)


def _rule(url: str, balancer: LoadBalancer, port: int, evidence: Evidence) -> _Place:
    route = route_of(url, balancer, evidence)
    nodes = (f"route:{route.id}",) if route else ()
    listener = evidence.listener(balancer.name, port)
    try:
        told = rule_told(matching_rule(listener, Probe.of(url)), evidence) if listener else None
    except CannotTellError as doubt:
        told = str(doubt)
    return _Place("rule", told, nodes)


def _service(role: str, evidence: Evidence) -> Iterator[_Place]:
    for group, targets in evidence.targets_of(role):
        healthy = sum(target.state == "healthy" for target in targets)
        reasons = "; ".join(f"{each.id}:{each.port} {each.reason}" for each in targets if each.reason)
        told = f"{group.name}: {healthy} of {len(targets)} targets healthy{f' ({reasons})' if reasons else ''}"
        # Where nothing listens, or no task has come, it is the group that cannot forward.
        behind = () if healthy else (f"port:{role}", *(() if targets else (f"service:{role}",)))
        yield _Place("target group", told, (f"registration:{role}", f"edge:balancer>{role}", *behind))
    service, name = evidence.services.get(role), evidence.roles[role].name
    if service is None:
        yield _Place("service", f"{name} does not exist" if evidence.ecs else None, (f"service:{role}",))
        return
    told = f"{name}: {service.running} of {service.desired} tasks run"
    yield _Place("service", told, (f"service:{role}",))
    container = evidence.container(role)
    yield _Place(
        "container", f"{container.name}, {container.image}" if container else None, (f"port:{role}", f"app:{role}")
    )
    yield from _callees(role, evidence)


def _callees(role: str, evidence: Evidence) -> Iterator[_Place]:
    """What a service asks before it answers: where one of these is broken, its own answer is an error."""
    for callee in evidence.callees(role):
        service, name = evidence.services.get(callee), evidence.roles[callee].name
        told = f"{name}: {service.running} of {service.desired} tasks run" if service else None
        if service is None and evidence.ecs:
            told = f"{name} does not exist"
        own = (f"name:{callee}", f"edge:{role}>{callee}", f"service:{callee}", f"port:{callee}", f"app:{callee}")
        stores = used_by(callee, evidence, above=tuple(evidence.roles))  # those that it asks have ways of their own
        yield _Place(f"{role} asks {callee}", told, (*own, *stores), is_callee=True)
