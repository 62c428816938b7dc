"""Answers of Cloud Map."""

from collections.abc import Iterable, Mapping
from typing import Any

from registry_monitor.inventory.facts import RegisteredInstance

_PRIVATE = "DNS_PRIVATE"  # Cloud Map API Reference, Namespace


def registered_instances(pages: Iterable[Mapping[str, Any]]) -> tuple[RegisteredInstance, ...]:
    """ListInstances, all pages, sorted by id (Cloud Map API Reference, RegisterInstance, for the attributes)."""
    found = [_instance(instance) for page in pages for instance in page["Instances"]]
    return tuple(sorted(found, key=lambda instance: instance.id))


def internal_name(service: Mapping[str, Any], namespace: Mapping[str, Any]) -> str | None:
    """GetService and GetNamespace. Null where it has no address (SRV alone), or not by the DNS of a VPC."""
    kinds = [record["Type"] for record in service.get("DnsConfig", {}).get("DnsRecords", [])]
    is_name = namespace.get("Type") == _PRIVATE and "A" in kinds
    return f"{service['Name']}.{namespace['Name']}" if is_name else None


def _instance(instance: Mapping[str, Any]) -> RegisteredInstance:
    attributes = instance.get("Attributes", {})
    return RegisteredInstance(
        id=instance["Id"],
        address=attributes.get("AWS_INSTANCE_IPV4") or attributes.get("AWS_INSTANCE_IPV6"),
        port=attributes.get("AWS_INSTANCE_PORT"),
    )
