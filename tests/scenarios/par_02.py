"""PAR-02: one of auth's two tasks is broken behind a healthy ``/health``: every other request fails.

It started while the secret held a wrong password of Redis, and still has that one.
"""

from tests.sandbox.platforms import CLUSTER, REDIS_SECRET, service_name
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

_SERVICE = service_name("auth")
CAUSES = (Cause(kind="task-broken", resource=_SERVICE),)


def break_(world: World) -> None:
    """Start a second task with the wrong password, and write the right one again."""
    world.put_secret(REDIS_SECRET, auth_token="fake-mistyped-password")
    world.ecs.update_service(cluster=CLUSTER, service=_SERVICE, desiredCount=2)
    world.settle()
    world.put_secret(REDIS_SECRET, auth_token=world.secrets.redis_password)


def mend(world: World) -> None:
    """Let the newer task go."""
    world.ecs.update_service(cluster=CLUSTER, service=_SERVICE, desiredCount=1)
