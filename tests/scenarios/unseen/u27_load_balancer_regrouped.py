"""Auth's load balancer has a new security group, from which the tasks let nobody in: 504, and clients do get in.

The tasks' rules still name the old group, which the other load balancer has. Source: ELB user guide, "Security groups
for your Application Load Balancer".
"""

from tests.sandbox.aws.network import GROUPS, ingress
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World
from tests.scenarios.unseen.edits import AUTH_BALANCER, delete_security_group, security_group

PLATFORM = "head"
_NEW = "hokusai-alb-auth-v2"
CAUSES = (Cause(kind="security-group-rule-missing", resource=f"{GROUPS['tasks']} tcp/8000 from {_NEW}"),)


def break_(world: World) -> None:
    """Create the group, open to the internet, and set it."""
    open_ports = [ingress(world, port, "0.0.0.0/0") for port in (80, 443)]
    _set(world, security_group(world, _NEW, *open_ports))


def mend(world: World) -> None:
    """Set the old one, and delete the new."""
    _set(world, world.security_groups["alb"])
    delete_security_group(world, _NEW)


def _set(world: World, group: str) -> None:
    (described,) = world.elbv2.describe_load_balancers(Names=[AUTH_BALANCER])["LoadBalancers"]
    world.elbv2.set_security_groups(LoadBalancerArn=described["LoadBalancerArn"], SecurityGroups=[group])
