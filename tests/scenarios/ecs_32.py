"""ECS-32: a service's tasks run in a zone that its load balancer has no subnet in: its target is not used, 503."""

from tests.sandbox.aws.network import ALL_ZONES
from tests.sandbox.platforms import CLUSTER, service_name
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

VARIANTS = ("api", "auth")  # the service
_ZONE = ALL_ZONES[2]
_LOAD_BALANCERS = {"api": "hokusai-registry-development", "auth": "hokusai-auth-development"}


def causes(variant: str) -> tuple[Cause, ...]:
    """The load balancer and the zone that it lacks."""
    return (Cause(kind="task-zone-not-enabled", resource=f"{_LOAD_BALANCERS[variant]} {_ZONE}"),)


def break_(world: World, variant: str) -> None:
    """Create a subnet in a third zone, and move the service into it."""
    block = world.addresses.third_zone
    created = world.ec2.create_subnet(VpcId=world.vpc, CidrBlock=block, AvailabilityZone=_ZONE)
    _move(world, variant, [created["Subnet"]["SubnetId"]])


def mend(world: World, variant: str) -> None:
    """Move it back, and delete the subnet."""
    _move(world, variant, world.subnets)
    for subnet in world.ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [world.vpc]}])["Subnets"]:
        if subnet["AvailabilityZone"] == _ZONE:
            world.ec2.delete_subnet(SubnetId=subnet["SubnetId"])


def _move(world: World, role: str, subnets: list[str]) -> None:
    network = {
        "subnets": subnets,
        "securityGroups": [world.security_groups["tasks"]],
        "assignPublicIp": "DISABLED",
    }
    world.ecs.update_service(
        cluster=CLUSTER, service=service_name(role), networkConfiguration={"awsvpcConfiguration": network}
    )
