"""The network: rules of security groups, entries of network ACLs, routes and VPC endpoints."""

from tests.diagnosis.fixing.resources import Attributes, Resource
from tests.sandbox.world import Json

_ALL = "-1"
_PROTOCOLS = {"tcp": "6", "udp": "17", _ALL: _ALL}  # the API of network ACLs knows numbers alone


def ingress(resource: Resource) -> Attributes:
    """Let something in."""
    rule = _permission(resource)
    resource.world.ec2.authorize_security_group_ingress(
        GroupId=resource.required("security_group_id"), IpPermissions=[rule]
    )
    return {}


def egress(resource: Resource) -> Attributes:
    """Let something out."""
    rule = _permission(resource)
    resource.world.ec2.authorize_security_group_egress(
        GroupId=resource.required("security_group_id"), IpPermissions=[rule]
    )
    return {}


def acl_entry(resource: Resource) -> Attributes:
    """Put an entry into a network ACL."""
    resource.takes_only(
        "network_acl_id", "rule_number", "egress", "protocol", "rule_action", "cidr_block", "from_port", "to_port"
    )
    resource.world.ec2.create_network_acl_entry(
        NetworkAclId=resource.required("network_acl_id"),
        RuleNumber=resource.required("rule_number"),
        Egress=resource.values.get("egress", False),
        Protocol=_PROTOCOLS[resource.required("protocol")],
        RuleAction=resource.required("rule_action"),
        CidrBlock=resource.required("cidr_block"),
        PortRange={"From": resource.required("from_port"), "To": resource.required("to_port")},
    )
    return {}


def route(resource: Resource) -> Attributes:
    """Put a route to a NAT gateway or an internet gateway into a route table."""
    resource.takes_only("route_table_id", "destination_cidr_block", "nat_gateway_id", "gateway_id")
    by = {"nat_gateway_id": "NatGatewayId", "gateway_id": "GatewayId"}
    resource.world.ec2.create_route(
        RouteTableId=resource.required("route_table_id"),
        DestinationCidrBlock=resource.required("destination_cidr_block"),
        **{by[name]: value for name, value in resource.values.items() if name in by},
    )
    return {}


def endpoint(resource: Resource) -> Attributes:
    """Create a VPC endpoint."""
    resource.takes_only(
        "vpc_id",
        "service_name",
        "vpc_endpoint_type",
        "route_table_ids",
        "subnet_ids",
        "security_group_ids",
        "private_dns_enabled",
    )
    values = resource.values
    created = resource.world.ec2.create_vpc_endpoint(
        VpcId=resource.required("vpc_id"),
        ServiceName=resource.required("service_name"),
        VpcEndpointType=values.get("vpc_endpoint_type", "Gateway"),
        RouteTableIds=values.get("route_table_ids", []),
        SubnetIds=values.get("subnet_ids", []),
        SecurityGroupIds=values.get("security_group_ids", []),
        PrivateDnsEnabled=values.get("private_dns_enabled", False),
    )
    return {"id": created["VpcEndpoint"]["VpcEndpointId"]}


def endpoint_route(resource: Resource) -> Attributes:
    """Let a route table lead to a gateway endpoint."""
    resource.takes_only("route_table_id", "vpc_endpoint_id")
    resource.world.ec2.modify_vpc_endpoint(
        VpcEndpointId=resource.required("vpc_endpoint_id"), AddRouteTableIds=[resource.required("route_table_id")]
    )
    return {}


def _permission(resource: Resource) -> Json:
    resource.takes_only(
        "security_group_id",
        "referenced_security_group_id",
        "cidr_ipv4",
        "ip_protocol",
        "from_port",
        "to_port",
        "description",
    )
    values = resource.values
    permission: Json = {"IpProtocol": resource.required("ip_protocol")}
    if permission["IpProtocol"] != _ALL:
        permission |= {"FromPort": resource.required("from_port"), "ToPort": resource.required("to_port")}
    if "cidr_ipv4" in values:
        return permission | {"IpRanges": [{"CidrIp": values["cidr_ipv4"]}]}
    return permission | {"UserIdGroupPairs": [{"GroupId": resource.required("referenced_security_group_id")}]}
