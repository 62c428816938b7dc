"""The healthy network: a VPC over the sandbox's loopback addresses, two zones, and the security groups.

Load balancers stand in public subnets, all else in private ones. What leads out of them: ``aws/routes.py``.
"""

from typing import TYPE_CHECKING, Any

from tests.sandbox.aws.routes import create_routes

if TYPE_CHECKING:
    from tests.sandbox.world import World

ZONES = ("us-east-1a", "us-east-1b")  # those of the healthy platform
ALL_ZONES = (*ZONES, "us-east-1c")
GROUPS = {
    "alb": "hokusai-alb-development",
    "tasks": "hokusai-ecs-tasks-development",
    "rds": "hokusai-mlflow-rds-development",
    "redis": "hokusai-redis-development",
    "monitor": "registry-monitor-development",
    "endpoints": "hokusai-endpoints-development",
}
_ANYONE = "0.0.0.0/0"
_TASK_PORTS = (8000, 8001, 5000)


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
    for name, group_name in GROUPS.items():
        created = ec2.create_security_group(GroupName=group_name, Description=f"The {name} of hokusai", VpcId=vpc)
        world.security_groups[name] = created["GroupId"]
    for name, port, source in _edges():
        world.ec2.authorize_security_group_ingress(
            GroupId=world.security_groups[name], IpPermissions=[ingress(world, port, source)]
        )


def _create_subnets(world: "World", blocks: tuple[str, ...]) -> list[str]:
    created = [
        world.ec2.create_subnet(VpcId=world.vpc, CidrBlock=block, AvailabilityZone=zone)["Subnet"]
        for block, zone in zip(blocks, ZONES, strict=True)
    ]
    return [subnet["SubnetId"] for subnet in created]


def _edges() -> list[tuple[str, int, str]]:
    """List (destination group, port, source group or CIDR)."""
    from_outside = [("alb", 443, _ANYONE), ("alb", 80, _ANYONE)]
    to_tasks = [("tasks", port, source) for port in _TASK_PORTS for source in ("alb", "tasks", "monitor")]
    to_stores = [("rds", 5432, source) for source in ("tasks", "monitor")]
    to_cache = [("redis", 6379, source) for source in ("tasks", "monitor")]
    return [*from_outside, *to_tasks, *to_stores, *to_cache, ("endpoints", 443, "tasks")]


def ingress(world: "World", port: int, source: str) -> dict[str, Any]:
    """Return the IpPermission that lets ``source`` (a group's short name, or a CIDR block) reach TCP ``port``."""
    permission: dict[str, Any] = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port}
    if source in world.security_groups:
        return permission | {"UserIdGroupPairs": [{"GroupId": world.security_groups[source]}]}
    return permission | {"IpRanges": [{"CidrIp": source}]}
