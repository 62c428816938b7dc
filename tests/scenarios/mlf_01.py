"""MLF-01: MLflow's database is stopped: ``/health`` stays 200 and targets healthy, REST answers 503."""

from tests.sandbox.platforms import DATABASE
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

CAUSES = (Cause(kind="database-not-available", resource=DATABASE),)


def break_(world: World) -> None:
    """Stop the database."""
    world.rds.stop_db_instance(DBInstanceIdentifier=DATABASE)


def mend(world: World) -> None:
    """Start the database."""
    world.rds.start_db_instance(DBInstanceIdentifier=DATABASE)
