"""ALB-03: ``/api/mlflow/*`` leads to an application that does not serve it: 404 of auth, or of MLflow itself.

Either the path has no rule, and the listener's default forwards to that application, or its rule does.
"""

from tests.sandbox.aws.load_balancers import NOT_FOUND
from tests.sandbox.scenario import Cause
from tests.sandbox.world import Json, World

PLATFORM = "2025-08"  # at HEAD all that no rule takes goes to the API, which serves the path
VARIANTS = ("rule-mlflow", "rule-auth", "default-auth", "default-mlflow")  # what leads where
_LOAD_BALANCER, _PRIORITY = "hokusai-development", 85


def causes(variant: str) -> tuple[Cause, ...]:
    """The rule that is wrong, or the path that has none."""
    if variant.startswith("rule-"):
        resource = f"{_LOAD_BALANCER}:443 priority {_PRIORITY}"
        return (Cause(kind="listener-rule-target-group-wrong", resource=resource),)
    return (Cause(kind="listener-rule-missing", resource=f"{_LOAD_BALANCER}:443 /api/mlflow/*"),)


def break_(world: World, variant: str) -> None:
    """Let the rule forward to the other service, or delete it and let the default forward there."""
    how, _, role = variant.partition("-")
    forward = {"Type": "forward", "TargetGroupArn": world.target_groups[role]}
    if how == "rule":
        world.elbv2.modify_rule(RuleArn=world.rules(_LOAD_BALANCER)[str(_PRIORITY)]["RuleArn"], Actions=[forward])
    else:
        world.delete_rule(_LOAD_BALANCER, _PRIORITY)
        _answer_by_default(world, forward)


def mend(world: World, variant: str) -> None:
    """Lead the path to the API again, and all else to the 404."""
    if variant.startswith("rule-"):
        world.delete_rule(_LOAD_BALANCER, _PRIORITY)
    world.create_rule(_LOAD_BALANCER, _PRIORITY)
    _answer_by_default(world, NOT_FOUND)


def _answer_by_default(world: World, action: Json) -> None:
    world.elbv2.modify_listener(ListenerArn=world.listener(_LOAD_BALANCER)["ListenerArn"], DefaultActions=[action])
