"""MON-06: the monitor's security group lets nothing out to public hosts: each probe of one times out."""

from typing import Any

from tests.sandbox.aws.network import GROUPS
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

VARIANTS = ("inside-the-vpc-only", "high-ports-only")
_ALL: dict[str, Any] = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}


def causes(variant: str) -> tuple[Cause, ...]:
    """The security group."""
    return (Cause(kind="monitor-egress-missing", resource=GROUPS["monitor"]),)


def break_(world: World, variant: str) -> None:
    """Let out what goes to the VPC, or to high ports, alone."""
    _replace(world, _ALL, _narrow(world, variant))


def mend(world: World, variant: str) -> None:
    """Let everything out again, as AWS does by default."""
    _replace(world, _narrow(world, variant), _ALL)


def _narrow(world: World, variant: str) -> dict[str, Any]:
    if variant == "inside-the-vpc-only":
        return _ALL | {"IpRanges": [{"CidrIp": world.addresses.network}]}
    return _ALL | {"IpProtocol": "tcp", "FromPort": 1024, "ToPort": 65535}


def _replace(world: World, old: dict[str, Any], new: dict[str, Any]) -> None:
    group = world.security_groups["monitor"]
    world.ec2.revoke_security_group_egress(GroupId=group, IpPermissions=[old])
    world.ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[new])
