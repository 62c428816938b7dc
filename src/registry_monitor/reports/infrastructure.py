"""``infrastructure_health_report.json``: the infrastructure's score, its services, target groups and endpoints."""

from datetime import datetime
from typing import Literal

from registry_monitor.finding import Finding
from registry_monitor.inventory.facts import LoadBalancer, Unknown
from registry_monitor.model import Document, Result, Score, Status, SuiteName
from registry_monitor.reports.availability import ServiceAvailability, is_endpoint_check, service_rows
from registry_monitor.reports.findings import Findings
from registry_monitor.run import Run

_SUITE = SuiteName.INFRASTRUCTURE_HEALTH


class EndpointHealth(Document):
    """One endpoint as the suite asked it."""

    check_id: str
    service: str
    subject: str
    status: Status
    expected: str
    seen: str
    latency_ms: float | None
    budget_ms: float | None


class FailingCheck(Document):
    """One check of the suite that did not pass. ``blocked_by``: the failed check that kept it from being asked."""

    check_id: str
    status: Status
    sentence: str
    blocked_by: str | None


class InfrastructureHealthReport(Document):
    """The suite ``infrastructure_health`` of one run, with what AWS says.

    ``is_threshold_met`` and ``score.score_pct`` are null when nothing of the suite was asked ("no data").
    ``findings``: the platform's, whatever suite felt them, in the order in which to act; none of the monitor's own.
    """

    schema_version: Literal["1"] = "1"
    run_id: str
    target: str
    cluster: str
    started_at: datetime
    score: Score
    threshold_pct: float
    is_threshold_met: bool | None
    services: tuple[ServiceAvailability, ...]
    load_balancers: tuple[LoadBalancer, ...] | None  # null where they could not be read
    endpoints: tuple[EndpointHealth, ...]
    failing_checks: tuple[FailingCheck, ...]
    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, run: Run) -> "InfrastructureHealthReport":
        """The infrastructure's part of a run."""
        results = [result for result in run.results if result.suite is _SUITE]
        score = run.suite_scores.get(_SUITE, Score.of(results))
        threshold_pct = run.target.thresholds.infrastructure_score_pct
        balancers = run.inventory.load_balancers
        return cls(
            run_id=run.run_id,
            target=run.target.name,
            cluster=run.target.cluster,
            started_at=run.started_at,
            score=score,
            threshold_pct=threshold_pct,
            is_threshold_met=None if score.score_pct is None else score.score_pct >= threshold_pct,
            services=service_rows(run),
            load_balancers=None if isinstance(balancers, Unknown) else balancers.value,
            endpoints=tuple(_endpoint(result) for result in results if is_endpoint_check(result)),
            failing_checks=tuple(_failing(result) for result in results if result.status.is_not_passed),
            findings=Findings.of(run).platforms,
        )


def _endpoint(result: Result) -> EndpointHealth:
    return EndpointHealth(
        check_id=result.check_id,
        service=result.service or "",
        subject=result.subject,
        status=result.status,
        expected=result.expected,
        seen=result.seen,
        latency_ms=result.latency_ms,
        budget_ms=result.budget_ms,
    )


def _failing(result: Result) -> FailingCheck:
    return FailingCheck(
        check_id=result.check_id, status=result.status, sentence=result.sentence, blocked_by=result.blocked_by
    )
