"""Redis, database and bucket: by the address that a service is told, else by who is let in; else none."""

import pytest

from registry_monitor.discovery import Draft, Wish, discover, ingress_terraform, target_text
from registry_monitor.discovery.seen import seen_of
from registry_monitor.discovery.stores import find_redis
from registry_monitor.target import Target, parse_target
from tests.unit.discovery.platform import (
    CACHE_HOST,
    DATABASE_HOST,
    MLFLOW_COMMAND,
    cache,
    container,
    database,
    definition,
    facts,
    security_group,
    service,
    variables,
)

GATEWAY, TRACKING = "shop-gateway-prod", "shop-tracking-prod"


def drafted(tracking: dict[str, str], gateway: dict[str, str] | None = None, **more: object) -> tuple[Draft, Target]:
    """With these variables of the two services."""
    definitions = {
        TRACKING: definition(TRACKING, container(command=MLFLOW_COMMAND, environment=variables(**tracking))),
        GATEWAY: definition(GATEWAY, container(environment=variables(**(gateway or {})))),
    }
    draft = discover(facts(definitions=definitions, **more), Wish())
    return draft, parse_target(target_text(draft), "test")


def test_addresses__name_the_stores() -> None:
    """Whatever the variables are called, and beside others of the account."""
    draft, target = drafted(
        {"STORE": f"postgresql://who:fake-password@{DATABASE_HOST}:5432/db"},
        {"REDIS_HOST": CACHE_HOST},
        databases=(database("other", "other.example.com"), database()),
        caches=(cache("other", "other.cache.example.com"), cache(has_tls=False)),
    )
    assert target.database is not None
    assert target.database.instance == "shop-tracking"
    assert target.redis is not None
    assert (target.redis.replication_group, target.redis.tls) == ("shop-cache", False)
    assert target.redis.service == "gateway"
    assert draft.database is not None
    assert draft.database.instance.comment == "STORE of shop-tracking-prod: sure"
    assert "fake-password" not in target_text(draft)


@pytest.mark.parametrize(
    ("roles", "first"), [(("gateway", "identity"), "identity"), (("gateway", "tracking"), "gateway")]
)
def test_redis__is_rested_on_by_who_judges_keys_before_others(roles: tuple[str, ...], first: str) -> None:
    """Where several have its address, which of them users feel is likely, and not sure."""
    speaking = {role: definition(role, container(environment=variables(REDIS_HOST=CACHE_HOST))) for role in roles}
    services = {role: service(role) for role in roles}
    seen = seen_of(facts(services=tuple(services.values()), definitions=speaking, caches=(cache(),)), Wish())
    draft, _ = find_redis(seen, services)
    assert draft is not None
    assert draft.service.value == first
    assert draft.service.comment == f"of {', '.join(roles)}, whose variables speak of Redis: likely"


def test_secret_addresses__leave_who_is_let_in() -> None:
    """What may be a secret has no value here: then a security group tells, and less surely."""
    draft, target = drafted(
        {"DATABASE_PASSWORD_URL": "hidden"},
        {"REDIS_TOKEN": "hidden"},
        databases=(database("other", "other.example.com"), database()),
        caches=(cache(),),
        security_groups=(
            security_group("shop-tracking", 5432, TRACKING),
            security_group("other", 5432, GATEWAY),
            security_group("shop-cache", 6380, GATEWAY),
        ),
    )
    assert draft.database is not None
    assert draft.database.instance.comment == "its security group lets shop-tracking-prod in: likely"
    assert target.redis is not None


def test_several_that_let_in__are_not_guessed_at() -> None:
    draft, target = drafted(
        {},
        {"REDIS_URL": "hidden-value"},
        databases=(database(), database("second", "second.example.com")),
        caches=(),
        security_groups=(
            security_group("shop-tracking", 5432, TRACKING),
            security_group("second", 5432, TRACKING),
        ),
    )
    assert (target.database, target.redis, target.artifacts_bucket) == (None, None, None)
    assert draft.left_out[-3:] == (
        "redis: shop-gateway-prod has variables that speak of it, and no replication group was found to be theirs",
        "database: no RDS instance was found to be that of shop-tracking-prod",
        "artifacts_bucket: neither command nor variables of shop-tracking-prod name one",
    )


def test_another_port__is_another_store() -> None:
    """A security group that lets MLflow in for something else is no sign."""
    _, target = drafted({}, databases=(database(),), security_groups=(security_group("shop-tracking", 22, TRACKING),))
    assert target.database is None


@pytest.mark.parametrize(
    ("engine", "told", "is_asked"),
    [("mysql", "mysql", False), ("postgres", "postgres", True), ("aurora-postgresql", "postgres", True)],
)
def test_engine__that_the_monitor_does_not_speak_needs_no_port(engine: str, told: str, is_asked: bool) -> None:
    """Of others than PostgreSQL only what AWS says is judged."""
    draft, target = drafted({"DB_HOST": DATABASE_HOST}, databases=(database(engine=engine),))
    assert target.database is not None
    assert target.database.engine == told
    assert ("monitor_to_database" in [each.name for each in draft.ingress]) == is_asked


@pytest.mark.parametrize(
    ("texts", "bucket"),
    [
        ({"LOGS": "s3://shop-logs/x", "ROOT": "s3://shop-artifacts"}, "shop-artifacts"),
        ({"LOGS": "s3://shop-logs/x"}, "shop-logs"),
        ({"ROOT": "https://s3.example.com/x"}, None),
    ],
)
def test_bucket__of_artifacts_before_others(texts: dict[str, str], bucket: str | None) -> None:
    assert drafted(texts)[1].artifacts_bucket == bucket


def test_ingress__is_one_rule_for_each_port_of_a_group() -> None:
    """Two services that share a security group and a port share the rule; the monitor's own group is a variable."""
    shared = ("sg-shared",)
    draft, _ = drafted(
        {"DB_HOST": DATABASE_HOST},
        {"REDIS_HOST": CACHE_HOST},
        services=(service(GATEWAY, security_groups=shared), service(TRACKING, security_groups=shared)),
        databases=(database(),),
        caches=(cache(),),
    )
    assert [(each.name, each.group, each.port) for each in draft.ingress] == [
        ("monitor_to_gateway", "sg-shared", 8080),
        ("monitor_to_redis", "sg-shop-cache", 6380),
        ("monitor_to_database", "sg-shop-tracking", 5432),
    ]
    text = ingress_terraform(draft.ingress)
    assert text.count('resource "aws_vpc_security_group_ingress_rule"') == 3
    assert text.count("= var.monitor_security_group_id") == 3
    assert 'variable "monitor_security_group_id"' in text
