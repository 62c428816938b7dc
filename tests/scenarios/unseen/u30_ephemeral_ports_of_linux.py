"""A network ACL lets answers out to Linux's ephemeral ports alone; load balancers connect from 1024 on: 504.

Source: VPC user guide, "Network ACLs" (ephemeral ports), and ELB user guide, "A network access control list (ACL) does
not allow traffic".
"""

from tests.sandbox.aws.network_acls import AclRule, guard, unguard
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

_ACL = "hokusai-private-a-hardened"
CAUSES = (Cause(kind="network-acl-blocks", resource=_ACL),)


def break_(world: World) -> None:
    """Deny the lower ones to what leaves the first zone's private subnet."""
    guard(world, world.subnets[0], _ACL, AclRule(is_egress=True, ports=(1024, 32767)))


def mend(world: World) -> None:
    """Give the subnet the default ACL."""
    unguard(world, world.subnets[0])
