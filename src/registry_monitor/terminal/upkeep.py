"""`mute`, `ack` and `rebuild-history`: what people do to the alarms and to what runs keep."""

import argparse
import sys
from datetime import UTC, datetime, timedelta

from pydantic import ValidationError

from registry_monitor.incident import Acknowledgement, Incident
from registry_monitor.inventory.stored_runs import stored_runs
from registry_monitor.invocation import InvocationError
from registry_monitor.memory import notes_of
from registry_monitor.model import CannotTellError
from registry_monitor.outputs.mute_rule import MuteError, mute_alarms
from registry_monitor.outputs.state_store import S3StateStore, StateError, StateStore, load, remake, update
from registry_monitor.reports.escaping import one_line
from registry_monitor.run import Run
from registry_monitor.state.history_documents import HISTORY, HistoryDocument
from registry_monitor.state.incidents import INCIDENTS, IncidentsDocument
from registry_monitor.state.rebuilding import Rebuilding
from registry_monitor.state.telling import may_be_acknowledged
from registry_monitor.state.uptime import summarized
from registry_monitor.target import Target
from registry_monitor.terminal.times import parse_duration, parse_until

_FAILED = 3
_LONGEST = timedelta(days=30)  # an acknowledgement: what is known for longer belongs into the target file
_KEPT_DAYS = 30


def mute_from_terminal(options: argparse.Namespace) -> int:
    """Mute the alarms of an environment; 0, or 3 where AWS refuses. Raises InvocationError."""
    time = parse_duration(options.duration)
    try:
        print(mute_alarms(options.environment, time, _reason(options), datetime.now(UTC)))
    except MuteError as error:
        return _failed(error)
    return 0


def acknowledge_from_terminal(options: argparse.Namespace, target: Target, bucket: str | None) -> int:
    """Acknowledge the cause of an open incident; 0, or 3 where it could not be written. Raises InvocationError."""
    now = datetime.now(UTC)
    until, reason = parse_until(options.until, now), _reason(options)
    if not now < until <= now + _LONGEST:
        raise InvocationError(f"got {until:%Y-%m-%d %H:%M} as the end; expected a moment within {_LONGEST.days} days")
    store = _store(target, bucket)
    try:
        incident = _meant(options.cause, load(store, INCIDENTS, IncidentsDocument).open)
        kind, resource = incident.cause.key
        noted = Acknowledgement(kind=kind, resource=resource, until=until, reason=reason, noted_at=now)

        def noting(known: IncidentsDocument) -> IncidentsDocument:
            others = (each for each in known.acknowledgements if (each.kind, each.resource) != (kind, resource))
            return known.model_copy(update={"acknowledgements": (*others, noted)})

        update(store, INCIDENTS, IncidentsDocument, noting)
    except StateError as error:
        return _failed(error)
    print(f"Acknowledged until {until.astimezone(UTC):%Y-%m-%d %H:%M} UTC: {one_line(incident.cause.statement)}")
    print("Until then its checks wake nobody, and no notice repeats it. Another cause of the same checks does both.")
    return 0


def _meant(text: str, going: tuple[Incident, ...]) -> Incident:
    """The open incident that is meant, by its id, the kind of its cause, or kind and resource."""
    meant = [each for each in going if text in (each.id, each.cause.kind, ":".join(each.cause.key))]
    if len(meant) != 1:
        listed = [f"  {each.cause.kind}:{each.cause.resource} ({each.id})" for each in going]
        told = "several open incidents are meant" if meant else "no open incident is meant"
        expected = "expected one of these, by its id, or by kind and resource" if going else "none is open"
        raise InvocationError("\n".join([f"got '{text}': {told}; {expected}", *map(one_line, listed)]))
    [incident] = meant
    if not may_be_acknowledged(incident.cause.kind):
        raise InvocationError(f"'{text}' is not diagnosed, so a new cause would look the same: mute the alarms instead")
    if incident.is_security_failure:
        raise InvocationError(f"'{text}' is a door that stands open: it cannot be acknowledged, close it")
    return incident


def rebuild_from_terminal(target: Target, bucket: str | None) -> int:
    """Make the history anew from the runs, and the incidents where they cannot be read; 0, or 3 where that fails."""
    now, store = datetime.now(UTC), _store(target, bucket)
    rebuilding, skipped = Rebuilding(), 0
    try:
        begin = now - timedelta(days=_KEPT_DAYS)
        for _, content in stored_runs(bucket or "", target.name, target.region, begin, now):
            try:
                rebuilding.take(Run.model_validate_json(content))
            except ValidationError:  # of another version of the monitor
                skipped += 1
        incidents = remake(store, INCIDENTS, IncidentsDocument, rebuilding.incidents).incidents
        objective_pct = target.thresholds.uptime_pct

        def made(known: HistoryDocument | None) -> HistoryDocument:
            return summarized(rebuilding.history(known), incidents, objective_pct, now)

        remake(store, HISTORY, HistoryDocument, made, notes_of)
    except (StateError, CannotTellError) as error:
        return _failed(error)
    told = f" ({skipped} of another version of the monitor were left out)" if skipped else ""
    print(f"The history of {target.name} is made of {rebuilding.runs} runs{told}.")
    return 0


def _reason(options: argparse.Namespace) -> str:
    reason = one_line(options.reason)
    if not reason:
        raise InvocationError("got no reason; expected why, in a few words: reports and notices say it")
    return reason[:200]


def _store(target: Target, bucket: str | None) -> StateStore:
    if not bucket:
        raise InvocationError("MONITOR_REPORTS_BUCKET is not set; expected the name of the bucket of the reports")
    return S3StateStore(bucket, target.name, target.region)


def _failed(error: Exception) -> int:
    print(error, file=sys.stderr)
    return _FAILED
