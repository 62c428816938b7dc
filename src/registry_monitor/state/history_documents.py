"""The documents of the history: samples of a day, hours of a week, quarters of a day before that."""

from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from pydantic import ConfigDict, Field

from registry_monitor.incident import IncidentState
from registry_monitor.model import Depth, Document, Verdict

HISTORY = "history.json"
OVERALL = "overall"  # beside the names of suites


class SuiteState(StrEnum):
    """A suite at a moment."""

    UP = "up"
    DOWN = "down"  # a check of it does not pass, or an incident that explains one goes on
    UNKNOWN = "unknown"
    PLANNED = "planned"  # what does not pass is a deployment's, or was expected: counted neither way


class Sample(Document):
    """What one run says. ``latency_ms``: the median over its requests; ``registration_ms``: of a whole registration."""

    run_id: str
    at: datetime
    depth: Depth
    verdict: Verdict
    states: dict[str, SuiteState]
    score_pct: float | None
    latency_ms: float | None
    registration_ms: float | None


class Measured(Document):
    """A measurement over a time."""

    count: int
    mean: float
    highest: float
    lowest: float


class Times(Document):
    """Seconds of a suite in a time; what is missing to its length, nobody knows."""

    up_s: float = 0.0
    down_s: float = 0.0
    planned_s: float = 0.0


class Span(Document):
    """An hour, or a quarter of a day."""

    began_at: datetime
    seconds: int
    suites: dict[str, Times]
    score_pct: Measured | None
    latency_ms: Measured | None
    registration_ms: Measured | None


class PastIncident(Document):
    """An incident in the list of the history."""

    id: str
    state: IncidentState
    kind: str
    resource: str
    statement: str
    first_seen: datetime
    ended_at: datetime | None
    duration_s: float | None
    suites: tuple[str, ...]
    impact: tuple[str, ...]
    is_monitors_own: bool
    is_security_failure: bool = False  # a door stood open


class Uptime(Document):
    """Of a suite in a time: ``uptime_pct`` is up / (up + down), null without data."""

    uptime_pct: float | None
    up_s: float
    down_s: float
    planned_s: float


class LatencyDay(Document):
    """How long checks took on one day. ``checks``: check → step → how often; step n is 1.15^n ms."""

    day: date
    checks: dict[str, dict[int, int]]


class ErrorBudget(Document):
    """What the objective (``thresholds.uptime_pct``) allows in 30 days, and how much of it is left; below 0: missed."""

    objective_pct: float
    allowed_s: float
    used_s: float
    left_pct: float


class HistoryDocument(Document):
    """``<target>/state/history.json``. ``uptime``: by time ("24h", "7d", "30d") and suite, ``overall`` among them."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)  # what is written has every key

    schema_version: Literal["1"] = "1"
    written_at: datetime | None = None
    samples: tuple[Sample, ...] = ()
    hours: tuple[Span, ...] = ()
    quarters: tuple[Span, ...] = ()
    rolled_until: datetime | None = None  # samples before this moment are in the hours
    latencies: tuple[LatencyDay, ...] = ()  # of seven days, the oldest first
    incidents: tuple[PastIncident, ...] = ()  # the newest first
    uptime: dict[str, dict[str, Uptime]] = Field(default_factory=dict)
    error_budget: ErrorBudget | None = None
