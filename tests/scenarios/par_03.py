"""PAR-03: one zone of two is cut off by a network ACL: a part of the requests gets 504, and its targets time out."""

from tests.sandbox.aws.network_acls import EPHEMERAL, AclRule, guard, unguard
from tests.sandbox.platforms import CLUSTER
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

VARIANTS = ("api", "auth")  # the service with a task in each zone
_ACL = "hokusai-private-b-development"


def causes(variant: str) -> tuple[Cause, ...]:
    """The network ACL, by its Name tag, whichever service shows it."""
    return (Cause(kind="network-acl-blocks", resource=_ACL),)


def break_(world: World, variant: str) -> None:
    """Run two tasks, and deny the second zone's answers."""
    _scale(world, variant, 2)
    guard(world, world.subnets[1], _ACL, AclRule(is_egress=True, ports=EPHEMERAL))


def mend(world: World, variant: str) -> None:
    """Let the answers pass, and run one task."""
    unguard(world, world.subnets[1])
    _scale(world, variant, 1)


def _scale(world: World, role: str, count: int) -> None:
    world.ecs.update_service(cluster=CLUSTER, service=f"hokusai-{role}-development", desiredCount=count)
