"""Which rule answers a request: the conditions of a listener's rules, as an Application Load Balancer applies them.

Source: the ELB user guide, "Condition types for listener rules": rules in priority order, the default last; all
conditions of a rule must hold, one value of each is enough; ``*`` and ``?`` are wildcards; host names and header
values compare without case, paths with it.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """What the conditions look at. Header names are in lower case; the query is a list of (key, value)."""

    host: str
    path: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Sequence[tuple[str, str]] = ()
    source_ip: str = "127.0.0.1"


def select_rule(rules: Iterable[Json], request: Request) -> Json:
    """Return the rule (as elbv2 describes it) that answers ``request``: the first by priority whose conditions hold.

    Raises StopIteration when there is not even a default rule, which a listener always has.
    """
    in_order = sorted(rules, key=_priority)
    return next(rule for rule in in_order if all(_holds(condition, request) for condition in rule["Conditions"]))


def _priority(rule: Json) -> float:
    return float("inf") if rule["Priority"] == "default" else int(rule["Priority"])


def _holds(condition: Json, request: Request) -> bool:
    return _CONDITIONS[condition["Field"]](condition, request)


def _values(condition: Json, config: str) -> list[Any]:
    values: list[Any] = condition.get(config, {}).get("Values") or condition.get("Values", [])
    return values


def _host(condition: Json, request: Request) -> bool:
    host = request.host.partition(":")[0]
    return any(_like(host, value, re.IGNORECASE) for value in _values(condition, "HostHeaderConfig"))


def _path(condition: Json, request: Request) -> bool:
    return any(_like(request.path, value) for value in _values(condition, "PathPatternConfig"))


def _header(condition: Json, request: Request) -> bool:
    config = condition["HttpHeaderConfig"]
    seen = request.headers.get(config["HttpHeaderName"].lower())
    return seen is not None and any(_like(seen, value, re.IGNORECASE) for value in config["Values"])


def _method(condition: Json, request: Request) -> bool:
    return request.method in _values(condition, "HttpRequestMethodConfig")


def _query(condition: Json, request: Request) -> bool:
    return any(
        ("Key" not in wanted or _like(key, wanted["Key"], re.IGNORECASE))
        and _like(value, wanted["Value"], re.IGNORECASE)
        for wanted in _values(condition, "QueryStringConfig")
        for key, value in request.query
    )


def _source_ip(condition: Json, request: Request) -> bool:
    address = ipaddress.ip_address(request.source_ip)
    return any(address in ipaddress.ip_network(block) for block in _values(condition, "SourceIpConfig"))


_CONDITIONS: dict[str, Callable[[Json, Request], bool]] = {
    "host-header": _host,
    "path-pattern": _path,
    "http-header": _header,
    "http-request-method": _method,
    "query-string": _query,
    "source-ip": _source_ip,
}


def _like(text: str, pattern: str, flags: int = 0) -> bool:
    wildcards = {"*": ".*", "?": "."}
    expression = "".join(wildcards.get(character) or re.escape(character) for character in pattern)
    return re.fullmatch(expression, text, flags | re.DOTALL) is not None
