"""Nothing is wrong: security groups and a target group lie about that nobody uses."""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

CAUSES: tuple[Cause, ...] = ()
_SECURITY_GROUPS = ("hokusai-ecs-tasks-old", "hokusai-alb-old")
_TARGET_GROUP = "hokusai-api-blue"


def break_(world: World) -> None:
    """Create security groups without rules, and a target group of no service and no rule."""
    for name in _SECURITY_GROUPS:
        world.ec2.create_security_group(GroupName=name, Description="Not used any more", VpcId=world.vpc)
    world.elbv2.create_target_group(
        Name=_TARGET_GROUP, Protocol="HTTP", Port=8001, VpcId=world.vpc, TargetType="ip", HealthCheckPath="/old-health"
    )


def mend(world: World) -> None:
    """Delete them."""
    for name in _SECURITY_GROUPS:
        found = world.ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": [name]}])
        world.ec2.delete_security_group(GroupId=found["SecurityGroups"][0]["GroupId"])
    group = world.elbv2.describe_target_groups(Names=[_TARGET_GROUP])["TargetGroups"][0]
    world.elbv2.delete_target_group(TargetGroupArn=group["TargetGroupArn"])
