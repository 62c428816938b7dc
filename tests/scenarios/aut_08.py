"""AUT-08: the monitor's own key was revoked: 401 to the monitor, and to nobody else."""

import dataclasses

from tests.sandbox.platforms import MONITOR_SECRET_PREFIX
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"
CAUSES = (Cause(kind="monitor-key-revoked", resource=f"{MONITOR_SECRET_PREFIX}hokusai-development admin"),)


def break_(world: World) -> None:
    """Revoke the key; the secret goes on holding it."""
    _revoke(world, is_revoked=True)


def mend(world: World) -> None:
    """Take the revocation back."""
    _revoke(world, is_revoked=False)


def _revoke(world: World, *, is_revoked: bool) -> None:
    key = world.secrets.monitor_key
    world.keys[key] = dataclasses.replace(world.keys[key], is_revoked=is_revoked)
