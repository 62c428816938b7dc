"""Nothing is wrong: rules for other hosts stand before the platform's, one of them to an empty group."""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"
CAUSES: tuple[Cause, ...] = ()
_LOAD_BALANCER = "hokusai-registry-development"
_TARGET_GROUP = "hokusai-dp-development"
_FORWARDED, _ANSWERED = 5, 6


def break_(world: World) -> None:
    """Create the rules."""
    created = world.elbv2.create_target_group(
        Name=_TARGET_GROUP, Protocol="HTTP", Port=8080, VpcId=world.vpc, TargetType="ip"
    )
    group = created["TargetGroups"][0]["TargetGroupArn"]
    listener = world.listener(_LOAD_BALANCER)["ListenerArn"]
    gone = {"StatusCode": "410", "ContentType": "text/plain", "MessageBody": "Gone"}
    for priority, host, action in (
        (_FORWARDED, "dp.hokus.ai", {"Type": "forward", "TargetGroupArn": group}),
        (_ANSWERED, "platform.hokus.ai", {"Type": "fixed-response", "FixedResponseConfig": gone}),
    ):
        conditions = [{"Field": "host-header", "HostHeaderConfig": {"Values": [host]}}]
        world.elbv2.create_rule(ListenerArn=listener, Priority=priority, Conditions=conditions, Actions=[action])


def mend(world: World) -> None:
    """Delete them."""
    for priority in (_FORWARDED, _ANSWERED):
        world.delete_rule(_LOAD_BALANCER, priority)
    group = world.elbv2.describe_target_groups(Names=[_TARGET_GROUP])["TargetGroups"][0]
    world.elbv2.delete_target_group(TargetGroupArn=group["TargetGroupArn"])
