"""Runs checks side by side, in order, within limits and one deadline, and always returns a result for each.

Threads are daemons: a check that hangs is abandoned at its time-out (its ``Attempt.abandoned`` is set, so that
no write of its can follow) and becomes UNKNOWN; it can keep neither the run nor the process.
"""

import queue
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from registry_monitor.check_list import (
    inherited,
    is_unwell,
    longest_first,
    others,
    refuse_wrong_list,
)
from registry_monitor.model import Asking, Attempt, CannotTellError, Check, NotAskedError, Outcome, Result, Status
from registry_monitor.pace import Pace
from registry_monitor.redaction import Redactor

_SEEN_CHARACTERS = 300


@dataclass(frozen=True)
class Bounds:
    """Limits of one run.

    ``deadline`` is a time.monotonic(): checks that always run may use all of it, the others end
    ``cleanup_reserve_s`` earlier. A failing read is asked again, so many seconds after each time that it failed.
    """

    deadline: float
    cleanup_reserve_s: float = 5.0
    concurrency: int = 12
    concurrency_per_host: int = 4
    confirm_after_s: tuple[float, ...] = (0.5,)


@dataclass
class _Asked:
    """One check under way: its thread reports on the queue, unless it has been abandoned before."""

    check: Check
    attempt: Attempt
    started: float
    earlier: list[Asking] = field(default_factory=list)


type _Report = tuple[_Asked, Outcome, str | None]


class Runner:
    """Runs one list of checks once. ``on_result`` is told each result as it comes, from the calling thread."""

    def __init__(
        self,
        run_id: str,
        bounds: Bounds,
        redactor: Redactor,
        on_result: Callable[[Result], None] = lambda result: None,
    ) -> None:
        self._run_id = run_id
        self._bounds = bounds
        self._redactor = redactor
        self._on_result = on_result
        self._reports: queue.SimpleQueue[_Report] = queue.SimpleQueue()
        self._results: dict[str, Result] = {}
        self._under_way: dict[str, _Asked] = {}
        self._to_confirm: list[tuple[float, _Asked]] = []
        self._began = time.monotonic()
        self._cleans_up = False
        self._waits_for: dict[str, frozenset[str]] = {}
        self._unwell: list[Result] = []
        self._pace = Pace(bounds.concurrency, bounds.concurrency_per_host)

    def run(self, checks: Sequence[Check]) -> tuple[Result, ...]:
        """Run all checks; results stand in the order of the checks. Raises ValueError on a wrong list."""
        refuse_wrong_list(checks)
        self._began = time.monotonic()
        self._cleans_up = any(check.always for check in checks)
        last = others(checks)
        self._waits_for = {check.id: frozenset(last.get(check.id, check.after)) for check in checks}
        waiting = longest_first(checks)
        while waiting or self._under_way or self._to_confirm:
            waiting = self._settle(waiting)
            self._restart_confirmations()
            waiting = self._start_ready(waiting)
            self._abandon_overdue()
            self._take_report()
        return tuple(self._results[check.id] for check in checks)

    def _settle(self, waiting: list[Check]) -> list[Check]:
        """Give a result to each waiting check that is not going to be asked; return the others."""
        still: list[Check] = []
        for check in waiting:
            verdict = self._unasked(check)
            if verdict is None:
                still.append(check)
            else:
                status, seen, blocked_by = verdict
                outcome = Outcome(status=status, expected="to be asked", seen=seen)
                self._finish(_unasked_result(check, outcome, blocked_by))
        return still

    def _unasked(self, check: Check) -> tuple[Status, str, str | None] | None:
        if check.skip is not None:
            return Status.SKIPPED, f"was not asked: {check.skip}", None
        ended = [self._results[name] for name in check.after if name in self._results]
        if not check.always:
            for prerequisite in ended:
                if not prerequisite.status.is_passed:
                    return inherited(prerequisite)
        if check.only_when_well:
            unwell = next((each for each in self._unwell if each.check_id in self._waits_for[check.id]), None)
            if unwell is not None:
                reason = f"it does harm to a platform in trouble, and {unwell.check_id} is {unwell.status}"
                return Status.SKIPPED, f"was not asked: {reason}", None
        if spared := self._pace.spares(check):
            return Status.SKIPPED, f"was not asked: {spared}", None
        if self._stops_at(check) <= time.monotonic():
            unfinished = [name for name in check.after if name not in self._results]
            wait = f" while it waited for {', '.join(unfinished)}" if unfinished else ""
            return Status.UNKNOWN, f"was not asked: the run's time was over{wait}", None
        return None

    def _start_ready(self, waiting: list[Check]) -> list[Check]:
        for check in self._pace.in_order(waiting):
            if self._waits_for[check.id] <= self._results.keys() and self._has_room(check):
                self._ask(check, number=1, earlier=[])
        return [check for check in waiting if check.id not in self._under_way]

    def _has_room(self, check: Check) -> bool:
        return self._pace.has_room(check, [asked.check for asked in self._under_way.values()])

    def _stops_at(self, check: Check) -> float:
        reserve_s = self._bounds.cleanup_reserve_s if self._cleans_up and not check.always else 0.0
        return self._bounds.deadline - reserve_s

    def _ask(self, check: Check, number: int, earlier: list[Asking]) -> None:
        now = time.monotonic()
        deadline = min(now + check.timeout_s, self._stops_at(check))
        attempt = Attempt(run_id=self._run_id, check_id=check.id, number=number, deadline=deadline)
        asked = _Asked(check=check, attempt=attempt, started=now, earlier=earlier)
        self._under_way[check.id] = asked
        threading.Thread(target=self._work, args=(asked,), name=check.id, daemon=True).start()

    def _work(self, asked: _Asked) -> None:
        trace = None
        try:
            outcome = asked.check.run(asked.attempt)
        except CannotTellError as error:
            outcome = Outcome(status=Status.UNKNOWN, expected="to find out", seen=f"could not be asked: {error}")
        except NotAskedError as error:
            outcome = Outcome(status=Status.SKIPPED, expected="to be asked", seen=f"was not asked: {error}")
        except Exception as error:  # noqa: BLE001 - one crashing check must lose nothing else
            seen = f"could not be judged, by a defect of the monitor: {type(error).__name__}: {error}"
            outcome = Outcome(status=Status.UNKNOWN, expected="to find out", seen=seen)
            trace = traceback.format_exc()
        self._reports.put((asked, outcome, trace))

    def _take_report(self) -> None:
        """Wait for the next report, but no longer than until something else is due."""
        if not self._under_way and not self._to_confirm:
            return
        due = [asked.attempt.deadline for asked in self._under_way.values()]
        due += [at for at, asked in self._to_confirm if self._has_room(asked.check)]
        due.append(time.monotonic() + 0.25)  # a waiting check's own time may end first
        try:
            asked, outcome, trace = self._reports.get(timeout=max(0.0, min(due) - time.monotonic()))
        except queue.Empty:
            return
        if self._under_way.get(asked.check.id) is not asked:
            return  # a straggler: abandoned, and its result already told
        del self._under_way[asked.check.id]
        again_at = self._confirmed_at(asked, outcome)
        if again_at is None:
            result = self._result(asked, outcome, trace)
            self._pace.learn(asked.check, result)
            self._finish(result)
        else:
            asked.earlier.append(_asking(asked, outcome))
            self._to_confirm.append((again_at, asked))

    def _confirmed_at(self, asked: _Asked, outcome: Outcome) -> float | None:
        """When a check is to be asked again; None where this outcome is the last."""
        pauses_s = self._bounds.confirm_after_s[asked.attempt.number - 1 :]
        if outcome.status is not Status.FAIL or not asked.check.is_confirmed or outcome.is_final or not pauses_s:
            return None
        again_at = time.monotonic() + pauses_s[0]
        return again_at if again_at < self._stops_at(asked.check) else None

    def _restart_confirmations(self) -> None:
        now = time.monotonic()
        ready = [asked for at, asked in self._to_confirm if at <= now]
        for asked in ready:
            if self._has_room(asked.check):
                self._to_confirm = [entry for entry in self._to_confirm if entry[1] is not asked]
                self._ask(asked.check, number=asked.attempt.number + 1, earlier=asked.earlier)

    def _abandon_overdue(self) -> None:
        now = time.monotonic()
        for asked in list(self._under_way.values()):
            if asked.attempt.deadline <= now:
                asked.attempt.abandoned.set()
                del self._under_way[asked.check.id]
                waited_s = now - asked.started
                whose = "its own time-out" if asked.check.timeout_s <= waited_s else "the run's deadline"
                seen = f"did not end within {waited_s:.1f} s ({whose}), waiting for {_asks(asked.check)}"
                outcome = Outcome(status=Status.UNKNOWN, expected="to end in time", seen=seen)
                self._finish(self._result(asked, outcome, None))

    def _result(self, asked: _Asked, outcome: Outcome, trace: str | None) -> Result:
        if asked.earlier:
            outcome = _confirmed(asked.earlier[0], outcome)
        return Result(
            **outcome.model_dump(),
            check_id=asked.check.id,
            suite=asked.check.suite,
            subject=asked.check.subject,
            service=asked.check.service,
            depth=asked.check.depth,
            asked=asked.check.requests,
            started_ms=round((asked.started - self._began) * 1000, 1),
            duration_ms=round((time.monotonic() - asked.started) * 1000, 1),
            attempts=(*asked.earlier, _asking(asked, outcome)),
            waited_for=asked.check.after,
            request_id=asked.attempt.request_id,
            trace=trace,
        )

    def _finish(self, result: Result) -> None:
        clean = Result.model_validate(self._redactor.value(result.model_dump(mode="json")))
        attempts = tuple(each.model_copy(update={"seen": _short(each.seen)}) for each in clean.attempts)
        clean = clean.model_copy(update={"seen": _short(clean.seen), "attempts": attempts})
        self._results[result.check_id] = clean
        if is_unwell(clean):
            self._unwell.append(clean)
        self._on_result(clean)


def _short(seen: str) -> str:
    """A clause, not a document: what it leaves out stands in the evidence. Cut after redaction, never before."""
    return seen if len(seen) <= _SEEN_CHARACTERS else f"{seen[:_SEEN_CHARACTERS]}…"


def _confirmed(first: Asking, last: Outcome) -> Outcome:
    """What all askings say together: right in the end is FLAKY; wrong, or no answer in time, stays FAIL."""
    if last.status.is_passed:
        seen = f"{last.seen} when asked again; at first it {first.seen}"
        return last.model_copy(update={"status": Status.FLAKY, "seen": seen})
    if last.status is Status.UNKNOWN:
        seen = f"{first.seen}; asked again, it {last.seen}"
        return last.model_copy(update={"status": Status.FAIL, "expected": first.expected, "seen": seen})
    return last


def _asking(asked: _Asked, outcome: Outcome) -> Asking:
    duration_ms = round((time.monotonic() - asked.started) * 1000, 1)
    return Asking(status=outcome.status, expected=outcome.expected, seen=outcome.seen, duration_ms=duration_ms)


def _asks(check: Check) -> str:
    return " and ".join(check.requests[:3]) or check.subject


def _unasked_result(check: Check, outcome: Outcome, blocked_by: str | None) -> Result:
    return Result(
        **outcome.model_dump(),
        check_id=check.id,
        suite=check.suite,
        subject=check.subject,
        service=check.service,
        depth=check.depth,
        asked=check.requests,
        waited_for=check.after,
        blocked_by=blocked_by,
    )
