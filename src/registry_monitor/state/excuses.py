"""What did not pass and wakes nobody: a deployment in its grace, a planned time, a cause that somebody acknowledged.

A door that stands open is never excused. What is proved to be something else than the deployment is not excused by it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from registry_monitor.diagnosis.evidence import Evidence, Symptom
from registry_monitor.diagnosis.nodes import way_of
from registry_monitor.finding import Confidence
from registry_monitor.incident import Acknowledgement, Excuse, ExcuseKind
from registry_monitor.inventory.facts import EcsService, Known
from registry_monitor.model import Result, Status
from registry_monitor.run import Run

_NOT_PROVED = (Confidence.SYMPTOM, Confidence.ONE_SIGN)


def unseen_checks(excuses: Iterable[Excuse]) -> frozenset[str]:
    """The checks of which a run says nothing to the incidents: an acknowledged cause is still followed."""
    planned = (excuse for excuse in excuses if excuse.kind is not ExcuseKind.ACKNOWLEDGED)
    return frozenset(check for excuse in planned for check in excuse.checks)


def excuses_of(run: Run, acknowledgements: Iterable[Acknowledgement] = ()) -> tuple[Excuse, ...]:
    """What excuses failures of a run; each failure is excused once, and with it what it blocks."""
    found = [*_deploying(run), *_expected(run), *_acknowledged(run, acknowledgements)]
    excused: set[str] = set()
    excuses: list[Excuse] = []
    for excuse in found:
        own = [check for check in excuse.checks if check not in excused]
        excused.update(own)
        if own:
            excuses.append(excuse.model_copy(update={"checks": tuple(own) + _blocked_by(run, own)}))
    return tuple(excuses)


def _excusable(run: Run) -> list[Result]:
    return [result for result in run.of_status(Status.FAIL) if not result.is_security_failure]


def _blocked_by(run: Run, checks: list[str]) -> tuple[str, ...]:
    return tuple(check for symptom in run.symptoms if symptom.check_id in checks for check in symptom.blocks)


def _deploying(run: Run) -> list[Excuse]:
    grace = timedelta(seconds=run.target.thresholds.deployment_grace_s)
    excuses: list[Excuse] = []
    for role, began_at in _young_deployments(run, grace).items():
        checks = _met_by(run, role)
        reason = f"{role} is being deployed since {began_at:%H:%M} UTC, and none of its new tasks has failed"
        excuses.append(Excuse(kind=ExcuseKind.DEPLOYING, reason=reason, until=began_at + grace, checks=checks))
    return excuses


def _young_deployments(run: Run, grace: timedelta) -> dict[str, datetime]:
    """Role → beginning of its deployment, where that is under way in its time and none of its tasks has failed.

    ECS API Reference, Deployment: ``failedTasks`` goes back to zero as soon as one runs, so that time counts too.
    """
    services = run.inventory.ecs_services
    if not isinstance(services, Known):
        return {}
    by_name = {service.name: service for service in services.value.found}
    began = {role.role: _began_at(by_name[role.name]) for role in run.target.services if role.name in by_name}
    return {role: at for role, at in began.items() if at is not None and run.started_at < at + grace}


def _began_at(service: EcsService) -> datetime | None:
    primary = next((each for each in service.deployments if each.status == "PRIMARY"), None)
    if primary is None or primary.rollout_state != "IN_PROGRESS" or primary.failed_tasks:
        return None
    return primary.created_at


def _met_by(run: Run, role: str) -> tuple[str, ...]:
    """The failing checks whose requests pass a service, or rest on it, and of which no other cause is proved."""
    proved = {check for cause in run.causes if cause.confidence not in _NOT_PROVED for check in cause.explains}
    evidence = Evidence(run)
    return tuple(
        result.check_id
        for result in _excusable(run)
        if result.check_id not in proved and f"service:{role}" in way_of(Symptom.of(result), evidence)
    )


def _of_services(run: Run, roles: set[str]) -> tuple[str, ...]:
    """The failing checks of services, and those that a cause in one of them explains."""
    of_causes = {check for cause in run.causes if cause.service in roles for check in cause.explains}
    return tuple(
        result.check_id for result in _excusable(run) if result.service in roles or result.check_id in of_causes
    )


def _expected(run: Run) -> list[Excuse]:
    excuses: list[Excuse] = []
    for window in run.target.expected_down:
        until = window.ends_at(run.started_at)
        if until is not None:
            whole = tuple(result.check_id for result in _excusable(run))
            checks = _of_services(run, set(window.services)) if window.services else whole
            excuses.append(Excuse(kind=ExcuseKind.EXPECTED, reason=window.reason, until=until, checks=checks))
    return excuses


def _acknowledged(run: Run, acknowledgements: Iterable[Acknowledgement]) -> list[Excuse]:
    """By the exact cause: another resource, or another kind of cause of the same service, is not meant.

    Nor is a check that another cause explains too.
    """
    current = {(each.kind, each.resource): each for each in acknowledgements if each.until > run.started_at}
    others = {check for cause in run.causes if cause.key not in current for check in cause.explains}
    excusable = {result.check_id for result in _excusable(run)} - others
    excuses: list[Excuse] = []
    for cause in (cause for cause in run.causes if cause.key in current):
        known, checks = current[cause.key], tuple(check for check in cause.explains if check in excusable)
        excuses.append(Excuse(kind=ExcuseKind.ACKNOWLEDGED, reason=known.reason, until=known.until, checks=checks))
    return excuses
