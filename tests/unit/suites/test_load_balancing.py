"""Where a load balancer's rules lead a URL, and where a name does: pure judgements, and names led to loopback."""

from typing import Any

import pytest

from registry_monitor.clients.connect_to import connect_to
from registry_monitor.inventory.facts import (
    Action,
    Condition,
    FixedResponse,
    Listener,
    ListenerRule,
    LoadBalancer,
    Redirect,
    ServiceTarget,
)
from registry_monitor.model import CannotTellError, Status, SuiteName
from registry_monitor.suites.load_balancing import judge_route, load_balancer_checks
from registry_monitor.target import LoadBalancer as Wanted
from registry_monitor.target import Route
from tests.unit.suites.known_facts import KnownFacts, context_of, ecs_service, run_checks

NAMES = {"api": "api-group", "api-2": "api-group-2", "other": "other-group"}
ROUTE = Route(id="proxy", url="https://registry.test/api/mlflow/x", service="api")
NOT_FOUND = Action(
    kind="fixed-response", fixed_response=FixedResponse(status=404, content_type="text/plain", body="Not Found")
)


def to(**weights: int) -> Action:
    return Action(kind="forward", target_groups={name.replace("_", "-"): weight for name, weight in weights.items()})


def rule(priority: int | None, *actions: Action, path: str = "/api/*", field: str = "path-pattern") -> ListenerRule:
    conditions = () if priority is None else (Condition(field=field, values=(path,)),)
    return ListenerRule(arn=f"rule-{priority}", priority=priority, conditions=conditions, actions=actions)


def listener(*rules: ListenerRule) -> Listener:
    return Listener(
        arn="listener", port=443, protocol="HTTPS", ssl_policy=None, certificate_arns=("certificate",), rules=rules
    )


DEFAULT = rule(None, NOT_FOUND)
OWN = ServiceTarget(target_group_arn="api", container_name="api", container_port=8001)
OWN_TOO = OWN.model_copy(update={"target_group_arn": "api-2"})


@pytest.mark.parametrize(
    ("rules", "own", "status", "seen"),
    [
        ((rule(10, to(api=1)), DEFAULT), (OWN,), Status.PASS, "match rule 10, which forwards to api-group"),
        ((DEFAULT,), (OWN,), Status.FAIL, "match no rule but the default, which answers 404 itself"),
        ((rule(10, to(api=1), path="/other"), DEFAULT), (OWN,), Status.FAIL, "match no rule but the default, which"),
        ((rule(None, to(api=1)),), (OWN,), Status.PASS, "match no rule but the default, which forwards to api-group"),
        (
            (rule(5, to(other=1), path="/*"), rule(10, to(api=1)), DEFAULT),
            (OWN,),
            Status.FAIL,
            "match rule 5, which forwards to other-group",
        ),
        ((rule(10, to(gone=1)), DEFAULT), (OWN,), Status.FAIL, "match rule 10, which forwards to gone"),
        (
            (rule(10, to(api=9, other=1)), DEFAULT),
            (OWN,),
            Status.FAIL,
            "match rule 10, which forwards to api-group, other-group",
        ),
        (
            (rule(10, to(api=1, other=0)), DEFAULT),
            (OWN,),
            Status.PASS,
            "match rule 10, which forwards to api-group, other-group with weight 0",
        ),
        ((rule(10, to(api=0)), DEFAULT), (OWN,), Status.FAIL, "match rule 10, which forwards to api-group with weight"),
        ((rule(10, to(api=1, api_2=1)), DEFAULT), (OWN, OWN_TOO), Status.PASS, "match rule 10, which forwards to api"),
        ((rule(10, to(api_2=1)), DEFAULT), (OWN, OWN_TOO), Status.PASS, "match rule 10, which forwards to api-group-2"),
        ((rule(10, to(api_2=1)), DEFAULT), (OWN,), Status.FAIL, "match rule 10, which forwards to api-group-2"),
        ((rule(10, to(api=1)), DEFAULT), (), Status.FAIL, "match rule 10, which forwards to api-group"),
        (
            (rule(10, Action(kind="authenticate-oidc"), to(api=1)), DEFAULT),
            (OWN,),
            Status.PASS,
            "match rule 10, which forwards to api-group",
        ),
        (
            (
                rule(
                    10,
                    Action(
                        kind="redirect",
                        redirect=Redirect(status=301, protocol="HTTPS", host=None, port=None, path=None, query=None),
                    ),
                ),
                DEFAULT,
            ),
            (OWN,),
            Status.FAIL,
            "match rule 10, which redirects with 301",
        ),
        ((rule(10, Action(kind="something-new")), DEFAULT), (OWN,), Status.FAIL, "match rule 10, which does something"),
    ],
    ids=["right", "no rule", "another path", "by the default", "shadowed", "another group", "shared", "weight 0 beside",
         "weight 0", "both groups", "its second group", "not its group", "registered nowhere", "after a log-in",
         "redirect", "unknown action"],
)  # fmt: skip
def test_route__must_lead_to_the_services_own_groups_alone(
    rules: tuple[ListenerRule, ...], own: tuple[ServiceTarget, ...], status: Status, seen: str
) -> None:
    """The first rule that matches decides, with all groups that have a weight."""
    outcome = judge_route(ROUTE, listener(*rules), ecs_service(targets=own), NAMES)
    assert (outcome.status, outcome.seen[: len(seen)]) == (status, seen)


def test_route__of_a_port_without_a_listener_cannot_match() -> None:
    """It is told with what should have been there."""
    outcome = judge_route(ROUTE, None, ecs_service(targets=(OWN,)), NAMES)
    assert (outcome.status, outcome.seen) == (Status.FAIL, "cannot match: nothing listens on the URL's port")
    assert outcome.expected == "a rule that forwards to the target group of api-service (api-group)"


def test_route__behind_a_condition_that_cannot_be_judged_is_unknown() -> None:
    """Which address the load balancer sees is not known here; a rule that cannot match anyway is no obstacle."""
    by_source = rule(5, to(other=1), path="10.0.0.0/8", field="source-ip")
    with pytest.raises(CannotTellError, match="source-ip"):
        judge_route(ROUTE, listener(by_source, rule(10, to(api=1)), DEFAULT), ecs_service(targets=(OWN,)), NAMES)
    elsewhere = Condition(field="path-pattern", values=("/elsewhere",))
    harmless = by_source.model_copy(update={"conditions": (*by_source.conditions, elsewhere)})
    outcome = judge_route(ROUTE, listener(harmless, rule(10, to(api=1)), DEFAULT), ecs_service(targets=(OWN,)), NAMES)
    assert outcome.status is Status.PASS


HOST, DNS_NAME, NOWHERE = "registry.test", "lb.elb.test", "no-such-record.invalid"
BALANCER = LoadBalancer(
    arn="arn", name="lb", dns_name=DNS_NAME, scheme="internet-facing", state="active", state_reason=None
)


def judged(aspect: str, *, balancers: tuple[LoadBalancer, ...] = (BALANCER,), **facts: Any) -> tuple[Status, str]:
    context = context_of(facts=KnownFacts(load_balancers=balancers, **facts))
    checks = load_balancer_checks(context, SuiteName.SERVICES, Wanted(name="lb", hosts=(HOST,)))
    result = run_checks(checks)[f"services.{aspect}"]
    return result.status, result.seen


@pytest.mark.parametrize(
    ("host", "balancer", "status", "seen"),
    [
        ("127.0.0.3", "127.0.0.3", Status.PASS, "resolves to 127.0.0.3"),
        ("127.0.0.4", "127.0.0.3", Status.FAIL, f"resolves to 127.0.0.4, not to {DNS_NAME}"),
        (NOWHERE, "127.0.0.3", Status.FAIL, "has a host name that does not resolve"),
        ("127.0.0.3", NOWHERE, Status.UNKNOWN, "could not be asked: load balancer lb has a host name that does not"),
    ],
    ids=["right", "elsewhere", "no record", "balancer without a record"],
)
def test_name__must_lead_to_the_load_balancer(host: str, balancer: str, status: Status, seen: str) -> None:
    """Where the load balancer's own name does not resolve either, the resolver is in doubt, not the record."""
    connect_to({f"{HOST}:443": f"{host}:443", f"{DNS_NAME}:443": f"{balancer}:443"})
    found, told = judged(f"dns.{HOST}")
    assert (found, told[: len(seen)]) == (status, seen)


def test_name__leads_nowhere_where_there_is_no_load_balancer() -> None:
    """It is the load balancer that is missing, and the sentence says so."""
    connect_to({f"{HOST}:443": "127.0.0.3:443"})
    assert judged(f"dns.{HOST}", balancers=()) == (
        Status.FAIL,
        "cannot lead to load balancer lb: there is none of that name",
    )


@pytest.mark.parametrize(
    ("state", "reason", "status", "seen"),
    [
        ("active", None, Status.PASS, "is active"),
        ("active_impaired", "no addresses left", Status.PASS, "is active_impaired (no addresses left)"),
        ("provisioning", None, Status.FAIL, "is provisioning"),
        ("failed", "no addresses left", Status.FAIL, "is failed (no addresses left)"),
    ],
)
def test_load_balancer__must_be_active(state: str, reason: str | None, status: Status, seen: str) -> None:
    """The reason that AWS gives stands in the sentence."""
    balancer = BALANCER.model_copy(update={"state": state, "state_reason": reason})
    assert judged("load-balancer.lb", balancers=(balancer,)) == (status, seen)


def test_impaired_load_balancer__is_told_and_fails_nobody() -> None:
    """It forwards, without what it needs to grow: worth a sentence, and no user notices."""
    impaired = BALANCER.model_copy(update={"state": "active_impaired", "state_reason": "no addresses left"})
    context = context_of(facts=KnownFacts(load_balancers=(impaired,)))
    checks = load_balancer_checks(context, SuiteName.SERVICES, Wanted(name="lb", hosts=(HOST,)))
    result = run_checks(checks[:1])["services.load-balancer.lb"]
    (observation,) = result.observations
    assert result.status is Status.PASS
    assert observation.told == "is active_impaired (no addresses left): it forwards, and cannot grow with its load"


@pytest.mark.parametrize(
    ("listeners", "status", "seen"),
    [
        ((listener(DEFAULT),), Status.PASS, "has the listeners HTTPS:443, 1 rules on HTTPS"),
        ((), Status.FAIL, "has the listeners none"),
        ((listener().model_copy(update={"protocol": "HTTP", "port": 80}),), Status.FAIL, "has the listeners HTTP:80"),
        ((listener().model_copy(update={"port": 8443}),), Status.FAIL, "has the listeners HTTPS:8443"),
        ((listener().model_copy(update={"certificate_arns": ()}),), Status.FAIL, "has the listeners HTTPS:443, 0"),
    ],
    ids=["right", "none", "without TLS", "another port", "no certificate"],
)  # fmt: skip
def test_listener__is_https_on_443_with_a_certificate(
    listeners: tuple[Listener, ...], status: Status, seen: str
) -> None:
    """What listens instead is told."""
    found, told = judged("listener.lb", listeners=listeners)
    assert (found, told[: len(seen)]) == (status, seen)
