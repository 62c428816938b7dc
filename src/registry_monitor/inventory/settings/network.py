"""Settings of the network: security groups, network ACLs, route tables and VPC endpoints."""

import re
from collections.abc import Iterator, Mapping

from registry_monitor.inventory.deep_facts import AclEntry, SecurityRule
from registry_monitor.inventory.facts import Inventory
from registry_monitor.inventory.settings.configured import Configured, Scope, value


def security_groups(inventory: Inventory) -> Iterator[Scope]:
    """Each security group that was read; which are read depends on who uses them, so that none is told as gone."""
    for each in value(inventory.security_groups) or ():
        yield f"security group {each.id}", [
            Configured("security group", each.name, (each.id,), {
                "lets in": frozenset(security_rule_told(rule, "from") for rule in each.ingress),
                "lets out": frozenset(security_rule_told(rule, "to") for rule in each.egress),
            })
        ]  # fmt: skip


def security_rule_told(rule: SecurityRule, direction: str) -> str:
    """A permission of a security group, such as "tcp/443-443 from sg-0a1b"."""
    who = [*rule.groups, *rule.blocks, *rule.prefix_lists]
    ports = "all ports" if rule.from_port is None else f"{rule.protocol}/{rule.from_port}-{rule.to_port}"
    return f"{ports} {direction} {', '.join(who) or 'nobody'}"


def with_names(told: str, names: Mapping[str, str]) -> str:
    """A text with security groups by their names. ``names``: by id; a group that is not among them keeps its id."""
    return re.sub(r"\bsg-\w+", lambda found: names.get(found[0], found[0]), told)


def acls(inventory: Inventory) -> Iterator[Scope]:
    """The network ACLs of the VPC."""
    network = value(inventory.network)
    yield "network ACLs", None if network is None else [
        Configured("network ACL", each.name or each.id, (each.id,), {
            "subnets": frozenset(each.subnets),
            "entries in": frozenset(acl_entry_told(entry) for entry in each.entries if not entry.is_egress),
            "entries out": frozenset(acl_entry_told(entry) for entry in each.entries if entry.is_egress),
        })
        for each in network.acls
    ]  # fmt: skip


def acl_entry_told(entry: AclEntry) -> str:
    """An entry of a network ACL without its direction, such as "100 allow 0-65535 0.0.0.0/0"."""
    verb = "allow" if entry.allows else "deny"
    return f"{entry.number} {verb} {entry.from_port}-{entry.to_port} {entry.block}"


def route_tables(inventory: Inventory) -> Iterator[Scope]:
    """The route tables of the VPC."""
    network = value(inventory.network)
    yield "route tables", None if network is None else [
        Configured("route table", each.name or each.id, (each.id,), {
            "subnets": frozenset(each.subnets),
            "routes": frozenset(f"{route.destination} to {route.target} ({route.state})" for route in each.routes),
        })
        for each in network.route_tables
    ]  # fmt: skip


def endpoints(inventory: Inventory) -> Iterator[Scope]:
    """The VPC endpoints, and the NAT gateways."""
    network = value(inventory.network)
    yield "VPC endpoints", None if network is None else [
        Configured("VPC endpoint", f"{each.service} ({each.id})", (each.id,), {
            "state": each.state,
            "route tables": frozenset(each.route_tables),
            "subnets": frozenset(each.subnets),
            "security groups": frozenset(each.security_groups),
        })
        for each in network.endpoints
    ]  # fmt: skip
    yield (
        "NAT gateways",
        None
        if network is None
        else [
            Configured("NAT gateway", each.id, (), {"state": each.state, "subnet": each.subnet})
            for each in network.nat_gateways
        ],
    )
