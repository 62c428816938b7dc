"""Settings of load balancers, their listeners and rules, and of target groups."""

from collections.abc import Iterator

from registry_monitor.inventory.facts import Action, Condition, Inventory, Listener, ListenerRule
from registry_monitor.inventory.settings.configured import Configured, Scope, Settings, known, value


def balancers(inventory: Inventory) -> Iterator[Scope]:
    """The target's load balancers, and the firewall before each."""
    found = value(inventory.load_balancers)
    yield "load balancers", None if found is None else [
        Configured("load balancer", each.name, (each.arn,), {
            "scheme": each.scheme or "unknown",
            "security groups": frozenset(each.security_groups),
            "subnets": frozenset(each.subnets),
        })
        for each in found
    ]  # fmt: skip
    for name, firewall in known(inventory.firewalls):
        yield f"firewall of {name}", [Configured("firewall of", name, (), {"web ACL": firewall or "none"})]


def listeners(inventory: Inventory) -> Iterator[Scope]:
    """The listeners of each load balancer with their rules."""
    for balancer, found in known(inventory.listeners):
        yield (
            f"listeners of {balancer}",
            [each for listener in found for each in _listener(f"{balancer}:{listener.port}", listener)],
        )


def _listener(place: str, listener: Listener) -> Iterator[Configured]:
    settings: Settings = {
        "protocol": listener.protocol,
        "TLS policy": listener.ssl_policy or "none",
        "certificates": frozenset(listener.certificate_arns),
        "client certificates": listener.client_certificates or "off",
    }
    yield Configured("listener", place, (listener.arn,), settings)
    for rule in listener.rules:
        which = "default" if rule.priority is None else str(rule.priority)
        ids = (rule.arn, listener.arn, place, *(arn for action in rule.actions for arn in action.target_groups))
        yield Configured("rule", f"{which} of {place}", ids, _rule(rule))


def _rule(rule: ListenerRule) -> Settings:
    return {
        "conditions": frozenset(map(_condition, rule.conditions)),
        "action": "; ".join(map(_action, rule.actions)),
        "transforms": frozenset(map(str, rule.transforms)),
    }


def _condition(condition: Condition) -> str:
    pairs = (f"{key or '*'}={each}" for key, each in condition.query)
    values = ", ".join([*condition.values, *(f"/{each}/" for each in condition.regex_values), *pairs])
    return " ".join(part for part in (condition.field, condition.http_header_name, values) if part)


def _action(action: Action) -> str:
    if action.fixed_response is not None:
        return f"answers {action.fixed_response.status}"
    if action.redirect is not None:
        to = action.redirect
        return f"redirects ({to.status}) to {to.protocol}://{to.host}:{to.port}{to.path}"
    shares = sorted(f"{_name(arn)} (weight {weight})" for arn, weight in action.target_groups.items())
    return f"{action.kind} to {', '.join(shares)}" if shares else action.kind


def _name(arn: str) -> str:
    """Of a target group, whose ARN ends in targetgroup/<name>/<id>: it is read only where a service registers in it."""
    return next(iter(arn.split("/")[1:2]), arn)


def groups(inventory: Inventory) -> Iterator[Scope]:
    """The target groups of the services; those of rules that no service is in are told by the rules."""
    for each in value(inventory.target_groups) or ():
        settings: Settings = {
            "port": str(each.port),
            "protocol": " ".join(part for part in (each.protocol, each.protocol_version) if part),
            "health check": f"{each.health_check_path} on port {each.health_check_port} answers {each.matcher} "
            f"within {each.health_check_timeout_s} s",
            "load balancers": frozenset(each.load_balancer_arns),
        }
        yield f"target group {each.name}", [Configured("target group", each.name, (each.arn,), settings)]
