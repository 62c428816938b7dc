"""MLflow's password was moved to a secret of its own, and the execution role's policy names the old one alone.

The old secret is still there and may be read. Source: ECS developer guide, "Pass Secrets Manager secrets through
Amazon ECS environment variables" (required IAM permissions).
"""

from tests.sandbox.aws.execution_role import EXECUTION_ROLE
from tests.sandbox.platforms import DATABASE_SECRET
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

_MOVED = "hokusai/mlflow/development/database"
CAUSES = (Cause(kind="secret-access-denied", resource=f"{EXECUTION_ROLE} {_MOVED}"),)


def break_(world: World) -> None:
    """Copy the secret, and deploy a revision that reads the copy."""
    text = world.secretsmanager.get_secret_value(SecretId=DATABASE_SECRET)["SecretString"]
    world.secretsmanager.create_secret(Name=_MOVED, SecretString=text)
    _read_from(world, _MOVED)


def mend(world: World) -> None:
    """Deploy the old one, and delete the copy."""
    _read_from(world, DATABASE_SECRET)
    world.secretsmanager.delete_secret(SecretId=_MOVED, ForceDeleteWithoutRecovery=True)


def _read_from(world: World, secret: str) -> None:
    reference = {"name": "DB_PASSWORD", "valueFrom": world.secret_reference(f"{secret}:database_password")}
    world.deploy("mlflow", lambda container: container.update(secrets=[reference]))
