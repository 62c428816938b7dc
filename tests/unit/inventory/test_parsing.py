"""Answers of AWS become facts: what may be absent may be absent, and unknown values are kept as they come."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from registry_monitor.inventory import parsing

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
BARE_SERVICE = {
    "serviceName": "api",
    "serviceArn": "arn:api",
    "status": "ACTIVE",
    "desiredCount": 1,
    "runningCount": 0,
    "pendingCount": 1,
}


def answer(**changes: Any) -> list[dict[str, Any]]:
    """An answer of DescribeServices with one service."""
    return [{"services": [{**BARE_SERVICE, **changes}]}]


def test_service__bare() -> None:
    """A service without any optional field is told."""
    (service,) = parsing.ecs_services(answer(), ["api"]).found
    assert (service.desired, service.running, service.pending) == (1, 0, 1)
    assert (service.deployments, service.events, service.targets) == ((), (), ())


def test_service__values_unknown_to_the_monitor() -> None:
    """A status or rollout state that AWS may add one day is kept, for the checks to judge."""
    deployment = {"id": "d", "status": "BLUE", "rolloutState": "PAUSED"}
    (service,) = parsing.ecs_services(answer(status="PARKED", deployments=[deployment]), ["api"]).found
    assert (service.status, service.deployments[0].rollout_state) == ("PARKED", "PAUSED")


def test_service__many_events() -> None:
    """The ten newest events are kept, newest first; one without a text is left out."""
    events = [{"createdAt": NOW - timedelta(minutes=age), "message": f"event {age}"} for age in range(12)]
    (service,) = parsing.ecs_services(answer(events=[{"id": "e", "createdAt": NOW}, *events]), ["api"]).found
    assert [event.message for event in service.events] == [f"event {age}" for age in range(10)]


def test_service__behind_a_classic_load_balancer() -> None:
    """What has no target group is no target."""
    (service,) = parsing.ecs_services(answer(loadBalancers=[{"loadBalancerName": "old"}]), ["api"]).found
    assert service.targets == ()


@pytest.mark.parametrize(
    "changes", [{"desiredCount": "many"}, {"runningCount": None}, {"events": [{"createdAt": "?", "message": ""}]}]
)
def test_service__fields_of_unexpected_types(changes: dict[str, Any]) -> None:
    """A value of another type than expected is refused, not guessed."""
    with pytest.raises(ValidationError):
        parsing.ecs_services(answer(**changes), ["api"])


def test_target_health__bare() -> None:
    """A target without port, zone and reason is told with its state."""
    (target,) = parsing.target_health(
        {"TargetHealthDescriptions": [{"Target": {"Id": "10.0.0.1"}, "TargetHealth": {"State": "resting"}}]}
    )
    assert (target.id, target.port, target.state, target.reason) == ("10.0.0.1", None, "resting", None)


def test_target_group__with_a_grpc_matcher() -> None:
    """A group without a path and an HTTP matcher is told without them."""
    group = {"TargetGroupArn": "arn:g", "TargetGroupName": "g", "Matcher": {"GrpcCode": "0"}}
    (told,) = parsing.target_groups({"TargetGroups": [group]})
    assert (told.arn, told.health_check_path, told.matcher, told.load_balancer_arns) == ("arn:g", None, "0", ())
