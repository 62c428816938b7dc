"""ECS-12: a secret lacks the key that a task definition names: a task that had to be replaced does not start again."""

import json

from tests.sandbox.platforms import DATABASE_SECRET, REDIS_SECRET
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

VARIANTS = ("mlflow", "auth")  # whose task is replaced
_KEYS = {"mlflow": (DATABASE_SECRET, "database_password"), "auth": (REDIS_SECRET, "auth_token")}


def causes(variant: str) -> tuple[Cause, ...]:
    """The secret and the key."""
    return (Cause(kind="secret-key-missing", resource=":".join(_KEYS[variant])),)


def break_(world: World, variant: str) -> None:
    """Write a version whose key has another name, and retire the running task."""
    _rename(world, _KEYS[variant][0], _KEYS[variant][1], f"{_KEYS[variant][1]}_v2")
    world.stop_tasks(variant)


def mend(world: World, variant: str) -> None:
    """Write a version with the key as it was."""
    _rename(world, _KEYS[variant][0], f"{_KEYS[variant][1]}_v2", _KEYS[variant][1])


def _rename(world: World, secret: str, key: str, other: str) -> None:
    values = json.loads(world.secretsmanager.get_secret_value(SecretId=secret)["SecretString"])
    world.secretsmanager.put_secret_value(SecretId=secret, SecretString=json.dumps({other: values[key]}))
