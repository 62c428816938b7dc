"""Answers of EC2 about networks, as AWS documents them."""

from typing import Any

import pytest

from registry_monitor.inventory.parsing import network

ANYWHERE = "0.0.0.0/0"


def test_security_group__rules_of_every_kind() -> None:
    """Groups, blocks of both families and prefix lists are told; a rule for everything has no ports."""
    some = {
        "IpProtocol": "tcp",
        "FromPort": 443,
        "ToPort": 444,
        "IpRanges": [{"CidrIp": "10.0.0.0/16"}],
        "Ipv6Ranges": [{"CidrIpv6": "::/0"}],
        "PrefixListIds": [{"PrefixListId": "pl-1"}],
        "UserIdGroupPairs": [{"GroupId": "sg-2", "UserId": "1"}],
    }
    group = {
        "GroupId": "sg-1",
        "GroupName": "g",
        "IpPermissions": [some],
        "IpPermissionsEgress": [{"IpProtocol": "-1"}],
    }
    (told,) = network.security_groups([{"SecurityGroups": [group]}])
    [ingress], [egress] = told.ingress, told.egress
    assert (ingress.from_port, ingress.to_port, ingress.groups) == (443, 444, ("sg-2",))
    assert (ingress.blocks, ingress.prefix_lists) == (("10.0.0.0/16", "::/0"), ("pl-1",))
    assert (egress.protocol, egress.from_port, egress.groups, egress.blocks) == ("-1", None, (), ())


def test_acl__entries_in_order() -> None:
    """Entries are told in the order in which they are tried, each direction of its own."""
    deny = {"RuleNumber": 32767, "Egress": False, "RuleAction": "deny", "Protocol": "-1", "CidrBlock": ANYWHERE}
    ports = {"From": 1024, "To": 65535}
    allow = {"RuleNumber": 90, "RuleAction": "allow", "Protocol": "6", "PortRange": ports}
    entries = [
        {**allow, "Egress": True, "Ipv6CidrBlock": "::/0"},
        deny,
        {**allow, "Egress": False, "CidrBlock": ANYWHERE},
    ]
    acl = {"NetworkAclId": "acl-1", "Associations": [{"SubnetId": "subnet-1"}], "Entries": entries}
    (told,) = network.acls([{"NetworkAcls": [acl]}])
    assert told.subnets == ("subnet-1",)
    assert [(entry.number, entry.is_egress, entry.allows) for entry in told.entries] == [
        (90, False, True),
        (32767, False, False),
        (90, True, True),
    ]
    assert (told.entries[0].from_port, told.entries[0].to_port, told.entries[1].from_port) == (1024, 65535, None)
    assert told.entries[2].block == "::/0"


@pytest.mark.parametrize(
    ("route", "target"),
    [
        ({"GatewayId": "igw-1"}, "igw-1"),
        ({"GatewayId": "local"}, "local"),
        ({"NatGatewayId": "nat-1", "State": "blackhole"}, "nat-1"),
        ({"TransitGatewayId": "tgw-1"}, "tgw-1"),
        ({"InstanceId": "i-1", "NetworkInterfaceId": "eni-1"}, "eni-1"),
        ({"SomethingNewId": "new-1"}, ""),
    ],
)
def test_route__targets(route: dict[str, Any], target: str) -> None:
    """A route is told with what it leads to, and whether that is gone; a kind not known has no target."""
    table = {"RouteTableId": "rtb-1", "Routes": [{"DestinationCidrBlock": ANYWHERE, **route}]}
    (told,) = network.route_tables([{"RouteTables": [table]}])
    assert (told.routes[0].destination, told.routes[0].target) == (ANYWHERE, target)
    assert told.routes[0].state == route.get("State", "active")


def test_route_table__associations() -> None:
    """The main table is told apart; an association with a gateway names no subnet."""
    associations = [{"Main": False, "SubnetId": "subnet-1"}, {"Main": False, "GatewayId": "igw-1"}]
    prefix_list = {"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1"}
    tables = [
        {"RouteTableId": "rtb-1", "Associations": associations, "Routes": [prefix_list]},
        {"RouteTableId": "rtb-2", "Associations": [{"Main": True}]},
    ]
    one, main = network.route_tables([{"RouteTables": tables}])
    assert (one.is_main, one.subnets, one.routes[0].destination) == (False, ("subnet-1",), "pl-1")
    assert (main.is_main, main.subnets, main.routes) == (True, (), ())


@pytest.mark.parametrize(
    ("name", "service"),
    [
        ("com.amazonaws.eu-west-3.s3", "s3"),
        ("com.amazonaws.eu-west-3.ecr.api", "ecr.api"),
        ("com.amazonaws.vpce.eu-west-3.vpce-svc-1", "vpce-svc-1"),
    ],
)
def test_endpoint__service(name: str, service: str) -> None:
    """A service is told without its region."""
    endpoint = {"VpcEndpointId": "vpce-1", "ServiceName": name, "VpcEndpointType": "Interface", "State": "available"}
    groups = [{"GroupId": "sg-1", "GroupName": "g"}]
    (told,) = network.endpoints(
        [{"VpcEndpoints": [{**endpoint, "SubnetIds": ["subnet-1"], "Groups": groups}]}], "eu-west-3"
    )
    assert (told.service, told.subnets, told.security_groups, told.route_tables) == (
        service,
        ("subnet-1",),
        ("sg-1",),
        (),
    )


@pytest.mark.parametrize(
    ("tags", "name"),
    [
        ({"Tags": [{"Key": "Environment", "Value": "test"}, {"Key": "Name", "Value": "private"}]}, "private"),
        ({"Tags": [{"Key": "name", "Value": "private"}]}, None),
        ({}, None),
    ],
)
def test_name__is_the_name_tag(tags: dict[str, Any], name: str | None) -> None:
    """Network ACLs and route tables are told with their Name tag, among others, or with none."""
    (acl,) = network.acls([{"NetworkAcls": [{"NetworkAclId": "acl-1", **tags}]}])
    (table,) = network.route_tables([{"RouteTables": [{"RouteTableId": "rtb-1", **tags}]}])
    assert (acl.name, table.name) == (name, name)


def test_nat_gateway__deleted() -> None:
    """One that was deleted is told with its state."""
    (told,) = network.nat_gateways([{"NatGateways": [{"NatGatewayId": "nat-1", "State": "deleted"}]}])
    assert (told.id, told.state) == ("nat-1", "deleted")
