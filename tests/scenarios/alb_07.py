"""ALB-07: the rule of ``/api/mlflow/*`` forwards to an old, empty target group: 503, while the API is healthy."""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"
_LOAD_BALANCER, _PRIORITY = "hokusai-registry-development", 105
_OLD_GROUP = "hokusai-reg-api-old"
CAUSES = (Cause(kind="listener-rule-target-group-wrong", resource=f"{_LOAD_BALANCER}:443 priority {_PRIORITY}"),)


def break_(world: World) -> None:
    """Create the old group, and let the rule forward to it."""
    created = world.elbv2.create_target_group(
        Name=_OLD_GROUP, Protocol="HTTP", Port=8001, VpcId=world.vpc, TargetType="ip", HealthCheckPath="/health"
    )
    _forward(world, created["TargetGroups"][0]["TargetGroupArn"])


def mend(world: World) -> None:
    """Let the rule forward to the API's group, and delete the old one."""
    _forward(world, world.target_groups["api"])
    old = world.elbv2.describe_target_groups(Names=[_OLD_GROUP])["TargetGroups"][0]["TargetGroupArn"]
    world.elbv2.delete_target_group(TargetGroupArn=old)


def _forward(world: World, target_group: str) -> None:
    world.elbv2.modify_rule(
        RuleArn=world.rules(_LOAD_BALANCER)[str(_PRIORITY)]["RuleArn"],
        Actions=[{"Type": "forward", "TargetGroupArn": target_group}],
    )
