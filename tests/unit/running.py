"""Lists of checks that are run in tests, and what their checks answer."""

import time
from collections.abc import Callable

from registry_monitor.model import Attempt, CannotTellError, Check, Outcome, Result, Status, SuiteName
from registry_monitor.redaction import Redactor
from registry_monitor.runner import Bounds, Runner

SUITE = SuiteName.INFRASTRUCTURE_HEALTH


def passes(attempt: Attempt) -> Outcome:
    return Outcome.judge(True, expected="right", seen="is right")


def answers(attempt: Attempt) -> Outcome:
    return Outcome.judge(True, expected="right", seen="is right", latency_ms=1.0)


def slow(attempt: Attempt) -> Outcome:
    return Outcome.judge(True, expected="right", seen="is right", latency_ms=999.0, budget_ms=1.0)


def very_slow(attempt: Attempt) -> Outcome:
    return Outcome.judge(True, expected="right", seen="is right", latency_ms=1000.0, budget_ms=1.0)


def fails(attempt: Attempt) -> Outcome:
    return Outcome.judge(False, expected="right", seen="is wrong")


def crashes(attempt: Attempt) -> Outcome:
    raise ZeroDivisionError("with fake-secret-key inside")


def cannot_tell(attempt: Attempt) -> Outcome:
    raise CannotTellError("the fact was denied")


def hangs(attempt: Attempt) -> Outcome:
    attempt.abandoned.wait(10)
    return Outcome.judge(True, expected="", seen="")


def counting() -> tuple[Callable[[Attempt], Outcome], list[list[str]]]:
    """What a check runs, and which others were under way each time that one began, itself among them."""
    under_way: list[str] = []
    seen: list[list[str]] = []

    def counted(attempt: Attempt) -> Outcome:
        under_way.append(attempt.check_id)
        seen.append(list(under_way))
        time.sleep(0.03)
        under_way.remove(attempt.check_id)
        return passes(attempt)

    return counted, seen


def check(name: str, run: Callable[[Attempt], Outcome] = passes, **fields: object) -> Check:
    return Check(id=name, suite=SUITE, subject=name, run=run, **fields)  # type: ignore[arg-type]


def run_all(*checks: Check, time_s: float = 5.0, **bounds: object) -> tuple[Result, ...]:
    limits = Bounds(time.monotonic() + time_s, **{"cleanup_reserve_s": 0.0, "confirm_after_s": (0.0,), **bounds})  # type: ignore[arg-type]
    return Runner("run-1", limits, Redactor(["fake-secret-key"])).run(checks)


def statuses(results: tuple[Result, ...]) -> list[Status]:
    return [result.status for result in results]
