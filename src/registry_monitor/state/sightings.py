"""What a run says is wrong: one sighting for each cause, with the checks that fail of it."""

from dataclasses import dataclass

from registry_monitor.finding import Finding
from registry_monitor.incident import NOT_DIAGNOSED, Cause
from registry_monitor.model import ON_DEMAND, ROUTINE, Result, Status
from registry_monitor.reports.escaping import shortened
from registry_monitor.run import Run

_LONGEST = 300  # characters of a text that is kept: documents of the state are bounded, whatever the platform says
_MOST_TOLD = 6
_PLATFORM = "platform"  # the resource of what fails and belongs to no service
_NOT_DIAGNOSED_RUNBOOK = "docs/runbook.md#a-check-is-fail-or-blocked"


@dataclass(frozen=True)
class Sighting:
    """One thing that is wrong in one run. ``failing``: the results that are FAIL of it."""

    cause: Cause
    failing: tuple[Result, ...]
    impact: tuple[str, ...]
    is_monitors_own: bool

    @property
    def checks(self) -> frozenset[str]:
        """The ids of the failing checks."""
        return frozenset(result.check_id for result in self.failing)

    @property
    def is_security_failure(self) -> bool:
        """Whether a door stands open: once is proof enough."""
        return any(result.is_security_failure for result in self.failing)


def is_remembered(run: Run) -> bool:
    """Whether a run changes the state: those made by hand, and those on demand, are somebody's own business."""
    is_on_demand = not ON_DEMAND.isdisjoint(run.trigger.suites)
    return run.trigger.reason in ROUTINE and not is_on_demand


def sightings_of(run: Run, excused: frozenset[str]) -> tuple[Sighting, ...]:
    """The causes of a run that are felt, and what fails undiagnosed, by service; nothing of what is excused."""
    failing = {result.check_id: result for result in run.of_status(Status.FAIL) if result.check_id not in excused}
    found = [_of_cause(run, cause, failing) for cause in run.causes]
    by_service: dict[str, list[Result]] = {}
    for symptom in run.unexplained:
        if symptom.check_id in failing:
            result = failing[symptom.check_id]
            by_service.setdefault(result.service or _PLATFORM, []).append(result)
    found += [_undiagnosed(run, service, results) for service, results in by_service.items()]
    return tuple(sighting for sighting in found if sighting.failing)


def _of_cause(run: Run, finding: Finding, failing: dict[str, Result]) -> Sighting:
    cause = Cause(
        kind=finding.kind,
        resource=finding.resource,
        statement=shortened(finding.statement, _LONGEST),
        confidence=finding.confidence,
        since=run.started_at,
        changed=tuple(shortened(each, _LONGEST) for each in finding.changed[:_MOST_TOLD]),
        runbook=finding.runbook,
    )
    return Sighting(
        cause=cause,
        failing=tuple(failing[check] for check in dict.fromkeys(finding.explains) if check in failing),
        impact=tuple(shortened(each, _LONGEST) for each in finding.impact[:_MOST_TOLD]),
        is_monitors_own=finding.is_monitors_own,
    )


def _undiagnosed(run: Run, service: str, results: list[Result]) -> Sighting:
    others = f" (and {len(results) - 1} more checks)" if len(results) > 1 else ""
    changed = tuple(shortened(f"{each.subject}: {each.told}", _LONGEST) for each in run.changes[:_MOST_TOLD])
    cause = Cause(
        kind=NOT_DIAGNOSED,
        resource=service,
        statement=shortened(f"{results[0].sentence}{others}", _LONGEST),
        confidence=None,
        since=run.started_at,
        changed=changed,
        runbook=_NOT_DIAGNOSED_RUNBOOK,
    )
    return Sighting(cause=cause, failing=tuple(results), impact=(), is_monitors_own=False)
