"""What Route 53 has for the platform's public hosts."""

from typing import Any

from registry_monitor.inventory.deep_facts import DnsRecord
from registry_monitor.inventory.paging import pages_of
from registry_monitor.inventory.parsing import dns as parsing

LIST_ZONES = "route53:ListHostedZones"
LIST_RECORDS = "route53:ListResourceRecordSets"


def read_zones(client: Any) -> tuple[parsing.Zone, ...]:
    """All hosted zones of the account."""
    return parsing.zones(pages_of(client, "list_hosted_zones"))


def read_records(client: Any, zone: parsing.Zone) -> tuple[DnsRecord, ...]:
    """All addresses and aliases of one zone: one call has 300 records, and a call for each name would be more."""
    pages = pages_of(client, "list_resource_record_sets", HostedZoneId=zone.id)
    return parsing.records(pages, zone)
