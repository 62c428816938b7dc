"""The list to tick off: met only by checks that passed, and not known is not met."""

import pytest

from registry_monitor.model import Status, SuiteName
from registry_monitor.reports.markdown import markdown_report
from registry_monitor.reports.success_criteria import Criterion, success_criteria
from registry_monitor.run import Run
from tests.unit.reports import samples
from tests.unit.reports.test_markdown import section

RUNNING = "All 3 ECS services run their tasks"
ANSWERS = "Each endpoint answers rightly and in its budget (1000 ms by default)"


def criterion(run: Run, told: str) -> Criterion:
    return next(each for each in success_criteria(run) if each.told == told)


@pytest.mark.parametrize(
    ("statuses", "is_met", "seen"),
    [
        ([Status.PASS, Status.FLAKY], True, "2 of 2"),
        ([Status.PASS, Status.FAIL], False, "1 of 2 not: infrastructure_health.service.s1.running"),
        ([Status.BLOCKED, Status.UNKNOWN], False, "1 of 2 not: infrastructure_health.service.s0.running"),
        ([Status.PASS, Status.UNKNOWN], None, "not found out: infrastructure_health.service.s1.running"),
        ([Status.SKIPPED], None, "not asked in this run"),
        ([], None, "not asked in this run"),
    ],
)
def test_criterion__is_met_by_checks_that_passed(statuses: list[Status], is_met: bool | None, seen: str) -> None:
    """What failed speaks against it; what is unknown or was not asked speaks for nothing."""
    results = [samples.result(f"service.s{number}.running", status) for number, status in enumerate(statuses)]
    found = criterion(samples.run_of(results), RUNNING)
    assert (found.is_met, found.seen) == (is_met, seen)


def test_ways_to_send_a_key__are_those_that_were_asked() -> None:
    """One line for each way that the target names, whatever places take it."""
    asked = {"a.basic": Status.PASS, "b.basic": Status.FAIL, "a.x-token": Status.PASS}
    results = [
        samples.result(f"accepted.{name}", status, suite=SuiteName.AUTHENTICATION) for name, status in asked.items()
    ]
    told = {each.told: each.is_met for each in success_criteria(samples.run_of(results)) if "sent as" in each.told}
    assert told == {"A key is accepted, sent as basic": False, "A key is accepted, sent as x-token": True}


@pytest.mark.parametrize("status", [Status.FAIL, Status.SLOW])
def test_answers__that_are_wrong_or_slow_are_not_in_time(status: Status) -> None:
    """A load balancer's 502 within 9 ms is no fast answer of a service."""
    run = samples.run_of([samples.result("endpoint.api-health", status, latency_ms=9.0)])
    assert criterion(run, ANSWERS).is_met is False


def test_score__has_the_targets_threshold() -> None:
    """Half of the checks is below 80 %; a suite that was not asked has no data."""
    run = samples.run_of([samples.result("a"), samples.result("b", Status.FAIL)])
    wanted = f"The score of {SuiteName.INFRASTRUCTURE_HEALTH} is 80 % or more"
    assert criterion(run, wanted) == Criterion("Infrastructure health", wanted, False, "50 %, coverage 100 %")
    assert criterion(run, f"The score of {SuiteName.AUTHENTICATION} is 90 % or more").seen == "no data"


def test_report__shows_them_as_a_checked_list() -> None:
    """GitHub renders a task list: ticked, or not, with what decided it."""
    told = section(markdown_report(samples.failing()), "Success criteria")
    assert "- [ ] Their target groups are healthy: 2 of 3 not: infrastructure_health.service.auth.targets" in told
    assert "- [ ] A key that is none is refused: not known, not asked in this run" in told
    assert "- [x] It ends within ten minutes: 2.3 s" in told
