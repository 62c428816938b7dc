"""What the monitor has left on the platform: counted in MLflow's own database and in the artifact store."""

from tests.sandbox.platforms import ARTIFACTS_BUCKET
from tests.sandbox.sandbox import Sandbox

ACTIVE = {
    "active runs": "SELECT count(*) FROM runs WHERE lifecycle_stage = 'active'",
    "active experiments": "SELECT count(*) FROM experiments WHERE lifecycle_stage = 'active'",
    "models": "SELECT count(*) FROM registered_models",
    "rows of versions": "SELECT count(*) FROM model_versions",
    "aliases": "SELECT count(*) FROM registered_model_aliases",
    "logged models": "SELECT count(*) FROM logged_models",
    "deleted experiments": "SELECT count(*) FROM experiments WHERE lifecycle_stage = 'deleted'",
}
SOFT = "SELECT count(*) FROM runs WHERE lifecycle_stage = 'deleted'"


def count(sandbox: Sandbox) -> tuple[dict[str, int], dict[str, int]]:
    """What is active, and what only the database and old object versions still know."""
    active, soft = active_now(sandbox), _asked(sandbox, {"deleted runs": SOFT})
    listed = sandbox.world.s3.list_object_versions(Bucket=ARTIFACTS_BUCKET, MaxKeys=10_000)
    soft["old object versions"] = len(listed.get("Versions", [])) - active["artifacts"]
    soft["delete markers"] = len(listed.get("DeleteMarkers", []))
    return active, soft


def active_now(sandbox: Sandbox) -> dict[str, int]:
    """What is active in MLflow and its artifact store, counted where it lies."""
    artifacts: int = sandbox.world.s3.list_objects_v2(Bucket=ARTIFACTS_BUCKET)["KeyCount"]
    return _asked(sandbox, ACTIVE) | {"artifacts": artifacts}


def _asked(sandbox: Sandbox, queries: dict[str, str]) -> dict[str, int]:
    with sandbox.postgres.connect() as connection, connection.cursor() as cursor:

        def ask(query: str) -> int:
            cursor.execute(query)
            row = cursor.fetchone()
            assert row is not None
            return int(row[0])

        return {name: ask(query) for name, query in queries.items()}
