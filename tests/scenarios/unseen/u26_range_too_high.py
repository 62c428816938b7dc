"""The tasks' rule for MLflow is of ports 5001 to 5999: the load balancers' packets to 5000 are dropped.

Source: ELB user guide, "A security group does not allow traffic", and VPC user guide, "Security group rules" (port
range).
"""

from tests.sandbox.aws.network import GROUPS, ingress
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World
from tests.scenarios.unseen.edits import ports, replace_ingress

CAUSES = (Cause(kind="security-group-rule-missing", resource=f"{GROUPS['tasks']} tcp/5000 from {GROUPS['alb']}"),)


def break_(world: World) -> None:
    """Put the range in the place of the port."""
    replace_ingress(world, "tasks", old=ingress(world, 5000, "alb"), new=ports(world, 5001, 5999, "alb"))


def mend(world: World) -> None:
    """Put the port back."""
    replace_ingress(world, "tasks", old=ports(world, 5001, 5999, "alb"), new=ingress(world, 5000, "alb"))
