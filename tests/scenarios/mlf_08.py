"""MLF-08: the bucket of the artifacts was deleted: writes fail with 500, reads with 404; tracking works."""

from tests.sandbox.platforms import ARTIFACTS_BUCKET
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

CAUSES = (Cause(kind="bucket-missing", resource=ARTIFACTS_BUCKET),)


def break_(world: World) -> None:
    """Delete the bucket with all that is in it."""
    world.control_plane.delete_bucket(ARTIFACTS_BUCKET)


def mend(world: World) -> None:
    """Bring it back with all that was in it."""
    world.control_plane.undelete_bucket(ARTIFACTS_BUCKET)
