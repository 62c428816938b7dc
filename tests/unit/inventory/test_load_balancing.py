"""Listeners and their rules, as moto's load balancers have them."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from registry_monitor.inventory.facts import Listener, Unknown, known
from registry_monitor.inventory.reader import InventoryReader
from registry_monitor.inventory.routing import Probe, matching_rule
from tests.sandbox.alb.rules import Request, select_rule
from tests.unit.inventory.conftest import Account, Answer, target_of, xml_error

TIME_S = 10.0
NOT_FOUND = {
    "Type": "fixed-response",
    "FixedResponseConfig": {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "Not Found"},
}
TO_HTTPS = {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}}


@pytest.fixture
def rules(account: Account) -> Iterator[list[dict[str, Any]]]:
    """A redirecting listener, and one with more rules than a page, created in any order: its rules as AWS has them."""
    elbv2 = account.client("elbv2")
    [balancer] = elbv2.describe_load_balancers(Names=["registry-alb"])["LoadBalancers"]
    arn = balancer["LoadBalancerArn"]
    listeners = [
        elbv2.create_listener(LoadBalancerArn=arn, Protocol="HTTP", Port=8080, DefaultActions=[NOT_FOUND]),
        elbv2.create_listener(LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=[TO_HTTPS]),
    ]
    main, plain = (created["Listeners"][0]["ListenerArn"] for created in listeners)
    for priority, paths in [(200, ["/api/*"]), (105, ["/api/mlflow/*"]), *((n, [f"/{n}"]) for n in range(300, 360))]:
        elbv2.create_rule(
            ListenerArn=main,
            Priority=priority,
            Conditions=[
                {"Field": "host-header", "HostHeaderConfig": {"Values": ["registry.test"]}},
                {"Field": "path-pattern", "PathPatternConfig": {"Values": paths}},
            ],
            Actions=[{"Type": "forward", "TargetGroupArn": account.groups["api"]}],
        )
    yield [rule for page in elbv2.get_paginator("describe_rules").paginate(ListenerArn=main) for rule in page["Rules"]]
    for listener in (main, plain):
        elbv2.delete_listener(ListenerArn=listener)


def listeners_of(account: Account) -> tuple[Listener, ...]:
    return known(InventoryReader(target_of("auth")).listeners("registry-alb", TIME_S))


def test_listeners__with_all_their_rules(
    account: Account, rules: list[dict[str, Any]], calls_made: Counter[str]
) -> None:
    """Listeners are told by port, with all pages of their rules by priority, the default last."""
    plain, main = listeners_of(account)
    assert (plain.port, main.port, main.protocol) == (80, 8080, "HTTP")
    assert [rule.priority for rule in main.rules] == [105, 200, *range(300, 360), None]
    first, default = main.rules[0], main.rules[-1]
    assert [condition.field for condition in first.conditions] == ["host-header", "path-pattern"]
    assert first.actions[0].target_groups == {account.groups["api"]: 1}
    assert default.actions[0].fixed_response is not None
    assert default.actions[0].fixed_response.status == 404
    assert plain.rules[0].actions[0].redirect is not None
    assert plain.rules[0].actions[0].redirect.protocol == "HTTPS"
    assert calls_made["elasticloadbalancing:DescribeRules"] > 2


@pytest.mark.parametrize("path", ["/", "/api/mlflow/x", "/api/x", "/API/x", "/320", "/3200"])
@pytest.mark.parametrize("host", ["registry.test", "REGISTRY.test", "other.test"])
def test_routing__as_the_sandbox_routes(account: Account, rules: list[dict[str, Any]], host: str, path: str) -> None:
    """On rules that AWS has, the simulation and the sandbox's load balancer choose alike."""
    main = listeners_of(account)[1]
    assert matching_rule(main, Probe(host, path)).arn == select_rule(rules, Request(host, path))["RuleArn"]


def test_listeners__with_tls(account: Account) -> None:
    """A listener with TLS is told with its policy and its certificate."""
    elbv2 = account.client("elbv2")
    [balancer] = elbv2.describe_load_balancers(Names=["registry-alb"])["LoadBalancers"]
    iam = account.client("iam")
    certificate = iam.upload_server_certificate(
        ServerCertificateName="any", CertificateBody="fake-body", PrivateKey="fake-key"
    )["ServerCertificateMetadata"]["Arn"]
    created = elbv2.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Protocol="HTTPS",
        Port=443,
        SslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06",
        Certificates=[{"CertificateArn": certificate}],
        DefaultActions=[NOT_FOUND],
    )["Listeners"][0]
    [listener] = listeners_of(account)
    elbv2.delete_listener(ListenerArn=created["ListenerArn"])
    iam.delete_server_certificate(ServerCertificateName="any")
    assert (listener.protocol, listener.ssl_policy) == ("HTTPS", "ELBSecurityPolicy-TLS13-1-2-2021-06")
    assert listener.certificate_arns == (certificate,)


def test_listeners__of_a_load_balancer_that_is_absent(account: Account, calls_made: Counter[str]) -> None:
    """One that the target names and AWS does not have has no listeners: the listing proves it."""
    target = target_of("auth", load_balancers=("registry-alb", "gone-alb"))
    assert known(InventoryReader(target).listeners("gone-alb", TIME_S)) == ()
    assert calls_made["elasticloadbalancing:DescribeListeners"] == 0


def test_listeners__deleted_meanwhile(account: Account, answer_instead: Answer) -> None:
    """A load balancer that is deleted between the calls has no listeners."""
    answer_instead("elbv2", "DescribeListeners", 400, xml_error("LoadBalancerNotFound"))
    assert listeners_of(account) == ()


def test_listeners__of_a_foreign_load_balancer(account: Account) -> None:
    """One that the target does not name is Unknown at once, and leaves no trace in the snapshot."""
    reader = InventoryReader(target_of("auth"))
    told = reader.listeners("another-alb", TIME_S)
    assert isinstance(told, Unknown) and told.reason == "another-alb is no load balancer of the target"
    assert reader.snapshot().listeners == {}


def test_listeners__where_the_load_balancers_are_denied(account: Account, answer_instead: Answer) -> None:
    """What cannot be asked without the load balancers is Unknown for the same reason."""
    answer_instead("elbv2", "DescribeLoadBalancers", 403, xml_error("AccessDenied"))
    told = InventoryReader(target_of("auth")).listeners("registry-alb", TIME_S)
    assert isinstance(told, Unknown)
    assert told.reason.startswith("elasticloadbalancing:DescribeLoadBalancers was denied")
