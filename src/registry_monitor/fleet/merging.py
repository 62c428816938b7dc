"""The document of a fleet after further visits."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from registry_monitor.fleet.document import FleetDocument, FleetTarget, ManifestItem, Seen
from registry_monitor.fleet.visits import Visit, VisitState
from registry_monitor.model import Depth
from registry_monitor.standing import STANDS_S

# How long a visit stands when no newer one comes: a full one as a full verdict does (standing.py), a light one until
# the silence of the roll-up itself rings.
STANDS_FOR = {Depth.LIGHT: timedelta(minutes=10), Depth.FULL: timedelta(seconds=STANDS_S)}
_WORST_FIRST = (VisitState.FAILING, VisitState.NOT_RUN, VisitState.BLIND, VisitState.EXCUSED, VisitState.HEALTHY)
_TOLD_WHOLE = 1000  # targets; far more than anybody reads, and a page shows
_NO_RESULT = Visit.not_run("its batch gave no result: Step Functions has lost it, or it was not started")


def rolled_up(
    known: FleetDocument,
    manifest: Sequence[ManifestItem],
    visits: Mapping[str, Visit],
    depth: Depth,
    at: datetime,
) -> FleetDocument:
    """The document after an execution that began ``at`` this moment. Targets that left the manifest are left out.

    A target of the manifest without a visit was not run. Of two executions that overlap, the newer one's visits stand.
    """
    before = {target.name: target for target in known.targets}
    targets = [
        _after(before.get(item.target), item, visits.get(item.target, _NO_RESULT), depth, at) for item in manifest
    ]
    return known.model_copy(
        update={
            "rolled_up_at": max(at, known.rolled_up_at or at),
            "depth": depth,
            "targets": tuple(_bounded(sorted(targets, key=lambda target: target.name))),
        }
    )


def _after(before: FleetTarget | None, item: ManifestItem, visit: Visit, depth: Depth, at: datetime) -> FleetTarget:
    known = {Depth.LIGHT: before.light, Depth.FULL: before.full} if before else {}
    standing = {kind: seen for kind, seen in known.items() if seen and at - seen.at <= STANDS_FOR[kind]}
    last = standing.get(depth)
    if last is None or last.at < at:
        standing[depth] = _following(last, visit, at)
    state = min((seen.visit.state for seen in standing.values()), key=_WORST_FIRST.index)
    hurts = any(seen.visit.hurts for seen in standing.values())
    is_same = before is not None and (before.state, before.hurts) == (state, hurts)
    return FleetTarget(
        name=item.target,
        critical=item.critical,
        light=standing.get(Depth.LIGHT),
        full=standing.get(Depth.FULL),
        state=state,
        hurts=hurts,
        since=before.since if before and is_same else at,
    )


def _bounded(targets: Iterable[FleetTarget]) -> Iterator[FleetTarget]:
    """The first targets that something is told of, with all of it; the others in brief.

    So the document is read and written in its time each minute also while all of a large fleet fails.
    """
    whole = 0
    for target in targets:
        whole += target.has_words
        yield target if whole <= _TOLD_WHOLE else target.in_brief


def _following(last: Seen | None, visit: Visit, at: datetime) -> Seen:
    """A visit after the last one of its depth that stands: how many on end now hurt, and gave no verdict."""
    return Seen(
        at=at,
        visit=visit,
        hurting=(last.hurting if last else 0) + 1 if visit.hurts else 0,
        silent=(last.silent if last else 0) + 1 if visit.state.is_silent else 0,
    )
