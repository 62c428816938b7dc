"""What an ECS deployment event means for the target."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from registry_monitor.deployment import deployment_of, is_covered, is_of_no_service
from registry_monitor.invocation import parse_event
from registry_monitor.target import load_target

EVENT: dict[str, Any] = json.loads(Path("events/deployment.json").read_text(encoding="utf-8"))
TARGET = load_target("hokusai-development")
ARN = "arn:aws:ecs:us-east-1:123456789012:service/"


def test_deployment__is_a_full_run_of_everything() -> None:
    """The event is understood as it comes, and no other event is one."""
    invocation = parse_event(EVENT)
    assert (invocation.reason, invocation.is_whole) == ("deployment", True)
    assert deployment_of({"depth": "full"}) is None
    assert deployment_of("ECS Deployment State Change") is None


@pytest.mark.parametrize("changes", [{}, {"resources": []}, {"resources": 3}, {"time": "yesterday"}])
def test_deployment_of_a_service_of_the_target__is_followed_by_a_run(changes: dict[str, Any]) -> None:
    """So is one that does not say of which service, or when: something was deployed."""
    deployment = deployment_of(EVENT | changes)
    assert deployment
    assert is_of_no_service(deployment, TARGET) is None


@pytest.mark.parametrize(
    "service",
    ["hokusai-development/website", "hokusai-development-2/hokusai-api-development", "hokusai-api-development"],
)
def test_deployment_of_another_service__is_told_and_not_followed(service: str) -> None:
    """Also where a service of another cluster has the name of one that is watched."""
    deployment = deployment_of(EVENT | {"resources": [ARN + service]})
    assert deployment
    note = is_of_no_service(deployment, TARGET)
    assert note
    assert note.startswith(
        f"{service} was deployed, and target hokusai-development watches hokusai-development/hokusai-a"
    )
    assert note.endswith("add it to services in the target file")


def test_deployment_that_was_seen__is_told_with_both_times() -> None:
    """Whoever reads the log sees which run has seen it."""
    deployment = deployment_of(EVENT)
    assert deployment
    assert is_covered(deployment, datetime(2026, 11, 26, 12, 33, tzinfo=UTC)) == (
        "a full run of all suites began at 12:33:00 UTC, after the deployment that ended at 12:31:14 UTC: "
        "it has seen what was deployed, no further run"
    )
