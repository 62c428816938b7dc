"""A rule sends whoever has a Bearer token straight to MLflow, whatever the path: the API's routes are 404 to them.

Who sends the key in ``X-API-Key``, or none, meets the API. Source: ELB user guide, "Condition types for listener
rules" (HTTP header).
"""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World
from tests.scenarios.unseen.edits import REGISTRY_BALANCER, add_rule, forward

PLATFORM = "head"
_PRIORITY = 30
CAUSES = (Cause(kind="listener-rule-shadows", resource=f"{REGISTRY_BALANCER}:443 priority {_PRIORITY}"),)


def break_(world: World) -> None:
    """Create the rule."""
    bearer = {"HttpHeaderName": "Authorization", "Values": ["Bearer *"]}
    condition = {"Field": "http-header", "HttpHeaderConfig": bearer}
    add_rule(world, REGISTRY_BALANCER, _PRIORITY, [condition], forward(world, "mlflow"))


def mend(world: World) -> None:
    """Delete it."""
    world.delete_rule(REGISTRY_BALANCER, _PRIORITY)
