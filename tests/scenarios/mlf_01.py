"""MLF-01: MLflow's database does not serve: ``/health`` stays 200 and targets healthy, REST answers 503."""

from tests.sandbox.aws.data_stores import create_database
from tests.sandbox.platforms import DATABASE
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

VARIANTS = ("stopped", "failed", "inaccessible-encryption-credentials", "deleted")


def causes(variant: str) -> tuple[Cause, ...]:
    """Deleted, there is no database; else it has a state in which it does not serve."""
    return (Cause(kind="database-missing" if variant == "deleted" else "database-not-available", resource=DATABASE),)


def break_(world: World, variant: str) -> None:
    """Stop or delete the database, or set its status (no API call does)."""
    if variant == "stopped":
        world.rds.stop_db_instance(DBInstanceIdentifier=DATABASE)
    elif variant == "deleted":
        world.rds.delete_db_instance(DBInstanceIdentifier=DATABASE, SkipFinalSnapshot=True)
    else:
        world.set_database_status(variant)


def mend(world: World, variant: str) -> None:
    """Start the database, create it again, or make it available."""
    if variant == "stopped":
        world.rds.start_db_instance(DBInstanceIdentifier=DATABASE)
    elif variant == "deleted":
        create_database(world)
    else:
        world.set_database_status("available")
