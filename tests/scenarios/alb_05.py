"""ALB-05: a broader rule with a lower number leads ``/api/*`` to MLflow: its own 404 instead of the API's proxy."""

from tests.sandbox.aws.load_balancers import create_rule
from tests.sandbox.platforms import REGISTRY_HOST, Rule
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"
_LOAD_BALANCER = "hokusai-registry-development"
_SHADOW = Rule(60, "mlflow", REGISTRY_HOST, ("/api/*",))
CAUSES = (Cause(kind="listener-rule-shadows", resource=f"{_LOAD_BALANCER}:443 priority {_SHADOW.priority}"),)


def break_(world: World) -> None:
    """Create the rule before those of ``/api/mlflow/*`` (105) and ``/api/*`` (110)."""
    create_rule(world, _LOAD_BALANCER, _SHADOW)


def mend(world: World) -> None:
    """Delete it."""
    world.delete_rule(_LOAD_BALANCER, _SHADOW.priority)
