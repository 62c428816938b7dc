"""The words of what outlives a run: incidents, what excuses a failure, and what holds a notice back."""

from datetime import datetime
from enum import StrEnum

from registry_monitor.finding import Confidence, Finding
from registry_monitor.model import Depth, Document

NOT_DIAGNOSED = "not-diagnosed"  # the kind of an incident of which no cause is known; its resource is a service's role


class IncidentState(StrEnum):
    """Where an incident stands in its life."""

    SUSPECTED = "suspected"  # seen, and not yet often enough to tell anybody
    OPEN = "open"
    RESOLVED = "resolved"
    MERGED = "merged"  # another incident's cause turned out to explain it; that one goes on


class Step(StrEnum):
    """A step of an incident's life that people are told of."""

    OPENED = "opened"
    CHANGED = "cause changed"
    REMINDER = "reminder"
    RESOLVED = "resolved"


class Cause(Document):
    """What an incident was put down to. ``confidence``: null where no finding explains it."""

    kind: str
    resource: str
    statement: str
    confidence: Confidence | None
    since: datetime
    changed: tuple[str, ...] = ()  # what had changed last on it then
    runbook: str

    @property
    def key(self) -> tuple[str, str]:
        """The fingerprint: what makes it the same cause in another run."""
        return self.kind, self.resource


class WatchedCheck(Document):
    """A check that an incident explains. ``clean_runs``: so many on end have seen it pass; ``seen_at``: the last."""

    check_id: str
    depth: Depth
    clean_runs: int
    seen_at: datetime


class Told(Document):
    """What has been told of an incident, and by which run it is being told."""

    cause: tuple[str, str] | None = None  # that of the last notice; null: nothing was told yet
    at: datetime | None = None
    is_end_told: bool = False
    claimed_by: str | None = None  # the run that tells it now
    claimed_at: datetime | None = None


class Incident(Document):
    """One cause of failure over time. ``causes``: the newest last; ``runs_seen``: those that saw it fail."""

    id: str
    state: IncidentState
    causes: tuple[Cause, ...]
    first_seen: datetime
    last_seen: datetime
    opened_at: datetime | None = None
    ended_at: datetime | None = None
    runs_seen: int = 1
    impact: tuple[str, ...] = ()
    checks: tuple[WatchedCheck, ...] = ()
    suites: tuple[str, ...] = ()
    is_security_failure: bool = False
    is_monitors_own: bool = False
    merged_into: str | None = None
    told: Told = Told()

    @property
    def cause(self) -> Cause:
        """The cause as it is known now."""
        return self.causes[-1]

    @property
    def is_over(self) -> bool:
        """Whether nothing can change it any more."""
        return self.state in (IncidentState.RESOLVED, IncidentState.MERGED)


class Acknowledgement(Document):
    """A cause that somebody knows of, until then. Another cause is another acknowledgement's."""

    kind: str
    resource: str
    until: datetime
    reason: str
    noted_at: datetime


class Mute(Document):
    """An active rule that mutes the alarms. ``until``: null where the rule repeats and its end is not known."""

    rule: str
    until: datetime | None
    reason: str


class ExcuseKind(StrEnum):
    """Why a failure wakes nobody."""

    DEPLOYING = "DEPLOYING"
    EXPECTED = "EXPECTED"
    ACKNOWLEDGED = "ACKNOWLEDGED"


class Excuse(Document):
    """Checks that did not pass and wake nobody, with why and until when."""

    kind: ExcuseKind
    reason: str
    until: datetime
    checks: tuple[str, ...]


class Standing(Document):
    """What is known around a run when it ends. ``unread``: why a part of it could not be read."""

    incidents: tuple[Incident, ...] = ()  # those that are open
    excuses: tuple[Excuse, ...] = ()
    mutes: tuple[Mute, ...] = ()
    unread: tuple[str, ...] = ()

    def incident_of(self, finding: Finding) -> Incident | None:
        """The open incident of a cause; where that is put down to another one, the incident of its checks."""
        same = (each for each in self.incidents if each.cause.key == finding.key)
        checks = set(finding.explains)
        shared = (each for each in self.incidents if checks.intersection(check.check_id for check in each.checks))
        return next(same, None) or next(shared, None)
