"""Answers of Route 53, as AWS documents them."""

import pytest

from registry_monitor.inventory.deep_facts import DnsRecord
from registry_monitor.inventory.parsing import dns

ZONE = dns.Zone(id="Z1", name="hokus.ai", is_private=True)


@pytest.mark.parametrize(
    ("host", "holds"), [("auth.hokus.ai", True), ("hokus.ai", True), ("nothokus.ai", False), ("ai", False)]
)
def test_zone__holds(host: str, holds: bool) -> None:
    """A zone has the hosts that end in it, label by label."""
    assert ZONE.holds(host) is holds


def test_zones__private_and_public() -> None:
    """Names are told without the last dot, ids without their path."""
    zones = [
        {"Id": "/hostedzone/Z1", "Name": "hokus.ai.", "Config": {"PrivateZone": True}},
        {"Id": "/hostedzone/Z2", "Name": "hokus.ai."},
    ]
    assert dns.zones([{"HostedZones": zones}]) == (ZONE, dns.Zone(id="Z2", name="hokus.ai", is_private=False))


def test_records__of_every_kind() -> None:
    """Addresses and aliases are told as plain names; what leads to no address is left out."""
    records = [
        {"Name": "hokus.ai.", "Type": "NS", "ResourceRecords": [{"Value": "ns-1.test."}]},
        {"Name": "auth.hokus.ai.", "Type": "A", "AliasTarget": {"DNSName": "dualstack.Alb-1.elb.amazonaws.com."}},
        {"Name": r"\052.hokus.ai.", "Type": "CNAME", "ResourceRecords": [{"Value": "parked.test."}]},
        {"Name": "db.hokus.ai.", "Type": "AAAA", "ResourceRecords": [{"Value": "::1"}, {"Value": "::2"}]},
    ]
    told = dns.records([{"ResourceRecordSets": records}], ZONE)
    assert [(record.name, record.kind, record.values) for record in told] == [
        ("auth.hokus.ai", "A", ("alb-1.elb.amazonaws.com",)),
        ("*.hokus.ai", "CNAME", ("parked.test",)),
        ("db.hokus.ai", "AAAA", ("::1", "::2")),
    ]
    assert {(record.zone, record.is_private) for record in told} == {("hokus.ai", True)}


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("auth.hokus.ai", True),
        ("*.hokus.ai", True),
        ("*.auth.hokus.ai", False),
        ("*.us.ai", False),
        ("hokus.ai", False),
    ],
)
def test_answers_for__a_host(name: str, answers: bool) -> None:
    """The host's own record and a wildcard above it; not one below, nor of half a label."""
    record = DnsRecord(zone="hokus.ai", is_private=False, name=name, kind="A", values=())
    assert dns.answers_for("auth.hokus.ai", record) is answers
