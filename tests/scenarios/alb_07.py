"""ALB-07: a rule forwards to an old, empty target group: 503 for its paths, while the service is healthy."""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"
VARIANTS = ("proxy", "mlflow", "auth")  # whose rule
_OLD_GROUP = "hokusai-old-development"
_RULES = {
    "proxy": ("hokusai-registry-development", 105, "api"),
    "mlflow": ("hokusai-registry-development", 50, "mlflow"),
    "auth": ("hokusai-auth-development", 100, "auth"),
}


def causes(variant: str) -> tuple[Cause, ...]:
    """The rule that leads to the old group."""
    load_balancer, priority, _ = _RULES[variant]
    return (Cause(kind="listener-rule-target-group-wrong", resource=f"{load_balancer}:443 priority {priority}"),)


def break_(world: World, variant: str) -> None:
    """Create the old group, and let the rule forward to it."""
    service = world.platform.service(_RULES[variant][2])
    created = world.elbv2.create_target_group(
        Name=_OLD_GROUP,
        Protocol="HTTP",
        Port=service.port,
        VpcId=world.vpc,
        TargetType="ip",
        HealthCheckPath=service.health_path,
    )
    _forward(world, variant, created["TargetGroups"][0]["TargetGroupArn"])


def mend(world: World, variant: str) -> None:
    """Let the rule forward to its service's group, and delete the old one."""
    _forward(world, variant, world.target_groups[_RULES[variant][2]])
    old = world.elbv2.describe_target_groups(Names=[_OLD_GROUP])["TargetGroups"][0]["TargetGroupArn"]
    world.elbv2.delete_target_group(TargetGroupArn=old)


def _forward(world: World, variant: str, target_group: str) -> None:
    load_balancer, priority, _ = _RULES[variant]
    world.elbv2.modify_rule(
        RuleArn=world.rules(load_balancer)[str(priority)]["RuleArn"],
        Actions=[{"Type": "forward", "TargetGroupArn": target_group}],
    )
