"""ALB-07: a rule forwards to a wrong target group, while its own service is healthy.

It is an old, empty group (503), or MLflow's in the place of the API's (404), which a proposal once asked for.
"""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"
VARIANTS = ("proxy", "mlflow", "auth", "proxy-to-mlflow")  # whose rule
_OLD_GROUP = "hokusai-old-development"
_RULES = {
    "proxy": ("hokusai-registry-development", 105, "api"),
    "mlflow": ("hokusai-registry-development", 50, "mlflow"),
    "auth": ("hokusai-auth-development", 100, "auth"),
    "proxy-to-mlflow": ("hokusai-registry-development", 105, "api"),
}


def causes(variant: str) -> tuple[Cause, ...]:
    """The rule that leads there."""
    load_balancer, priority, _ = _RULES[variant]
    return (Cause(kind="listener-rule-target-group-wrong", resource=f"{load_balancer}:443 priority {priority}"),)


def break_(world: World, variant: str) -> None:
    """Let the rule forward to MLflow, or to an old group that is created for it."""
    if variant == "proxy-to-mlflow":
        return _forward(world, variant, world.target_groups["mlflow"])
    service = world.platform.service(_RULES[variant][2])
    created = world.elbv2.create_target_group(
        Name=_OLD_GROUP,
        Protocol="HTTP",
        Port=service.port,
        VpcId=world.vpc,
        TargetType="ip",
        HealthCheckPath=service.health_path,
    )
    return _forward(world, variant, created["TargetGroups"][0]["TargetGroupArn"])


def mend(world: World, variant: str) -> None:
    """Let the rule forward to its service's group, and delete the old one if it is there."""
    _forward(world, variant, world.target_groups[_RULES[variant][2]])
    for group in world.elbv2.describe_target_groups()["TargetGroups"]:
        if group["TargetGroupName"] == _OLD_GROUP:
            world.elbv2.delete_target_group(TargetGroupArn=group["TargetGroupArn"])


def _forward(world: World, variant: str, target_group: str) -> None:
    load_balancer, priority, _ = _RULES[variant]
    world.elbv2.modify_rule(
        RuleArn=world.rules(load_balancer)[str(priority)]["RuleArn"],
        Actions=[{"Type": "forward", "TargetGroupArn": target_group}],
    )
