"""The life of incidents: each run moves them on by what it could see, and by nothing else.

A run opens, changes or closes only what it has asked: UNKNOWN, BLOCKED, SKIPPED and not asked close nothing. A run that
is written late, behind a newer one, changes nothing of what the newer one saw.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from pydantic import ConfigDict, Field

from registry_monitor.finding import Confidence
from registry_monitor.incident import Acknowledgement, Cause, Incident, IncidentState, WatchedCheck
from registry_monitor.model import ON_DEMAND, Depth, Document, Result, Status, SuiteName
from registry_monitor.run import Run
from registry_monitor.state.sightings import Sighting, sightings_of
from registry_monitor.target import Incidents

INCIDENTS = "incidents.json"
_KEPT = timedelta(days=30)
_MOST_KEPT = 200  # that are over
_MOST_RUNS = 50  # whose ids are kept, so that a run that is written twice counts once
_MOST_CAUSES = 10
_ALL_SUITES = frozenset(SuiteName) - ON_DEMAND
_STRENGTHS = [None, *reversed(Confidence)]  # the weakest first


class IncidentsDocument(Document):
    """``<target>/state/incidents.json``. ``runs``: ids of the newest runs that have changed it."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)  # what is written has every key

    schema_version: Literal["1"] = "1"
    incidents: tuple[Incident, ...] = ()
    acknowledgements: tuple[Acknowledgement, ...] = ()
    runs: tuple[str, ...] = Field(default=(), max_length=_MOST_RUNS)

    def with_incidents(self, incidents: Iterable[Incident]) -> "IncidentsDocument":
        """The document with these incidents, in the order in which they began."""
        ordered = sorted(incidents, key=lambda each: (each.first_seen, each.id))
        return self.model_copy(update={"incidents": tuple(ordered)})

    @property
    def open(self) -> tuple[Incident, ...]:
        """The incidents that are open."""
        return tuple(each for each in self.incidents if each.state is IncidentState.OPEN)


def advance(known: IncidentsDocument, run: Run, excused: frozenset[str] = frozenset()) -> IncidentsDocument:
    """The incidents after a run. The same document, unchanged, where the run says nothing new or was counted before."""
    if run.run_id in known.runs:
        return known
    over = [each for each in known.incidents if each.is_over]
    going = [each for each in known.incidents if not each.is_over]
    sightings = [each for each in sightings_of(run, excused) if not _is_behind(each, over, run)]
    matched = _match(going, sightings, run)
    results = {result.check_id: result for result in run.results if result.check_id not in excused}
    moved = [_seen(incident, sighting, run) for incident, sighting in matched]
    seen = {incident.id for incident in moved}
    unseen = [_unseen(each, moved, results, run) for each in going if each.id not in seen]
    moved = [_absorbing(each, unseen) for each in moved] + unseen
    settled = [_settled(each, results, run) for each in moved]
    incidents = _kept([*over, *(each for each in settled if each is not None)], run.started_at)
    changed = known.with_incidents(incidents)
    current = tuple(each for each in known.acknowledgements if each.until > run.started_at)
    if changed.incidents == known.incidents and current == known.acknowledgements:
        return known
    runs = (*known.runs, run.run_id)[-_MOST_RUNS:]
    return changed.model_copy(update={"runs": runs, "acknowledgements": current})


def _is_behind(sighting: Sighting, over: list[Incident], run: Run) -> bool:
    """Whether an incident that ended later than the run began has told of it already."""
    return any(
        each.cause.key == sighting.cause.key and each.ended_at is not None and each.ended_at >= run.started_at
        for each in over
    )


def _match(going: list[Incident], sightings: list[Sighting], run: Run) -> list[tuple[Incident, Sighting]]:
    """Each sighting with its incident: of the same cause, else the one with which it shares most checks, else new."""
    by_cause = {incident.cause.key: incident for incident in going}
    matched = [(by_cause[each.cause.key], each) for each in sightings if each.cause.key in by_cause]
    taken = {incident.id for incident, _ in matched}
    for sighting in (each for each in sightings if each.cause.key not in by_cause):
        free = [each for each in going if each.id not in taken and _shared(each, sighting)]
        incident = max(free, key=lambda each: _shared(each, sighting), default=None) or _new(sighting, run)
        taken.add(incident.id)
        matched.append((incident, sighting))
    return matched


def _shared(incident: Incident, sighting: Sighting) -> int:
    return len(sighting.checks.intersection(check.check_id for check in incident.checks))


def _new(sighting: Sighting, run: Run) -> Incident:
    mark = hashlib.sha256("\n".join(sighting.cause.key).encode("utf-8", "replace")).hexdigest()[:6]
    return Incident(
        id=f"{run.started_at:%Y%m%dT%H%M%SZ}-{mark}",
        state=IncidentState.SUSPECTED,
        causes=(sighting.cause,),
        first_seen=run.started_at,
        last_seen=run.started_at,
        runs_seen=0,
    )


def _seen(incident: Incident, sighting: Sighting, run: Run) -> Incident:
    """The incident with what a run saw of it."""
    is_newest = run.started_at >= incident.last_seen
    suites = {*incident.suites, *(result.suite for result in sighting.failing)}
    return incident.model_copy(
        update={
            "causes": _causes(incident, sighting, run) if is_newest else incident.causes,
            "first_seen": min(incident.first_seen, run.started_at),
            "last_seen": max(incident.last_seen, run.started_at),
            "runs_seen": incident.runs_seen + 1,
            "impact": (sighting.impact or incident.impact) if is_newest else incident.impact,
            "checks": _watching(incident.checks, sighting.failing, run),
            "suites": tuple(sorted(suites)),
            "is_security_failure": incident.is_security_failure or sighting.is_security_failure,
            "is_monitors_own": sighting.is_monitors_own if is_newest else incident.is_monitors_own,
        }
    )


def _causes(incident: Incident, sighting: Sighting, run: Run) -> tuple[Cause, ...]:
    """A cause gives way to another, but what a light run suspects takes nothing from what was proved better."""
    known, seen = incident.cause, sighting.cause
    if known.key == seen.key:
        return (*incident.causes[:-1], seen.model_copy(update={"since": known.since}))
    is_weaker = _STRENGTHS.index(seen.confidence) < _STRENGTHS.index(known.confidence)
    if is_weaker and run.trigger.depth is Depth.LIGHT:
        return incident.causes
    return (*incident.causes, seen)[-_MOST_CAUSES:]


def _watching(known: tuple[WatchedCheck, ...], failing: Iterable[Result], run: Run) -> tuple[WatchedCheck, ...]:
    watched = {check.check_id: check for check in known}
    for result in failing:
        before = watched.get(result.check_id)
        if before is None or before.seen_at <= run.started_at:
            watched[result.check_id] = WatchedCheck(
                check_id=result.check_id, depth=result.depth, clean_runs=0, seen_at=run.started_at
            )
    return tuple(watched.values())


def _unseen(incident: Incident, others: list[Incident], results: dict[str, Result], run: Run) -> Incident:
    """An incident that the run did not name: over, where another one's cause explains all that still fails of it."""
    failing = {
        check.check_id
        for check in incident.checks
        if check.check_id in results and results[check.check_id].status is Status.FAIL
    }
    if not failing or run.started_at < incident.last_seen:
        return incident
    for other in others:
        if failing <= {check.check_id for check in other.checks}:
            update = {"state": IncidentState.MERGED, "ended_at": run.started_at, "merged_into": other.id}
            return incident.model_copy(update=update)
    return incident


def _absorbing(incident: Incident, others: list[Incident]) -> Incident:
    """The incident with all that was merged into it: its checks, its age, and what has been told of it."""
    for merged in (each for each in others if each.merged_into == incident.id):
        own = {check.check_id for check in incident.checks}
        told = incident.told if incident.told.cause else merged.told
        incident = incident.model_copy(
            update={
                "checks": (*incident.checks, *(check for check in merged.checks if check.check_id not in own)),
                "suites": tuple(sorted({*incident.suites, *merged.suites})),
                "first_seen": min(incident.first_seen, merged.first_seen),
                "runs_seen": incident.runs_seen + merged.runs_seen,
                "told": told,
            }
        )
    return incident


def _settled(incident: Incident, results: dict[str, Result], run: Run) -> Incident | None:
    """The incident with its checks counted: open, over, or none at all where it was never more than a suspicion."""
    if incident.is_over:
        return incident
    rules = run.target.incidents
    gone = _gone(incident, run)
    there = [check for check in incident.checks if check.check_id not in gone]
    checks = tuple(_counted(check, results.get(check.check_id), run) for check in there)
    incident = incident.model_copy(update={"checks": checks})
    is_suspected = incident.state is IncidentState.SUSPECTED
    if all(check.clean_runs >= (1 if is_suspected else _wanted(check.depth, rules)) for check in checks):
        update = {"state": IncidentState.RESOLVED, "ended_at": run.started_at}
        return None if is_suspected else incident.model_copy(update=update)
    if is_suspected and _is_certain(incident, rules):
        return incident.model_copy(update={"state": IncidentState.OPEN, "opened_at": run.started_at})
    return incident


def _gone(incident: Incident, run: Run) -> set[str]:
    """The checks that do not exist any more, since the target has changed: a full run of all suites lists all."""
    if run.trigger.depth is not Depth.FULL or not set(run.trigger.suites) >= _ALL_SUITES:
        return set()
    return {check.check_id for check in incident.checks} - {result.check_id for result in run.results}


def _counted(check: WatchedCheck, result: Result | None, run: Run) -> WatchedCheck:
    """A check after a run: what did not find out whether it passes has not seen it."""
    if result is None or run.started_at <= check.seen_at:
        return check
    if result.status is Status.FAIL:
        return check.model_copy(update={"clean_runs": 0, "seen_at": run.started_at})
    if result.status.is_passed:
        return check.model_copy(update={"clean_runs": check.clean_runs + 1, "seen_at": run.started_at})
    return check


def _wanted(depth: Depth, rules: Incidents) -> int:
    return rules.close_after_light_runs if depth is Depth.LIGHT else 1


def _is_certain(incident: Incident, rules: Incidents) -> bool:
    """Seen often enough; at once where a door stands open, or where only full runs ask."""
    is_of_full_runs = any(check.depth is Depth.FULL for check in incident.checks)
    return incident.is_security_failure or is_of_full_runs or incident.runs_seen >= rules.open_after_light_runs


def _kept(incidents: list[Incident], now: datetime) -> list[Incident]:
    """Without those that have been over for long; what is over keeps no checks."""
    over = [
        each.model_copy(update={"checks": ()}) if each.checks else each
        for each in incidents
        if each.is_over and each.ended_at is not None and each.ended_at > now - _KEPT
    ]
    newest = sorted(over, key=lambda each: each.ended_at or now)[-_MOST_KEPT:]
    return [*(each for each in incidents if not each.is_over), *newest]
