"""What is configured in AWS, object by object in words: what may be compared between two runs, and told. Pure."""

from collections.abc import Callable, Iterator

from registry_monitor.inventory.facts import Inventory
from registry_monitor.inventory.settings.configured import Configured, Scope
from registry_monitor.inventory.settings.load_balancing import balancers, groups, listeners
from registry_monitor.inventory.settings.network import acls, endpoints, route_tables, security_groups
from registry_monitor.inventory.settings.services import services
from registry_monitor.inventory.settings.surroundings import (
    bucket_policies,
    certificates,
    records,
    roles,
    secrets,
    stores,
)

_READERS: tuple[Callable[[Inventory], Iterator[Scope]], ...] = (
    *(services, listeners, groups, balancers, security_groups, acls, route_tables, endpoints),
    *(records, certificates, secrets, roles, bucket_policies, stores),
)


def configured(inventory: Inventory) -> dict[str, list[Configured]]:
    """The objects of an inventory, by the scope in which they were listed.

    A scope that could not be read is absent. Whatever is not in a scope that was read does not exist.
    """
    scopes = (scope for reader in _READERS for scope in reader(inventory))
    return {scope: objects for scope, objects in scopes if objects is not None}
