"""What changed between two runs: never more than both of them could see."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from registry_monitor.comparison import Comparison
from registry_monitor.finding import Finding, FindingState
from registry_monitor.model import Depth, Result, Status, SuiteName
from registry_monitor.reports.comparing import NotComparableError, compare
from registry_monitor.reports.comparison_text import comparison_document
from registry_monitor.run import Run
from tests.unit.reports import diagnosed, samples

ENDPOINT = "infrastructure_health.endpoint.api-health"
OTHER = "infrastructure_health.endpoint.auth-health"


def later(run: Run, **update: object) -> Run:
    """The same run, a quarter of an hour after."""
    told = {"run_id": "20260730T093003Z-5a6b7c8d", "started_at": run.started_at + timedelta(minutes=15)}
    return run.model_copy(update=told | update)


def cause(kind: str, *explains: str, state: FindingState = FindingState.ACTIVE) -> Finding:
    return diagnosed.finding(kind, "hokusai-api-development", f"It is {kind}", explains=explains, state=state)


def run_with(statuses: dict[str, Status], *causes: Finding) -> Run:
    results: list[Result] = [
        samples.result(check.partition(".")[2], status, latency_ms=20.0) for check, status in statuses.items()
    ]
    return diagnosed.diagnosed(samples.run_of(results), *causes)


def kinds(comparison: Comparison) -> dict[str, list[str]]:
    groups = ("new", "persisting", "resolved", "unclear")
    return {group: [each.kind for each in getattr(comparison, group)] for group in groups if getattr(comparison, group)}


def test_figures__have_previous_current_and_change() -> None:
    """A score that fell by half, a failure more, and no data where nothing was asked."""
    told = compare(
        run_with({ENDPOINT: Status.PASS, OTHER: Status.PASS}),
        later(run_with({ENDPOINT: Status.FAIL, OTHER: Status.PASS})),
    )
    figures = {each.name: (each.previous, each.current, each.change) for each in told.metrics}
    assert figures["Score of infrastructure_health"] == (100.0, 50.0, -50.0)
    assert figures["Checks that did not pass"] == (0, 1, 1)
    assert "Score of model_registration_flow" not in figures
    assert [(each.check_id, each.previous, each.current) for each in told.regressions] == [
        (ENDPOINT, Status.PASS, Status.FAIL)
    ]
    assert told.improvements == ()


@pytest.mark.parametrize(
    ("before", "now", "after", "group"),
    [
        ([], ["a"], Status.FAIL, {"new": ["a"]}),
        (["a"], ["a"], Status.FAIL, {"persisting": ["a"]}),
        (["a"], [], Status.PASS, {"resolved": ["a"]}),
        (["a"], [], Status.UNKNOWN, {"unclear": ["a"]}),
        (["a"], [], Status.BLOCKED, {"unclear": ["a"]}),
        (["a"], [], Status.SKIPPED, {"unclear": ["a"]}),
        (["a"], ["b"], Status.FAIL, {"new": ["b"], "unclear": ["a"]}),
    ],
)
def test_cause__is_resolved_only_by_checks_that_pass(
    before: Sequence[str], now: Sequence[str], after: Status, group: dict[str, list[str]]
) -> None:
    """What was not asked, is unknown or fails for another reason closes nothing."""
    first = run_with({ENDPOINT: Status.FAIL if before else Status.PASS}, *(cause(each, ENDPOINT) for each in before))
    second = run_with({ENDPOINT: after}, *(cause(each, ENDPOINT) for each in now))
    assert kinds(compare(first, later(second))) == group


def test_cause__that_was_latent_is_new_and_says_so() -> None:
    """It was proved before, and is felt now."""
    first = run_with({ENDPOINT: Status.PASS}, cause("a", state=FindingState.LATENT))
    told = compare(first, later(run_with({ENDPOINT: Status.FAIL}, cause("a", ENDPOINT))))
    assert [(each.kind, each.note) for each in told.new] == [("a", "latent before")]


def test_cause__that_hides_behind_another_persists() -> None:
    """Not felt any more is not mended."""
    first = run_with({ENDPOINT: Status.FAIL}, cause("a", ENDPOINT))
    told = compare(
        first, later(run_with({ENDPOINT: Status.FAIL}, cause("b", ENDPOINT), cause("a", state=FindingState.LATENT)))
    )
    assert kinds(told) == {"new": ["b"], "persisting": ["a"]}


def test_suites__that_one_run_did_not_ask_are_left_out() -> None:
    """The hourly suite says nothing about the run before it, nor do its causes."""
    e2e = samples.result("log-1", Status.FAIL, suite=SuiteName.E2E_MODEL_REGISTRATION)
    results = [samples.result("endpoint.api-health"), e2e]
    suites = (SuiteName.INFRASTRUCTURE_HEALTH, SuiteName.E2E_MODEL_REGISTRATION)
    second = diagnosed.diagnosed(samples.run_of(results, suites=suites), cause("a", e2e.check_id))
    told = compare(
        samples.run_of([samples.result("endpoint.api-health")], suites=(SuiteName.INFRASTRUCTURE_HEALTH,)),
        later(second),
    )
    assert (told.suites, told.left_out) == (suites[:1], suites[1:])
    assert (told.regressions, kinds(told)) == ((), {})


@pytest.mark.parametrize(
    ("previous", "current", "reason"),
    [
        (samples.healthy(), later(samples.healthy(Depth.LIGHT)), "one is a full run, the other a light one"),
        (samples.healthy(), samples.healthy(), "they are the same run"),
        (later(samples.healthy()), samples.healthy(), "the first is the newer one; name the earlier one first"),
        (samples.healthy(), later(samples.run_of([], target="elsewhere")), "one is of hokusai-development, the other"),
        (
            samples.run_of([], suites=(SuiteName.SERVICES,)),
            later(samples.run_of([], suites=(SuiteName.AUTHENTICATION,))),
            "they have no suite in common; one asked services, the other authentication",
        ),
    ],
)
def test_runs_that_say_nothing_about_each_other__say_why(previous: Run, current: Run, reason: str) -> None:
    """No figure is made of two runs that asked something else."""
    with pytest.raises(NotComparableError, match=reason):
        compare(previous, current)


def test_document__has_figures_causes_and_checks() -> None:
    """A reader sees what got worse, by how much, and what is new."""
    text = comparison_document(compare(samples.healthy(), later(diagnosed.missing_service())))
    assert text.startswith("# hokusai-development: what changed between two runs\n")
    assert "| Score of infrastructure_health | 100 % | 60 % | -40 points |" in text
    assert "| Checks that did not pass | 0 | 12 | +12 |" in text
    assert "**New causes**\n\n- The ECS service hokusai-mlflow-development does not exist (ecs-service-missing," in text
    assert "- infrastructure_health.service.mlflow.exists was PASS, is FAIL: " in text


def test_document__of_two_alike_says_so() -> None:
    """Nothing changed is told, and not left to be guessed."""
    text = comparison_document(compare(samples.healthy(), later(samples.healthy())))
    assert text.endswith("No check came to another end, and no cause was known in either.\n")
