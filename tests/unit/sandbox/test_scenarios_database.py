"""Scenarios of MLflow's database: what a user sees, what MLflow logs, and that they are mended again."""

import pytest

from tests.sandbox.sandbox import Sandbox
from tests.unit.sandbox.breaking import ALB, APP, HEALTHY, assert_healthy, broken, is_logged
from tests.unit.sandbox.visitor import REGISTRY, SEARCH, counts, get, stopped_tasks, target_health

UNAVAILABLE = "TEMPORARILY_UNAVAILABLE"


def refused_by_database(sandbox: Sandbox, key: str) -> bool:
    """Whether MLflow answers that its database is not there, while the load balancer calls it healthy."""
    answer = get(sandbox, REGISTRY + SEARCH, key)
    return (
        (*answer.seen, answer.json.get("error_code")) == (503, APP, UNAVAILABLE)
        and target_health(sandbox, "mlflow") == HEALTHY
        and counts(sandbox, "mlflow") == (1, 1, 0)
    )


def ended_with(sandbox: Sandbox) -> tuple[str, int]:
    """How MLflow's newest stopped container ended."""
    newest = next(task for task in stopped_tasks(sandbox, "mlflow") if task["containers"][0].get("exitCode"))
    return newest["stopCode"], newest["containers"][0]["exitCode"]


def status_of_database(sandbox: Sandbox) -> list[str]:
    """What RDS says."""
    return [item["DBInstanceStatus"] for item in sandbox.world.rds.describe_db_instances()["DBInstances"]]


@pytest.mark.parametrize(
    ("variant", "statuses"),
    [
        ("failed", ["failed"]),
        ("inaccessible-encryption-credentials", ["inaccessible-encryption-credentials"]),
        ("deleted", []),
    ],
)
def test_mlf_01__other_ways_to_be_down(sandbox: Sandbox, variant: str, statuses: list[str]) -> None:
    """Failed, without its key, or deleted: MLflow answers 503 each time, and RDS says why."""
    with broken(sandbox, f"MLF-01@{variant}") as key:
        assert refused_by_database(sandbox, key)
        assert status_of_database(sandbox) == statuses
    assert_healthy(sandbox)


def test_mlf_04__tasks_keep_the_old_password(sandbox: Sandbox) -> None:
    """The database takes the new password alone: MLflow runs, answers 503, and logs why; RDS is available."""
    with broken(sandbox, "MLF-04@tasks-not-restarted") as key:
        assert refused_by_database(sandbox, key)
        assert is_logged(sandbox, "mlflow", 'password authentication failed for user "mlflow"')
        assert status_of_database(sandbox) == ["available"]
        sandbox.world.stop_tasks("mlflow")
        sandbox.settle()
        assert get(sandbox, REGISTRY + SEARCH, key).seen == (200, APP)  # a new deployment is what mends it
    assert_healthy(sandbox)


def test_mlf_04__database_was_not_told(sandbox: Sandbox) -> None:
    """The secret alone has the new password: MLflow's new tasks end as they start, with the same words in the log."""
    with broken(sandbox, "MLF-04@database-not-told") as key:
        assert get(sandbox, f"{REGISTRY}/mlflow/", key).seen == (503, ALB)
        assert ended_with(sandbox) == ("EssentialContainerExited", 1)
        assert is_logged(sandbox, "mlflow", 'password authentication failed for user "mlflow"')
    assert_healthy(sandbox)


def test_mlf_05__schema_of_another_version(sandbox: Sandbox) -> None:
    """The real MLflow refuses the tables, says so and ends, and nobody stands behind its routes."""
    with broken(sandbox, "MLF-05") as key:
        assert get(sandbox, f"{REGISTRY}/mlflow/", key).seen == (503, ALB)
        assert ended_with(sandbox) == ("EssentialContainerExited", 1)
        assert is_logged(sandbox, "mlflow", "Detected out-of-date database schema (found version ")
        assert status_of_database(sandbox) == ["available"]
    assert_healthy(sandbox)


def test_mlf_06__no_connection_left(sandbox: Sandbox) -> None:
    """MLflow gets no connection and says so; the database is available, and an administrator gets in."""
    with broken(sandbox, "MLF-06") as key:
        assert refused_by_database(sandbox, key)
        assert is_logged(sandbox, "mlflow", "remaining connection slots are reserved")
        assert status_of_database(sandbox) == ["available"]
        assert sandbox.world.database.execute("SELECT 1") == [(1,)]
    assert_healthy(sandbox)


def test_lost_sessions__are_opened_anew(sandbox: Sandbox) -> None:
    """A healthy MLflow survives the end of its sessions, as after a failover."""
    sandbox.world.database.end_sessions()
    assert_healthy(sandbox)
