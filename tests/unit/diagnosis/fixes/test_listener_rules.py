"""Fixes of rules: each one is read back from its Terraform, applied to the listener, and the route is right."""

from collections.abc import Iterable

from registry_monitor.diagnosis.evidence import Evidence
from registry_monitor.diagnosis.fixes import fix_of
from registry_monitor.diagnosis.fixes.listener_rules import all_of
from registry_monitor.diagnosis.fixes.rule_places import with_rule, without_rule
from registry_monitor.diagnosis.rules.routing import routes
from registry_monitor.finding import Fix
from registry_monitor.inventory.facts import Action, Condition, Listener, ListenerRule
from registry_monitor.inventory.routing import Probe, matching_rule
from registry_monitor.target import LoadBalancer, Route
from registry_monitor.terraform.hcl import Expression
from tests.unit.diagnosis.evidence_of import REGISTRY, suspect_of
from tests.unit.diagnosis.fixes.terraform_reader import Block, read
from tests.unit.diagnosis.platform import (
    AUTH_RULES,
    BALANCERS,
    NOT_FOUND,
    REGISTRY_RULES,
    evidence_of,
    group_of,
    inventory,
    known,
    listener,
    rule,
    service,
)

PROXY = "https://registry.hokus.ai/api/mlflow/api/2.0/mlflow/experiments/search"
DIRECT = "https://registry.hokus.ai/mlflow/ajax-api/2.0/mlflow/experiments/search"
DEFAULT = REGISTRY_RULES[-1]


def platform(*rules: ListenerRule, **changes: object) -> tuple[Listener, Evidence]:
    """The registry's listener with these rules, and the run that saw it."""
    registry = listener(*sorted(rules, key=lambda each: each.priority or 99_999))
    listeners = {BALANCERS["auth"]: known((listener(*AUTH_RULES),)), REGISTRY: known((registry,))}
    return registry, evidence_of(inventory(listeners=listeners, **changes))


def the_fix(kind: str, evidence: Evidence) -> Fix:
    """The fix of the one suspect of a kind that the rules themselves find."""
    [suspect] = [each for each in routes(evidence) if each.kind == kind]
    return fix_of(suspect, evidence)


def applied(fix: Fix, before: Listener) -> Listener:
    """The listener with the change that the Terraform says."""
    [block] = read(fix.hcl or "")
    if block.kind == "removed":
        number = int(str(block.values["from"]).rpartition("_")[2])
        return without_rule(before, next(each for each in before.rules if each.priority == number))
    name = block.labels[1]
    old = next((each for each in before.rules if name == f"rule_{each.priority}"), None)
    new = old or ListenerRule(arn="new", priority=None, conditions=(), actions=())
    changes = {
        "conditions": tuple(_conditions(block.all("condition"))),
        "actions": tuple(_actions(block.all("action"))),
    }
    changed = new.model_copy(update={field: value for field, value in changes.items() if value})
    return with_rule(before, changed, block.values.get("priority") or (old.priority if old else 0))


def _conditions(blocks: Iterable[Block]) -> Iterable[Condition]:
    for block in blocks:
        [inner] = block.blocks
        yield Condition(field=inner.kind.replace("_", "-"), values=tuple(inner.values["values"]))


def _actions(blocks: Iterable[Block]) -> Iterable[Action]:
    for block in blocks:
        yield Action(kind=block.values["type"], target_groups={block.values["target_group_arn"]: 1})


def led(where: Listener, url: str) -> set[str]:
    return {arn for action in matching_rule(where, Probe.of(url)).actions for arn in action.target_groups}


def test_missing_rule__leads_the_proxy_to_the_service_of_the_target_file() -> None:
    """Not to MLflow, as one might think: the caution says why."""
    before, evidence = platform(rule(50, "mlflow", "/mlflow", "/mlflow/*"), rule(120, "auth"), DEFAULT)
    fix = fix_of(suspect_of("listener-rule-missing", arn="arn:listener"), evidence)
    assert led(applied(fix, before), PROXY) == {group_of("api")}
    assert led(applied(fix, before), DIRECT) == {group_of("mlflow")}
    assert "priority 85, before rule 120" in fix.told
    assert fix.caution is not None and "Do not send /api/mlflow/* straight to hokusai-mlflow-development" in fix.caution


def test_missing_rule__of_an_absent_service_refers_to_its_group() -> None:
    """Where AWS has no service that registers in a group, the group has the name that Terraform has for it."""
    present = [service(role) for role in ("auth", "mlflow")]
    _, evidence = platform(
        rule(50, "mlflow", "/mlflow", "/mlflow/*"), DEFAULT, services=present, missing=("hokusai-api-development",)
    )
    fix = the_fix_of_route("mlflow-proxy", evidence)
    assert "target_group_arn = aws_lb_target_group.api.arn" in (fix.hcl or "")


def the_fix_of_route(route: str, evidence: Evidence) -> Fix:
    [suspect] = [each for each in routes(evidence) if f"route:{route}" in each.breaks]
    return fix_of(suspect, evidence)


def test_missing_rule__without_room_says_so_and_proposes_nothing() -> None:
    """A broad rule with number 1 leaves no number before it."""
    _, evidence = platform(rule(1, "auth"), DEFAULT)
    fix = fix_of(suspect_of("listener-rule-missing"), evidence)
    assert fix.hcl is None
    assert "make room before rule 1 first" in fix.told


def test_shadowing_rule__moves_behind_what_it_hides() -> None:
    """It is moved and not deleted: nobody can tell whose else its requests are."""
    before, evidence = platform(rule(60, "mlflow", "/api/*"), *REGISTRY_RULES)
    fix = the_fix("listener-rule-shadows", evidence)
    after = applied(fix, before)
    assert led(after, PROXY) == {group_of("api")}
    assert led(after, "https://registry.hokus.ai/api/health/mlflow") == {group_of("api")}
    assert "No route of the target needs rule 60; delete it only if you know whose it is" in (fix.caution or "")


def test_shadowing_rule__that_others_need_is_not_to_be_deleted() -> None:
    """A broad rule that rightly serves other paths stays, behind."""
    before, evidence = platform(rule(40, "api"), *REGISTRY_RULES)
    fix = the_fix("listener-rule-shadows", evidence)
    assert led(applied(fix, before), DIRECT) == {group_of("mlflow")}
    assert "Do not delete rule 40: it rightly takes https://registry.hokus.ai/" in (fix.caution or "")


def test_wrong_host__is_replaced_and_the_paths_stay() -> None:
    """Terraform replaces all conditions of a rule, so the ones that are right stand there too."""
    wrong = rule(50, "mlflow", "/mlflow", "/mlflow/*", host="registry.example")
    before, evidence = platform(wrong, *REGISTRY_RULES[1:])
    fix = the_fix("listener-rule-host-wrong", evidence)
    assert led(applied(fix, before), DIRECT) == {group_of("mlflow")}
    assert "it has registry.example" in fix.told


def test_wrong_group__is_replaced_by_that_of_the_service() -> None:
    """The rule changes, not the service."""
    before, evidence = platform(REGISTRY_RULES[0], rule(105, "old", "/api/mlflow/*"), *REGISTRY_RULES[2:])
    fix = the_fix("listener-rule-target-group-wrong", evidence)
    assert led(applied(fix, before), PROXY) == {group_of("api")}


def test_fixed_response__is_deleted_where_other_rules_serve() -> None:
    """A maintenance page before everything goes, after a question."""
    page = rule(10, None)
    before, evidence = platform(page, *REGISTRY_RULES)
    fix = the_fix("listener-rule-fixed-response", evidence)
    assert led(applied(fix, before), PROXY) == {group_of("api")}
    assert "maintenance may not be over" in (fix.caution or "")


def test_fixed_response__that_took_the_place_of_a_rule_becomes_one_again() -> None:
    """Deleting the only rule of a path would leave it to the default: it forwards instead."""
    page = rule(50, "mlflow", "/mlflow", "/mlflow/*").model_copy(update={"actions": (NOT_FOUND,)})
    before, evidence = platform(page, *REGISTRY_RULES[1:])
    fix = the_fix("listener-rule-fixed-response", evidence)
    assert led(applied(fix, before), DIRECT) == {group_of("mlflow")}


def test_missing_listener__comes_with_rules_for_all_routes() -> None:
    """Its rules were deleted with it: those that the routes tell lead each route to its service."""
    _, evidence = platform(*REGISTRY_RULES)
    sought, made, *rules = read(fix_of(suspect_of("listener-missing"), evidence).hcl or "")
    whole = listener(DEFAULT)
    for block in rules:
        conditions, actions = tuple(_conditions(block.all("condition"))), tuple(_actions(block.all("action")))
        new = ListenerRule(arn=block.labels[1], priority=None, conditions=conditions, actions=actions)
        whole = with_rule(whole, new, block.values["priority"])
    assert made.labels[0] == "aws_lb_listener"
    assert sought.labels[0] == "aws_acm_certificate" and sought.values["domain"] == "registry.hokus.ai"
    assert made.values["certificate_arn"] == "data.aws_acm_certificate.serving.arn"
    [balancer] = [each for each in evidence.run.target.load_balancers if each.name == REGISTRY]
    assert {route.id: led(whole, route.url) for route in balancer.routes} == {
        route.id: {group_of(route.service)} for route in balancer.routes
    }


def test_rules_of_a_listener__have_the_longer_paths_first() -> None:
    """A folder inside another gets its rule before it, in whatever order the target file has them."""
    broad = Route(id="broad", url="https://registry.hokus.ai/api/models", service="auth")
    narrow = Route(id="narrow", url="https://registry.hokus.ai/api/health/mlflow", service="api")
    balancer = LoadBalancer(name=REGISTRY, hosts=("registry.hokus.ai",), routes=(broad, narrow))
    _, evidence = platform(*REGISTRY_RULES)
    made = all_of(balancer, 443, Expression("aws_lb_listener.main.arn"), evidence)
    assert [read(each)[0].labels[1] for each in made] == ["narrow", "broad", "rest_of_registry_hokus_ai"]


def test_rules_of_a_listener__end_with_one_for_what_no_route_tells() -> None:
    """The target's routes are examples: other paths of a host go to the service of most of its routes."""
    _, evidence = platform(*REGISTRY_RULES)
    [balancer] = [each for each in evidence.run.target.load_balancers if each.name == REGISTRY]
    *_, last = all_of(balancer, 443, Expression("aws_lb_listener.main.arn"), evidence)
    [block] = read(last)
    assert [each.blocks[0].kind for each in block.all("condition")] == ["host_header"]
    assert block.all("action")[0].values["target_group_arn"] == group_of("api")


def test_proxy__that_the_target_gives_to_mlflow_itself_needs_no_caution() -> None:
    """The caution is for platforms whose proxy lives elsewhere: a target may say that MLflow serves the path."""
    _, evidence = platform(REGISTRY_RULES[0], DEFAULT)
    target = evidence.run.target
    theirs = tuple(
        balancer.model_copy(
            update={"routes": tuple(each.model_copy(update={"service": "mlflow"}) for each in balancer.routes)}
        )
        for balancer in target.load_balancers
    )
    run = evidence.run.model_copy(update={"target": target.model_copy(update={"load_balancers": theirs})})
    fix = fix_of(suspect_of("listener-rule-missing"), Evidence(run))
    assert (fix.caution or "").startswith("Priorities are unique") and group_of("mlflow") in (fix.hcl or "")
