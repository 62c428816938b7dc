"""What the facts of a service mean: tables of states."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from registry_monitor.inventory.facts import Deployment, EcsService, EcsServices, RegisteredTarget, ServiceEvent
from registry_monitor.model import CannotTellError, Status
from registry_monitor.suites import ecs_services
from registry_monitor.target import Service

API = Service(role="api", name="api-service", container_port=8001, terraform="aws_ecs_service.api")
NOW = datetime(2026, 7, 30, tzinfo=UTC)


def service(**changes: Any) -> EcsService:
    fields: dict[str, Any] = {
        "name": "api-service", "arn": "arn", "status": "ACTIVE", "desired": 1, "running": 1, "pending": 0,
        "task_definition": "api:7", "deployments": (), "events": (), "targets": (),
    }  # fmt: skip
    return EcsService(**{**fields, **changes})


def deployment(state: str | None, failed_tasks: int = 0, status: str = "PRIMARY") -> Deployment:
    return Deployment(
        id="ecs-svc/1", status=status, rollout_state=state, rollout_reason=None, task_definition="api:7",
        desired=1, running=1, pending=0, failed_tasks=failed_tasks, created_at=NOW,
    )  # fmt: skip


def is_deploying(there: EcsService, after: timedelta = timedelta(minutes=29)) -> bool:
    """As seen some time after a deployment began, of which 30 minutes are granted."""
    return ecs_services.is_deploying(there, NOW + after - timedelta(minutes=30))


def target(state: str, reason: str | None = None) -> RegisteredTarget:
    return RegisteredTarget(id="10.0.1.12", port=8001, zone="a", state=state, reason=reason, description=reason)


@pytest.mark.parametrize(
    ("desired", "running", "status"),
    [(1, 1, Status.PASS), (2, 3, Status.PASS), (1, 0, Status.FAIL), (2, 1, Status.FAIL), (0, 0, Status.FAIL)],
)
def test_running__wants_all_desired_tasks_and_at_least_one(desired: int, running: int, status: Status) -> None:
    """A service scaled to zero is not healthy; more than desired, during a deployment, is."""
    assert ecs_services.judge_running(service(desired=desired, running=running)).status is status


@pytest.mark.parametrize(
    ("running", "pending", "state", "failed_tasks", "status"),
    [
        (2, 1, "IN_PROGRESS", 0, Status.PASS),
        (2, 1, "IN_PROGRESS", 2, Status.FAIL),
        (2, 1, "COMPLETED", 0, Status.FAIL),
        (2, 0, "IN_PROGRESS", 0, Status.PASS),
        (0, 3, "IN_PROGRESS", 0, Status.FAIL),
    ],
    ids=["scaling out", "tasks fail", "nothing under way", "the old one goes first", "nothing runs"],
)
def test_running__is_enough_while_a_deployment_starts_the_rest(
    running: int, pending: int, state: str, failed_tasks: int, status: Status
) -> None:
    """A scale-out from two to three is no outage; a service of which nothing runs is."""
    there = service(
        desired=3, running=running, pending=pending, deployments=(deployment(state, failed_tasks=failed_tasks),)
    )
    assert ecs_services.judge_running(there, is_deploying=is_deploying(there)).status is status


def test_running__tells_the_newest_event_of_a_service_that_does_not_run() -> None:
    """The reason that ECS itself gives stands in the sentence."""
    events = (ServiceEvent(at=NOW, message="was unable to place a task"), ServiceEvent(at=NOW, message="older"))
    outcome = ecs_services.judge_running(service(running=0, events=events))
    assert outcome.seen == "runs 0 of 1 tasks (0 pending); newest event: was unable to place a task"
    assert outcome.evidence["events"] == [
        "2026-07-30T00:00:00Z was unable to place a task",
        "2026-07-30T00:00:00Z older",
    ]


@pytest.mark.parametrize(
    ("state", "status"), [("ACTIVE", Status.PASS), ("DRAINING", Status.FAIL), ("INACTIVE", Status.FAIL)]
)
def test_exists__is_active_only(state: str, status: Status) -> None:
    """A deleted or draining service is not there for users."""
    assert ecs_services.judge_exists(service(status=state)).status is status


@pytest.mark.parametrize(
    ("deployments", "status"),
    [
        ((deployment("COMPLETED"),), Status.PASS),
        ((deployment("IN_PROGRESS"), deployment("COMPLETED", status="ACTIVE")), Status.PASS),
        ((deployment(None),), Status.PASS),
        ((deployment("IN_PROGRESS", failed_tasks=3),), Status.FAIL),
        ((deployment("FAILED", failed_tasks=3),), Status.FAIL),
        ((), Status.FAIL),
    ],
    ids=["completed", "under way", "no state", "failing", "failed", "none"],
)
def test_rollout__under_way_without_failed_tasks_is_no_fault(
    deployments: tuple[Deployment, ...], status: Status
) -> None:
    """A deployment is no outage; one that cannot start its tasks is."""
    there = service(deployments=deployments)
    assert ecs_services.judge_rollout(there, is_deploying=is_deploying(there)).status is status


@pytest.mark.parametrize(
    ("state", "after", "status", "seen"),
    [
        ("IN_PROGRESS", timedelta(minutes=30), Status.PASS, "is IN_PROGRESS"),
        ("IN_PROGRESS", timedelta(minutes=31), Status.FAIL, "is IN_PROGRESS since 2026-07-30T00:00:00Z"),
        ("COMPLETED", timedelta(days=90), Status.PASS, "is COMPLETED"),
        (None, timedelta(days=90), Status.PASS, "is without a rollout state"),
    ],
    ids=["in its time", "overdue", "long completed", "deployed by somebody else"],
)
def test_rollout__that_does_not_end_is_a_fault_though_none_of_its_tasks_failed(
    state: str | None, after: timedelta, status: Status, seen: str
) -> None:
    """The count of failed tasks goes back to zero, or ECS may start none: then only time tells."""
    there = service(deployments=(deployment(state),))
    outcome = ecs_services.judge_rollout(there, is_deploying=is_deploying(there, after))
    assert (outcome.status, outcome.seen) == (status, seen)


def test_running__is_not_enough_for_ever_while_a_deployment_does_not_end() -> None:
    """Two of three tasks are a deployment's own affair for half an hour, and an outage in part after it."""
    there = service(desired=3, running=2, deployments=(deployment("IN_PROGRESS"),))
    late = is_deploying(there, timedelta(minutes=31))
    assert ecs_services.judge_running(there, is_deploying=late).status is Status.FAIL


HEALTHY = (target("healthy"),)


@pytest.mark.parametrize(
    ("groups", "status"),
    [
        ((HEALTHY,), Status.PASS),
        (((*HEALTHY, target("initial", "Elb.InitialHealthChecking")),), Status.PASS),
        (((*HEALTHY, target("draining")),), Status.PASS),
        (((*HEALTHY, target("unhealthy", "Target.Timeout")),), Status.FAIL),
        (((target("initial"),),), Status.FAIL),
        (((),), Status.FAIL),
        ((HEALTHY, HEALTHY), Status.PASS),
        ((HEALTHY, ()), Status.FAIL),
        ((HEALTHY, (target("unused", "Target.NotInUse"),)), Status.FAIL),
    ],
    ids=["healthy", "one starting", "one draining", "one unhealthy", "only starting", "none", "two", "second empty",
         "second unused"],
)  # fmt: skip
def test_targets__want_one_healthy_and_none_unhealthy_in_each_group(
    groups: tuple[tuple[RegisteredTarget, ...], ...], status: Status
) -> None:
    """Starting and draining targets belong to a deployment; a second group that nobody answers in is no comfort."""
    judged = [ecs_services.Group(f"api-{number}", "arn", each) for number, each in enumerate(groups)]
    assert ecs_services.judge_targets(API, judged).status is status


def test_targets__of_a_group_that_does_not_exist_are_wrong_whatever_another_group_has() -> None:
    """The service still names a group that somebody has deleted."""
    groups = [ecs_services.Group("api-tg", "arn:1", HEALTHY), ecs_services.Group(None, "arn:2", ())]
    outcome = ecs_services.judge_targets(API, groups)
    assert (outcome.status, outcome.seen) == (
        Status.FAIL,
        "has 1 healthy of 1 registered targets in api-tg; does not exist: arn:2",
    )


def test_targets__of_a_service_without_any_group_are_wrong() -> None:
    """A service that registers nowhere cannot be reached."""
    outcome = ecs_services.judge_targets(API, ())
    assert (outcome.status, outcome.seen) == (
        Status.FAIL,
        "does not exist: the service registers its tasks in no target group",
    )


def test_absent__is_a_failure_only_where_ecs_proves_it() -> None:
    """MISSING and a missing cluster prove absence; an answer that tells nothing of a service proves nothing."""
    missing = ecs_services.judge_absent(API, "cluster", EcsServices(found=(), missing=("api-service",)))
    assert (missing.status, missing.seen) == (
        Status.FAIL,
        "does not exist in cluster cluster (ECS reports it as MISSING)",
    )
    no_cluster = EcsServices(found=(), missing=("api-service",), cluster_exists=False)
    assert "there is no cluster cluster" in ecs_services.judge_absent(API, "cluster", no_cluster).seen
    assert no_cluster.named("api-service") is None
    with pytest.raises(CannotTellError, match="told neither that api-service exists nor that it is MISSING"):
        EcsServices(found=(), missing=()).named("api-service")


@pytest.mark.parametrize(("is_deploying", "status"), [(True, Status.PASS), (False, Status.FAIL)])
def test_targets__of_a_deployment_may_still_boot_beside_a_healthy_one(is_deploying: bool, status: Status) -> None:
    """An application that needs longer than two health checks to start is no fault while its predecessor serves."""
    both = (target("healthy"), target("unhealthy", "Target.FailedHealthChecks"))
    groups = [ecs_services.Group("api", "arn", both)]
    assert ecs_services.judge_targets(API, groups, is_deploying=is_deploying).status is status
    alone = [ecs_services.Group("api", "arn", both[1:])]
    assert ecs_services.judge_targets(API, alone, is_deploying=is_deploying).status is Status.FAIL
