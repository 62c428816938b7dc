"""The way in: load balancers, their listeners and rules, the names that lead to them and the certificates they show.

*Passes when* each load balancer is active, listens with TLS and leads each route of the target file to the right
service's target group (its rules are simulated in priority order); each public host resolves to it and shows a
certificate that is trusted, names the host and is not about to end.
"""

from urllib.parse import urlsplit

from pydantic import JsonValue

from registry_monitor.clients.http import HttpError
from registry_monitor.clients.names import addresses
from registry_monitor.clients.tls import handshake
from registry_monitor.inventory.facts import EcsService, Listener, ListenerRule, known
from registry_monitor.inventory.facts import LoadBalancer as Balancer
from registry_monitor.inventory.routing import Probe, matching_rule
from registry_monitor.model import DAYS_LEFT, Attempt, CannotTellError, Check, Observation, Outcome, SuiteName
from registry_monitor.suites.context import SuiteContext
from registry_monitor.target import LoadBalancer, Route

_BALANCERS = ("elasticloadbalancing:DescribeLoadBalancers",)
_IMPAIRED = "active_impaired"  # it forwards, without what it needs to grow (ELBv2 API Reference, LoadBalancerState)
_LISTENERS = ("elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeRules")


def load_balancer_checks(context: SuiteContext, suite: SuiteName, wanted: LoadBalancer) -> list[Check]:
    """All checks of one load balancer: itself, its listener, its routes, and each of its hosts."""
    exists = _exists_check(context, suite, wanted)
    listener = _listener_check(context, suite, wanted, exists.id)
    listed = [exists, listener]
    for host in wanted.hosts:
        certificate = _certificate_check(suite, host)
        listed += [
            _name_check(context, suite, wanted, host),
            certificate,
            _expiry_check(context, suite, host, certificate.id),
        ]
    return listed


def route_checks(context: SuiteContext, suite: SuiteName, balancer: LoadBalancer) -> list[Check]:
    """One check a route; listed after the services, since it compares with where they register their tasks."""
    return [_route_check(context, suite, balancer, route) for route in balancer.routes]


def _balancer(context: SuiteContext, name: str, attempt: Attempt) -> Balancer | None:
    there = known(context.inventory.load_balancers(attempt.remaining_s))
    return next((balancer for balancer in there if balancer.name == name), None)


def _exists_check(context: SuiteContext, suite: SuiteName, wanted: LoadBalancer) -> Check:
    def run(attempt: Attempt) -> Outcome:
        found = _balancer(context, wanted.name, attempt)
        if found is None:
            return Outcome.judge(False, expected="an active load balancer", seen="does not exist in this account")
        reason = f" ({found.state_reason})" if found.state_reason else ""
        outcome = Outcome.judge(
            found.state in ("active", _IMPAIRED),
            expected="an active load balancer",
            seen=f"is {found.state}{reason}",
            evidence={"arn": found.arn, "dns_name": found.dns_name, "hosts": list(wanted.hosts)},
        )
        if found.state != _IMPAIRED:
            return outcome
        told = f"{outcome.seen}: it forwards, and cannot grow with its load"
        observation = Observation(subject=f"Load balancer {wanted.name}", told=told)
        return outcome.model_copy(update={"observations": (observation,)})

    name = f"{suite}.load-balancer.{wanted.name}"
    return Check(name, suite, f"Load balancer {wanted.name}", run, requests=_BALANCERS)


def _listener_check(context: SuiteContext, suite: SuiteName, wanted: LoadBalancer, exists: str) -> Check:
    def run(attempt: Attempt) -> Outcome:
        listeners = known(context.inventory.listeners(wanted.name, attempt.remaining_s))
        found = next((each for each in listeners if each.protocol == "HTTPS" and each.port == 443), None)
        ports = ", ".join(f"{each.protocol}:{each.port}" for each in listeners) or "none"
        evidence: dict[str, JsonValue] = {"listeners": ports}
        if found is not None:
            evidence |= {"arn": found.arn, "ssl_policy": found.ssl_policy, "rules": len(found.rules)}
        return Outcome.judge(
            found is not None and bool(found.certificate_arns),
            expected="an HTTPS listener on port 443 with a certificate",
            seen=f"has the listeners {ports}" + ("" if found is None else f", {len(found.rules)} rules on HTTPS"),
            evidence=evidence,
        )

    name = f"{suite}.listener.{wanted.name}"
    return Check(name, suite, f"Load balancer {wanted.name}", run, (exists,), requests=_LISTENERS)


def _name_check(context: SuiteContext, suite: SuiteName, wanted: LoadBalancer, host: str) -> Check:
    """One address in common is enough: a resolver may give each asker another part of them."""

    def run(attempt: Attempt) -> Outcome:
        expected = f"a record that leads to load balancer {wanted.name}"
        balancer = _balancer(context, wanted.name, attempt)
        if balancer is None:
            seen = f"cannot lead to load balancer {wanted.name}: there is none of that name"
            return Outcome.judge(False, expected=expected, seen=seen)
        try:
            found = addresses(host, 443)
        except HttpError as error:
            return Outcome.judge(False, expected=expected, seen=str(error))
        try:
            right = addresses(balancer.dns_name, 443)
        except HttpError as error:
            raise CannotTellError(f"load balancer {wanted.name} {error}, so nothing can be compared with it") from error
        evidence: dict[str, JsonValue] = {"addresses": [*sorted(found)], "of the load balancer": [*sorted(right)]}
        is_right = bool(found & right)
        seen = f"resolves to {', '.join(sorted(found))}" + ("" if is_right else f", not to {balancer.dns_name}")
        return Outcome.judge(is_right, expected=expected, seen=seen, evidence=evidence)

    return Check(f"{suite}.dns.{host}", suite, f"The name {host}", run, host=host, requests=(f"DNS {host}",))


def _certificate_check(suite: SuiteName, host: str) -> Check:
    def run(attempt: Attempt) -> Outcome:
        expected = "a TLS handshake with a certificate that is trusted and names the host"
        try:
            peer = handshake(attempt, host)
        except HttpError as error:
            return Outcome.judge(False, expected=expected, seen=str(error), evidence={"error": error.kind})
        evidence: dict[str, JsonValue] = {"issuer": peer.issuer, "names": list(peer.names), "cipher": peer.cipher}
        seen = f"made a {peer.protocol} handshake, certificate of {peer.issuer}"
        return Outcome.judge(True, expected=expected, seen=seen, evidence=evidence)

    return Check(f"{suite}.tls.{host}", suite, f"TLS of {host}", run, host=host, requests=(f"TLS {host}:443",))


def _expiry_check(context: SuiteContext, suite: SuiteName, host: str, certificate: str) -> Check:
    def run(attempt: Attempt) -> Outcome:
        least_days = context.target.thresholds.certificate_days_left
        expected = f"a certificate that is valid for at least {least_days} more days"
        try:
            peer = handshake(attempt, host)
        except HttpError as error:
            return Outcome.judge(False, expected=expected, seen=str(error), evidence={"error": error.kind})
        seen = f"ends in {peer.days_left:.1f} days, on {peer.expires_at:%Y-%m-%d}"
        evidence: dict[str, JsonValue] = {DAYS_LEFT: peer.days_left}
        return Outcome.judge(peer.days_left >= least_days, expected=expected, seen=seen, evidence=evidence)

    name, subject = f"{suite}.certificate.{host}", f"The certificate of {host}"
    return Check(name, suite, subject, run, (certificate,), host=host, requests=(f"TLS {host}:443",))


def _route_check(context: SuiteContext, suite: SuiteName, balancer: LoadBalancer, route: Route) -> Check:
    name = next(service.name for service in context.target.services if service.role == route.service)
    port = urlsplit(route.url).port or (443 if route.url.startswith("https:") else 80)

    def run(attempt: Attempt) -> Outcome:
        listeners = known(context.inventory.listeners(balancer.name, attempt.remaining_s))
        service = known(context.inventory.ecs_services(attempt.remaining_s)).named(name)
        groups = known(context.inventory.target_groups(attempt.remaining_s))
        listener = next((each for each in listeners if each.port == port), None)
        if service is None:
            raise CannotTellError(f"{name} does not exist any more")
        names = {group.arn: group.name for group in groups}
        return judge_route(route, listener, service, names)

    return Check(
        id=f"{suite}.route.{route.id}",
        suite=suite,
        subject=f"The load balancer's rules for {route.url}",
        run=run,
        after=(f"{suite}.listener.{balancer.name}", f"{suite}.service.{route.service}.exists"),
        service=route.service,
        requests=_LISTENERS,
    )


def judge_route(route: Route, listener: Listener | None, service: EcsService, names: dict[str, str]) -> Outcome:
    """Whether the rule that matches leads to a target group in which the service registers. Pure.

    Raises CannotTellError where a rule before it hangs on a condition that cannot be judged from here.
    """
    own = {target.target_group_arn for target in service.targets}
    told_own = ", ".join(sorted(names.get(arn, arn) for arn in own)) or "none"
    expected = f"a rule that forwards to the target group of {service.name} ({told_own})"
    if listener is None:
        return Outcome.judge(False, expected=expected, seen="cannot match: nothing listens on the URL's port")
    rule = matching_rule(listener, Probe.of(route.url))
    forwarded = {arn for action in rule.actions for arn, weight in action.target_groups.items() if weight > 0}
    evidence: dict[str, JsonValue] = {"rule": rule.arn, "priority": rule.priority}
    evidence["target_groups"] = [*sorted(forwarded)]
    seen = f"match {_told(rule)}, which {_deed(rule, names)}"
    return Outcome.judge(bool(forwarded) and forwarded <= own, expected=expected, seen=seen, evidence=evidence)


def _told(rule: ListenerRule) -> str:
    return "no rule but the default" if rule.priority is None else f"rule {rule.priority}"


def _deed(rule: ListenerRule, names: dict[str, str]) -> str:
    action = rule.actions[-1]
    if action.fixed_response is not None:
        return f"answers {action.fixed_response.status} itself"
    if action.redirect is not None:
        return f"redirects with {action.redirect.status}"
    if action.target_groups:
        weights = {names.get(arn, arn): weight for arn, weight in sorted(action.target_groups.items())}
        told = [name if weight > 0 else f"{name} with weight 0" for name, weight in weights.items()]
        return f"forwards to {', '.join(sorted(told))}"
    return f"does {action.kind}"
