"""NET-01: the tasks' security group lets the load balancers no longer in on the API's port: 504 after 10 s."""

from tests.sandbox.aws.network import GROUPS, ingress
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

_PORT = 8001
CAUSES = (Cause(kind="security-group-rule-missing", resource=f"{GROUPS['tasks']} tcp/{_PORT} from {GROUPS['alb']}"),)


def break_(world: World) -> None:
    """Revoke the rule."""
    world.ec2.revoke_security_group_ingress(
        GroupId=world.security_groups["tasks"], IpPermissions=[ingress(world, _PORT, "alb")]
    )


def mend(world: World) -> None:
    """Authorize the rule again."""
    world.ec2.authorize_security_group_ingress(
        GroupId=world.security_groups["tasks"], IpPermissions=[ingress(world, _PORT, "alb")]
    )
