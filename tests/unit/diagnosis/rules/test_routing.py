"""Where rules lead, and what is said of those that lead elsewhere."""

import pytest

from registry_monitor.diagnosis.rules import routing
from registry_monitor.inventory.facts import Action, EcsServices, FixedResponse, ListenerRule
from tests.unit.diagnosis.platform import (
    AUTH_RULES,
    BALANCERS,
    REGISTRY_RULES,
    evidence_of,
    inventory,
    known,
    listener,
    rule,
    service,
)

AUTH, REGISTRY = f"{BALANCERS['auth']}:443", f"{BALANCERS['registry']}:443"
TARGET_HEALTH = "elasticloadbalancing:DescribeTargetHealth"
MAINTENANCE = Action(kind="fixed-response", fixed_response=FixedResponse(status=503, content_type=None, body="later"))


def named(
    auth: tuple[ListenerRule, ...] = AUTH_RULES, registry: tuple[ListenerRule, ...] = REGISTRY_RULES
) -> list[str]:
    facts = inventory(
        listeners={
            BALANCERS["auth"]: known((listener(*auth),)),
            BALANCERS["registry"]: known((listener(*registry),)),
        }
    )
    return [f"{each.kind} {each.resource}" for each in routing.routes(evidence_of(facts))]


def test_missing_rule__rules_out_the_service_behind_it() -> None:
    """The tasks that the path should lead to are healthy: nothing is to be mended there."""
    facts = inventory(listeners={BALANCERS["registry"]: known((listener(rule(None, None)),))})
    found = [each for each in routing.routes(evidence_of(facts)) if each.service == "api"]
    assert {each.ruled_out for each in found} == {
        ("The tasks of hokusai-api-development: 1 of 1 targets of api-group are healthy (" + TARGET_HEALTH + ")",)
    }


def without(rules: tuple[ListenerRule, ...], priority: int) -> tuple[ListenerRule, ...]:
    return tuple(each for each in rules if each.priority != priority)


def with_rule(rules: tuple[ListenerRule, ...], added: ListenerRule) -> tuple[ListenerRule, ...]:
    others = without(rules, added.priority or 0)
    return tuple(sorted((*others, added), key=lambda each: each.priority or 99999))


def test_healthy_rules__are_not_suspected() -> None:
    """Overlapping rules that lead to the right service are no fault."""
    assert named() == []


def test_absent_rule_whose_requests_a_broader_one_takes_rightly__is_no_fault() -> None:
    """Without its own rule ``/api/mlflow/*`` still goes to the API by ``/api/*``: nobody notices."""
    assert named(registry=without(REGISTRY_RULES, 105)) == []


def test_absent_rule__is_named_with_the_pattern_that_it_should_have() -> None:
    """The default answers in its place."""
    assert named(auth=without(AUTH_RULES, 100)) == [f"listener-rule-missing {AUTH} /api/v1/*"]
    assert named(registry=without(REGISTRY_RULES, 50)) == [f"listener-rule-missing {REGISTRY} /mlflow/*"]


def test_broader_rule_in_front__is_the_one_at_fault() -> None:
    """Not the rule that it shadows, which is right as it stands; several routes are one cause."""
    shadow = rule(60, "mlflow", "/api/*")
    assert named(registry=with_rule(REGISTRY_RULES, shadow)) == [f"listener-rule-shadows {REGISTRY} priority 60"]


def test_rule_for_another_host__is_named_with_its_own_number() -> None:
    """Everything else of it fits."""
    wrong = rule(100, "auth", "/api/v1/*", host="auth.example.com")
    assert named(auth=with_rule(AUTH_RULES, wrong)) == [f"listener-rule-host-wrong {AUTH} priority 100"]


def test_rule_to_another_group__is_not_mistaken_for_a_shadow() -> None:
    """Of its path nothing else is meant: the more particular rule is the one that was meant, and leads wrong."""
    to_an_old_group = rule(105, None, "/api/mlflow/*").model_copy(
        update={"actions": (Action(kind="forward", target_groups={"arn:targetgroup/old/1": 1}),)}
    )
    expected = f"listener-rule-target-group-wrong {REGISTRY} priority 105"
    assert named(registry=with_rule(REGISTRY_RULES, to_an_old_group)) == [expected]


def test_group_with_weight_zero__is_not_led_to() -> None:
    """A blue-green switch that was left halfway."""
    old = {"arn:targetgroup/old/1": 1, "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/auth/1": 0}
    halfway = rule(100, None, "/api/v1/*", host="auth.hokus.ai").model_copy(
        update={"actions": (Action(kind="forward", target_groups=old),)}
    )
    assert named(auth=with_rule(AUTH_RULES, halfway)) == [f"listener-rule-target-group-wrong {AUTH} priority 100"]


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        (MAINTENANCE, "listener-rule-fixed-response"),
        (Action(kind="authenticate-oidc"), "listener-rule-authenticates"),
    ],
)
def test_rule_that_answers_itself__is_named(action: Action, kind: str) -> None:
    """A forgotten page of maintenance, or a login before an API."""
    page = rule(10, None).model_copy(update={"actions": (action,)})
    assert named(registry=with_rule(REGISTRY_RULES, page)) == [f"{kind} {REGISTRY} priority 10"]


def test_absent_service__leaves_its_own_group_unsuspected() -> None:
    """Who registers in a group of an absent service is not known; a rule that leads there is not called wrong."""
    facts = inventory(
        ecs_services=known(
            EcsServices(found=(service("auth"), service("mlflow")), missing=("hokusai-api-development",))
        )
    )
    assert list(routing.routes(evidence_of(facts))) == []


def test_absent_load_balancer_and_listener__are_named() -> None:
    """What cannot be read is not absent; what AWS does not have is."""
    none = inventory(load_balancers=known(()))
    assert {each.key for each in routing.balancers(evidence_of(none))} == {
        ("load-balancer-missing", name) for name in BALANCERS.values()
    }
    deaf = inventory(listeners={BALANCERS["auth"]: known(())})
    assert [each.key for each in routing.balancers(evidence_of(deaf))] == [("listener-missing", AUTH)]
    unread = inventory(load_balancers={"reason": "denied", "source": "elbv2"})
    assert list(routing.balancers(evidence_of(unread))) == []
