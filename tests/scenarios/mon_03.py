"""MON-03: the monitor cannot read its own keys: what needs none is asked, and of the rest nothing is known."""

import json

from tests.sandbox.platforms import MONITOR_SECRET_PREFIX
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"
VARIANTS = ("missing", "denied")
_SECRET = f"{MONITOR_SECRET_PREFIX}hokusai-development"


def causes(variant: str) -> tuple[Cause, ...]:
    """The secret, or the action on it."""
    if variant == "missing":
        return (Cause(kind="monitor-secret-missing", resource=_SECRET),)
    return (Cause(kind="monitor-permission-missing", resource="secretsmanager:GetSecretValue"),)


def break_(world: World, variant: str) -> None:
    """Delete the secret, or deny its reading."""
    if variant == "missing":
        world.secretsmanager.delete_secret(SecretId=_SECRET, ForceDeleteWithoutRecovery=True)
    else:
        world.refuse("secretsmanager", "GetSecretValue", "denied")


def mend(world: World, variant: str) -> None:
    """Create it again, or allow its reading."""
    if variant == "missing":
        world.secretsmanager.create_secret(Name=_SECRET, SecretString=json.dumps(world.secrets.monitor_keys))
    else:
        world.allow("secretsmanager", "GetSecretValue")
