"""Answers of Cloud Map become facts."""

import pytest

from registry_monitor.inventory.parsing import discovery


def test_registered_instances__of_several_pages() -> None:
    """Instances are told in the order of their ids, with what they have of address and port."""
    pages = [
        {"Instances": [{"Id": "b", "Attributes": {"AWS_INSTANCE_IPV4": "10.0.0.2", "AWS_INSTANCE_PORT": "8000"}}]},
        {"Instances": [{"Id": "c"}, {"Id": "a", "Attributes": {"AWS_INSTANCE_IPV6": "::1"}}]},
    ]
    told = discovery.registered_instances(pages)
    assert [(each.id, each.address, each.port) for each in told] == [
        ("a", "::1", None),
        ("b", "10.0.0.2", 8000),
        ("c", None, None),
    ]


@pytest.mark.parametrize(
    ("kind", "record", "name"),
    [
        ("DNS_PRIVATE", "A", "auth.inside.test"),
        ("DNS_PRIVATE", "SRV", None),
        ("DNS_PUBLIC", "A", None),
        ("HTTP", "A", None),
    ],
)
def test_internal_name__is_one_that_a_vpc_finds_an_address_by(kind: str, record: str, name: str | None) -> None:
    """What only API calls find, and what has no address, is no host."""
    service = {"Name": "auth", "DnsConfig": {"DnsRecords": [{"Type": record, "TTL": 10}]}}
    assert discovery.internal_name(service, {"Name": "inside.test", "Type": kind}) == name
