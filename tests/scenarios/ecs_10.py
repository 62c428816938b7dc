"""ECS-10: the execution role may not read a secret: a task that had to be replaced does not start again."""

from tests.sandbox.aws.execution_role import EXECUTION_ROLE, SECRETS, allow_secrets
from tests.sandbox.platforms import DATABASE_SECRET, REDIS_SECRET, TRACKING_TOKEN_SECRET
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

VARIANTS = ("auth", "mlflow", "api")  # whose task is replaced
_SECRETS = {"auth": REDIS_SECRET, "mlflow": DATABASE_SECRET, "api": TRACKING_TOKEN_SECRET}


def causes(variant: str) -> tuple[Cause, ...]:
    """The role and the secret that its policy does not name."""
    return (Cause(kind="secret-access-denied", resource=f"{EXECUTION_ROLE} {_SECRETS[variant]}"),)


def break_(world: World, variant: str) -> None:
    """Take the secret out of the role's policy, and retire the running task."""
    allow_secrets(world, [name for name in SECRETS if name != _SECRETS[variant]])
    world.stop_tasks(variant)


def mend(world: World, variant: str) -> None:
    """Put it back."""
    allow_secrets(world, SECRETS)
