"""What a web ACL lets through to a load balancer.

Source: the WAF developer guide, "Rule statements": rules are tried by priority, the first that matches and allows or
blocks decides, else the default action. Modelled: byte match (path, method, a header), IP sets, and, or, not.
"""

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.sandbox.alb.rules import Request

Json = dict[str, Any]


@dataclass(frozen=True)
class WebAcl:
    """A web ACL as WAF describes it, with the addresses of the IP sets that it names, by ARN."""

    described: Json
    ip_sets: Mapping[str, tuple[str, ...]]

    def blocks(self, request: Request) -> bool:
        """Tell whether the request is refused."""
        for rule in sorted(self.described["Rules"], key=lambda rule: int(rule["Priority"])):
            if "Count" not in rule["Action"] and self._matches(rule["Statement"], request):
                return "Block" in rule["Action"]
        return "Block" in self.described["DefaultAction"]

    def _matches(self, statement: Json, request: Request) -> bool:
        ((kind, details),) = statement.items()
        if kind == "AndStatement":
            return all(self._matches(each, request) for each in details["Statements"])
        if kind == "OrStatement":
            return any(self._matches(each, request) for each in details["Statements"])
        if kind == "NotStatement":
            return not self._matches(details["Statement"], request)
        if kind == "IPSetReferenceStatement":
            address = ipaddress.ip_address(request.source_ip)
            return any(address in ipaddress.ip_network(block) for block in self.ip_sets[details["ARN"]])
        return _has_bytes(details, request)


def _has_bytes(details: Json, request: Request) -> bool:
    """Judge a ByteMatchStatement; the text transformation LOWERCASE is known, and NONE."""
    field, wanted = details["FieldToMatch"], details["SearchString"]
    seen = _field(field, request)
    wanted = wanted.decode() if isinstance(wanted, bytes) else wanted
    if "LOWERCASE" in [transformation["Type"] for transformation in details["TextTransformations"]]:
        seen = seen.lower()
    return _CONSTRAINTS[details["PositionalConstraint"]](seen, wanted)


def _field(field: Json, request: Request) -> str:
    if "SingleHeader" in field:
        return request.headers.get(field["SingleHeader"]["Name"].lower(), "")
    return request.method if "Method" in field else request.path


_CONSTRAINTS: dict[str, Callable[[str, str], bool]] = {
    "EXACTLY": lambda seen, wanted: seen == wanted,
    "STARTS_WITH": lambda seen, wanted: seen.startswith(wanted),
    "ENDS_WITH": lambda seen, wanted: seen.endswith(wanted),
    "CONTAINS": lambda seen, wanted: wanted in seen,
}
