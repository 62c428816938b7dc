"""Which rule of a listener answers a request, told from its rules alone, as an Application Load Balancer has it.

Sources: the ELB user guide, "Listener rules" and "Condition types for listener rules", and the ELBv2 API Reference,
RuleCondition: rules in the order of their priority, the default last; all conditions of a rule must hold, one value
of each is enough; ``*`` stands for any characters and ``?`` for exactly one; hosts, header values and query strings
compare without case, paths and methods with it. Where they leave something open, and it matters, nothing is guessed.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from registry_monitor.inventory.facts import Condition, Listener, ListenerRule
from registry_monitor.model import CannotTellError

_MOST_KEPT = 4096  # hosts and patterns of a platform of hundreds of services


@dataclass(frozen=True)
class Probe:
    """A request as the conditions look at it.

    ``host``: as the Host header has it; ``path``: without the query; ``query``: its pairs, decoded; ``source_ip``:
    the address that the load balancer sees, null where it is not known.
    """

    host: str
    path: str = "/"
    method: str = "GET"
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    source_ip: str | None = None

    @classmethod
    def of(cls, url: str, method: str = "GET", headers: Mapping[str, str] | None = None) -> Self:
        """The request for an absolute URL; its port is left out of the host where it is the scheme's own."""
        parts = urlsplit(url)
        is_own_port = parts.port in (None, {"http": 80, "https": 443}.get(parts.scheme))
        return cls(
            host=(parts.hostname or "") if is_own_port else parts.netloc.rpartition("@")[2],
            path=parts.path or "/",
            method=method,
            query=tuple(parse_qsl(parts.query, keep_blank_values=True)),
            headers=headers or {},
        )


def matching_rule(listener: Listener, probe: Probe) -> ListenerRule:
    """The rule that answers: the first, by priority, whose conditions all hold.

    Raises CannotTellError where that hangs on a condition that cannot be judged; it names the condition's type.
    """
    for rule in listener.rules:
        if _matches(rule, probe):
            return rule
    raise CannotTellError(f"the listener on port {listener.port} was told without its default rule")


def _matches(rule: ListenerRule, probe: Probe) -> bool:
    """One condition that does not hold settles it, also where another cannot be judged."""
    doubts: list[CannotTellError] = []
    for condition in rule.conditions:
        try:
            if not _holds(condition, probe):
                return False
        except CannotTellError as doubt:
            doubts.append(doubt)
    if doubts:
        raise CannotTellError(f"whether rule {rule.priority} answers cannot be told: {doubts[0]}")
    return True


def _holds(condition: Condition, probe: Probe) -> bool:
    judge = _JUDGES.get(condition.field)
    if judge is None:
        raise CannotTellError(f"{condition.field} is a type of condition that the monitor does not know")
    if not (condition.values or condition.regex_values or condition.query):
        raise CannotTellError(f"{condition.field} has no values that the monitor can read")
    return judge(condition, probe)


def _host(condition: Condition, probe: Probe) -> bool:
    """AWS does not tell whether a port in the Host header counts: it matters only where it makes a difference."""
    return _fits(condition, {probe.host, _without_port(probe.host)}, ignores_case=True)


@lru_cache(maxsize=_MOST_KEPT)
def _without_port(host: str) -> str:
    return urlsplit(f"//{host}").hostname or ""


def _path(condition: Condition, probe: Probe) -> bool:
    return _fits(condition, {probe.path}, ignores_case=False)


def _header(condition: Condition, probe: Probe) -> bool:
    name = (condition.http_header_name or "").lower()
    seen = next((value for key, value in probe.headers.items() if key.lower() == name), None)
    return seen is not None and _fits(condition, {seen}, ignores_case=True)


def _method(condition: Condition, probe: Probe) -> bool:
    return probe.method in condition.values


def _query(condition: Condition, probe: Probe) -> bool:
    return any(
        (wanted_key is None or _like(key, wanted_key, ignores_case=True, has_escapes=True))
        and _like(value, wanted, ignores_case=True, has_escapes=True)
        for wanted_key, wanted in condition.query
        for key, value in probe.query
    )


def _source_ip(condition: Condition, probe: Probe) -> bool:
    if probe.source_ip is None:
        raise CannotTellError("source-ip: the address that the load balancer sees is not known")
    address = ipaddress.ip_address(probe.source_ip)
    return any(address in ipaddress.ip_network(block, strict=False) for block in condition.values)


_JUDGES: dict[str, Callable[[Condition, Probe], bool]] = {
    "host-header": _host,
    "path-pattern": _path,
    "http-header": _header,
    "http-request-method": _method,
    "query-string": _query,
    "source-ip": _source_ip,
}


def _fits(condition: Condition, readings: Iterable[str], *, ignores_case: bool) -> bool:
    """Whether a value or an expression fits. Whether expressions ignore case where values do is not documented.

    Raises CannotTellError where the readings of the request, or of the expressions, come to different verdicts.
    """
    verdicts = {
        any(_like(text, value, ignores_case=ignores_case) for value in condition.values)
        or any(_search(text, expression, condition.field, flags) for expression in condition.regex_values)
        for text in readings
        for flags in ((0, re.IGNORECASE) if ignores_case and condition.regex_values else (0,))
    }
    if len(verdicts) > 1:
        raise CannotTellError(f"{condition.field}: AWS does not document what its port or upper case counts for")
    return verdicts.pop()


_TOKENS = re.compile(r"\\[*?]|.", re.DOTALL)
_WILDCARDS = {"*": ".*", "?": "."}


def _like(text: str, pattern: str, *, ignores_case: bool, has_escapes: bool = False) -> bool:
    """Whether the whole text fits a pattern with wildcards. ``has_escapes``: a backslash makes a wildcard literal."""
    return _expression(pattern, ignores_case, has_escapes).fullmatch(text) is not None


@lru_cache(maxsize=_MOST_KEPT)
def _expression(pattern: str, ignores_case: bool, has_escapes: bool) -> re.Pattern[str]:
    tokens = _TOKENS.findall(pattern) if has_escapes else list(pattern)
    expression = "".join(_WILDCARDS.get(token) or re.escape(token.removeprefix("\\") or token) for token in tokens)
    return re.compile(expression, re.DOTALL | (re.IGNORECASE if ignores_case else 0))


# Python's expressions know no [[:alpha:]] and keep operators of sets for later; what else they lack, they refuse.
_OTHER_DIALECT = re.compile(r"\[\^?\[|\[[^\]]*(?:--|&&|~~|\|\|)")


def _search(text: str, expression: str, of: str, flags: int) -> bool:
    """Whether an expression fits anywhere in the text: those of AWS's examples are anchored where it matters."""
    try:
        if _OTHER_DIALECT.search(expression):
            raise CannotTellError(f"{of}: the expression {expression!r} is of another dialect than the monitor's")
        return re.search(expression, text, flags | re.ASCII) is not None
    except re.error as error:
        raise CannotTellError(f"{of}: the expression {expression!r} cannot be read ({error})") from error
