"""Answers of Elastic Load Balancing become facts: rules in the order in which they are tried, whatever comes."""

from typing import Any

import pytest
from pydantic import ValidationError

from registry_monitor.inventory.parsing import load_balancing as parsing


def test_target_health__bare() -> None:
    """A target without port, zone and reason is told with its state."""
    (target,) = parsing.target_health(
        {"TargetHealthDescriptions": [{"Target": {"Id": "10.0.0.1"}, "TargetHealth": {"State": "resting"}}]}
    )
    assert (target.id, target.port, target.state, target.reason) == ("10.0.0.1", None, "resting", None)


def test_target_group__with_a_grpc_matcher() -> None:
    """A group without a path and an HTTP matcher is told without them."""
    group = {"TargetGroupArn": "arn:g", "TargetGroupName": "g", "Matcher": {"GrpcCode": "0"}}
    (told,) = parsing.target_groups({"TargetGroups": [group]})
    assert (told.arn, told.health_check_path, told.matcher, told.load_balancer_arns) == ("arn:g", None, "0", ())


LISTENER = {"ListenerArn": "arn:l", "Port": 443, "Protocol": "HTTPS"}
FORWARD = {"Type": "forward", "TargetGroupArn": "arn:g"}


def rule(priority: str, **more: Any) -> dict[str, Any]:
    """A rule as DescribeRules tells it."""
    return {"RuleArn": f"arn:r:{priority}", "Priority": priority, "Conditions": [], "Actions": [FORWARD], **more}


def test_listener__rules_in_any_order() -> None:
    """Rules are told by their priority, as numbers, the default last."""
    told = parsing.listener(LISTENER, [rule("default"), rule("100"), rule("20")])
    assert [each.priority for each in told.rules] == [20, 100, None]
    assert (told.ssl_policy, told.certificate_arns) == (None, ())


def test_listener__priority_of_an_unexpected_kind() -> None:
    """A priority that is no number is refused, not guessed."""
    with pytest.raises((ValidationError, ValueError)):
        parsing.listener(LISTENER, [rule("first")])


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ({"Field": "path-pattern", "Values": ["/a"]}, {"values": ("/a",)}),
        ({"Field": "host-header", "HostHeaderConfig": {"Values": ["a.b"]}, "Values": ["a.b"]}, {"values": ("a.b",)}),
        ({"Field": "path-pattern", "PathPatternConfig": {"RegexValues": ["^/a"]}}, {"regex_values": ("^/a",)}),
        ({"Field": "path-pattern", "RegexValues": ["^/a"]}, {"regex_values": ("^/a",)}),
        (
            {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-A", "Values": ["1"]}},
            {"http_header_name": "X-A", "values": ("1",)},
        ),
        (
            {"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "v", "Value": "1"}, {"Value": "2"}]}},
            {"query": (("v", "1"), (None, "2"))},
        ),
        ({"Field": "moon-phase", "MoonConfig": {"Phases": ["full"]}}, {}),
    ],
    ids=lambda value: value.get("Field", "") if isinstance(value, dict) else "",
)
def test_condition__each_kind(condition: dict[str, Any], told: dict[str, Any]) -> None:
    """Each kind of condition is told with its values, wherever AWS puts them; one unknown with none."""
    listener = parsing.listener(LISTENER, [rule("1", Conditions=[condition])])
    [[parsed]] = [each.conditions for each in listener.rules]
    empty = {"values": (), "regex_values": (), "query": (), "http_header_name": None}
    assert parsed.model_dump() == {"field": condition["Field"], **empty, **told}


def test_actions__in_their_order() -> None:
    """Who authenticates comes first; what answers comes last, with weights."""
    weighted = {"TargetGroups": [{"TargetGroupArn": "arn:a", "Weight": 80}, {"TargetGroupArn": "arn:b", "Weight": 0}]}
    actions = [
        {"Type": "forward", "Order": 2, "ForwardConfig": weighted},
        {"Type": "authenticate-oidc", "Order": 1, "AuthenticateOidcConfig": {"ClientSecret": "fake-client-secret"}},
    ]
    listener = parsing.listener(LISTENER, [rule("1", Actions=actions)])
    first, last = listener.rules[0].actions
    assert (first.kind, last.kind, last.target_groups) == ("authenticate-oidc", "forward", {"arn:a": 80, "arn:b": 0})
    assert "fake-client-secret" not in listener.model_dump_json()


def test_action__fixed_response_and_redirect() -> None:
    """What the load balancer answers itself is told part by part; the status is a number."""
    fixed = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404", "MessageBody": "Not Found"}}
    away = {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301", "Protocol": "HTTPS", "Path": "/#{path}"}}
    listener = parsing.listener(LISTENER, [rule("1", Actions=[fixed]), rule("2", Actions=[away])])
    [answer], [redirect] = (each.actions for each in listener.rules)
    assert answer.fixed_response is not None
    assert (answer.fixed_response.status, answer.fixed_response.body) == (404, "Not Found")
    assert redirect.redirect is not None
    assert (redirect.redirect.status, redirect.redirect.protocol, redirect.redirect.path) == (301, "HTTPS", "/#{path}")
    assert redirect.redirect.host is None


def test_rule__transforms_as_they_come() -> None:
    """What rewrites a request is kept as AWS tells it."""
    transform = {"Type": "url-rewrite", "UrlRewriteConfig": {"Rewrites": [{"Regex": "^/a", "Replace": "/b"}]}}
    assert parsing.listener(LISTENER, [rule("1", Transforms=[transform])]).rules[0].transforms == (transform,)
