"""ALB-05: a broader rule with a lower number leads paths of the API to MLflow: its own 404, not the API's proxy."""

from tests.sandbox.aws.load_balancers import create_rule
from tests.sandbox.platforms import REGISTRY_HOST, Rule
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"
VARIANTS = ("api", "proxy", "host")  # what the new rule takes for itself
_LOAD_BALANCER = "hokusai-registry-development"
_SHADOWS = {
    "api": Rule(60, "mlflow", REGISTRY_HOST, ("/api/*",)),  # before those of /api/mlflow/* (105) and /api/* (110)
    "proxy": Rule(100, "mlflow", REGISTRY_HOST, ("/api/mlflow/*",)),  # before the same path's own one (105)
    "host": Rule(70, "mlflow", REGISTRY_HOST),  # before every rule of the API
}


def causes(variant: str) -> tuple[Cause, ...]:
    """The rule that takes other rules' requests."""
    resource = f"{_LOAD_BALANCER}:443 priority {_SHADOWS[variant].priority}"
    return (Cause(kind="listener-rule-shadows", resource=resource),)


def break_(world: World, variant: str) -> None:
    """Create the rule."""
    create_rule(world, _LOAD_BALANCER, _SHADOWS[variant])


def mend(world: World, variant: str) -> None:
    """Delete it."""
    world.delete_rule(_LOAD_BALANCER, _SHADOWS[variant].priority)
