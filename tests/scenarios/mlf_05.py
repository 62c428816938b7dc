"""MLF-05: the database's schema is not MLflow's: its tasks end as they start, and its routes answer 503."""

from tests.sandbox.platforms import DATABASE
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

CAUSES = (Cause(kind="database-schema-outdated", resource=DATABASE),)
_OTHER_REVISION = "UPDATE alembic_version SET version_num = reverse(version_num)"  # twice, it is the same again


def break_(world: World) -> None:
    """Let the tables be of another revision than MLflow's, and let ECS replace the task."""
    world.database.execute(_OTHER_REVISION)
    world.stop_tasks("mlflow")


def mend(world: World) -> None:
    """Migrate them; ECS's next task starts."""
    world.database.execute(_OTHER_REVISION)
