"""The Run: one value, one document. Reports, metrics and the function's answer are made from it alone."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from pydantic import Field

from registry_monitor.comparison import Comparison
from registry_monitor.finding import Diagnosis, Finding, FindingState, RequestPath
from registry_monitor.incident import Standing
from registry_monitor.inventory.baseline import Baseline
from registry_monitor.inventory.changes import Change
from registry_monitor.inventory.facts import Fact, Inventory, Known
from registry_monitor.model import Depth, Document, Leftover, Observation, Result, Score, Status, SuiteName, Verdict
from registry_monitor.target import (
    Call,
    Contact,
    Database,
    ExpectedDown,
    Incidents,
    Keys,
    LoadBalancer,
    Mlflow,
    Redis,
    Service,
    Target,
    Thresholds,
)


class Trigger(Document):
    """Why the run was made, and what was asked for."""

    reason: str
    depth: Depth
    suites: tuple[SuiteName, ...]
    is_complete: bool  # all suites that there are, perhaps without the hourly one; not a selection


class WatchedTarget(Document):
    """What a document keeps of the target: what the diagnosis and the reports need, and nothing secret."""

    name: str
    region: str
    cluster: str
    services: tuple[Service, ...]
    load_balancers: tuple[LoadBalancer, ...] = ()
    calls: tuple[Call, ...] = ()
    contacts: tuple[Contact, ...] = ()
    keys: Keys | None = None
    auth_service: str | None = None  # the role of the service that judges keys
    mlflow: Mlflow | None = None
    redis: Redis | None = None
    database: Database | None = None
    artifacts_bucket: str | None = None
    artifacts_bucket_terraform: str | None = None
    thresholds: Thresholds
    incidents: Incidents = Incidents()
    expected_down: tuple[ExpectedDown, ...] = ()

    @classmethod
    def of(cls, target: Target) -> "WatchedTarget":
        """What a document keeps of a target."""
        kept = cls.model_fields.keys() & Target.model_fields.keys()
        auth = target.authentication
        return cls(**{name: getattr(target, name) for name in kept}, auth_service=auth and auth.service)

    @property
    def redis_service(self) -> str | None:
        """The role of the service that rests on Redis: the one that is named, or that which judges keys."""
        return (self.redis.service if self.redis else None) or self.auth_service


class Cost(Document):
    """What a run took. ``requests``: of the platform, by host. ``memory_mb``: of the function; null elsewhere.

    ``aws_calls``: by service and operation, until the verdict; those that publish the run are not among them.
    """

    requests: dict[str, int]
    memory_mb: int | None
    aws_calls: dict[str, int] = Field(default_factory=dict)

    def gb_seconds(self, duration_ms: float) -> float | None:
        """What Lambda bills of it (AWS Lambda pricing: memory times duration, 1 GB being 1024 MB); null elsewhere."""
        return None if self.memory_mb is None else round(self.memory_mb / 1024 * duration_ms / 1000, 2)


class Symptom(Document):
    """Where a failing chain starts: a check that failed of itself, and those that it keeps from being asked."""

    check_id: str
    subject: str
    statement: str
    is_security_failure: bool = False
    blocks: tuple[str, ...] = ()


class Run(Document):
    """One run of the monitor, whole."""

    schema_version: Literal["1"] = "1"
    run_id: str
    monitor_version: str
    target: WatchedTarget
    trigger: Trigger
    vantage: Literal["inside the VPC", "outside the VPC"]
    started_at: datetime
    duration_ms: float
    key_fingerprints: dict[str, str]
    verdict: Verdict
    score: Score
    suite_scores: dict[SuiteName, Score]
    symptoms: tuple[Symptom, ...]
    findings: tuple[Finding, ...] = ()  # in the order in which to act on them
    paths: tuple[RequestPath, ...] = ()  # of the requests that failed
    results: tuple[Result, ...]
    leftovers: tuple[Leftover, ...] = ()
    observations: tuple[Observation, ...] = ()
    inventory: Inventory
    # What changed since the last good run. Null: not asked for; a value of null: no run was kept yet.
    baseline: Fact[Baseline | None] | None = None
    cost: Cost | None = None  # null in documents of earlier versions
    comparison: Comparison | None = None  # with an earlier run of the same suites, where one was given
    standing: Standing | None = None  # null: no state is kept of such a run

    def of_status(self, *statuses: Status) -> tuple[Result, ...]:
        """The results of these statuses, in the order in which the checks were listed."""
        return tuple(result for result in self.results if result.status in statuses)

    def diagnosed(self, diagnosis: Diagnosis) -> "Run":
        """The run with a diagnosis of it, in the place of any that it had."""
        return self.model_copy(update={"findings": diagnosis.findings, "paths": diagnosis.paths})

    @property
    def causes(self) -> tuple[Finding, ...]:
        """What makes checks fail now, as far as it is known."""
        return tuple(each for each in self.findings if each.state in (FindingState.ACTIVE, FindingState.SUSPECTED))

    @property
    def unexplained(self) -> tuple[Symptom, ...]:
        """Symptoms that no finding explains: told as they are, never guessed."""
        explained = {check for finding in self.causes for check in finding.explains}
        return tuple(symptom for symptom in self.symptoms if symptom.check_id not in explained)

    @property
    def own_failures(self) -> frozenset[str]:
        """Checks that did not pass by a fault of the monitor's own alone: they say nothing of the platform."""
        own = {check for each in self.causes if each.is_monitors_own for check in each.explains}
        own -= {check for each in self.causes if not each.is_monitors_own for check in each.explains}
        return frozenset(own | {each.check_id for each in self.results if each.blocked_by in own})

    @property
    def changes(self) -> tuple[Change, ...]:
        """What is configured otherwise than in the run that this one was compared with."""
        return self.baseline.value.changes if isinstance(self.baseline, Known) and self.baseline.value else ()

    @property
    def excused(self) -> frozenset[str]:
        """The checks that did not pass and wake nobody, whatever excuses them."""
        excuses = self.standing.excuses if self.standing else ()
        return frozenset(check for excuse in excuses for check in excuse.checks)

    @property
    def is_full(self) -> bool:
        """Whether it asked everything there is, so that it may stand as the latest report."""
        return self.trigger.depth is Depth.FULL and self.trigger.is_complete


def judge(results: Iterable[Result], thresholds: Thresholds) -> tuple[Verdict, Score]:
    """The verdict and the whole score. FAILING wins over BLIND."""
    results = tuple(results)
    score = Score.of(results)
    if score.not_passed:
        return Verdict.FAILING, score
    if score.coverage_pct is None or score.score_pct is None or score.coverage_pct < thresholds.coverage_pct:
        return Verdict.BLIND, score
    return Verdict.HEALTHY, score


def find_symptoms(results: Iterable[Result]) -> tuple[Symptom, ...]:
    """The first failed check of each failing chain with all that it blocks: security failures first, else as listed."""
    results = tuple(results)
    blocked: dict[str, list[str]] = {}
    first_failed: dict[str, str] = {}
    for result in results:
        if result.status is Status.FAIL:
            first_failed[result.check_id] = result.check_id
            blocked.setdefault(result.check_id, [])
    for result in results:
        if result.status is Status.BLOCKED and result.blocked_by is not None:
            origin = first_failed.get(result.blocked_by, result.blocked_by)
            first_failed[result.check_id] = origin
            blocked.setdefault(origin, []).append(result.check_id)
    failed = [result for result in results if result.status is Status.FAIL]
    return tuple(
        Symptom(
            check_id=result.check_id,
            subject=result.subject,
            statement=result.sentence,
            is_security_failure=result.is_security_failure,
            blocks=tuple(blocked[result.check_id]),
        )
        for result in sorted(failed, key=lambda each: not each.is_security_failure)
    )
