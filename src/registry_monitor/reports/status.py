"""``status.json``: the newest scheduled run in a few lines, for whoever polls it."""

from datetime import datetime
from typing import Literal

from registry_monitor.finding import Finding
from registry_monitor.incident import Standing
from registry_monitor.model import Depth, Document, Score, SuiteName, Verdict
from registry_monitor.reports.escaping import json_text
from registry_monitor.reports.findings import Findings
from registry_monitor.run import Run, Symptom


class StatusDocument(Document):
    """The state of one target as one run saw it. ``is_complete``: whether it asked all suites (the hourly apart)."""

    schema_version: Literal["1"] = "1"
    target: str
    run_id: str
    depth: Depth
    is_complete: bool
    started_at: datetime
    duration_ms: float
    verdict: Verdict
    score_pct: float | None
    coverage_pct: float | None
    suite_scores: dict[SuiteName, Score]
    causes: tuple[Finding, ...]  # what makes checks fail now, faults of the monitor's own among it
    latent: tuple[Finding, ...]  # what is proved of the platform, and masked or not felt yet
    unexplained: tuple[Symptom, ...]  # what fails, and no cause is known of it
    standing: Standing | None  # since when, what is excused and what is muted; null: no state is kept of such a run

    @classmethod
    def of(cls, run: Run) -> "StatusDocument":
        """What of a run stands in the status."""
        return cls(
            target=run.target.name,
            run_id=run.run_id,
            depth=run.trigger.depth,
            is_complete=run.trigger.is_complete,
            started_at=run.started_at,
            duration_ms=run.duration_ms,
            verdict=run.verdict,
            score_pct=run.score.score_pct,
            coverage_pct=run.score.coverage_pct,
            suite_scores=run.suite_scores,
            causes=run.causes,
            latent=Findings.of(run).latent,
            unexplained=run.unexplained,
            standing=run.standing,
        )


def status_document(run: Run) -> str:
    """The text of ``<target>/status.json``."""
    return json_text(StatusDocument.of(run))
