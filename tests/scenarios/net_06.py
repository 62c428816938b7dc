"""NET-06: MLflow may not reach its database, and its new task ends as it starts: 503 from the load balancer."""

from tests.sandbox.aws.network import GROUPS, ingress
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

_GROUP, _PORT, _SOURCE = "rds", 5432, "tasks"
CAUSES = (Cause(kind="security-group-rule-missing", resource=f"{GROUPS[_GROUP]} tcp/{_PORT} from {GROUPS[_SOURCE]}"),)


def break_(world: World) -> None:
    """Revoke the rule, and let ECS replace MLflow's task: a running one keeps its connections."""
    world.ec2.revoke_security_group_ingress(
        GroupId=world.security_groups[_GROUP], IpPermissions=[ingress(world, _PORT, _SOURCE)]
    )
    world.stop_tasks("mlflow")


def mend(world: World) -> None:
    """Authorize the rule again."""
    world.ec2.authorize_security_group_ingress(
        GroupId=world.security_groups[_GROUP], IpPermissions=[ingress(world, _PORT, _SOURCE)]
    )
