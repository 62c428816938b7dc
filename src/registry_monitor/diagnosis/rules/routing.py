"""Load balancers, their listeners, and where their rules lead each route of the target file.

Rows: ALB-01 to ALB-07, ALB-11, ALB-24, ALB-26. The rules are simulated in priority order, with all their conditions.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from registry_monitor.diagnosis.evidence import Evidence, Symptom
from registry_monitor.diagnosis.nodes import balancer_of, route_of
from registry_monitor.diagnosis.suspect import Suspect
from registry_monitor.finding import Proof
from registry_monitor.inventory.facts import Condition, Listener, ListenerRule
from registry_monitor.inventory.routing import Probe, matching_rule
from registry_monitor.model import CannotTellError
from registry_monitor.target import LoadBalancer, Route

_BALANCERS = "elasticloadbalancing:DescribeLoadBalancers"
_RULES = "elasticloadbalancing:DescribeRules"
_NOT_FOUND = 404
_FEW = 2  # paths below the root that a rule would name one by one
_LISTENERS = "elasticloadbalancing:DescribeListeners"


def balancers(evidence: Evidence) -> Iterator[Suspect]:
    """A load balancer that does not exist or is not active, or has no listener for a port that is asked."""
    found = evidence.balancers
    if found is None:
        return
    for wanted in evidence.run.target.load_balancers:
        balancer, name = found.get(wanted.name), wanted.name
        if balancer is None:
            statement, told = f"The load balancer {name} does not exist.", f"there is no load balancer {name}"
            yield _of_balancer("load-balancer-missing", name, statement, told, f"balancer:{name}")
            continue
        if balancer.state not in ("active", None):
            told = f"{name} is {balancer.state} {balancer.state_reason or ''}".strip()
            serves = balancer.state == "active_impaired"  # it lacks what it needs to grow, and forwards
            node = f"state:{name}" if serves else f"balancer:{name}"
            yield _of_balancer(
                "load-balancer-impaired", name, f"The load balancer {name} is {balancer.state}.", told, node
            )
        yield from _listeners(wanted, evidence)


def _of_balancer(kind: str, name: str, statement: str, told: str, node: str) -> Suspect:
    return Suspect(
        kind=kind,
        resource=name,
        statement=statement,
        breaks=frozenset({node}),
        proofs=(Proof(told=told, source=_BALANCERS),),
    )


def _listeners(wanted: LoadBalancer, evidence: Evidence) -> Iterator[Suspect]:
    listeners = evidence.listeners(wanted.name)
    if listeners is None:
        return
    for port in sorted({_port(route) for route in wanted.routes}):
        listener = next((each for each in listeners if each.port == port), None)
        if listener is None:
            others = ", ".join(f"{each.protocol}:{each.port}" for each in listeners) or "none"
            yield Suspect(
                kind="listener-missing",
                resource=f"{wanted.name}:{port}",
                statement=f"The load balancer {wanted.name} does not listen on port {port}.",
                breaks=frozenset({f"listener:{wanted.name}:{port}"}),
                proofs=(Proof(told=f"its listeners: {others}", source=_LISTENERS),),
            )
        elif listener.client_certificates == "verify":
            yield Suspect(
                kind="listener-tls-policy",
                resource=f"{wanted.name}:{port}",
                statement=f"The load balancer {wanted.name} asks its clients for certificates of their own.",
                breaks=frozenset({f"tls:{host}" for host in wanted.hosts}),
                proofs=(Proof(told="MutualAuthentication.Mode is verify", source=_LISTENERS),),
                arn=listener.arn,
            )


@dataclass(frozen=True)
class _Turn:
    """One route, and the rule that takes it in truth."""

    balancer: LoadBalancer
    listener: Listener
    route: Route
    rule: ListenerRule
    own_groups: frozenset[str]

    @property
    def place(self) -> str:
        return f"{self.balancer.name}:{self.listener.port}"


def routes(evidence: Evidence) -> Iterator[Suspect]:
    """Each route whose rule does not lead to the target group of its service."""
    turns = [turn for balancer in evidence.run.target.load_balancers for turn in _turns(balancer, evidence)]
    wrong = [turn for turn in turns if not _is_right(turn)]
    found: dict[tuple[str, str], Suspect] = {}
    for turn in wrong:
        suspect = _judge(turn, [each for each in turns if _is_right(each)], evidence)
        if suspect.key in found:
            known = found[suspect.key]
            suspect = replace(known, breaks=known.breaks | suspect.breaks)
        found[suspect.key] = suspect
    yield from found.values()


def _turns(balancer: LoadBalancer, evidence: Evidence) -> Iterator[_Turn]:
    for route in balancer.routes:
        listener = evidence.listener(balancer.name, _port(route))
        if listener is None:
            continue
        try:
            rule = matching_rule(listener, Probe.of(route.url))
        except CannotTellError:
            continue
        own = _own_groups(route.service, rule, evidence)
        yield _Turn(balancer, listener, route, rule, own)


def _own_groups(role: str, rule: ListenerRule, evidence: Evidence) -> frozenset[str]:
    """The groups in which a service registers its tasks; of one that is absent, those that nobody else's are."""
    service = evidence.services.get(role)
    if service is not None and service.targets:
        return frozenset(target.target_group_arn for target in service.targets)
    port = evidence.roles[role].container_port
    return frozenset(arn for arn in _forwarded(rule) if evidence.is_free_group(arn, port))


def _is_right(turn: _Turn) -> bool:
    forwarded = _forwarded(turn.rule)
    return bool(forwarded) and forwarded <= turn.own_groups and not _asks_to_log_in(turn.rule)


def _asks_to_log_in(rule: ListenerRule) -> bool:
    return any(action.kind.startswith(("authenticate", "jwt")) for action in rule.actions)


def _forwarded(rule: ListenerRule) -> frozenset[str]:
    return frozenset(arn for action in rule.actions for arn, weight in action.target_groups.items() if weight > 0)


def _judge(turn: _Turn, right: list[_Turn], evidence: Evidence) -> Suspect:
    """Name what is wrong with the way of a route that leads elsewhere."""
    probe = Probe.of(turn.route.url)
    rule, own = turn.rule, turn.own_groups
    leading = [each for each in turn.listener.rules if own and _forwarded(each) and _forwarded(each) <= own]
    is_specific = rule.priority is not None and not any(each.rule.arn == rule.arn for each in right)
    if is_specific and (answers := _answers_itself(turn, evidence)) is not None:
        return answers
    shadowed = [each for each in leading if each is not rule and _holds(each, probe)]
    if rule.priority is not None and any(_specificity(each) >= _specificity(rule) for each in shadowed):
        others = " or ".join(str(each.priority or "the default") for each in shadowed)
        statement = f"Rule {rule.priority} of {turn.place} takes the requests that {others} should get."
        return _rule_suspect(turn, "listener-rule-shadows", rule, statement, evidence)
    elsewhere = [each for each in leading if each.priority is not None and _holds(_without_host(each), probe)]
    if elsewhere and not shadowed:
        hosts = [value for each in elsewhere[0].conditions if each.field == "host-header" for value in each.values]
        statement = f"Rule {elsewhere[0].priority} of {turn.place} is for {', '.join(hosts)}, not for {probe.host}."
        return _rule_suspect(turn, "listener-rule-host-wrong", elsewhere[0], statement, evidence)
    if is_specific and _forwarded(rule):
        names = ", ".join(sorted(_group_name(arn, evidence) for arn in _forwarded(rule)))
        statement = f"Rule {rule.priority} of {turn.place} forwards to {names}, which is not {turn.route.service}'s."
        return _rule_suspect(turn, "listener-rule-target-group-wrong", rule, statement, evidence)
    return _missing(turn, evidence)


def _answers_itself(turn: _Turn, evidence: Evidence) -> Suspect | None:
    rule = turn.rule
    action = rule.actions[-1]
    if _asks_to_log_in(rule):
        statement = f"Rule {rule.priority} of {turn.place} sends clients to log in."
        return _rule_suspect(turn, "listener-rule-authenticates", rule, statement, evidence)
    if action.fixed_response is not None:
        statement = f"Rule {rule.priority} of {turn.place} answers {action.fixed_response.status} itself."
        return _rule_suspect(turn, "listener-rule-fixed-response", rule, statement, evidence)
    return None


def _specificity(rule: ListenerRule) -> int:
    """How much of a path a rule spells out: the longest of its patterns, without wildcards."""
    patterns = [value for each in rule.conditions if each.field == "path-pattern" for value in each.values]
    return max((len(pattern.rstrip("*")) for pattern in patterns), default=0)


def _missing(turn: _Turn, evidence: Evidence) -> Suspect:
    pattern = pattern_of(turn.route, evidence)
    return Suspect(
        kind="listener-rule-missing",
        resource=f"{turn.place} {pattern}",
        statement=f"No rule of {turn.place} leads {pattern} to {turn.route.service}.",
        breaks=frozenset({f"route:{turn.route.id}"}),
        proofs=(Proof(told=f"{turn.route.url} matches {rule_told(turn.rule, evidence)}", source=_RULES),),
        service=turn.route.service,
        arn=turn.listener.arn,
        ruled_out=tuple(_well(turn.route.service, evidence)),
    )


def _well(role: str, evidence: Evidence) -> Iterator[str]:
    """That the service behind a missing rule is there, and not at fault for it."""
    for group, targets in evidence.targets_of(role):
        healthy = sum(target.state == "healthy" for target in targets)
        if healthy:
            told = f"{healthy} of {len(targets)} targets of {group.name} are healthy"
            yield f"The tasks of {evidence.roles[role].name}: {told} (elasticloadbalancing:DescribeTargetHealth)"


def _rule_suspect(turn: _Turn, kind: str, rule: ListenerRule, statement: str, evidence: Evidence) -> Suspect:
    return Suspect(
        kind=kind,
        resource=f"{turn.place} priority {rule.priority}",
        statement=statement,
        breaks=frozenset({f"route:{turn.route.id}"}),
        proofs=(Proof(told=f"{turn.route.url} matches {rule_told(turn.rule, evidence)}", source=_RULES),),
        service=turn.route.service,
        arn=rule.arn,
    )


def pattern_of(route: Route, evidence: Evidence) -> str:
    """The path pattern that a route's rule should have: of the longest base that the target knows, else what fails.

    That is the folder that the failing paths of this route have in common; everything, where they have none.
    """
    mlflow = evidence.run.target.mlflow
    bases = [urlsplit(url).path for url in ((mlflow.api_url, mlflow.direct_url) if mlflow else ()) if url]
    path = urlsplit(route.url).path
    known = [base for base in bases if path.startswith(f"{base}/")]
    if known:
        return f"{max(known, key=len)}/*"
    paths = {path} | {urlsplit(each.url or "").path for each in evidence.symptoms if _goes_with(each, route, evidence)}
    folders = [each.rpartition("/")[0].split("/") for each in sorted(paths)]
    common = [parts[0] for parts in zip(*folders, strict=False) if len(set(parts)) == 1]
    if len(common) > 1:
        return f"{'/'.join(common)}/*"
    return "/*" if len({each.split("/")[1] for each in paths}) > _FEW else path


def _goes_with(symptom: Symptom, route: Route, evidence: Evidence) -> bool:
    """Whether a failed check was answered by the load balancer on its way to a route's service."""
    balancer = balancer_of(symptom.host or "", evidence)
    is_lost = symptom.is_of_balancer or symptom.status == _NOT_FOUND
    return is_lost and balancer is not None and route_of(symptom.url or "", balancer, evidence) == route


def _holds(rule: ListenerRule, probe: Probe) -> bool:
    alone = Listener(arn="", port=0, protocol="", ssl_policy=None, certificate_arns=(), rules=(rule,))
    try:
        return matching_rule(alone, probe) is rule
    except CannotTellError:
        return False


def _without_host(rule: ListenerRule) -> ListenerRule:
    """The rule for any host; one that names a host alone has nothing left to match by."""
    others: tuple[Condition, ...] = tuple(each for each in rule.conditions if each.field != "host-header")
    return rule.model_copy(update={"conditions": others}) if len(others) < len(rule.conditions) else rule


def rule_told(rule: ListenerRule, evidence: Evidence) -> str:
    """A rule and what it does, as a clause."""
    which = "no rule but the default" if rule.priority is None else f"rule {rule.priority}"
    action = rule.actions[-1]
    if action.fixed_response is not None:
        return f"{which}, which answers {action.fixed_response.status} itself"
    if action.target_groups:
        names = ", ".join(sorted(_group_name(arn, evidence) for arn in action.target_groups))
        return f"{which}, which forwards to {names}"
    return f"{which}, which does {action.kind}"


def _group_name(arn: str, evidence: Evidence) -> str:
    group = evidence.groups.get(arn)
    return group.name if group else next(iter(arn.split("/")[1:2]), arn)


def _port(route: Route) -> int:
    parts = urlsplit(route.url)
    return parts.port or (443 if parts.scheme == "https" else 80)
