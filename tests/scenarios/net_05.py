"""NET-05: tasks may no longer call the auth service: every key gets 503 after 5 s, while auth's own host works."""

from tests.sandbox.aws.network import GROUPS, ingress
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

_GROUP, _PORT, _SOURCE = "tasks", 8000, "tasks"
CAUSES = (Cause(kind="security-group-rule-missing", resource=f"{GROUPS[_GROUP]} tcp/{_PORT} from {GROUPS[_SOURCE]}"),)


def break_(world: World) -> None:
    """Revoke the tasks' rule for themselves; the load balancers and the monitor keep theirs."""
    world.ec2.revoke_security_group_ingress(
        GroupId=world.security_groups[_GROUP], IpPermissions=[ingress(world, _PORT, _SOURCE)]
    )


def mend(world: World) -> None:
    """Authorize the rule again."""
    world.ec2.authorize_security_group_ingress(
        GroupId=world.security_groups[_GROUP], IpPermissions=[ingress(world, _PORT, _SOURCE)]
    )
