"""The doors of a cluster: HTTPS listeners with the hosts that lead to them, and which service a URL is led to."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from registry_monitor.discovery.draft import Found, Sureness
from registry_monitor.inventory.deep_facts import DnsRecord
from registry_monitor.inventory.facts import EcsService, Listener, ListenerRule, LoadBalancer
from registry_monitor.inventory.parsing.dns import answers_for
from registry_monitor.inventory.routing import Probe, matching_rule
from registry_monitor.model import CannotTellError

HTTPS_PORT = 443
_MOST_STEPS = 5  # from one record to the next
_LOAD_BALANCER = re.compile(r"\.elb\.(?:[a-z0-9-]+\.)?amazonaws\.com(?:\.cn)?$")  # what names of load balancers end in


@dataclass(frozen=True)
class Host:
    """A name by which users come. ``is_direct``: no record is known that leads it elsewhere, such as to a CDN."""

    name: Found[str]
    is_direct: bool = True


@dataclass(frozen=True)
class Door:
    """The HTTPS listener of one load balancer, and the hosts that it serves."""

    balancer: LoadBalancer
    listener: Listener
    hosts: tuple[Host, ...] = ()

    @property
    def groups(self) -> frozenset[str]:
        """The target groups to which some rule forwards."""
        return frozenset(arn for rule in self.listener.rules for action in rule.actions for arn in action.target_groups)


@dataclass(frozen=True)
class Way:
    """Where the rules of a door lead a URL."""

    url: str
    service: EcsService
    rule: ListenerRule
    balancer: str

    @property
    def told(self) -> str:
        """The rule, for people."""
        return f"{rule_of(self.rule)} of {self.balancer}"


def rule_of(rule: ListenerRule) -> str:
    """A rule's name for people."""
    return "the default rule" if rule.priority is None else f"rule {rule.priority}"


def led_to(door: Door, url: str, services: Sequence[EcsService]) -> Way | None:
    """The one service to which a URL is led; None where that is not certain, or a login stands before it."""
    try:
        rule = matching_rule(door.listener, Probe.of(url))
    except CannotTellError:
        return None
    if any(action.kind != "forward" for action in rule.actions):
        return None
    groups = {arn for action in rule.actions for arn, weight in action.target_groups.items() if weight > 0}
    for service in services:
        if groups and groups <= {target.target_group_arn for target in service.targets}:
            return Way(url, service, rule, door.balancer.name)
    return None


def hosts_of(
    balancer: LoadBalancer, listener: Listener, records: Sequence[DnsRecord], certificate_names: Sequence[str]
) -> tuple[Host, ...]:
    """The hosts of a door: those of its rules; where rules take any, also those of records and certificates."""
    named: dict[str, Host] = {}
    for pattern, rule in _patterns(listener):
        if not _is_wildcard(pattern):
            found = Found(pattern, f"host of {rule_of(rule)} of {balancer.name}")
            named.setdefault(pattern, Host(found, is_direct=_destinations(pattern, records) <= {_address(balancer)}))
    for record in records if takes_any(listener) else ():
        if not _is_wildcard(record.name) and _destinations(record.name, records) == {_address(balancer)}:
            named.setdefault(record.name, Host(Found(record.name, f"record of Route 53 for {balancer.name}")))
    for name in certificate_names if takes_any(listener) else ():
        if not _is_wildcard(name) and _destinations(name, records) <= {_address(balancer)}:
            found = Found(name, f"certificate of {balancer.name}", Sureness.LIKELY)
            named.setdefault(name, Host(found))
    return tuple(host for name, host in named.items() if _may_come(name, balancer, records))


def nearness(door: Door, host: str, records: Sequence[DnsRecord]) -> int:
    """How much speaks for a door to serve a host: 3 its record, 2 a rule, 1 a rule that takes any; 0 nothing."""
    if not _may_come(host, door.balancer, records):
        return 0
    if _destinations(host, records) == {_address(door.balancer)}:
        return 3
    if any(_is_like(host, pattern) for pattern, _ in _patterns(door.listener)):
        return 2
    return int(takes_any(door.listener))


def takes_any(listener: Listener) -> bool:
    """Whether some rule that forwards takes hosts that it does not name."""
    forwarding = [rule for rule in listener.rules if any(action.target_groups for action in rule.actions)]
    return any(all(_is_wildcard(host) for host in _hosts_in(rule)) for rule in forwarding)


def sample_prefixes(rule: ListenerRule) -> tuple[str, ...]:
    """The paths that a rule takes with all below them, without their last slash; "" for a rule that takes all."""
    patterns = [
        value for condition in rule.conditions if condition.field == "path-pattern" for value in condition.values
    ]
    found = [pattern.removesuffix("*").rstrip("/") for pattern in patterns] if patterns else [""]
    return tuple(dict.fromkeys(prefix for prefix in found if "*" not in prefix and "?" not in prefix))


def host_in(url: str) -> str:
    """The host of a URL."""
    return urlsplit(url).hostname or ""


def _hosts_in(rule: ListenerRule) -> list[str]:
    fields = [condition for condition in rule.conditions if condition.field == "host-header"]
    return [value.lower() for condition in fields for value in (*condition.values, *condition.regex_values)]


def _patterns(listener: Listener) -> Iterator[tuple[str, ListenerRule]]:
    """The hosts that conditions name, of rules that forward."""
    for rule in listener.rules:
        if any(action.target_groups for action in rule.actions):
            for condition in rule.conditions:
                if condition.field == "host-header":
                    yield from ((value.lower(), rule) for value in condition.values)


def _is_wildcard(pattern: str) -> bool:
    return any(sign in pattern for sign in "*?^$()[]\\")


def _is_like(host: str, pattern: str) -> bool:
    written = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(written, host, re.IGNORECASE) is not None


def _address(balancer: LoadBalancer) -> str:
    return balancer.dns_name.lower()


def _destinations(host: str, records: Sequence[DnsRecord]) -> set[str]:
    """Where records lead a host in the end; nothing where there is none. A host's own record comes before wildcards."""
    ends, names = set[str](), [host]
    for _ in range(_MOST_STEPS):
        answering = {name: _answering(name, records) for name in names}
        ends |= {name for name in names if name != host and not answering[name]}
        names = [value for found in answering.values() for record in found for value in record.values]
    return ends


def _answering(host: str, records: Sequence[DnsRecord]) -> list[DnsRecord]:
    own = [record for record in records if record.name == host]
    return own or [record for record in records if answers_for(host, record)]


def _may_come(host: str, balancer: LoadBalancer, records: Sequence[DnsRecord]) -> bool:
    """Whether no record proves that users of a host meet another load balancer."""
    ends = _destinations(host, records)
    return _address(balancer) in ends or not any(_LOAD_BALANCER.search(end) for end in ends)
