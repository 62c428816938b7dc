"""Redis's group lets the tasks in on its port, with UDP: connections are dropped, and auth fails closed.

Source: ElastiCache user guide, "Troubleshooting: security groups", and VPC user guide, "Security group rules"
(protocol).
"""

from tests.sandbox.aws.network import GROUPS, ingress
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World
from tests.scenarios.unseen.edits import replace_ingress

CAUSES = (Cause(kind="security-group-rule-missing", resource=f"{GROUPS['redis']} tcp/6379 from {GROUPS['tasks']}"),)


def break_(world: World) -> None:
    """Change the rule's protocol, and let ECS replace auth's task: a running one keeps its connections."""
    tcp = ingress(world, 6379, "tasks")
    replace_ingress(world, "redis", old=tcp, new=tcp | {"IpProtocol": "udp"})
    world.stop_tasks("auth")


def mend(world: World) -> None:
    """Change it back."""
    tcp = ingress(world, 6379, "tasks")
    replace_ingress(world, "redis", old=tcp | {"IpProtocol": "udp"}, new=tcp)
