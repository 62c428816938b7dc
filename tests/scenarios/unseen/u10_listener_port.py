"""The HTTPS listener was created on port 9443, with certificate and rules: port 443 refuses connections.

Source: ELB user guide, "Clients cannot connect to an internet-facing load balancer" and "Listener configuration".
"""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World
from tests.scenarios.unseen.edits import AUTH_BALANCER

PLATFORM = "head"
_RIGHT, _WRONG = 443, 9443
CAUSES = (Cause(kind="listener-missing", resource=f"{AUTH_BALANCER}:{_RIGHT}"),)


def break_(world: World) -> None:
    """Let the listener listen elsewhere."""
    _listen(world, before=_RIGHT, now=_WRONG)


def mend(world: World) -> None:
    """Let it listen on 443."""
    _listen(world, before=_WRONG, now=_RIGHT)


def _listen(world: World, before: int, now: int) -> None:
    world.elbv2.modify_listener(ListenerArn=world.listener(AUTH_BALANCER, before)["ListenerArn"], Port=now)
