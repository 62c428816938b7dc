"""MLF-04: the secret of the database's password and the tasks do not agree: every request of MLflow answers 503."""

from tests.sandbox.platforms import DATABASE_SECRET
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

VARIANTS = ("tasks-not-restarted", "database-not-told")
_ROTATED = "fake-rotated-database-password"


def causes(variant: str) -> tuple[Cause, ...]:
    """The secret that was rotated."""
    return (Cause(kind="database-password-wrong", resource=DATABASE_SECRET),)


def break_(world: World, variant: str) -> None:
    """Rotate the secret: the database takes only the new password, or the tasks alone have it."""
    world.put_secret(DATABASE_SECRET, database_password=_ROTATED)
    if variant == "tasks-not-restarted":
        world.database.set_password(_ROTATED)
    else:
        world.stop_tasks("mlflow")


def mend(world: World, variant: str) -> None:
    """Go back to the old password everywhere."""
    world.put_secret(DATABASE_SECRET, database_password=world.secrets.database_password)
    world.database.set_password(world.secrets.database_password)
    world.stop_tasks("mlflow")
