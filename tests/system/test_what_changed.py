"""A good run is kept, and what somebody changed since then stands beside the cause: on the sandbox, run after run."""

from collections.abc import Callable

import pytest

from registry_monitor.finding import FindingState
from registry_monitor.inventory.baseline import KNOWN_GOOD
from registry_monitor.inventory.facts import Known
from registry_monitor.model import Verdict
from registry_monitor.reports.documents import render
from registry_monitor.run import Run
from tests.sandbox.platforms import REPORTS_BUCKET
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.services.settings import Era
from tests.system.conftest import broken, run_monitor

INFRASTRUCTURE = "--suites", "infrastructure_health"


@pytest.fixture(scope="module")
def good(sandbox_of: Callable[[Era], Sandbox]) -> Run:
    """A full run of the platform on schedule before which there was none, which is kept."""
    sandbox = sandbox_of("head")
    kept = f"{sandbox.platform.target}/{KNOWN_GOOD}"
    sandbox.world.s3.delete_object(Bucket=REPORTS_BUCKET, Key=kept)
    return run_monitor(sandbox, "--reason", "schedule").run


def test_first_run__is_compared_with_nothing(good: Run) -> None:
    """And says so."""
    assert good.verdict is Verdict.HEALTHY
    assert good.baseline == Known(value=None, source="s3:GetObject")
    assert "| Compared with | nothing: no run was kept yet |" in render(good)["MODEL_REGISTRATION_TEST_REPORT.md"]


def test_healthy_platform__has_not_changed(sandbox: Sandbox, good: Run) -> None:
    """Run after run: what moves by itself is no change."""
    again = run_monitor(sandbox, *INFRASTRUCTURE).run
    assert isinstance(again.baseline, Known) and again.baseline.value is not None
    assert (again.baseline.value.run_id, again.changes) == (good.run_id, ())


@pytest.mark.parametrize(
    ("scenario", "kind", "told"),
    [
        ("ALB-02", "listener-missing", ("listener ", ":443: is gone")),
        ("NET-01", "security-group-rule-missing", ("security group ", ": lets in: no more tcp/8001-8001 from ")),
        ("ECS-01", "ecs-service-missing", ("service ", ": is gone")),
    ],
)
def test_broken_platform__tells_the_change_with_its_cause(
    sandbox: Sandbox, good: Run, scenario: str, kind: str, told: tuple[str, str]
) -> None:
    """The first screen says what was changed, beside what it broke."""
    with broken(sandbox, scenario):
        run = run_monitor(sandbox, *INFRASTRUCTURE).run
    assert isinstance(run.baseline, Known) and run.baseline.value is not None
    assert run.baseline.value.run_id == good.run_id
    (cause,) = (each for each in run.findings if each.state is FindingState.ACTIVE)
    assert cause.kind == kind
    assert any(each.startswith(told[0]) and told[1] in each for each in cause.changed), cause.changed
    assert "Changed last: " in render(run)["MODEL_REGISTRATION_TEST_REPORT.md"].partition("## Findings")[0]
