"""Harmless: one rule for ports 5000 to 8001 stands in the place of the three for each service's port.

Source: VPC user guide, "Security group rules" (port range).
"""

from tests.sandbox.aws.network import ingress
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World
from tests.scenarios.unseen.edits import ports

CAUSES: tuple[Cause, ...] = ()
_SINGLE = (8000, 8001, 5000)


def break_(world: World) -> None:
    """Put the one in the place of the three, for the load balancers."""
    group = world.security_groups["tasks"]
    world.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[ports(world, 5000, 8001, "alb")])
    for port in _SINGLE:
        world.ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[ingress(world, port, "alb")])


def mend(world: World) -> None:
    """Put the three back."""
    group = world.security_groups["tasks"]
    for port in _SINGLE:
        world.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[ingress(world, port, "alb")])
    world.ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[ports(world, 5000, 8001, "alb")])
