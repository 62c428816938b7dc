"""Answers of Cloud Map."""

from collections.abc import Iterable, Mapping
from typing import Any

from registry_monitor.inventory.facts import RegisteredInstance


def registered_instances(pages: Iterable[Mapping[str, Any]]) -> tuple[RegisteredInstance, ...]:
    """ListInstances, all pages, sorted by id (Cloud Map API Reference, RegisterInstance, for the attributes)."""
    found = [_instance(instance) for page in pages for instance in page["Instances"]]
    return tuple(sorted(found, key=lambda instance: instance.id))


def _instance(instance: Mapping[str, Any]) -> RegisteredInstance:
    attributes = instance.get("Attributes", {})
    return RegisteredInstance(
        id=instance["Id"],
        address=attributes.get("AWS_INSTANCE_IPV4") or attributes.get("AWS_INSTANCE_IPV6"),
        port=attributes.get("AWS_INSTANCE_PORT"),
    )
