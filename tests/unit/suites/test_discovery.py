"""What Cloud Map's entry of a service means, beside its running tasks: a table of both."""

from datetime import UTC, datetime, timedelta

import pytest

from registry_monitor.inventory.facts import Deployment, RegisteredInstance, Task
from registry_monitor.model import Status
from registry_monitor.suites.ecs_services import is_deploying, judge_discovery
from tests.unit.suites.known_facts import deployment, ecs_service, task

A, B = "10.0.1.12", "10.0.1.13"
NOW = datetime(2026, 7, 30, 9, 15, tzinfo=UTC)
STEADY = (deployment("COMPLETED"),)
UNDER_WAY = (deployment("IN_PROGRESS"), deployment("COMPLETED", status="ACTIVE"))
FAILING = (deployment("IN_PROGRESS", failed_tasks=2),)


def instances(*addresses: str | None) -> tuple[RegisteredInstance, ...]:
    return tuple(RegisteredInstance(id=f"task-{address}", address=address, port=None) for address in addresses)


@pytest.mark.parametrize(
    ("registered", "tasks", "deployments", "status", "seen"),
    [
        (instances(A), (task(A),), STEADY, Status.PASS, "has the 1 running tasks"),
        (instances(A, B), (task(A), task(B)), STEADY, Status.PASS, "has the 2 running tasks"),
        (instances(), (task(A),), STEADY, Status.FAIL, f"lacks {A}"),
        (instances(None), (task(A),), STEADY, Status.FAIL, f"lacks {A}"),
        (instances(A, B), (task(A),), STEADY, Status.FAIL, f"still has {B}, where no task runs"),
        (instances(B), (task(A),), STEADY, Status.FAIL, f"lacks {A} and still has {B}, where no task runs"),
        (instances(A), (task(A), task(B, last_status="PENDING")), STEADY, Status.PASS, "has the 1 running tasks"),
        (instances(A), (task(A), task(None)), STEADY, Status.PASS, "has the 1 running tasks"),
        (instances(A), (task(A, last_status="STOPPED"),), STEADY, Status.FAIL, f"still has {A}, where no task runs"),
        (instances(A), (task(A), task(B)), UNDER_WAY, Status.PASS, f"lacks {B}"),
        (instances(A, B), (task(A),), UNDER_WAY, Status.PASS, f"still has {B}, where no task runs"),
        (instances(B), (task(A),), UNDER_WAY, Status.FAIL, f"lacks {A} and still has {B}, where no task runs"),
        (instances(A), (task(A), task(B)), FAILING, Status.FAIL, f"lacks {B}"),
        (instances(), (), STEADY, Status.FAIL, "has no instance, and no task runs"),
    ],
    ids=["right", "two", "none", "without an address", "one stale", "another", "one starting", "no address yet",
         "its task has stopped", "starting in a deployment", "stopping in a deployment", "nobody in a deployment",
         "a deployment that fails", "nothing at all"],
)  # fmt: skip
def test_discovery__is_the_running_tasks_and_nothing_else(
    registered: tuple[RegisteredInstance, ...],
    tasks: tuple[Task, ...],
    deployments: tuple[Deployment, ...],
    status: Status,
    seen: str,
) -> None:
    """A stale address is a dead end for its callers; a deployment may be ahead on one side, never on both."""
    service = ecs_service(registry_arns=("registry",), deployments=deployments)
    outcome = judge_discovery(
        service, registered, tasks, is_needed=True, settled_before=NOW, is_deploying=is_deploying(service, NOW)
    )
    assert (outcome.status, outcome.seen) == (status, seen)


@pytest.mark.parametrize(("is_needed", "status"), [(True, Status.FAIL), (False, Status.SKIPPED)])
def test_service_without_a_registry__is_wrong_only_where_its_name_is_asked_for(is_needed: bool, status: Status) -> None:
    """Nobody misses a name that nobody uses."""
    outcome = judge_discovery(ecs_service(registry_arns=()), (), (task(A),), is_needed=is_needed, settled_before=NOW)
    assert outcome.status is status
    assert outcome.seen.startswith("is not there: ")


@pytest.mark.parametrize(
    ("ran_for_s", "status"),
    [(-5, Status.PASS), (5, Status.FAIL)],
    ids=["just started", "has run for a while"],
)
def test_task_that_just_started__need_not_be_registered_yet(ran_for_s: int, status: Status) -> None:
    """A task that is replaced without a deployment wakes nobody; one that stays unknown to its callers does."""
    service = ecs_service(registry_arns=("registry",), deployments=STEADY)
    started = task(B).model_copy(update={"started_at": NOW - timedelta(seconds=ran_for_s)})
    outcome = judge_discovery(service, instances(A), (task(A), started), is_needed=True, settled_before=NOW)
    assert outcome.status is status
