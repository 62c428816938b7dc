"""Whose a finding is, when it is felt, who has to act, and what evidence is missing."""

from collections.abc import Callable

import pytest

from registry_monitor.diagnosis.causes import CAUSES
from registry_monitor.finding import Finding, Priority
from registry_monitor.inventory.facts import Unknown
from registry_monitor.model import Status
from registry_monitor.reports.findings import (
    Findings,
    finding_by_check,
    headline,
    unread_facts,
    whom_to_wake,
)
from registry_monitor.run import Run
from tests.unit.reports import diagnosed, samples


def kinds(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.kind for finding in findings]


def test_findings__are_told_apart_by_whose_they_are_and_when_they_are_felt() -> None:
    """On-call reads the platform's first; the order of the run stays."""
    found = Findings.of(diagnosed.missing_service())
    assert kinds(found.causes) == ["ecs-service-missing", "service-unreachable"]
    assert kinds(found.latent) == ["listener-rule-missing"]
    assert kinds(found.platforms) == ["ecs-service-missing", "service-unreachable", "listener-rule-missing"]
    assert kinds(found.monitors) == ["monitor-permission-missing"]
    assert (found.consequences, found.unexplained) == ((), ())


def test_consequences__are_nobodys_task() -> None:
    """What follows from another is told, and never to be acted on."""
    found = Findings.of(diagnosed.hostile())
    assert len(found.consequences) == 1
    assert found.consequences[0] not in found.platforms + found.monitors


def test_masking__is_by_a_cause_of_the_same_service() -> None:
    """The missing rule of MLflow is hidden behind the missing MLflow, not behind auth."""
    found = Findings.of(diagnosed.missing_service())
    assert found.masking(found.latent[0]) == (diagnosed.SERVICE_MISSING,)
    assert found.masking(found.latent[0].model_copy(update={"service": None})) == ()


@pytest.mark.parametrize("kind", CAUSES)
def test_monitors_own__are_the_kinds_that_serve_rows_of_the_monitor(kind: str) -> None:
    """A kind's name and the catalogue agree on whose fault it is; a refused key is the monitor's in this product."""
    rows = CAUSES[kind].rows
    is_its_own = bool(rows) and (rows[0].startswith("MON-") or kind == "monitor-key-revoked")
    finding = diagnosed.finding(kind, "x", "x")
    assert finding.is_monitors_own is is_its_own


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (samples.healthy, "everything that was asked is right"),
        (samples.no_data, "nothing was asked, so nothing is known"),
        (diagnosed.missing_service, "the platform does not do what its users need"),
        (diagnosed.revoked_key, "what fails is the monitor's own fault; nothing wrong with the platform was seen"),
    ],
)
def test_headline__accuses_the_platform_of_no_fault_of_the_monitor(make: Callable[[], Run], told: str) -> None:
    """A revoked key fails checks, and the platform is well."""
    assert headline(make()) == told


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (samples.healthy, None),
        (diagnosed.latent_alone, None),
        (samples.failing, "Wake whoever runs the platform: it fails, and no cause of it is proved."),
        (diagnosed.stopped_database, "Wake whoever runs the platform."),
        (
            diagnosed.missing_service,
            "Wake whoever runs the platform. What is wrong with the monitor itself stands apart, and is its owner's.",
        ),
        (
            diagnosed.revoked_key,
            "Nobody of the platform has to be woken: this is for whoever runs the monitor.",
        ),
        (samples.blind, "Nobody of the platform has to be woken: this is for whoever runs the monitor."),
    ],
)
def test_whom_to_wake__is_one_sentence(make: Callable[[], Run], told: str | None) -> None:
    """At night, the first question."""
    assert whom_to_wake(make()) == told


def test_whom_to_wake__nobody_for_what_can_wait() -> None:
    """A cause of medium priority hurts nobody yet; one failure without a cause beside it wakes all the same."""
    cause = diagnosed.DATABASE_STOPPED.model_copy(update={"priority": Priority.MEDIUM})
    run = diagnosed.stopped_database().model_copy(update={"findings": (cause,)})
    assert whom_to_wake(run) == "Wake nobody: what is wrong can wait for the day."
    partly = run.model_copy(update={"findings": (cause.model_copy(update={"explains": cause.explains[:1]}),)})
    assert whom_to_wake(partly) == "Wake whoever runs the platform."


def test_finding_by_check__reaches_what_was_blocked() -> None:
    """A blocked check has the cause of the failed one that blocks it; what passed has none."""
    explained = finding_by_check(diagnosed.missing_service())
    assert explained["model_registration_flow.experiment"] == diagnosed.SERVICE_MISSING
    assert explained["model_registration_flow.duration"] == diagnosed.SERVICE_MISSING
    assert explained["infrastructure_health.endpoint.auth-health"] == diagnosed.AUTH_OUT
    assert set(explained) == {
        each.check_id for each in diagnosed.missing_service().of_status(Status.FAIL, Status.BLOCKED)
    }


def test_unread_facts__tell_each_reason_once() -> None:
    """One denied call hides many facts, and is one thing to grant; what was never asked is not missing."""
    denied = Unknown(reason="logs:FilterLogEvents was denied", source="logs:FilterLogEvents")
    slow = Unknown(reason="ec2:DescribeSecurityGroups timed out", source="ec2:DescribeSecurityGroups")
    told = samples.inventory().model_copy(
        update={"log_tails": {"api": denied, "auth": denied}, "security_groups": slow}
    )
    assert unread_facts(told) == (slow.reason, denied.reason)
    assert unread_facts(samples.inventory()) == ()
