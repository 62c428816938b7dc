"""AUT-08: the platform does not take the monitor's own key: 401 to the monitor, and to nobody else."""

import dataclasses

from tests.sandbox.platforms import MONITOR_SECRET_PREFIX
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"
VARIANTS = ("revoked", "wrong-key")
_SECRET = f"{MONITOR_SECRET_PREFIX}hokusai-development"


def causes(variant: str) -> tuple[Cause, ...]:
    """The secret and the key in it."""
    return (Cause(kind="monitor-key-revoked", resource=f"{_SECRET} admin"),)


def break_(world: World, variant: str) -> None:
    """Revoke the key, which the secret goes on holding; or put a key into the secret that was never issued."""
    if variant == "revoked":
        _revoke(world, is_revoked=True)
    else:
        world.put_secret(_SECRET, admin="hk_fake_admin_of_another_platform")


def mend(world: World, variant: str) -> None:
    """Take the revocation back, or put the right key into the secret."""
    if variant == "revoked":
        _revoke(world, is_revoked=False)
    else:
        world.put_secret(_SECRET, admin=world.secrets.monitor_key)


def _revoke(world: World, *, is_revoked: bool) -> None:
    key = world.secrets.monitor_key
    world.keys[key] = dataclasses.replace(world.keys[key], is_revoked=is_revoked)
