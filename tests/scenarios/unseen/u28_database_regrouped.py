"""The database has a new security group, which lets in the monitor and not the tasks: MLflow's new task ends.

The old group, with all its rules, is nobody's. Source: RDS user guide, "Can't connect to Amazon RDS DB instance".
"""

from tests.sandbox.aws.network import GROUPS, ingress
from tests.sandbox.platforms import DATABASE
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World
from tests.scenarios.unseen.edits import delete_security_group, security_group

_NEW = "hokusai-rds-restricted"
CAUSES = (Cause(kind="security-group-rule-missing", resource=f"{_NEW} tcp/5432 from {GROUPS['tasks']}"),)


def break_(world: World) -> None:
    """Create the group and set it; a running task would keep its connections."""
    _set(world, security_group(world, _NEW, ingress(world, 5432, "monitor")))
    world.stop_tasks("mlflow")


def mend(world: World) -> None:
    """Set the old one, and delete the new."""
    _set(world, world.security_groups["rds"])
    delete_security_group(world, _NEW)


def _set(world: World, group: str) -> None:
    world.rds.modify_db_instance(DBInstanceIdentifier=DATABASE, VpcSecurityGroupIds=[group], ApplyImmediately=True)
