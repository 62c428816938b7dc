"""What mends a listener's rules: a rule that is missing, shadows, has the wrong host or group, or answers itself.

A proposed rule leads to the service that the target file names for the route, at a free number that takes effect.
"""

from collections import Counter, defaultdict
from urllib.parse import urlsplit

from registry_monitor.diagnosis.evidence import Evidence
from registry_monitor.diagnosis.fixes.routing import Routing, group_of, port_of
from registry_monitor.diagnosis.fixes.rule_places import forwarded, new_place, place_behind, taking, without_rule
from registry_monitor.diagnosis.fixes.subject import Subject, monitor
from registry_monitor.diagnosis.rules.routing import pattern_of
from registry_monitor.diagnosis.suspect import Suspect
from registry_monitor.finding import Effort, Fix
from registry_monitor.inventory.facts import Action, Condition, ListenerRule
from registry_monitor.model import SuiteName
from registry_monitor.target import LoadBalancer, Route
from registry_monitor.terraform.hcl import Expression, block, changed, removed, resource

_RULE = "aws_lb_listener_rule"
_UNIQUE = (
    "Priorities are unique: of several missing rules, give each a number of its own, the longer path the lower one."
)
_VERIFY = monitor(SuiteName.INFRASTRUCTURE_HEALTH, SuiteName.ENDPOINT_AVAILABILITY, SuiteName.MLFLOW_ROUTING)


def added(suspect: Suspect, evidence: Evidence) -> Fix:
    """A new rule, before the one that takes the requests now."""
    routing = Routing(suspect, evidence)
    if not routing.routes or routing.listener is None:
        told = f"Add a rule to {routing.place} that leads these requests to the target group of {routing.service}."
        return Fix(told=told, verify=_VERIFY)
    patterns = tuple(dict.fromkeys(pattern_of(route, evidence) for route in routing.routes))
    exact = tuple(dict.fromkeys(urlsplit(route.url).path for route in routing.routes))
    places = {paths: new_place(routing.listener, _rule(paths, routing), routing.aim) for paths in (patterns, exact)}
    paths = next((paths for paths, place in places.items() if place is not None), patterns)
    return _addition(paths, places[paths], routing)


def _rule(paths: tuple[str, ...], routing: Routing) -> ListenerRule:
    route = routing.routes[0]
    host = urlsplit(route.url).hostname or ""
    return ListenerRule(
        arn="",
        priority=None,
        conditions=(Condition(field="host-header", values=(host,)), Condition(field="path-pattern", values=paths)),
        actions=(Action(kind="forward", target_groups=dict.fromkeys(routing.groups[route.service], 1)),),
    )


def _addition(paths: tuple[str, ...], place: int | None, routing: Routing) -> Fix:
    route, listener = routing.routes[0], routing.listener
    now = taking(listener, route) if listener else None
    name, arn = routing.group()
    host = urlsplit(route.url).hostname or ""
    what = f"a rule to {routing.place} that leads {host} {' and '.join(paths)} to the target group {name}"
    if place is None or listener is None:
        free = f"make room before rule {now.priority}" if now and now.priority else "move another rule"
        told = f"Add {what}; no free priority takes effect and leaves all other routes as they are, so {free} first."
        return Fix(told=told, verify=_VERIFY, caution=routing.caution_of_proxy())
    before = f", before rule {now.priority}, which takes these requests now" if now and now.priority else ""
    hcl = resource(
        _RULE,
        route.id,
        {"listener_arn": listener.arn, "priority": place},
        _condition("host-header", (host,)),
        _condition("path-pattern", paths),
        _forward(arn),
    )
    told = f"Add {what}, with the free priority {place}{before}."
    caution = " ".join(each for each in (routing.caution_of_proxy(), _UNIQUE) if each)
    return Fix(told=told, hcl=hcl, verify=_VERIFY, caution=caution)


def all_of(balancer: LoadBalancer, port: int, listener: Expression, evidence: Evidence) -> list[str]:
    """The rules of a listener as far as the target's routes tell them: the longer a path, the earlier its rule.

    What no route tells of a host goes, last, to the service that most of its routes lead to.
    """
    found: dict[tuple[str, str], Route] = {}
    services: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for route in (each for each in balancer.routes if port_of(each) == port):
        host = urlsplit(route.url).hostname or ""
        found.setdefault((host, pattern_of(route, evidence)), route)
        services[host][route.service] += 1
    ordered = sorted(found.items(), key=lambda each: -len(each[0][1]))
    told = [(route.id, host, route.service, (pattern,)) for (host, pattern), route in ordered]
    rest = [(f"rest_of_{host}", host, counted.most_common(1)[0][0], ()) for host, counted in services.items()]
    return [
        resource(
            _RULE,
            name,
            {"listener_arn": listener, "priority": 10 * place},
            _condition("host-header", (host,)),
            *([_condition("path-pattern", patterns)] if patterns else []),
            _forward(group_of(service, evidence)[1]),
        )
        for place, (name, host, service, patterns) in enumerate([*told, *rest], start=1)
    ]


def moved(suspect: Suspect, evidence: Evidence) -> Fix:
    """A rule that shadows others goes behind them; where it cannot, a narrower rule goes before it."""
    routing = Routing(suspect, evidence)
    rule, listener = routing.rule, routing.listener
    place = place_behind(listener, rule, routing.aim) if listener and rule else None
    if listener is None or rule is None or place is None:
        return added(suspect, evidence)
    rightly = [route.url for route in routing.aim.others if _is_rightly_taken(route, rule, routing)]
    cautions = [
        f"Do not delete rule {rule.priority}: it rightly takes {rightly[0]}."
        if rightly
        else f"No route of the target needs rule {rule.priority}; delete it only if you know whose it is.",
        routing.caution_of_proxy(),
    ]
    return Fix(
        told=f"Move rule {rule.priority} of {routing.place} behind the rules that it hides: give it the free "
        f"priority {place}.",
        hcl=changed(_RULE, f"rule_{rule.priority}", {"listener_arn": listener.arn, "priority": place}),
        verify=_VERIFY,
        caution=" ".join(each for each in cautions if each),
    )


def rehosted(suspect: Suspect, evidence: Evidence) -> Fix:
    """The right host in a rule's condition."""
    routing = Routing(suspect, evidence)
    rule = routing.rule
    hosts = tuple(dict.fromkeys(urlsplit(route.url).hostname or "" for route in routing.routes))
    if rule is None or not hosts:
        return Fix(told=f"Give {suspect.resource} the host by which {routing.service} is asked.", verify=_VERIFY)
    old = [value for each in rule.conditions if each.field == "host-header" for value in each.values]
    others = [each for each in rule.conditions if each.field != "host-header" and each.values]
    return Fix(
        told=f"Set the host of rule {rule.priority} of {routing.place} to {' and '.join(hosts)}; it has "
        f"{', '.join(old)}.",
        hcl=changed(
            _RULE,
            f"rule_{rule.priority}",
            _condition("host-header", hosts),
            *(_condition(each.field, each.values) for each in others),
        ),
        verify=_VERIFY,
        caution=f"If {old[0]} is in use, keep it in the list beside the right one." if old else None,
    )


def regrouped(suspect: Suspect, evidence: Evidence) -> Fix:
    """A rule forwards to the group of the service that the target file names: also in the place of other actions."""
    routing = Routing(suspect, evidence)
    name, arn = routing.group()
    which = f"rule {routing.rule.priority} of {routing.place}" if routing.rule else suspect.resource
    wrong = sorted(forwarded(routing.rule)) if routing.rule else []
    instead = (
        f"Registering {routing.service} in the rule's present group instead would leave both halves wrong in Terraform."
    )
    return Fix(
        told=f"Let {which} do nothing but forward to the target group {name}, in which {routing.service} registers.",
        hcl=changed(_RULE, _name_of(routing), _forward(arn)),
        verify=_VERIFY,
        caution=routing.caution_of_proxy() or (instead if wrong else None),
    )


def withdrawn(suspect: Suspect, evidence: Evidence) -> Fix:
    """A rule that answers itself is deleted, where others then serve its requests; else it forwards them."""
    routing = Routing(suspect, evidence)
    rule, listener = routing.rule, routing.listener
    if rule and listener and not routing.aim.is_met(listener, without_rule(listener, rule)):
        return regrouped(suspect, evidence)
    which = f"rule {rule.priority} of {routing.place}" if rule else suspect.resource
    return Fix(
        told=f"Delete {which}, so that {routing.service} gets its requests again.",
        hcl=removed(_RULE, _name_of(routing)),
        verify=_VERIFY,
        caution="Ask first whether it stands there on purpose: maintenance may not be over.",
    )


def rewritten(suspect: Suspect, evidence: Evidence) -> Fix:
    """A path is rewritten for MLflow, or better led to the proxy that takes it as it is."""
    routing = Routing(suspect, evidence)
    mlflow = evidence.run.target.mlflow
    if mlflow is None or not routing.routes or routing.routes[0].service != mlflow.service:
        return regrouped(suspect, evidence)
    prefix = pattern_of(routing.routes[0], evidence).removesuffix("/*")
    rewrite = block("rewrite", {"regex": f"^{prefix}/(.*)$", "replace": "/$1"})
    return Fix(
        told=f"Let {suspect.resource} rewrite the path: take {prefix} away before {routing.service} gets the request.",
        hcl=changed(
            _RULE, _name_of(routing), block("transform", {"type": "url-rewrite"}, block("url_rewrite_config", rewrite))
        ),
        verify=_VERIFY,
        effort=Effort.HOURS,
        caution="MLflow's --static-prefix is no substitute: which routes it moves depends on the version.",
    )


def _is_rightly_taken(route: Route, rule: ListenerRule, routing: Routing) -> bool:
    listener = routing.listener
    return listener is not None and taking(listener, route) is rule and routing.aim.is_right(listener, route)


def _condition(field: str, values: tuple[str, ...]) -> str:
    return block("condition", block(field.replace("-", "_"), {"values": values}))


def _forward(arn: str | Expression) -> str:
    return block("action", {"type": "forward", "target_group_arn": arn})


def _name_of(routing: Routing) -> str:
    return f"rule_{routing.rule.priority}" if routing.rule else Subject(routing.suspect, routing.evidence).name
