"""What leads out of the VPC: route tables, the internet gateway, and the gateway endpoint of S3.

Tasks have no way to the internet; MLflow reaches its bucket by the endpoint alone.
"""

from typing import TYPE_CHECKING, Any

from tests.sandbox.platforms import HOKUSAI

if TYPE_CHECKING:
    from tests.sandbox.world import World

Json = dict[str, Any]
PUBLIC_TABLE, PRIVATE_TABLE = HOKUSAI.public_table, HOKUSAI.private_table  # as scenarios know them
ANYWHERE = "0.0.0.0/0"


def create_routes(world: "World") -> None:
    """Lead the public subnets to an internet gateway, and the private ones to S3."""
    ec2 = world.ec2
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=world.vpc)
    public = _create_table(world, world.account.public_table, world.public_subnets)
    ec2.create_route(RouteTableId=public, DestinationCidrBlock=ANYWHERE, GatewayId=gateway)
    _create_table(world, world.account.private_table, world.subnets)
    create_s3_endpoint(world)


def route_table(world: "World", name: str) -> Json:
    """Describe the route table with this Name tag; KeyError when there is none."""
    tables = world.ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [world.vpc]}])["RouteTables"]
    named: dict[str, Json] = {tag["Value"]: table for table in tables for tag in table["Tags"] if tag["Key"] == "Name"}
    return named[name]


def create_s3_endpoint(world: "World") -> None:
    """Create the gateway endpoint of S3, with its route in the private table."""
    private = route_table(world, world.account.private_table)["RouteTableId"]
    world.ec2.create_vpc_endpoint(
        VpcId=world.vpc, ServiceName=_s3_name(world), VpcEndpointType="Gateway", RouteTableIds=[private]
    )


def delete_s3_endpoint(world: "World") -> None:
    """Delete it, and with it its route; moto would show it as deleted for ever, AWS does for a while."""
    identity = s3_endpoint(world)["VpcEndpointId"]
    world.ec2.delete_vpc_endpoints(VpcEndpointIds=[identity])
    ec2 = world.control_plane.backend("ec2")
    ec2.vpc_end_points = {key: item for key, item in ec2.vpc_end_points.items() if key != identity}


def s3_endpoint(world: "World") -> Json:
    """Describe the gateway endpoint of S3; StopIteration when there is none."""
    endpoints: list[Json] = world.ec2.describe_vpc_endpoints()["VpcEndpoints"]
    return next(item for item in endpoints if item["ServiceName"] == _s3_name(world))


def _s3_name(world: "World") -> str:
    return f"com.amazonaws.{world.account.region}.s3"


def lead_to_s3(world: "World", *, is_led: bool) -> None:
    """Associate the endpoint of S3 with the private route table, or take the association away, with its route."""
    ec2, endpoint = world.ec2, s3_endpoint(world)
    table = route_table(world, world.account.private_table)["RouteTableId"]
    prefixes = ec2.describe_managed_prefix_lists(Filters=[{"Name": "prefix-list-name", "Values": [_s3_name(world)]}])
    # AWS adds and deletes the route by itself; moto has to be asked.
    route = {"RouteTableId": table, "DestinationPrefixListId": prefixes["PrefixLists"][0]["PrefixListId"]}
    if is_led:
        ec2.modify_vpc_endpoint(VpcEndpointId=endpoint["VpcEndpointId"], AddRouteTableIds=[table])
        ec2.create_route(**route, GatewayId=endpoint["VpcEndpointId"])
    else:
        ec2.modify_vpc_endpoint(VpcEndpointId=endpoint["VpcEndpointId"], RemoveRouteTableIds=[table])
        ec2.delete_route(**route)


def reaches_internet(world: "World", subnets: list[str]) -> bool:
    """Tell whether one of these subnets has an active route to an internet gateway."""
    return any(
        route.get("GatewayId", "").startswith("igw-") and route["State"] == "active"
        for subnet in subnets
        for route in _table_of(world, subnet)["Routes"]
    )


def reaches_s3(world: "World", subnet: str) -> bool:
    """Tell whether a subnet has an active route to the endpoint of S3."""
    routes = _table_of(world, subnet)["Routes"]
    return any(route.get("GatewayId", "").startswith("vpce-") and route["State"] == "active" for route in routes)


def _create_table(world: "World", name: str, subnets: list[str]) -> str:
    tags = [{"ResourceType": "route-table", "Tags": [{"Key": "Name", "Value": name}]}]
    table: str = world.ec2.create_route_table(VpcId=world.vpc, TagSpecifications=tags)["RouteTable"]["RouteTableId"]
    for subnet in subnets:
        world.ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    return table


def _table_of(world: "World", subnet: str) -> Json:
    """Return the route table of a subnet: its own, else the VPC's main one."""
    tables = world.ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [world.vpc]}])["RouteTables"]
    own = [table for table in tables for item in table["Associations"] if item.get("SubnetId") == subnet]
    main = [table for table in tables for item in table["Associations"] if item["Main"]]
    found: Json = (own or main)[0]
    return found
