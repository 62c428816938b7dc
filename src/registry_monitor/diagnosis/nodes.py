"""The platform as a graph of what a request passes and what the services on its way use.

A node is a short text. ``dns:<host>``, ``balancer:<name>``, ``listener:<name>:<port>``, ``tls:<host>``,
``firewall:<balancer>``, ``route:<id>`` (the rules' decision), ``registration:<role>`` (tasks in the target group),
``edge:balancer><role>`` (packets from the load balancer), ``subnet:<role>`` (packets to its tasks' subnets),
``service:<role>`` (tasks run), ``port:<role>`` (something listens there), ``app:<role>`` (it answers rightly),
``edge:<caller>><callee>``, ``name:<role>`` (its internal name), ``state:<balancer>`` and ``rollout:<role>`` (what
AWS says of it, and no request passes), and the stores ``redis``, ``database``, ``bucket``;
``key`` is the monitor's own key, ``monitor`` its own place, ``account`` the region and account where it asks AWS.
"""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from registry_monitor.diagnosis.evidence import Evidence, Symptom, first_url
from registry_monitor.inventory.routing import Probe, matching_rule
from registry_monitor.model import CannotTellError, Result
from registry_monitor.target import LoadBalancer, Route

REDIS, DATABASE, BUCKET, KEY, MONITOR = "redis", "database", "bucket", "key", "monitor"
ACCOUNT = "account"
BAD_KEY_CHECK = "authentication.bad-key"  # a key that nobody has been given is refused
_KEY_TAKEN = ("authentication.accepted.", "infrastructure_health.mlflow.database", "model_registration_flow.heartbeat.")


def service_nodes(role: str) -> tuple[str, ...]:
    """What must be right of a service itself, in the order in which a request meets it."""
    return f"registration:{role}", f"subnet:{role}", f"service:{role}", f"port:{role}"


def way_of(symptom: Symptom, evidence: Evidence) -> list[str]:
    """The nodes that a check's request passes, in their order; those it rests on behind the application last."""
    if symptom.url is None:
        return [*_way_of_facts(symptom.result, evidence), ACCOUNT]
    ways = [_way_of_request(replace(symptom, url=url), evidence) for url in (symptom.url, *symptom.others)]
    return list(dict.fromkeys(node for way in ways for node in way))


def _way_of_request(symptom: Symptom, evidence: Evidence) -> list[str]:
    host = symptom.host or ""
    balancer = balancer_of(host, evidence)
    if balancer is None:
        role = symptom.result.service
        inside = [f"name:{role}", f"service:{role}", f"port:{role}", f"app:{role}"] if role else []
        return [MONITOR, *inside, *(used_by(role, evidence) if role else ()), KEY]
    return [*entry(host, balancer, urlsplit(symptom.url).port or 443), *_behind(symptom, balancer, evidence)]


def entry(host: str, balancer: LoadBalancer, port: int) -> list[str]:
    """The nodes up to the rules of a load balancer."""
    name = balancer.name
    return [MONITOR, f"dns:{host}", f"balancer:{name}", f"listener:{name}:{port}", f"tls:{host}", f"firewall:{name}"]


def balancer_of(host: str, evidence: Evidence) -> LoadBalancer | None:
    """The load balancer that the target file has for a public host."""
    return evidence.public_hosts.get(host)


def _behind(symptom: Symptom, balancer: LoadBalancer, evidence: Evidence) -> Iterator[str]:
    """Where the rules lead the request, in truth, then what it rests on.

    Where that is not the service that it was meant for, the rule is at fault only when that other service works: so
    its decision stands behind the service that was reached.
    """
    url = symptom.url or ""
    route = route_of(url, balancer, evidence)
    meant = route.service if route else symptom.result.service
    reached = reached_role(url, balancer, evidence) or meant
    if reached is not None:
        registration, *own = service_nodes(reached)
        yield from (registration, f"edge:balancer>{reached}", *own)
    if route is not None:
        yield f"route:{route.id}"
    if reached is not None:
        yield f"app:{reached}"
    for role in dict.fromkeys((meant, symptom.result.service)):
        if role is not None:
            yield from used_by(role, evidence)
            yield f"app:{role}"
    yield KEY


def route_of(url: str, balancer: LoadBalancer, evidence: Evidence) -> Route | None:
    """The route of the target file that a URL goes with: of its host, with most of its path in common."""
    parts = urlsplit(url)
    of_host = evidence.routes.get((balancer.name, parts.hostname or ""), ())
    return max(of_host, key=lambda route: _in_common(parts.path, urlsplit(route.url).path), default=None)


def _in_common(path: str, other: str) -> tuple[int, int]:
    """How many segments two paths share from the start; where none, the shorter one is the nearer."""
    ours, others = path.strip("/").split("/"), other.strip("/").split("/")
    shared = next(
        (place for place, (one, two) in enumerate(zip(ours, others, strict=False)) if one != two),
        min(len(ours), len(others)),
    )
    return shared, -len(others)


def reached_role(url: str, balancer: LoadBalancer, evidence: Evidence) -> str | None:
    """The service that the listener's rules lead a URL to; None where they lead to none, or it cannot be told."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    listener = evidence.listener(balancer.name, port)
    if listener is None:
        return None
    try:
        rule = matching_rule(listener, Probe.of(url))
    except CannotTellError:
        return None
    groups = {arn for action in rule.actions for arn, weight in action.target_groups.items() if weight > 0}
    reached = {evidence.role_of_group(arn) for arn in groups}
    return next((role for role in evidence.services if role in reached), None)


def used_by(role: str, evidence: Evidence, above: tuple[str, ...] = ()) -> Iterator[str]:
    """What a service rests on: those it asks, with their ways, and its stores."""
    target = evidence.run.target
    for callee in evidence.callees(role):
        if callee in above:
            continue
        yield from (f"name:{callee}", f"edge:{role}>{callee}", f"service:{callee}", f"port:{callee}", f"app:{callee}")
        yield from used_by(callee, evidence, (*above, role))
    if target.redis is not None and role == target.redis_service:
        yield from (f"edge:{role}>{REDIS}", REDIS)
    if target.mlflow is not None and role == target.mlflow.service:
        yield from (f"edge:{role}>{DATABASE}", DATABASE, f"edge:{role}>{BUCKET}", BUCKET)


def _way_of_facts(result: Result, evidence: Evidence) -> list[str]:
    """The nodes of a check that asks AWS or a store, by the family in its id."""
    family, _, subject = result.check_id.partition(".")[2].partition(".")
    match family:
        case "load-balancer":
            return [f"balancer:{subject}", f"state:{subject}"]
        case "listener":
            return [f"balancer:{subject}", f"listener:{subject}:443"]
        case "dns":
            balancer = balancer_of(subject, evidence)
            return [f"dns:{subject}", *([f"balancer:{balancer.name}"] if balancer else [])]
        case "tls" | "certificate":
            return [f"tls:{subject}"]
        case "route":
            return _way_of_route(subject, evidence)
        case "redis" | "database" | "bucket":
            return [family, f"edge:{MONITOR}>{family}"]
    role = result.service
    if role is None:
        return []
    own = {"discovery": [f"name:{role}"], "rollout": [f"rollout:{role}"], "deployed": [f"rollout:{role}"]}
    front = [node for each in evidence.run.target.load_balancers for node in _front(each, role)]
    return [
        *own.get(result.check_id.rpartition(".")[2], []),
        *service_nodes(role),
        f"edge:balancer>{role}",
        f"app:{role}",
        *front,
    ]


def _front(balancer: LoadBalancer, role: str) -> list[str]:
    """What leads to a service: without it, its target group is not in use."""
    routes = [f"route:{route.id}" for route in balancer.routes if route.service == role]
    return [f"balancer:{balancer.name}", f"listener:{balancer.name}:443", *routes] if routes else []


def _way_of_route(route_id: str, evidence: Evidence) -> list[str]:
    for balancer in evidence.run.target.load_balancers:
        for route in balancer.routes:
            if route.id == route_id:
                port = urlsplit(route.url).port or 443
                place = [f"balancer:{balancer.name}", f"listener:{balancer.name}:{port}"]
                return [*place, f"route:{route.id}", f"registration:{route.service}"]
    return []


def is_traffic(symptom: Symptom) -> bool:
    """Whether a check asked over the network, as users do, and not AWS."""
    return symptom.url is not None or first_url(symptom.result.asked) is not None


def works_in_part(role: str, evidence: Evidence) -> bool:
    """Whether one of several tasks alone has this trouble: what all of them share is not at fault then.

    A key that is taken has passed every service on its way; one that is refused, whoever judges keys.
    """
    service = evidence.services.get(role)
    is_judge = role == evidence.run.target.auth_service
    judged = (
        each
        for each in evidence.passed
        if each.result.check_id.startswith(_KEY_TAKEN) or (is_judge and each.result.check_id == BAD_KEY_CHECK)
    )
    return (
        service is not None and service.running > 1 and any(f"app:{role}" in way_of(each, evidence) for each in judged)
    )
