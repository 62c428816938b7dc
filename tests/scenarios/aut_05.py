"""AUT-05: the auth service has another password than Redis, and fails closed with 500."""

from tests.sandbox.platforms import REDIS_SECRET
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

CAUSES = (Cause(kind="redis-password-wrong", resource=REDIS_SECRET),)


def break_(world: World) -> None:
    """Rotate the secret, but not Redis, and let ECS replace the task, which reads the secret as it starts."""
    _put(world, "fake-rotated-password")


def mend(world: World) -> None:
    """Write Redis's password into the secret again."""
    _put(world, world.secrets.redis_password)


def _put(world: World, password: str) -> None:
    world.put_secret(REDIS_SECRET, auth_token=password)
    world.stop_tasks("auth")
