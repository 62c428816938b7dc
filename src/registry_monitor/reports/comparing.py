"""Compares two runs of one target: pure, and only where both asked the same."""

from collections.abc import Callable, Iterable

from registry_monitor.comparison import CheckChange, ComparedCause, ComparedRun, Comparison, MetricChange
from registry_monitor.finding import Finding, FindingState
from registry_monitor.model import Result, Status, SuiteName
from registry_monitor.reports.availability import service_rows
from registry_monitor.reports.registration import registration_ms
from registry_monitor.run import Run


class NotComparableError(Exception):
    """Two runs that say nothing about each other, with the reason."""


def compare(previous: Run, current: Run) -> Comparison:
    """What changed from the previous run to the current one. Raises NotComparableError with the reason."""
    suites = _common_suites(previous, current)
    before, now = _results_of(previous, suites), _results_of(current, suites)
    causes = _Causes(previous, current, before, now)
    return Comparison(
        target=current.target.name,
        previous=_side(previous),
        current=_side(current),
        suites=suites,
        left_out=tuple(each for each in SuiteName if each in _asked(previous) ^ _asked(current)),
        metrics=_metrics(previous, current, suites),
        improvements=_changed(before, now, lambda was, is_: is_.is_passed and was is not None and was.is_not_passed),
        regressions=_changed(before, now, lambda was, is_: is_.is_not_passed and not (was and was.is_not_passed)),
        new=causes.new(),
        persisting=causes.persisting(),
        resolved=causes.gone(is_proved=True),
        unclear=causes.gone(is_proved=False),
    )


def _common_suites(previous: Run, current: Run) -> tuple[SuiteName, ...]:
    told = f"run {previous.run_id} and run {current.run_id} cannot be compared"
    if previous.target.name != current.target.name:
        raise NotComparableError(f"{told}: one is of {previous.target.name}, the other of {current.target.name}")
    if previous.run_id == current.run_id:
        raise NotComparableError(f"{told}: they are the same run; expected two")
    if previous.started_at > current.started_at:
        raise NotComparableError(f"{told} in this order: the first is the newer one; name the earlier one first")
    if previous.trigger.depth is not current.trigger.depth:
        depths = f"a {previous.trigger.depth} run, the other a {current.trigger.depth} one"
        raise NotComparableError(f"{told}: one is {depths}, so that their scores are of different checks")
    common = tuple(suite for suite in SuiteName if suite in _asked(previous) & _asked(current))
    if not common:
        asked = f"{', '.join(previous.suite_scores)}, the other {', '.join(current.suite_scores)}"
        raise NotComparableError(f"{told}: they have no suite in common; one asked {asked}")
    return common


def _asked(run: Run) -> frozenset[SuiteName]:
    return frozenset(run.suite_scores)


def _side(run: Run) -> ComparedRun:
    return ComparedRun(run_id=run.run_id, started_at=run.started_at, depth=run.trigger.depth, verdict=run.verdict)


def _results_of(run: Run, suites: tuple[SuiteName, ...]) -> dict[str, Result]:
    return {result.check_id: result for result in run.results if result.suite in suites}


def _changed(
    before: dict[str, Result], now: dict[str, Result], is_wanted: Callable[[Status | None, Status], bool]
) -> tuple[CheckChange, ...]:
    """The checks whose two ends are wanted: those that failed of themselves before those that were kept from it."""
    found = [
        CheckChange(check_id=check, previous=was, current=result.status, sentence=result.sentence)
        for check, result in now.items()
        if is_wanted(was := before[check].status if check in before else None, result.status)
    ]
    return tuple(sorted(found, key=lambda each: each.current is Status.BLOCKED))


def _metrics(previous: Run, current: Run, suites: tuple[SuiteName, ...]) -> tuple[MetricChange, ...]:
    figures: list[tuple[str, str, Callable[[Run], float | None]]] = [
        *((f"Score of {suite}", "%", _score_of(suite)) for suite in suites),
        ("Checks that did not pass", "", lambda run: sum(run.suite_scores[each].not_passed for each in suites)),
        ("Checks not found out", "", lambda run: sum(run.suite_scores[each].unknown for each in suites)),
        ("ECS services with all their tasks", "", _services_running),
        ("Registering a model", "ms", registration_ms),
    ]
    changes = [
        MetricChange(name=name, unit=unit, previous=figure(previous), current=figure(current))
        for name, unit, figure in figures
    ]
    return tuple(each for each in changes if each.previous is not None or each.current is not None)


def _score_of(suite: SuiteName) -> Callable[[Run], float | None]:
    return lambda run: run.suite_scores[suite].score_pct


def _services_running(run: Run) -> float | None:
    """How many services run all the tasks that they want; null where ECS did not tell it of each."""
    rows = service_rows(run)
    if any(row.ecs_status is None for row in rows):
        return None
    return sum(bool(row.desired) and (row.running or 0) >= (row.desired or 0) for row in rows)


class _Causes:
    """The causes of both runs that explain checks which both runs have, by their keys."""

    def __init__(self, previous: Run, current: Run, before: dict[str, Result], now: dict[str, Result]) -> None:
        self._now = now
        self._was = _by_key(cause for cause in previous.causes if before.keys() & cause.explains)
        self._is = _by_key(cause for cause in current.causes if now.keys() & cause.explains)
        self._all_before = _by_key(previous.findings)
        self._all_now = _by_key(current.findings)

    def new(self) -> tuple[ComparedCause, ...]:
        """Felt now, and not before."""
        found = [cause for key, cause in self._is.items() if key not in self._was]
        return tuple(_told(cause, self._state_before(cause)) for cause in found)

    def persisting(self) -> tuple[ComparedCause, ...]:
        """Felt before, and still there, if only behind another one."""
        still = [self._all_now[key] for key in self._was if key in self._all_now]
        return tuple(
            _told(cause, None if cause.key in self._is else f"{cause.state} now, so that no check fails of it alone")
            for cause in still
        )

    def gone(self, *, is_proved: bool) -> tuple[ComparedCause, ...]:
        """Felt before, and not named any more: with the checks that prove it, or for want of them."""
        lost = [cause for key, cause in self._was.items() if key not in self._all_now]
        told = [(cause, [each for each in cause.explains if not self._has_passed(each)]) for cause in lost]
        return tuple(
            _told(cause, f"not proved by {', '.join(open_checks[:3])}" if open_checks else None)
            for cause, open_checks in told
            if is_proved is not bool(open_checks)
        )

    def _has_passed(self, check: str) -> bool:
        return check in self._now and self._now[check].status.is_passed

    def _state_before(self, cause: Finding) -> str | None:
        was = self._all_before.get(cause.key)
        return f"{was.state} before" if was is not None and was.state is not FindingState.ACTIVE else None


def _by_key(findings: Iterable[Finding]) -> dict[tuple[str, str], Finding]:
    return {finding.key: finding for finding in findings}


def _told(cause: Finding, note: str | None) -> ComparedCause:
    return ComparedCause(kind=cause.kind, resource=cause.resource, statement=cause.statement, note=note)
