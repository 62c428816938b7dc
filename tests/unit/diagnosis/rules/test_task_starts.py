"""The texts of ECS lead to their causes, in all the wordings that AWS documents and people have met."""

from pathlib import Path

import pytest
import yaml

from registry_monitor.diagnosis.rules import task_starts
from tests.unit.diagnosis.platform import event, evidence_of, inventory, service, stopped

TEXTS = [
    pytest.param(row["text"], (row["kind"], row["resource"]), id=row["kind"])
    for row in yaml.safe_load(Path(__file__).with_name("task_failures.yaml").read_text())
]
NOT_FOUND = str(TEXTS[0].values[0])


@pytest.mark.parametrize(("text", "named"), TEXTS)
@pytest.mark.parametrize("place", ["stopped task", "event"])
def test_text__names_its_cause(text: str, named: tuple[str, str], place: str) -> None:
    """The same words, whether a stopped task still has them or, after an hour, the service's events alone."""
    message = f"(service hokusai-api-development) was unable to place a task. Reason: {text}."
    short = service("api", running=0, events=(event(message),) if place == "event" else ())
    tasks = (stopped("api", text),) if place == "stopped task" else ()
    facts = inventory(services=[short], stopped_tasks={"value": tasks, "source": "ecs:DescribeTasks"})
    assert [suspect.key for suspect in task_starts.failing(evidence_of(facts))] == [named]


def test_service_that_runs_its_tasks__has_no_failing_start() -> None:
    """Yesterday's failures are no fault of today."""
    facts = inventory(stopped_tasks={"value": (stopped("api", NOT_FOUND),), "source": "ecs:DescribeTasks"})
    assert list(task_starts.failing(evidence_of(facts))) == []


def test_container_killed_for_memory__is_told_from_one_that_was_stopped() -> None:
    """Exit code 137 is a normal end of a scale-in too: only the reason OutOfMemoryError names the cause."""
    reason = "OutOfMemoryError: Container killed due to memory usage"
    for text, kinds in ((reason, ["container-out-of-memory"]), ("", [])):
        task = stopped(
            "api", text, code="EssentialContainerExited" if text else "ServiceSchedulerInitiated", exit_code=137
        )
        facts = inventory(services=[service("api", running=0)], stopped_tasks={"value": (task,), "source": "ecs"})
        assert [suspect.kind for suspect in task_starts.failing(evidence_of(facts))] == kinds
