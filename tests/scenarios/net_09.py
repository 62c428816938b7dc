"""NET-09: the load balancers' security group lets nobody in on 443: connections wait in vain; targets are healthy."""

from tests.sandbox.aws.network import GROUPS, ingress
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

VARIANTS = ("revoked", "office")  # no rule; a rule for somebody else's network
_PORT, _ANYONE, _OFFICE = 443, "0.0.0.0/0", "203.0.113.0/24"


def causes(variant: str) -> tuple[Cause, ...]:
    """The rule for everybody, in both."""
    resource = f"{GROUPS['alb']} tcp/{_PORT} from {_ANYONE}"
    return (Cause(kind="security-group-rule-missing", resource=resource),)


def break_(world: World, variant: str) -> None:
    """Revoke the rule; put another one in its place."""
    group = world.security_groups["alb"]
    world.ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[ingress(world, _PORT, _ANYONE)])
    if variant == "office":
        world.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[ingress(world, _PORT, _OFFICE)])


def mend(world: World, variant: str) -> None:
    """Authorize everybody again."""
    group = world.security_groups["alb"]
    if variant == "office":
        world.ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[ingress(world, _PORT, _OFFICE)])
    world.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[ingress(world, _PORT, _ANYONE)])
