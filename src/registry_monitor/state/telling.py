"""What is to be told of incidents, and by whom: each step of an incident's life once.

A run claims what it tells, in the same conditional write that other runs see; then it publishes; then it notes that it
has. A claim that is not kept, since its run was killed, is another run's after five minutes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from registry_monitor.incident import NOT_DIAGNOSED, Incident, IncidentState, Step, Told
from registry_monitor.state.incidents import IncidentsDocument
from registry_monitor.target import Incidents

_CLAIM = timedelta(minutes=5)  # longer than any run goes on after its claim: its function ends within two


@dataclass(frozen=True)
class Due:
    """Something to tell."""

    incident: Incident
    step: Step


def due(known: IncidentsDocument, rules: Incidents, now: datetime) -> tuple[Due, ...]:
    """What is to be told now, and held back by no acknowledgement, in the order in which incidents began."""
    acknowledged = {(each.kind, each.resource) for each in known.acknowledgements if each.until > now}
    steps = [(each, _step(each, rules, now)) for each in known.incidents]
    return tuple(
        Due(incident, step)
        for incident, step in steps
        if step is not None and (incident.cause.key not in acknowledged or step is Step.RESOLVED)
    )


def _step(incident: Incident, rules: Incidents, now: datetime) -> Step | None:
    told = incident.told
    if incident.state is IncidentState.RESOLVED:
        return Step.RESOLVED if told.cause is not None and not told.is_end_told else None
    if incident.state is not IncidentState.OPEN:
        return None
    if told.cause is None or told.at is None:
        return Step.OPENED
    if told.cause != incident.cause.key:
        return Step.CHANGED
    return Step.REMINDER if now - told.at >= timedelta(hours=rules.remind_after_h) else None


def claim(known: IncidentsDocument, run_id: str, rules: Incidents, now: datetime) -> IncidentsDocument:
    """The document in which a run has claimed everything that is due and not claimed by another one."""
    free = {each.incident.id for each in due(known, rules, now) if _is_free(each.incident.told, now)}
    claimed = {"claimed_by": run_id, "claimed_at": now}
    return _with_told(known, lambda each: each.id in free, lambda each: each.told.model_copy(update=claimed))


def claimed(known: IncidentsDocument, run_id: str, rules: Incidents, now: datetime) -> tuple[Due, ...]:
    """What a run has claimed to tell."""
    return tuple(each for each in due(known, rules, now) if each.incident.told.claimed_by == run_id)


def note_told(known: IncidentsDocument, run_id: str, told: tuple[Due, ...], now: datetime) -> IncidentsDocument:
    """The document after a run has told these; what else it had claimed is free again."""
    by_id = {each.incident.id: each for each in told}

    def noted(incident: Incident) -> Told:
        if incident.id not in by_id:
            return incident.told.model_copy(update={"claimed_by": None, "claimed_at": None})
        step, cause = by_id[incident.id].step, by_id[incident.id].incident.cause.key
        return Told(cause=cause, at=now, is_end_told=step is Step.RESOLVED)

    return _with_told(known, lambda each: each.told.claimed_by == run_id, noted)


def _is_free(told: Told, now: datetime) -> bool:
    return told.claimed_at is None or now - told.claimed_at > _CLAIM


def _with_told(
    known: IncidentsDocument, is_meant: Callable[[Incident], bool], told: Callable[[Incident], Told]
) -> IncidentsDocument:
    return known.with_incidents(
        each.model_copy(update={"told": told(each)}) if is_meant(each) else each for each in known.incidents
    )


def may_be_acknowledged(kind: str) -> bool:
    """Whether a cause is one: behind "not diagnosed" a new one would look the same."""
    return kind != NOT_DIAGNOSED
