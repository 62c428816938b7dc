"""Which requests a web ACL refuses, judged as the WAF developer guide says."""

from typing import Any

import pytest

from tests.sandbox.alb.rules import Request
from tests.sandbox.alb.web_acl import WebAcl

SETS = {"arn:offices": ("192.0.2.0/24",)}
REQUEST = Request("host", "/api/mlflow/x", "POST", {"user-agent": "Registry-Monitor/1"}, source_ip="192.0.2.7")


def contains(field: dict[str, Any], text: bytes, how: str = "CONTAINS", change: str = "NONE") -> dict[str, Any]:
    return {
        "ByteMatchStatement": {
            "FieldToMatch": field,
            "SearchString": text,
            "PositionalConstraint": how,
            "TextTransformations": [{"Priority": 0, "Type": change}],
        }
    }


PATH: dict[str, Any] = {"UriPath": {}}
AGENT = {"SingleHeader": {"Name": "User-Agent"}}
OFFICE = {"IPSetReferenceStatement": {"ARN": "arn:offices"}}


@pytest.mark.parametrize(
    ("statement", "matches"),
    [
        (contains(PATH, b"/api/", "STARTS_WITH"), True),
        (contains(PATH, b"/mlflow/", "STARTS_WITH"), False),
        (contains(PATH, b"/x", "ENDS_WITH"), True),
        (contains(PATH, b"/api/mlflow", "EXACTLY"), False),
        (contains({"Method": {}}, b"POST", "EXACTLY"), True),
        (contains(AGENT, b"registry-monitor"), False),
        (contains(AGENT, b"registry-monitor", change="LOWERCASE"), True),
        (contains({"SingleHeader": {"Name": "Cookie"}}, b"x"), False),
        (OFFICE, True),
        ({"NotStatement": {"Statement": OFFICE}}, False),
        ({"AndStatement": {"Statements": [OFFICE, contains(PATH, b"/health")]}}, False),
        ({"OrStatement": {"Statements": [OFFICE, contains(PATH, b"/health")]}}, True),
    ],
)
def test_blocks__statement(statement: dict[str, Any], *, matches: bool) -> None:
    """Each kind of statement matches what it names."""
    rule = {"Priority": 0, "Statement": statement, "Action": {"Block": {}}}
    acl = WebAcl({"Rules": [rule], "DefaultAction": {"Allow": {}}}, SETS)
    assert acl.blocks(REQUEST) == matches


@pytest.mark.parametrize(
    ("actions", "default", "blocked"),
    [
        ((), "Allow", False),
        ((), "Block", True),
        (("Allow", "Block"), "Allow", False),  # the first one that matches decides
        (("Count", "Block"), "Allow", True),  # counting decides nothing
    ],
)
def test_blocks__first_rule_decides(actions: tuple[str, ...], default: str, *, blocked: bool) -> None:
    """Rules are tried by priority, however they are listed; the default is for what none has decided."""
    rules = [{"Priority": i, "Statement": OFFICE, "Action": {action: {}}} for i, action in enumerate(actions)]
    acl = WebAcl({"Rules": rules[::-1], "DefaultAction": {default: {}}}, SETS)
    assert acl.blocks(REQUEST) == blocked
