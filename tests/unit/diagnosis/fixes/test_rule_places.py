"""Where a rule is put: held against random listeners, with the same simulation that AWS's own rules are read by."""

import random

from registry_monitor.diagnosis.fixes.rule_places import Aim, forwarded, new_place, place_behind, taking, with_rule
from registry_monitor.inventory.facts import Action, Condition, FixedResponse, Listener, ListenerRule
from registry_monitor.target import Route

HOSTS = ("registry.example", "auth.example")
PATTERNS = ("/*", "/api/*", "/api/mlflow/*", "/api/health/*", "/mlflow/*", "/health", "/api/v1/*")
ROLES = ("auth", "api", "mlflow")
GROUPS = {role: frozenset({f"arn:{role}"}) for role in ROLES}
URLS = {
    "proxy": ("https://registry.example/api/mlflow/api/2.0/search", "api"),
    "health": ("https://registry.example/api/health/mlflow", "api"),
    "page": ("https://registry.example/health", "api"),
    "direct": ("https://registry.example/mlflow/ajax-api/search", "mlflow"),
    "keys": ("https://auth.example/api/v1/keys", "auth"),
}
ROUTES = tuple(Route(id=name, url=url, service=role) for name, (url, role) in URLS.items())
SEEDS = range(300)


def rule(priority: int | None, role: str | None, host: str | None = None, *paths: str) -> ListenerRule:
    conditions = [Condition(field="host-header", values=(host,))] if host else []
    conditions += [Condition(field="path-pattern", values=paths)] if paths else []
    not_found = Action(kind="fixed-response", fixed_response=FixedResponse(status=404, content_type=None, body=None))
    action = Action(kind="forward", target_groups={f"arn:{role}": 1}) if role else not_found
    return ListenerRule(arn=f"arn:{priority}", priority=priority, conditions=tuple(conditions), actions=(action,))


def listener(*rules: ListenerRule) -> Listener:
    return Listener(
        arn="arn:listener",
        port=443,
        protocol="HTTPS",
        ssl_policy=None,
        certificate_arns=(),
        rules=(*sorted(rules, key=lambda each: each.priority or 0), rule(None, None)),
    )


def random_listener(chance: random.Random) -> Listener:
    """Up to eight rules; their numbers lie close together, so that there is not always room between them."""
    numbers = chance.sample(range(1, 14), chance.randint(0, 8))
    return listener(
        *(
            rule(
                number,
                chance.choice(ROLES),
                chance.choice((*HOSTS, None)),
                *chance.sample(PATTERNS, chance.randint(1, 2)),
            )
            for number in numbers
        )
    )


def led(where: Listener, route: Route) -> frozenset[str]:
    found = taking(where, route)
    assert found is not None
    return forwarded(found)


NEW = rule(None, "api", "registry.example", "/api/mlflow/*").model_copy(update={"arn": "new"})
AIM = Aim((ROUTES[0],), ROUTES[1:], GROUPS)


def random_rule(chance: random.Random) -> ListenerRule:
    """A new rule for the proxy's route: also one so broad that it would take others' requests."""
    host, pattern = chance.choice(("registry.example", None)), chance.choice(("/api/mlflow/*", "/api/*", "/*"))
    return rule(None, "api", host, pattern).model_copy(update={"arn": "new"})


def test_new_rule__leads_its_route_rightly_and_no_other_astray() -> None:
    """Wherever a place is found, the route reaches its group by the new rule, and every other goes as before."""
    found = 0
    for seed in SEEDS:
        chance = random.Random(seed)
        before, new = random_listener(chance), random_rule(chance)
        place = new_place(before, new, AIM)
        if place is None:
            continue
        found += 1
        after = with_rule(before, new, place)
        taken = taking(after, ROUTES[0])
        assert place not in {each.priority for each in before.rules}, seed
        assert taken is not None and taken.arn == "new" and forwarded(taken) == GROUPS["api"], seed
        assert all(led(after, route) in (led(before, route), GROUPS[route.service]) for route in ROUTES[1:]), seed
    assert found > len(SEEDS) / 3


def test_new_rule__has_no_place_only_where_there_is_none() -> None:
    """Whenever no place is found, no number at all would have served."""
    for seed in SEEDS:
        chance = random.Random(seed)
        before, new = random_listener(chance), random_rule(chance)
        if new_place(before, new, AIM) is None:
            free = set(range(1, 20)) - {each.priority for each in before.rules}
            for number in free:
                after = with_rule(before, new, number)
                taken = taking(after, ROUTES[0])
                assert not (taken is not None and taken.arn == "new" and AIM.is_met(before, after)), (seed, number)


def test_moved_rule__frees_what_it_hid_and_leads_no_other_astray() -> None:
    """A rule that shadows goes behind: what it hid is right, and all other routes go as before, or rightly."""
    found = 0
    for seed in SEEDS:
        chance = random.Random(seed)
        shadow = rule(20, chance.choice(("auth", "mlflow")), None, chance.choice(("/*", "/api/*")))
        own = rule(30, "api", "registry.example", "/api/mlflow/*")
        before = listener(own, *random_listener(chance).rules[:-1], shadow)
        if taking(before, ROUTES[0]) is not shadow:
            continue
        place = place_behind(before, shadow, AIM)
        if place is None:
            continue
        found += 1
        after = with_rule(before, shadow, place)
        assert place > 20, seed
        assert led(after, ROUTES[0]) == GROUPS["api"], seed
        assert all(led(after, route) in (led(before, route), GROUPS[route.service]) for route in ROUTES[1:]), seed
    assert found > 10


def test_new_place__is_before_the_rule_that_takes_the_requests() -> None:
    """Between a narrower rule that stays first and the broad one that takes the requests now, in the middle."""
    before = listener(rule(50, "mlflow", None, "/mlflow/*"), rule(110, "auth", None, "/api/*"))
    assert new_place(before, NEW, AIM) == 80


def test_new_place__is_behind_all_rules_where_none_takes_the_requests() -> None:
    """What falls to the default gets a rule behind the others, with room between them."""
    before = listener(rule(90, "auth", "auth.example", "/health"))
    assert new_place(before, NEW, AIM) == 100


def test_new_place__is_none_where_every_place_leads_another_route_astray() -> None:
    """Without a free number before the rule that takes the requests, nothing is proposed."""
    before = listener(rule(1, "auth", None, "/*"))
    assert new_place(before, NEW, AIM) is None


def test_place_behind__is_directly_behind_what_was_hidden() -> None:
    """The shadowing rule moves no farther than needed, so that what else it takes is still its own."""
    shadow = rule(60, "mlflow", None, "/api/*")
    before = listener(shadow, rule(105, "api", None, "/api/mlflow/*"), rule(200, "auth", None, "/*"))
    assert place_behind(before, shadow, Aim((ROUTES[0],), (), GROUPS)) == 152
