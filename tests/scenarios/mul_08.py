"""MUL-08: a secret that tasks need was deleted, and the tasks had to be replaced: none of them starts again.

``redis``: of auth and API. ``database``: of MLflow and API. ``tracking-token``: of the API alone.
"""

from tests.sandbox.platforms import DATABASE_SECRET, REDIS_SECRET, TRACKING_TOKEN_SECRET
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

VARIANTS = ("redis", "database", "tracking-token")
_SECRETS = {
    "redis": (REDIS_SECRET, ("auth", "api")),
    "database": (DATABASE_SECRET, ("mlflow", "api")),
    "tracking-token": (TRACKING_TOKEN_SECRET, ("api",)),
}


def causes(variant: str) -> tuple[Cause, ...]:
    """The secret, once, however many services need it."""
    return (Cause(kind="secret-missing", resource=_SECRETS[variant][0]),)


def break_(world: World, variant: str) -> None:
    """Delete the secret, which can be restored for a week, and retire the running tasks."""
    secret, roles = _SECRETS[variant]
    world.secretsmanager.delete_secret(SecretId=secret, RecoveryWindowInDays=7)
    for role in roles:
        world.stop_tasks(role)


def mend(world: World, variant: str) -> None:
    """Restore it."""
    world.secretsmanager.restore_secret(SecretId=_SECRETS[variant][0])
