"""A rule of a migration window answers every POST below ``/api/`` with 503, and was forgotten: reads work.

Source: ELB user guide, "Condition types for listener rules" (HTTP request method) and "Fixed-response actions".
"""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World
from tests.scenarios.unseen.edits import REGISTRY_BALANCER, add_rule, path_is

PLATFORM = "head"
_PRIORITY = 15
CAUSES = (Cause(kind="listener-rule-fixed-response", resource=f"{REGISTRY_BALANCER}:443 priority {_PRIORITY}"),)


def break_(world: World) -> None:
    """Create the rule."""
    method = {"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["POST"]}}
    told = {"StatusCode": "503", "ContentType": "application/json", "MessageBody": '{"detail": "Read-only"}'}
    action = {"Type": "fixed-response", "FixedResponseConfig": told}
    add_rule(world, REGISTRY_BALANCER, _PRIORITY, [method, path_is("/api/*")], action)


def mend(world: World) -> None:
    """Delete it."""
    world.delete_rule(REGISTRY_BALANCER, _PRIORITY)
