"""The tasks' rule for the API lets in 10.0.0.0/16, the network of another VPC, and the load balancers no longer: 504.

A rule for the port is there, and its source is nobody here. Source: ELB user guide, "A security group does not allow
traffic", and VPC user guide, "Security group rules".
"""

from tests.sandbox.aws.network import GROUPS, ingress
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World
from tests.scenarios.unseen.edits import replace_ingress

CAUSES = (Cause(kind="security-group-rule-missing", resource=f"{GROUPS['tasks']} tcp/8001 from {GROUPS['alb']}"),)
_NETWORK = "10.0.0.0/16"


def break_(world: World) -> None:
    """Put the network in the place of the group."""
    replace_ingress(world, "tasks", old=ingress(world, 8001, "alb"), new=ingress(world, 8001, _NETWORK))


def mend(world: World) -> None:
    """Put the group back."""
    replace_ingress(world, "tasks", old=ingress(world, 8001, _NETWORK), new=ingress(world, 8001, "alb"))
