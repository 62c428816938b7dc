"""Public names held against Route 53, and certificates against hosts and time."""

from datetime import timedelta

import pytest

from registry_monitor.diagnosis.evidence import Evidence
from registry_monitor.diagnosis.rules import certificates, names
from registry_monitor.inventory.deep_facts import Certificate, DnsRecord, HostRecords
from tests.unit.diagnosis.platform import AT, BALANCERS, evidence_of, failed, inventory, known

HOST, BALANCER = "auth.hokus.ai", BALANCERS["auth"]
RIGHT = f"{BALANCER}.elb.amazonaws.com"


def record(value: str, *, is_private: bool = False) -> DnsRecord:
    return DnsRecord(zone="hokus.ai", is_private=is_private, name=HOST, kind="A", values=(value,))


def records(*found: DnsRecord, zones: tuple[str, ...] = ("hokus.ai",), private: tuple[str, ...] = ()) -> Evidence:
    told = HostRecords(zones=zones, private_zones=private, records=found)
    return evidence_of(inventory(host_records={HOST: known(told)}), failed(f"infrastructure_health.dns.{HOST}"))


@pytest.mark.parametrize(
    ("evidence", "kinds"),
    [
        (records(record(RIGHT)), []),
        (records(record(f"dualstack.{RIGHT}.")), []),
        (records(), ["dns-record-missing"]),
        (records(record("old.elb.amazonaws.com")), ["dns-record-wrong"]),
        (records(record("203.0.113.9")), ["dns-record-wrong"]),
        (records(record(RIGHT), private=("hokus.ai",)), ["dns-record-missing"]),
        (records(zones=()), []),
    ],
    ids=[
        "right",
        "dual stack",
        "none",
        "another balancer",
        "an address",
        "hidden by a private zone",
        "zone of another account",
    ],
)
def test_records__of_a_host(evidence: Evidence, kinds: list[str]) -> None:
    """A zone of another account proves nothing; a private zone answers in the place of the public one."""
    assert [each.kind for each in names.records(evidence)] == kinds


def shown(status: str, name: str, *, ended: bool = False) -> list[str]:
    ends_at = AT - timedelta(days=1) if ended else AT + timedelta(days=90)
    told = Certificate(arn="arn:certificate", status=status, names=(name,), ends_at=ends_at, renewal=None)
    facts = inventory(certificates={"arn:certificate": known(told)})
    return sorted({f"{each.kind} {each.resource}" for each in certificates.shown(evidence_of(facts))})


def test_certificates__of_hosts() -> None:
    """By its end, whatever ACM calls it, and by its names; a wildcard stands for one label."""
    assert shown("ISSUED", "*.hokus.ai") == []
    assert shown("ISSUED", "*.hokus.ai", ended=True) == [
        f"certificate-expired {name}:443" for name in sorted(BALANCERS.values())
    ]
    assert shown("ISSUED", HOST) == [f"certificate-host-mismatch {BALANCERS['registry']}:443"]
    assert not certificates.covers("*.hokus.ai", "a.b.hokus.ai")
