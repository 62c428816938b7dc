"""Nothing is wrong: the monitor's key was rotated; its secret holds the new one, and the old one is revoked."""

import dataclasses

from tests.sandbox.platforms import MONITOR_SECRET_PREFIX
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

CAUSES: tuple[Cause, ...] = ()
_NEW_KEY_ID = "registry-monitor-admin-rotated"


def break_(world: World) -> None:
    """Issue a new key, put it into the secret, revoke the old one."""
    old = world.secrets.monitor_key
    new = f"{old}_rotated"
    world.keys[new] = dataclasses.replace(world.keys[old], key_id=_NEW_KEY_ID)
    world.keys[old] = dataclasses.replace(world.keys[old], is_revoked=True)
    world.put_secret(MONITOR_SECRET_PREFIX + world.platform.target, admin=new)


def mend(world: World) -> None:
    """Go back to the old key."""
    old = world.secrets.monitor_key
    world.put_secret(MONITOR_SECRET_PREFIX + world.platform.target, admin=old)
    world.keys[old] = dataclasses.replace(world.keys[old], is_revoked=False)
    del world.keys[f"{old}_rotated"]
