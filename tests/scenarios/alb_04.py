"""ALB-04: the auth load balancer has no rule for ``/api/v1/*``, so its default answers 404."""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

_LOAD_BALANCER, _PRIORITY = "hokusai-auth-development", 100
PLATFORM = "head"
CAUSES = (Cause(kind="listener-rule-missing", resource=f"{_LOAD_BALANCER}:443 /api/v1/*"),)


def break_(world: World) -> None:
    """Delete the rule."""
    world.delete_rule(_LOAD_BALANCER, _PRIORITY)


def mend(world: World) -> None:
    """Create the rule again."""
    world.create_rule(_LOAD_BALANCER, _PRIORITY)
