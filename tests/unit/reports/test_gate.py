"""What a gate makes of a run: only what is new, and what it could see."""

from collections.abc import Mapping

import pytest

from registry_monitor.finding import Finding
from registry_monitor.model import Status
from registry_monitor.reports.comparing import compare
from registry_monitor.reports.gate import FailOn, Steadiness, decide, gate_document
from tests.unit.reports import diagnosed, samples
from tests.unit.reports.test_comparing import ENDPOINT, OTHER, cause, later, run_with

STEADY = Steadiness({})
OWN = diagnosed.finding("monitor-key-revoked", "admin", "The key admin is revoked", explains=(ENDPOINT,))


@pytest.mark.parametrize(
    ("before", "now", "causes", "code"),
    [
        (None, {ENDPOINT: Status.PASS}, (), 0),
        (None, {ENDPOINT: Status.FAIL}, (), 1),
        ({ENDPOINT: Status.PASS}, {ENDPOINT: Status.FAIL}, (), 1),
        ({ENDPOINT: Status.UNKNOWN}, {ENDPOINT: Status.FAIL}, (), 1),
        ({ENDPOINT: Status.FAIL}, {ENDPOINT: Status.FAIL}, (), 0),
        ({ENDPOINT: Status.FAIL}, {ENDPOINT: Status.BLOCKED}, (), 0),
        ({ENDPOINT: Status.FAIL}, {ENDPOINT: Status.FAIL}, (cause("new", ENDPOINT),), 1),
        ({ENDPOINT: Status.FAIL}, {ENDPOINT: Status.FAIL, OTHER: Status.FAIL}, (), 1),
        ({ENDPOINT: Status.PASS}, {ENDPOINT: Status.UNKNOWN}, (), 3),
        ({ENDPOINT: Status.UNKNOWN}, {ENDPOINT: Status.UNKNOWN}, (), 0),
        ({ENDPOINT: Status.PASS}, {ENDPOINT: Status.UNKNOWN, OTHER: Status.FAIL}, (), 1),
        ({ENDPOINT: Status.PASS}, {ENDPOINT: Status.FAIL}, (OWN,), 3),
        ({ENDPOINT: Status.PASS}, {}, (), 3),
    ],
)
def test_gate__fails_on_what_is_new_and_knows_what_it_did_not_see(
    before: Mapping[str, Status] | None, now: Mapping[str, Status], causes: tuple[Finding, ...], code: int
) -> None:
    """1 for a failure that the baseline lacks or that has a new cause, 3 for want of knowledge or by our own fault."""
    baseline = None if before is None else run_with(dict(before))
    assert decide(later(run_with(dict(now), *causes)), baseline, FailOn.NEW, STEADY).exit_code == code


def test_gate__on_anything_heeds_no_baseline() -> None:
    """What failed before fails it too."""
    run = run_with({ENDPOINT: Status.FAIL})
    assert decide(later(run), run, FailOn.ANY, STEADY).exit_code == 1


def test_gate__names_each_new_cause_once_with_its_fix() -> None:
    """A developer reads what broke and what to do, not thirty checks."""
    run = run_with({ENDPOINT: Status.FAIL, OTHER: Status.FAIL}, cause("broken", ENDPOINT, OTHER))
    decision = decide(run, None, FailOn.NEW, STEADY)
    assert decision.headline == "Gate failed: the deployment must not stand as it is."
    assert len(decision.reasons) == 1
    assert decision.reasons[0].startswith("It is broken (2 checks). Fix: ")


def test_gate__of_a_deployment_that_has_not_ended_fails() -> None:
    """The old tasks may have answered: a green run says nothing of the new ones."""
    told = "The deployment of hokusai-api-development is IN_PROGRESS: 0 of 1 tasks run"
    restless = Steadiness({"hokusai-api-development": told})
    run = run_with({ENDPOINT: Status.PASS})
    assert decide(run, None, FailOn.NEW, restless).reasons == (told,)
    rollout = samples.result("service.api.rollout", Status.FAIL, service="api")
    crashing = samples.run_of([samples.result("endpoint.api-health"), rollout])
    assert decide(later(crashing), crashing, FailOn.NEW, restless).exit_code == 0


def test_gate__without_sight_of_ecs_does_not_know() -> None:
    """A denial is no fault of the deployment, and no proof of it."""
    blind = Steadiness({}, "ecs:DescribeServices was denied")
    decision = decide(run_with({ENDPOINT: Status.PASS}), None, FailOn.NEW, blind)
    assert decision.exit_code == 3
    assert decision.reasons == ("Whether ECS is steady could not be found out: ecs:DescribeServices was denied",)


def test_summary__has_the_decision_the_causes_and_what_changed() -> None:
    """The page of the pipeline tells it all; what the platform wrote stays text."""
    before = samples.healthy()
    run = later(diagnosed.missing_service())
    run = run.model_copy(update={"comparison": compare(before, run)})
    text = gate_document(run, decide(run, before, FailOn.NEW, STEADY), "s3://reports/latest/REPORT.md")
    assert text.startswith("# Gate failed: the deployment must not stand as it is\n")
    assert "- The ECS service hokusai-mlflow-development does not exist (10 checks). Fix: Apply it" in text
    assert "## Since the baseline\n\n| | Run | Started | Verdict |" in text
    hostile = gate_document(samples.hostile(), decide(samples.hostile(), None, FailOn.NEW, STEADY), None)
    assert "<script>" not in hostile
