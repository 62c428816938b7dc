"""NET-03: a network ACL drops packets between load balancers and tasks: 504 after 10 s; security groups are right."""

from tests.sandbox.aws.network_acls import EPHEMERAL, AclRule, guard, unguard
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

VARIANTS = ("answers", "port", "public")  # the tasks' answers; the API's port alone; what comes back to load balancers
_ACLS = {
    "answers": ("hokusai-private-a-development", AclRule(is_egress=True, ports=EPHEMERAL)),
    "port": ("hokusai-private-a-development", AclRule(is_egress=False, ports=(8001, 8001))),
    "public": ("hokusai-public-a-development", AclRule(is_egress=False, ports=EPHEMERAL)),
}


def causes(variant: str) -> tuple[Cause, ...]:
    """The network ACL, by its Name tag."""
    return (Cause(kind="network-acl-blocks", resource=_ACLS[variant][0]),)


def break_(world: World, variant: str) -> None:
    """Give the first zone's subnet an ACL that denies them."""
    name, denied = _ACLS[variant]
    guard(world, _subnet(world, variant), name, denied)


def mend(world: World, variant: str) -> None:
    """Give it the default ACL."""
    unguard(world, _subnet(world, variant))


def _subnet(world: World, variant: str) -> str:
    return (world.public_subnets if variant == "public" else world.subnets)[0]
