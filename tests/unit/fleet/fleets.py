"""Fleets to try: a document of so many targets, made by the product's own merging, run by run."""

from datetime import UTC, datetime, timedelta

from registry_monitor.fleet.document import FleetDocument, ManifestItem
from registry_monitor.fleet.merging import rolled_up
from registry_monitor.fleet.visits import TargetCause, Visit, VisitState
from registry_monitor.model import Depth

AT = datetime(2026, 7, 30, 9, 15, tzinfo=UTC)
HEALTHY = Visit(state=VisitState.HEALTHY)


def cause(kind: str = "listener-rule-missing", resource: str = "a:443 /x", *, is_proved: bool = True) -> TargetCause:
    return TargetCause(kind=kind, resource=resource, statement=f"{resource} is wrong.", is_proved=is_proved)


def failing(*causes: TargetCause, hurts: bool = True) -> Visit:
    return Visit(state=VisitState.FAILING, hurts=hurts, causes=causes, told=() if causes else ("GET /x answered 502.",))


def fleet_of(
    visits: dict[str, Visit],
    *,
    runs: int = 1,
    critical: tuple[str, ...] = (),
    known: FleetDocument | None = None,
    depth: Depth = Depth.LIGHT,
    at: datetime = AT,
) -> FleetDocument:
    """The document after so many runs on end, a minute apart, in which each target was visited with the same result."""
    document = known or FleetDocument(fleet="test")
    manifest = [ManifestItem(target=name, critical=name in critical) for name in visits]
    for number in range(runs):
        document = rolled_up(document, manifest, visits, depth, at + timedelta(minutes=number))
    return document
