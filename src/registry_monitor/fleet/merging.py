"""The document of a fleet after further visits."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from registry_monitor.fleet.document import FleetDocument, FleetTarget, ManifestItem, Seen
from registry_monitor.fleet.visits import Visit, VisitState
from registry_monitor.model import Depth
from registry_monitor.standing import STANDS_S

# How long a visit stands when no newer one comes: a full one as a full verdict does (standing.py), a light one until
# the silence of the roll-up itself rings.
STANDS_FOR = {Depth.LIGHT: timedelta(minutes=10), Depth.FULL: timedelta(seconds=STANDS_S)}
_WORST_FIRST = (VisitState.FAILING, VisitState.NOT_RUN, VisitState.BLIND, VisitState.EXCUSED, VisitState.HEALTHY)
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
        _after(before.get(item.target), item, Seen(at=at, visit=visits.get(item.target, _NO_RESULT)), depth)
        for item in manifest
    ]
    return known.model_copy(
        update={
            "rolled_up_at": max(at, known.rolled_up_at or at),
            "depth": depth,
            "targets": tuple(sorted(targets, key=lambda target: target.name)),
        }
    )


def _after(before: FleetTarget | None, item: ManifestItem, now: Seen, depth: Depth) -> FleetTarget:
    at = now.at
    seen = {Depth.LIGHT: before.light, Depth.FULL: before.full} if before else dict.fromkeys(Depth)
    last = seen[depth]
    is_newer = last is None or last.at < at
    if is_newer:
        seen[depth] = now
    standing = [each.visit for kind, each in seen.items() if each and at - each.at <= STANDS_FOR[kind]]
    state = min((each.state for each in standing), key=_WORST_FIRST.index)
    hurts = any(each.hurts for each in standing)
    is_same = before is not None and (before.state, before.hurts) == (state, hurts)
    return FleetTarget(
        name=item.target,
        critical=item.critical,
        light=seen[Depth.LIGHT],
        full=seen[Depth.FULL],
        state=state,
        hurts=hurts,
        since=before.since if before and is_same else at,
        runs=(before.runs if before and is_same else 0) + int(is_newer and depth is Depth.LIGHT),
    )
