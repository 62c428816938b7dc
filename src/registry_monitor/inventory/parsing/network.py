"""Answers of EC2 about networks."""

from collections.abc import Iterable, Mapping
from typing import Any

from registry_monitor.inventory.deep_facts import (
    AclEntry,
    NatGateway,
    NetworkAcl,
    Route,
    RouteTable,
    SecurityGroup,
    SecurityRule,
    Subnet,
    VpcEndpoint,
)

type Json = Mapping[str, Any]
type Pages = Iterable[Json]

_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
# A route has one of these (EC2 API Reference, Route).
_ROUTE_TARGETS = (
    "GatewayId",
    "NatGatewayId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "NetworkInterfaceId",
    "InstanceId",
    "EgressOnlyInternetGatewayId",
    "LocalGatewayId",
    "CarrierGatewayId",
    "CoreNetworkArn",
)


def security_groups(pages: Pages) -> tuple[SecurityGroup, ...]:
    """DescribeSecurityGroups."""
    return tuple(
        SecurityGroup(
            id=group["GroupId"],
            name=group["GroupName"],
            ingress=_rules(group.get("IpPermissions", [])),
            egress=_rules(group.get("IpPermissionsEgress", [])),
        )
        for page in pages
        for group in page["SecurityGroups"]
    )


def _rules(permissions: Iterable[Json]) -> tuple[SecurityRule, ...]:
    return tuple(
        SecurityRule(
            protocol=permission["IpProtocol"],
            from_port=permission.get("FromPort"),
            to_port=permission.get("ToPort"),
            groups=_each(permission.get("UserIdGroupPairs", []), "GroupId"),
            blocks=(
                *_each(permission.get("IpRanges", []), "CidrIp"),
                *_each(permission.get("Ipv6Ranges", []), "CidrIpv6"),
            ),
            prefix_lists=_each(permission.get("PrefixListIds", []), "PrefixListId"),
        )
        for permission in permissions
    )


def _each(items: Iterable[Json], key: str) -> tuple[str, ...]:
    """What the items have under the key; an association with a gateway, for one, has no subnet."""
    return tuple(item[key] for item in items if item.get(key))


def _name(tagged: Json) -> str | None:
    """Its Name tag, by which people know it, if it has one."""
    return next((tag["Value"] for tag in tagged.get("Tags", []) if tag["Key"] == "Name"), None)


def subnets(pages: Pages) -> tuple[Subnet, ...]:
    """DescribeSubnets."""
    return tuple(
        Subnet(
            id=subnet["SubnetId"],
            zone=subnet["AvailabilityZone"],
            block=subnet["CidrBlock"],
            free_addresses=subnet["AvailableIpAddressCount"],
        )
        for page in pages
        for subnet in page["Subnets"]
    )


def acls(pages: Pages) -> tuple[NetworkAcl, ...]:
    """DescribeNetworkAcls, entries in the order in which they are tried."""
    return tuple(
        NetworkAcl(
            id=acl["NetworkAclId"],
            name=_name(acl),
            subnets=_each(acl.get("Associations", []), "SubnetId"),
            entries=tuple(
                sorted(map(_acl_entry, acl.get("Entries", [])), key=lambda entry: (entry.is_egress, entry.number))
            ),
        )
        for page in pages
        for acl in page["NetworkAcls"]
    )


def _acl_entry(entry: Json) -> AclEntry:
    ports = entry.get("PortRange", {})
    return AclEntry(
        number=entry["RuleNumber"],
        is_egress=entry["Egress"],
        allows=entry["RuleAction"] == "allow",
        protocol=entry["Protocol"],
        block=entry.get("CidrBlock") or entry["Ipv6CidrBlock"],
        from_port=ports.get("From"),
        to_port=ports.get("To"),
    )


def route_tables(pages: Pages) -> tuple[RouteTable, ...]:
    """DescribeRouteTables."""
    return tuple(
        RouteTable(
            id=table["RouteTableId"],
            name=_name(table),
            is_main=any(association.get("Main", False) for association in table.get("Associations", [])),
            subnets=_each(table.get("Associations", []), "SubnetId"),
            routes=tuple(_route(route) for route in table.get("Routes", [])),
        )
        for page in pages
        for table in page["RouteTables"]
    )


def _route(route: Json) -> Route:
    """A route of a kind that AWS may add one day has a target that is not known: an empty text."""
    return Route(
        destination=next(route[name] for name in _DESTINATIONS if route.get(name)),
        target=next((route[name] for name in _ROUTE_TARGETS if route.get(name)), ""),
        state=route.get("State", "active"),
    )


def endpoints(pages: Pages, region: str) -> tuple[VpcEndpoint, ...]:
    """DescribeVpcEndpoints."""
    return tuple(
        VpcEndpoint(
            id=endpoint["VpcEndpointId"],
            service=endpoint["ServiceName"].rpartition(f".{region}.")[2],
            kind=endpoint["VpcEndpointType"],
            state=endpoint["State"],
            route_tables=tuple(endpoint.get("RouteTableIds", [])),
            subnets=tuple(endpoint.get("SubnetIds", [])),
            security_groups=_each(endpoint.get("Groups", []), "GroupId"),
        )
        for page in pages
        for endpoint in page["VpcEndpoints"]
    )


def nat_gateways(pages: Pages) -> tuple[NatGateway, ...]:
    """DescribeNatGateways; one that was deleted is told for an hour, with that state."""
    return tuple(
        NatGateway(id=gateway["NatGatewayId"], subnet=gateway.get("SubnetId", ""), state=gateway["State"])
        for page in pages
        for gateway in page["NatGateways"]
    )
