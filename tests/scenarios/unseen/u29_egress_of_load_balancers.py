"""The load balancers' group lets them out to auth and the API alone: MLflow answers 504, and lets them in.

Source: ELB user guide, "A registered target is not in service" ("the security group for your load balancer must allow
traffic to the instances").
"""

from tests.sandbox.aws.network import GROUPS, ingress
from tests.sandbox.scenario import Cause
from tests.sandbox.world import Json, World

CAUSES = (Cause(kind="security-group-rule-missing", resource=f"{GROUPS['alb']} tcp/5000 to {GROUPS['tasks']}"),)
_EVERYTHING: Json = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}


def break_(world: World) -> None:
    """Put two rules in the place of the one for everything."""
    group = world.security_groups["alb"]
    world.ec2.revoke_security_group_egress(GroupId=group, IpPermissions=[_EVERYTHING])
    world.ec2.authorize_security_group_egress(GroupId=group, IpPermissions=_narrow(world))


def mend(world: World) -> None:
    """Put the one back."""
    group = world.security_groups["alb"]
    world.ec2.revoke_security_group_egress(GroupId=group, IpPermissions=_narrow(world))
    world.ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[_EVERYTHING])


def _narrow(world: World) -> list[Json]:
    return [ingress(world, port, "tasks") for port in (8000, 8001)]
