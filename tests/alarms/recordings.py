"""Recorded runs: what was asked in a run of the sandbox, and what came of it, almost without evidence.

They are kept as one compressed file, so that the simulation needs no sandbox: ``python -m tests.alarms.record`` makes
it anew. A recording is of one *state* of the platform: a scenario's name, or ``healthy``.
"""

import json
import lzma
from collections.abc import Iterable, Sequence
from pathlib import Path

from registry_monitor.finding import Finding
from registry_monitor.model import DAYS_LEFT, Check, Depth, Document, Outcome, Result, Status, SuiteName
from registry_monitor.run import Run

FILE = Path(__file__).parent / "recorded.jsonl.xz"
HEALTHY = "healthy"


class RecordedCheck(Document):
    """One check as it was listed, and its result. ``statuses``: of its attempts, in their order; none: not asked."""

    id: str
    suite: SuiteName
    subject: str
    service: str | None = None
    after: tuple[str, ...] = ()
    depth: Depth
    timeout_s: float
    host: str | None = None
    writes: bool = False
    is_idempotent: bool = False
    always: bool = False
    only_when_well: bool = False
    sends_bad_key: bool = False
    skip: str | None = None
    outcome: Outcome
    statuses: tuple[Status, ...] = ()

    @classmethod
    def of(cls, check: Check, result: Result) -> "RecordedCheck":
        """What is kept of a check and its result."""
        kept = cls.model_fields.keys() - {"outcome", "statuses"}
        told = result.model_dump(include=set(Outcome.model_fields) - {"evidence", "observations"})
        told["evidence"] = {DAYS_LEFT: result.evidence[DAYS_LEFT]} if DAYS_LEFT in result.evidence else {}
        return cls(
            **{name: getattr(check, name) for name in kept},
            outcome=Outcome.model_validate(told),
            statuses=tuple(attempt.status for attempt in result.attempts),
        )


class Recording(Document):
    """One run. ``duration_s``: how long it took, on the sandbox; ``own_faults``: what it said of the monitor itself."""

    state: str
    depth: Depth
    duration_s: float
    checks: tuple[RecordedCheck, ...]
    own_faults: tuple[Finding, ...] = ()

    @classmethod
    def of(cls, state: str, checks: Sequence[Check], run: Run) -> "Recording":
        """What is kept of a run."""
        by_id = {result.check_id: result for result in run.results}
        recorded = tuple(RecordedCheck.of(check, by_id[check.id]) for check in checks)
        return cls(
            state=state,
            depth=run.trigger.depth,
            duration_s=run.duration_ms / 1000,
            checks=recorded,
            own_faults=tuple(each for each in run.findings if each.is_monitors_own),
        )


def write_recordings(recordings: Iterable[Recording], file: Path = FILE) -> None:
    """Write them, one a line. Raises OSError."""
    lines = (recording.model_dump_json(exclude_defaults=True) for recording in recordings)
    file.write_bytes(lzma.compress("\n".join(lines).encode(), preset=9))


def read_recordings(file: Path = FILE) -> tuple[Recording, ...]:
    """Read them. Raises OSError where there is no file, ValueError where it is of another version."""
    lines = lzma.decompress(file.read_bytes()).decode().splitlines()
    return tuple(Recording.model_validate(json.loads(line)) for line in lines)
