"""``public/status.json`` and ``public/status.html``: for third parties, who ask whether they can register a model.

Every word of them stands here: of the platform they hold a state, times and figures, and no name, host or cause. A
door that stands open is not told: whoever tries it would learn that it is worth the while.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from registry_monitor.incident import IncidentState
from registry_monitor.model import FLOWS, Document, Status, SuiteName
from registry_monitor.reports.escaping import json_text
from registry_monitor.reports.findings import finding_by_check
from registry_monitor.reports.page_values import page_environment
from registry_monitor.run import Run
from registry_monitor.state.history_documents import HistoryDocument, PastIncident

PUBLIC_JSON, PUBLIC_HTML = "public/status.json", "public/status.html"
_OTHERS = frozenset({SuiteName.ENDPOINT_AVAILABILITY, SuiteName.MLFLOW_ROUTING, SuiteName.SERVICES})
_MOST_INCIDENTS = 50
_TOLD_OF_REGISTRATION = "Models could not be registered, or not be fetched."
_TOLD_OF_OTHERS = "Some requests did not get the answer that they should."


class Registration(StrEnum):
    """Whether a model can be registered."""

    WORKS = "works"
    DOES_NOT_WORK = "does not work"
    NOT_KNOWN = "not known"  # it was not asked, or only the monitor's own fault stands in the way


class PublicIncident(Document):
    """What users met, and when. ``ended_at``: null while it goes on."""

    began_at: datetime
    ended_at: datetime | None
    told: str


class PublicStatus(Document):
    """The state for third parties. ``since``: null where it is not known, or so for thirty days.

    ``uptime_pct``: of registration, by time ("24h", "7d", "30d"); null without data.
    """

    schema_version: Literal["1"] = "1"
    checked_at: datetime
    registration: Registration
    since: datetime | None
    uptime_pct: dict[str, float | None]
    incidents: tuple[PublicIncident, ...]  # of thirty days, the newest first

    @classmethod
    def of(cls, run: Run, history: HistoryDocument) -> "PublicStatus":
        """What third parties are told of a run and of what was before it."""
        registration = _registration(run)
        incidents = [each for each in history.incidents if _is_public(each)]
        uptimes = {window: known.get(SuiteName.MODEL_REGISTRATION_FLOW) for window, known in history.uptime.items()}
        return cls(
            checked_at=run.started_at + timedelta(milliseconds=run.duration_ms),
            registration=registration,
            since=_since(registration, incidents),
            uptime_pct={window: known.uptime_pct if known else None for window, known in uptimes.items()},
            incidents=tuple(
                PublicIncident(began_at=each.first_seen, ended_at=each.ended_at, told=_told(each))
                for each in incidents[:_MOST_INCIDENTS]
            ),
        )


def public_documents(run: Run, history: HistoryDocument) -> dict[str, str]:
    """Name → text of the documents for third parties."""
    status = PublicStatus.of(run, history)
    page = page_environment().get_template("page/public.html.j2").render(status=status, Registration=Registration)
    return {PUBLIC_JSON: json_text(status), PUBLIC_HTML: page}


def _registration(run: Run) -> Registration:
    """By the suites of the registration alone; what the monitor's own fault explains says nothing."""
    explained = finding_by_check(run)
    results = [result for result in run.results if result.suite in FLOWS]
    wrong = [result for result in results if result.status.is_not_passed]
    causes = [explained.get(result.check_id) for result in wrong]
    if any(cause is None or not cause.is_monitors_own for cause in causes) or _is_known_to_fail(run):
        return Registration.DOES_NOT_WORK
    is_known = any(result.status.is_passed for result in results)
    if wrong or not is_known or any(result.status is Status.UNKNOWN for result in results):
        return Registration.NOT_KNOWN
    return Registration.WORKS


def _is_known_to_fail(run: Run) -> bool:
    """Whether an incident goes on whose checks of registration nobody has seen pass: a light run asks few of them."""
    incidents = run.standing.incidents if run.standing else ()
    return any(
        check.clean_runs == 0 and check.check_id.partition(".")[0] in FLOWS
        for incident in incidents
        if not incident.is_monitors_own
        for check in incident.checks
    )


def _is_public(incident: PastIncident) -> bool:
    """Whether users met it. An open door is told only where registration suffered from it too, and as that."""
    is_told = incident.state in (IncidentState.OPEN, IncidentState.RESOLVED) and not incident.is_monitors_own
    met = FLOWS if incident.is_security_failure else FLOWS | _OTHERS
    return is_told and not met.isdisjoint(incident.suites)


def _since(registration: Registration, incidents: list[PastIncident]) -> datetime | None:
    own = [each for each in incidents if not FLOWS.isdisjoint(each.suites)]
    if registration is Registration.DOES_NOT_WORK:
        return min((each.first_seen for each in own if each.ended_at is None), default=None)
    if registration is Registration.WORKS:
        return max((each.ended_at for each in own if each.ended_at is not None), default=None)
    return None


def _told(incident: PastIncident) -> str:
    return _TOLD_OF_OTHERS if FLOWS.isdisjoint(incident.suites) else _TOLD_OF_REGISTRATION
