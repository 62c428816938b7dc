"""Answers of Route 53."""

from collections.abc import Iterable, Mapping
from typing import Any

from registry_monitor.inventory.deep_facts import DnsRecord
from registry_monitor.model import Document

type Pages = Iterable[Mapping[str, Any]]

_KINDS = ("A", "AAAA", "CNAME")
_WILDCARD = r"\052"  # how Route 53 writes the star


class Zone(Document):
    """One hosted zone; ``name`` without its last dot."""

    id: str
    name: str
    is_private: bool

    def holds(self, host: str) -> bool:
        """Whether the host ends in the zone."""
        return f".{host}".endswith(f".{self.name}")


def zones(pages: Pages) -> tuple[Zone, ...]:
    """ListHostedZones."""
    return tuple(
        Zone(
            id=zone["Id"].rpartition("/")[2],
            name=zone["Name"].rstrip("."),
            is_private=zone.get("Config", {}).get("PrivateZone", False),
        )
        for page in pages
        for zone in page["HostedZones"]
    )


def records(pages: Pages, zone: Zone) -> tuple[DnsRecord, ...]:
    """ListResourceRecordSets: those that lead to an address."""
    return tuple(
        DnsRecord(
            zone=zone.name,
            is_private=zone.is_private,
            name=_name(record["Name"]),
            kind=record["Type"],
            values=_values(record),
        )
        for page in pages
        for record in page["ResourceRecordSets"]
        if record["Type"] in _KINDS
    )


def answers_for(host: str, record: DnsRecord) -> bool:
    """Whether the record is of the host, or a wildcard above it."""
    return record.name == host or (record.name.startswith("*.") and host.endswith(record.name[1:]))


def _values(record: Mapping[str, Any]) -> tuple[str, ...]:
    alias = record.get("AliasTarget")
    if alias:
        return (_name(alias["DNSName"]).removeprefix("dualstack."),)
    return tuple(_name(value["Value"]) for value in record.get("ResourceRecords", []))


def _name(name: str) -> str:
    return name.replace(_WILDCARD, "*").rstrip(".").lower()
