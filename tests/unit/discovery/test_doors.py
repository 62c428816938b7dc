"""By which hosts a load balancer is reached: rules, records and certificates, and what of them counts."""

import pytest

from registry_monitor.discovery.doors import Door, hosts_of, nearness, sample_prefixes
from registry_monitor.inventory.deep_facts import DnsRecord
from tests.unit.discovery.platform import balancer, dns_name, listener, record, rule

OWN = dns_name("edge")
ALIAS = record("ml.shop.test", OWN)


@pytest.mark.parametrize(
    ("host", "records", "certified", "found"),
    [
        ("ml.shop.test", (), (), ["ml.shop.test"]),
        ("ML.Shop.test", (), (), ["ml.shop.test"]),
        ("ml.shop.test", (record("ml.shop.test", dns_name("other")),), (), []),  # the record knows better than the rule
        ("ml.shop.test", (record("ml.shop.test", "d1.cloudfront.net"),), (), ["ml.shop.test (elsewhere)"]),
        (
            "ml.shop.test",
            (record("ml.shop.test", "x.shop.test", kind="CNAME"), record("x.shop.test", OWN)),
            (),
            ["ml.shop.test"],
        ),
        ("*.shop.test", (ALIAS,), ("*.shop.test",), ["ml.shop.test"]),
        ("*.shop.test", (), ("*.shop.test", "api.shop.test"), ["api.shop.test"]),
        ("*.shop.test", (record("*.shop.test", OWN),), ("*.shop.test",), []),
        (None, (ALIAS, record("else.shop.test", dns_name("other"))), ("else.shop.test",), ["ml.shop.test"]),
        (None, (), (), []),
    ],
)
def test_hosts(host: str | None, records: tuple[DnsRecord, ...], certified: tuple[str, ...], found: list[str]) -> None:
    """A wildcard alone is no host; what leads to another load balancer is none of this one."""
    hosts = hosts_of(balancer(), listener(rule(1, "any", host)), records, certified)
    assert [f"{each.name.value}{'' if each.is_direct else ' (elsewhere)'}" for each in hosts] == found


@pytest.mark.parametrize(
    ("host", "records", "near"),
    [
        ("ml.shop.test", (ALIAS,), 3),
        ("api.shop.test", (), 2),
        ("api.elsewhere.test", (), 0),
        ("ml.shop.test", (record("ml.shop.test", dns_name("other")),), 0),
    ],
)
def test_nearness__is_by_record_before_rule(host: str, records: tuple[DnsRecord, ...], near: int) -> None:
    door = Door(balancer(), listener(rule(1, "any", "ml.shop.test"), rule(2, "any", "api.shop.test")))
    assert nearness(door, host, records) == near


def test_circle_of_records__ends() -> None:
    """Two names that lead to each other lead nowhere."""
    circle = (record("a.shop.test", "b.shop.test", kind="CNAME"), record("b.shop.test", "a.shop.test", kind="CNAME"))
    [host] = hosts_of(balancer(), listener(rule(1, "any", "a.shop.test")), circle, ())
    assert host.name.value == "a.shop.test"


@pytest.mark.parametrize(
    ("paths", "prefixes"),
    [
        ((), ("",)),
        (("/mlflow", "/mlflow/*"), ("/mlflow",)),
        (("/*",), ("",)),
        (("/v1/*/mlflow", "/a?c", "/api/*"), ("/api",)),
    ],
)
def test_prefixes__are_what_a_rule_takes_whole(paths: tuple[str, ...], prefixes: tuple[str, ...]) -> None:
    assert sample_prefixes(rule(1, "any", None, *paths)) == prefixes
