"""The simulation of a listener's rules: held against the sandbox's load balancer, and careful where AWS is silent."""

from typing import Any

import pytest

from registry_monitor.inventory.facts import Condition, Listener, ListenerRule
from registry_monitor.inventory.parsing import load_balancing
from registry_monitor.inventory.routing import Probe, matching_rule
from registry_monitor.model import CannotTellError
from tests.sandbox.alb.rules import Request, select_rule

Json = dict[str, Any]
ACTION = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}


def raw_rule(priority: int | str, *conditions: Json) -> Json:
    """A rule as DescribeRules tells it."""
    name = str(priority)
    return {"RuleArn": name, "Priority": name, "Conditions": list(conditions), "Actions": [ACTION]}


def hosts(*values: str) -> Json:
    return {"Field": "host-header", "HostHeaderConfig": {"Values": list(values)}}


def paths(*values: str) -> Json:
    return {"Field": "path-pattern", "PathPatternConfig": {"Values": list(values)}}


RULES = [
    raw_rule("default"),
    raw_rule(120, hosts("registry.test")),
    raw_rule(50, hosts("registry.test"), paths("/mlflow", "/mlflow/*")),
    raw_rule(9, {"Field": "path-pattern", "Values": ["/legacy?"]}),
    raw_rule(10, hosts("*.wild.test", "h?st.test")),
    raw_rule(20, {"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["POST", "PUT"]}}),
    raw_rule(21, {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Canary", "Values": ["on*"]}}),
    raw_rule(22, {"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "v?", "Value": "1*"}]}}),
    raw_rule(23, {"Field": "query-string", "QueryStringConfig": {"Values": [{"Value": "any"}]}}),
    raw_rule(24, {"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.0.0/8", "2001:db8::/32"]}}),
    raw_rule(30, paths("/a.b/*"), {"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["GET"]}}),
]
SOURCE_IP = "192.0.2.1"
CASES: list[tuple[Probe, str]] = [
    (Probe("registry.test", "/"), "120"),
    (Probe("Registry.TEST", "/mlflow"), "50"),
    (Probe("registry.test", "/mlflow/"), "50"),
    (Probe("registry.test", "/mlflow/a/b"), "50"),
    (Probe("registry.test", "/mlflowx"), "120"),
    (Probe("registry.test", "/MLflow/a"), "120"),
    (Probe("other.test", "/mlflow"), "default"),
    (Probe("registry.test.evil", "/"), "default"),
    (Probe("other.test", "/legacy1"), "9"),
    (Probe("other.test", "/legacy"), "default"),
    (Probe("other.test", "/legacy12"), "default"),
    (Probe("a.wild.test"), "10"),
    (Probe("a.b.WILD.test"), "10"),
    (Probe("wild.test"), "default"),
    (Probe("host.test"), "10"),
    (Probe("hst.test"), "default"),
    (Probe("registry.test", "/mlflow", "POST"), "20"),
    (Probe("registry.test", "/mlflow", "post"), "50"),
    (Probe("other.test", headers={"x-canary": "ON-5"}), "21"),
    (Probe("other.test", headers={"X-Canary": "off"}), "default"),
    (Probe("other.test", query=(("V2", "10"),)), "22"),
    (Probe("other.test", query=(("v2", "2"), ("w", "1"))), "default"),
    (Probe("other.test", query=(("w", "ANY"),)), "23"),
    (Probe("other.test", source_ip="10.200.0.1"), "24"),
    (Probe("other.test", source_ip="2001:db8::1"), "24"),
    (Probe("other.test", "/a.b/c"), "30"),
    (Probe("other.test", "/aXb/c"), "default"),
    (Probe("other.test", "/a.b/c", "HEAD"), "default"),
]


@pytest.mark.parametrize(("probe", "answers"), CASES, ids=lambda value: value if isinstance(value, str) else "")
def test_matching_rule__as_the_sandbox_has_it(probe: Probe, answers: str) -> None:
    """Simulation and sandbox, which were written apart, name the rule that AWS's documentation leads to."""
    source_ip = probe.source_ip or SOURCE_IP
    asked = Probe(probe.host, probe.path, probe.method, probe.query, probe.headers, source_ip)
    request = Request(
        probe.host,
        probe.path,
        probe.method,
        {name.lower(): value for name, value in probe.headers.items()},
        probe.query,
        source_ip,
    )
    listener = load_balancing.listener({"ListenerArn": "l", "Port": 443, "Protocol": "HTTPS"}, RULES)
    assert (matching_rule(listener, asked).arn, select_rule(RULES, request)["RuleArn"]) == (answers, answers)


def listener_of(*conditions: Condition) -> Listener:
    """A listener with one rule of these conditions, and the default."""
    rule = ListenerRule(arn="one", priority=1, conditions=conditions, actions=())
    default = ListenerRule(arn="default", priority=None, conditions=(), actions=())
    rules = (rule, default)
    return Listener(arn="l", port=443, protocol="HTTPS", ssl_policy=None, certificate_arns=(), rules=rules)


def chosen(probe: Probe, *conditions: Condition) -> str:
    """Which rule answers, or the reason why it cannot be told."""
    try:
        return matching_rule(listener_of(*conditions), probe).arn
    except CannotTellError as doubt:
        return str(doubt)


def regex(field: str, *expressions: str, header: str | None = None) -> Condition:
    return Condition(field=field, regex_values=expressions, http_header_name=header)


@pytest.mark.parametrize(
    ("condition", "probe", "answers"),
    [
        (regex("path-pattern", "^/api/v[0-9]+/"), Probe("a.b", "/api/v2/x"), "one"),
        (regex("path-pattern", "^/api/v[0-9]+/"), Probe("a.b", "/x/api/v2/"), "default"),
        (regex("path-pattern", "^/api/"), Probe("a.b", "/API/"), "default"),
        (regex("path-pattern", "(?i)^/api/"), Probe("a.b", "/API/"), "one"),
        (regex("path-pattern", "^/none$", "v2$"), Probe("a.b", "/api/v2"), "one"),
        (regex("host-header", r"^(.+)\.example\.com$"), Probe("a.example.com"), "one"),
        (regex("host-header", r"^(.+)\.example\.com$"), Probe("example.com"), "default"),
        (regex("http-header", "^canary-[ab]$", header="X-Group"), Probe("a.b", headers={"x-group": "canary-b"}), "one"),
        (regex("http-header", "^canary-[ab]$", header="X-Group"), Probe("a.b"), "default"),
    ],
)
def test_matching_rule__regular_expressions(condition: Condition, probe: Probe, answers: str) -> None:
    """Expressions are looked for anywhere in the text, with their own anchors."""
    assert chosen(probe, condition) == answers


def test_matching_rule__literal_wildcards_of_a_query() -> None:
    """In a query string, a backslash makes a wildcard literal (ELBv2 API Reference, QueryStringConditionConfig)."""
    condition = Condition(field="query-string", query=(("q", r"a\*b\?*"),))
    answers = [chosen(Probe("a.b", query=(("q", text),)), condition) for text in ("a*b?", "a*b?c", "axb?", "a*bx")]
    assert answers == ["one", "one", "default", "default"]


@pytest.mark.parametrize(
    ("condition", "probe", "told"),
    [
        (
            Condition(field="moon-phase"),
            Probe("a.b"),
            "moon-phase is a type of condition that the monitor does not know",
        ),
        (Condition(field="source-ip"), Probe("a.b"), "source-ip has no values that the monitor can read"),
        (
            Condition(field="source-ip", values=("10.0.0.0/8",)),
            Probe("a.b"),
            "source-ip: the address that the load balancer sees is not known",
        ),
        (Condition(field="host-header", values=("a.b",)), Probe("a.b:8443"), "host-header: AWS does not document"),
        (regex("host-header", r"^a\.b$"), Probe("A.b"), "host-header: AWS does not document"),
        (
            regex("path-pattern", "^/[[:alpha:]]+$"),
            Probe("a.b", "/x"),
            "path-pattern: the expression '^/[[:alpha:]]+$'",
        ),
        (regex("path-pattern", r"^/\p{L}+$"), Probe("a.b", "/x"), "path-pattern: the expression"),
    ],
    ids=lambda value: value.field if isinstance(value, Condition) else "",
)
def test_matching_rule__cannot_be_told(condition: Condition, probe: Probe, told: str) -> None:
    """Where the answer hangs on what cannot be judged, the rule and the type of its condition are named."""
    assert chosen(probe, condition).startswith(f"whether rule 1 answers cannot be told: {told}")


def test_matching_rule__settled_by_another_condition() -> None:
    """A condition that cannot be judged matters only where the others hold."""
    unknown = Condition(field="moon-phase")
    mlflow = Condition(field="path-pattern", values=("/mlflow",))
    assert chosen(Probe("a.b", "/other"), unknown, mlflow) == "default"
    assert "moon-phase" in chosen(Probe("a.b", "/mlflow"), unknown, mlflow)


@pytest.mark.parametrize("host", ["a.b:8443", "c.d:8443"])
def test_matching_rule__port_that_makes_no_difference(host: str) -> None:
    """A port in the Host header is no doubt where both readings come to the same."""
    answers = "one" if host.startswith("a.b") else "default"
    assert chosen(Probe(host), Condition(field="host-header", values=("a.b*",))) == answers


def test_matching_rule__without_a_default() -> None:
    """A listener that was told without its default rule is no listener to judge by."""
    whole = listener_of(Condition(field="path-pattern", values=("/a",)))
    with pytest.raises(CannotTellError, match="port 443 was told without its default rule"):
        matching_rule(whole.model_copy(update={"rules": whole.rules[:1]}), Probe("a.b"))


@pytest.mark.parametrize(
    ("url", "probe"),
    [
        ("https://A.b/x/y?v=1&w=a%20b&z", Probe("a.b", "/x/y", query=(("v", "1"), ("w", "a b"), ("z", "")))),
        ("https://a.b", Probe("a.b", "/")),
        ("https://a.b:443/", Probe("a.b", "/")),
        ("http://a.b:443/", Probe("a.b:443", "/")),
        ("https://a.b/a%20b", Probe("a.b", "/a%20b")),
    ],
)
def test_probe__of_a_url(url: str, probe: Probe) -> None:
    """A probe of a URL sees what a client sends: the path as it stands, the port where it is not the scheme's."""
    assert Probe.of(url) == probe
