"""How a run differs from an earlier one: what a Run document and ``compare`` keep of it."""

from datetime import datetime
from typing import Literal

from registry_monitor.model import Depth, Document, Status, SuiteName, Verdict


class ComparedRun(Document):
    """One of the two runs. ``verdict``: of the whole run, also of suites that only it asked."""

    run_id: str
    started_at: datetime
    depth: Depth
    verdict: Verdict


class MetricChange(Document):
    """One figure of both runs, null where a run has no data of it. ``unit``: "%", "ms", or empty of a count."""

    name: str
    unit: str
    previous: float | None
    current: float | None

    @property
    def change(self) -> float | None:
        """Current less previous, in the figure's own unit (points, for a percentage)."""
        if self.previous is None or self.current is None:
            return None
        return round(self.current - self.previous, 1)


class CheckChange(Document):
    """One check that came to another end. ``previous``: null where the earlier run did not have it."""

    check_id: str
    previous: Status | None
    current: Status
    sentence: str


class ComparedCause(Document):
    """One cause. ``note``: what is to be known of its place here, such as that it was latent before."""

    kind: str
    resource: str
    statement: str
    note: str | None = None


class Comparison(Document):
    """What changed between two runs of a target, as far as both asked the same.

    ``resolved``: causes all of whose checks have passed now. ``unclear``: those that are not named any more, while a
    check of theirs fails for another reason, is unknown or was not asked: nothing proves that they are gone.
    """

    schema_version: Literal["1"] = "1"
    target: str
    previous: ComparedRun
    current: ComparedRun
    suites: tuple[SuiteName, ...]  # that both asked
    left_out: tuple[SuiteName, ...]  # that only one of them asked
    metrics: tuple[MetricChange, ...]
    improvements: tuple[CheckChange, ...]  # not passed before, passed now
    regressions: tuple[CheckChange, ...]  # not passed now, and otherwise before
    new: tuple[ComparedCause, ...]
    persisting: tuple[ComparedCause, ...]
    resolved: tuple[ComparedCause, ...]
    unclear: tuple[ComparedCause, ...]
