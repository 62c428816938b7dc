"""Statuses, outcomes and scores."""

import pytest

from registry_monitor.model import Depth, Outcome, Result, Score, Status, SuiteName, Verdict
from registry_monitor.run import find_symptoms, judge
from registry_monitor.target import Thresholds


def result(status: Status, name: str = "check", blocked_by: str | None = None) -> Result:
    return Result(
        status=status,
        expected="200",
        seen="answered 503",
        check_id=name,
        suite=SuiteName.SERVICES,
        subject="GET /health",
        depth=Depth.LIGHT,
        blocked_by=blocked_by,
    )


@pytest.mark.parametrize(
    ("is_right", "latency_ms", "status"),
    [(True, 999.0, Status.PASS), (True, 1000.0, Status.PASS), (True, 1000.1, Status.SLOW), (False, 5.0, Status.FAIL)],
)
def test_outcome__is_slow_only_when_right_and_over_its_budget(
    is_right: bool, latency_ms: float, status: Status
) -> None:
    """A wrong answer stays wrong however slow it is."""
    outcome = Outcome.judge(is_right, expected="200", seen="answered 200", latency_ms=latency_ms, budget_ms=1000)
    assert outcome.status is status


def test_score__counts_each_status_as_the_design_says() -> None:
    """PASS, FLAKY and SLOW are passed; FAIL and BLOCKED not; UNKNOWN lowers coverage; SKIPPED is nothing."""
    score = Score.of(result(status) for status in Status)
    assert score == Score(passed=3, not_passed=2, unknown=1, skipped=1, score_pct=60.0, coverage_pct=83.3)


@pytest.mark.parametrize("statuses", [(), (Status.SKIPPED,)])
def test_score_of_nothing__is_no_data(statuses: tuple[Status, ...]) -> None:
    """Nothing asked is never 100 %."""
    score = Score.of(result(status) for status in statuses)
    assert (score.score_pct, score.coverage_pct) == (None, None)


@pytest.mark.parametrize(
    ("statuses", "verdict"),
    [
        ((Status.PASS, Status.SLOW, Status.FLAKY, Status.SKIPPED), Verdict.HEALTHY),
        ((Status.PASS, Status.FAIL, Status.UNKNOWN), Verdict.FAILING),
        ((Status.BLOCKED,), Verdict.FAILING),
        ((Status.PASS, Status.UNKNOWN), Verdict.BLIND),
        ((Status.SKIPPED,), Verdict.BLIND),
        ((), Verdict.BLIND),
    ],
)
def test_verdict__failing_wins_over_blind(statuses: tuple[Status, ...], verdict: Verdict) -> None:
    """Nothing asked is blind, not healthy."""
    assert judge([result(status) for status in statuses], Thresholds())[0] is verdict


def test_verdict__coverage_threshold_of_the_target_decides_what_is_blind() -> None:
    """A target may accept some UNKNOWN."""
    results = [result(Status.PASS), result(Status.UNKNOWN)]
    assert judge(results, Thresholds(coverage_pct=50))[0] is Verdict.HEALTHY


def test_symptoms__are_the_first_failure_of_each_chain_with_all_that_it_blocks() -> None:
    """Each says what was seen; what is behind it, the diagnosis tells."""
    symptoms = find_symptoms(
        [
            result(Status.FAIL, "a"),
            result(Status.BLOCKED, "b", blocked_by="a"),
            result(Status.BLOCKED, "c", blocked_by="a"),
            result(Status.PASS, "d"),
            result(Status.FAIL, "e"),
        ]
    )
    assert [(symptom.check_id, symptom.blocks) for symptom in symptoms] == [
        ("a", ("b", "c")),
        ("e", ()),
    ]
    assert symptoms[0].statement == "GET /health answered 503; expected: 200."
