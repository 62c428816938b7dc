"""The runner: what is asked again, how often, and what all askings say together."""

import time
from collections.abc import Callable

import pytest

from registry_monitor.model import Attempt, Outcome, Status
from tests.unit.running import cannot_tell, check, fails, hangs, passes, run_all


def test_failing_read__is_asked_again_and_stays_fail() -> None:
    """A read that fails twice is a FAIL with both attempts told."""
    numbers: list[int] = []

    def run(attempt: Attempt) -> Outcome:
        numbers.append(attempt.number)
        return fails(attempt)

    (result,) = run_all(check("read", run, host="registry"))
    assert (result.status, numbers, len(result.attempts)) == (Status.FAIL, [1, 2], 2)


def test_read_that_recovers__is_flaky() -> None:
    """Wrong first, right when asked again: FLAKY, with what was wrong at first."""
    (result,) = run_all(check("read", lambda attempt: (fails, passes)[attempt.number - 1](attempt), host="registry"))
    assert (result.status, result.seen) == (Status.FLAKY, "is right when asked again; at first it is wrong")
    assert [asking.status for asking in result.attempts] == [Status.FAIL, Status.FLAKY]


@pytest.mark.parametrize("second", [hangs, cannot_tell, fails], ids=["hangs", "cannot tell", "fails"])
def test_failure_that_is_not_taken_back__stays_fail(second: Callable[[Attempt], Outcome]) -> None:
    """A platform that hangs when it is asked again was wrong all the same: only a right answer makes it FLAKY."""
    run = lambda attempt: (fails, second)[attempt.number - 1](attempt)  # noqa: E731
    (result,) = run_all(check("read", run, host="registry", timeout_s=0.2))
    assert result.status is Status.FAIL
    assert result.seen.startswith("is wrong")
    assert len(result.attempts) == 2


def test_rate_limit__is_not_asked_again() -> None:
    """Nothing is retried against a 429."""
    numbers: list[int] = []

    def run(attempt: Attempt) -> Outcome:
        numbers.append(attempt.number)
        return Outcome.judge(False, expected="200", seen="answered 429", is_final=True)

    assert run_all(check("read", run, host="registry"))[0].status is Status.FAIL
    assert numbers == [1]


def test_find_or_create__is_a_write_that_is_asked_again() -> None:
    """By a fixed name, asking twice makes nothing twice."""
    run = lambda attempt: (fails, passes)[attempt.number - 1](attempt)  # noqa: E731
    (result,) = run_all(check("find", run, host="registry", writes=True, is_idempotent=True))
    assert result.status is Status.FLAKY


@pytest.mark.parametrize(("right_at", "status", "asked"), [(3, Status.FLAKY, 3), (4, Status.FAIL, 3)])
def test_failing_read__is_asked_as_often_as_there_are_pauses(right_at: int, status: Status, asked: int) -> None:
    """Once more after each pause, until it is right; wrong the last time too is FAIL."""

    def run(attempt: Attempt) -> Outcome:
        return passes(attempt) if attempt.number >= right_at else fails(attempt)

    (result,) = run_all(check("read", run, host="h"), confirm_after_s=(0.0, 0.01))
    assert (result.status, len(result.attempts)) == (status, asked)


def test_confirmation_that_waits_for_room__costs_no_cpu() -> None:
    """While its host is busy the runner sleeps."""

    def slow(attempt: Attempt) -> Outcome:
        time.sleep(0.4)
        return passes(attempt)

    before = time.process_time()
    run_all(check("read", fails, host="a"), check("slow", slow, host="a"), concurrency_per_host=1)
    assert time.process_time() - before < 0.2


def test_failing_write__is_never_asked_again() -> None:
    """A write may have happened although it failed; it is not repeated."""
    numbers: list[int] = []

    def run(attempt: Attempt) -> Outcome:
        numbers.append(attempt.number)
        return fails(attempt)

    assert run_all(check("write", run, host="registry", writes=True))[0].status is Status.FAIL
    assert numbers == [1]


def test_failure__is_asked_again_before_what_waits() -> None:
    """Else the run's time may be over before it is known to be one."""
    asked: list[str] = []

    def noting(attempt: Attempt) -> Outcome:
        asked.append(attempt.check_id)
        return fails(attempt) if attempt.check_id == "wrong" else passes(attempt)

    waiting = [check(f"check-{n}", noting, host="host") for n in range(3)]
    run_all(check("wrong", noting, host="host"), *waiting, concurrency_per_host=1)
    assert asked[:2] == ["wrong", "wrong"]
