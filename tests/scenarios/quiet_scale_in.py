"""Nothing is wrong (ECS-17): auth was scaled in; the task that went was killed, since a shell swallowed its SIGTERM."""

from tests.sandbox.platforms import CLUSTER, service_name
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

CAUSES: tuple[Cause, ...] = ()


def break_(world: World) -> None:
    """Let a shell run the container; scale to two, and back to one."""
    command = ["sh", "-c", " ".join(world.platform.service("auth").command)]
    world.deploy("auth", lambda container: container.update(command=command))
    world.ecs.update_service(cluster=CLUSTER, service=service_name("auth"), desiredCount=2)
    world.settle()
    world.ecs.update_service(cluster=CLUSTER, service=service_name("auth"), desiredCount=1)


def mend(world: World) -> None:
    """Let the server run by itself."""
    world.deploy("auth", lambda container: container.update(command=list(world.platform.service("auth").command)))
