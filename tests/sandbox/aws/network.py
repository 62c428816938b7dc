"""The healthy network: a VPC over the sandbox's loopback addresses, two zones, and the security groups.

Load balancers stand in public subnets, all else in private ones. What leads out of them: ``aws/routes.py``.
"""

from typing import TYPE_CHECKING, Any

from tests.sandbox.aws.routes import create_routes
from tests.sandbox.platforms import HOKUSAI

if TYPE_CHECKING:
    from tests.sandbox.world import World

_ZONES = ("a", "b")  # those of the healthy platform
ALL_ZONES = tuple(f"{HOKUSAI.region}{zone}" for zone in (*_ZONES, "c"))
GROUPS = HOKUSAI.security_groups  # as scenarios know them
_ANYONE = "0.0.0.0/0"


def create_network(world: "World") -> None:
    """Create the VPC, a public and a private subnet per zone, routes, and security groups with their edges."""
    ec2 = world.ec2
    vpc = ec2.create_vpc(CidrBlock=world.addresses.network)["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": True})
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    world.vpc = vpc
    world.public_subnets = _create_subnets(world, world.addresses.public_subnets)
    world.subnets = _create_subnets(world, world.addresses.private_subnets)
    create_routes(world)
    for name, group_name in world.account.security_groups.items():
        created = ec2.create_security_group(GroupName=group_name, Description=f"The {name} there", VpcId=vpc)
        world.security_groups[name] = created["GroupId"]
    for name, port, source in _edges(world):
        world.ec2.authorize_security_group_ingress(
            GroupId=world.security_groups[name], IpPermissions=[ingress(world, port, source)]
        )


def _create_subnets(world: "World", blocks: tuple[str, ...]) -> list[str]:
    created = [
        world.ec2.create_subnet(VpcId=world.vpc, CidrBlock=block, AvailabilityZone=f"{world.account.region}{zone}")[
            "Subnet"
        ]
        for block, zone in zip(blocks, _ZONES, strict=True)
    ]
    return [subnet["SubnetId"] for subnet in created]


def _edges(world: "World") -> list[tuple[str, int, str]]:
    """List (destination group, port, source group or CIDR), of the groups that there are."""
    ports = dict.fromkeys(service.port for service in world.platform.services)
    from_outside = [("alb", 443, _ANYONE), ("alb", 80, _ANYONE)]
    to_tasks = [("tasks", port, source) for port in ports for source in ("alb", "tasks", "monitor")]
    to_stores = [("rds", 5432, source) for source in ("tasks", "monitor")]
    to_cache = [("redis", 6379, source) for source in ("tasks", "monitor")]
    edges = [*from_outside, *to_tasks, *to_stores, *to_cache, ("endpoints", 443, "tasks")]
    return [edge for edge in edges if edge[0] in world.security_groups]


def ingress(world: "World", port: int, source: str) -> dict[str, Any]:
    """Return the IpPermission that lets ``source`` (a group's short name, or a CIDR block) reach TCP ``port``."""
    permission: dict[str, Any] = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port}
    if source in world.security_groups:
        return permission | {"UserIdGroupPairs": [{"GroupId": world.security_groups[source]}]}
    return permission | {"IpRanges": [{"CidrIp": source}]}
