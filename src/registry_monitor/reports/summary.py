"""``test_execution_summary.json``: what was asked, what came of it and how long it took, check by check."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Literal

from registry_monitor.finding import Confidence, Finding, FindingState, Priority
from registry_monitor.model import Depth, Document, Result, Score, Status, SuiteName, Verdict
from registry_monitor.reports.findings import finding_by_check
from registry_monitor.run import Run


class SuiteSummary(Document):
    """One suite. ``status``: FAIL, UNKNOWN or PASS, by its worst check; SKIPPED when nothing of it was asked."""

    suite: SuiteName
    status: Status
    counts: dict[Status, int]  # every status, also those with none
    score_pct: float | None
    coverage_pct: float | None
    checks_ms: float  # the time of its checks together; side by side, they took less


class FindingSummary(Document):
    """One finding in short; run.json has it whole."""

    kind: str
    resource: str
    statement: str
    state: FindingState
    confidence: Confidence
    priority: Priority
    fix: str
    runbook: str

    @classmethod
    def of(cls, finding: Finding) -> "FindingSummary":
        """A finding without its proof."""
        told = {name: getattr(finding, name) for name in cls.model_fields if name != "fix"}
        return cls(**told, fix=finding.fix.told)


class CheckSummary(Document):
    """One check. ``cause``: kind and resource of the finding that explains it, where it has not passed."""

    check_id: str
    suite: SuiteName
    status: Status
    duration_ms: float
    latency_ms: float | None
    sentence: str
    cause: tuple[str, str] | None


class ExecutionSummary(Document):
    """One run."""

    schema_version: Literal["1"] = "1"
    run_id: str
    monitor_version: str
    target: str
    reason: str
    depth: Depth
    started_at: datetime
    ended_at: datetime
    duration_ms: float
    verdict: Verdict
    score: Score
    findings: tuple[FindingSummary, ...]  # in the order in which to act on them
    suites: tuple[SuiteSummary, ...]
    checks: tuple[CheckSummary, ...]

    @classmethod
    def of(cls, run: Run) -> "ExecutionSummary":
        """Summarize a run."""
        explained = finding_by_check(run)
        return cls(
            run_id=run.run_id,
            monitor_version=run.monitor_version,
            target=run.target.name,
            reason=run.trigger.reason,
            depth=run.trigger.depth,
            started_at=run.started_at,
            ended_at=run.started_at + timedelta(milliseconds=run.duration_ms),
            duration_ms=run.duration_ms,
            verdict=run.verdict,
            score=run.score,
            findings=tuple(FindingSummary.of(finding) for finding in run.findings),
            suites=tuple(_suite(run, suite) for suite in run.suite_scores),
            checks=tuple(_check(result, explained.get(result.check_id)) for result in run.results),
        )


def _suite(run: Run, suite: SuiteName) -> SuiteSummary:
    results = [result for result in run.results if result.suite is suite]
    counts = Counter(result.status for result in results)
    score = run.suite_scores[suite]
    return SuiteSummary(
        suite=suite,
        status=suite_status(score),
        counts={status: counts[status] for status in Status},
        score_pct=score.score_pct,
        coverage_pct=score.coverage_pct,
        checks_ms=round(sum(result.duration_ms for result in results), 1),
    )


def suite_status(score: Score) -> Status:
    """A suite in one word."""
    if score.not_passed:
        return Status.FAIL
    if score.unknown:
        return Status.UNKNOWN
    return Status.PASS if score.passed else Status.SKIPPED


def _check(result: Result, finding: Finding | None) -> CheckSummary:
    return CheckSummary(
        check_id=result.check_id,
        suite=result.suite,
        status=result.status,
        duration_ms=result.duration_ms,
        latency_ms=result.latency_ms,
        sentence=result.sentence,
        cause=None if finding is None else finding.key,
    )
