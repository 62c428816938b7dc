"""The runner: order, limits, deadline, confirmation, and a whole list of results whatever happens."""

import threading
import time
from collections.abc import Callable

import pytest

from registry_monitor.model import (
    Attempt,
    CannotTellError,
    Check,
    NotAskedError,
    Outcome,
    Result,
    Status,
    SuiteName,
)
from registry_monitor.redaction import Redactor
from registry_monitor.runner import Bounds, Runner

SUITE = SuiteName.INFRASTRUCTURE_HEALTH


def passes(attempt: Attempt) -> Outcome:
    return Outcome.judge(True, expected="right", seen="is right")


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


def test_results__stand_in_listed_order_whatever_ends_first() -> None:
    """A slow first check does not move behind a fast second one."""

    def slow(attempt: Attempt) -> Outcome:
        time.sleep(0.05)
        return passes(attempt)

    results = run_all(check("slow", slow), check("fast"))
    assert [result.check_id for result in results] == ["slow", "fast"]
    assert results[0].duration_ms >= 50


def test_crash__is_unknown_with_a_redacted_trace_and_loses_nothing_else() -> None:
    """A defect of the monitor is no verdict on the platform."""
    broken, fine = run_all(check("broken", crashes), check("fine"))
    assert (broken.status, fine.status) == (Status.UNKNOWN, Status.PASS)
    assert broken.trace is not None
    assert "ZeroDivisionError" in broken.trace
    assert "fake-secret-key" not in broken.model_dump_json()


def test_cannot_tell__is_unknown_with_its_reason() -> None:
    """What could not be found out is told with the reason, and is no FAIL."""
    (result,) = run_all(check("denied", cannot_tell))
    assert (result.status, result.seen) == (Status.UNKNOWN, "could not be asked: the fact was denied")


def test_failed_prerequisite__blocks_the_whole_chain_and_names_its_origin() -> None:
    """Everything behind a failed check is BLOCKED by that check, however far behind."""
    results = run_all(
        check("first", fails), check("second", after=("first",)), check("third", after=("second",)), check("other")
    )
    assert statuses(results) == [Status.FAIL, Status.BLOCKED, Status.BLOCKED, Status.PASS]
    assert [result.blocked_by for result in results] == [None, "first", "first", None]


@pytest.mark.parametrize(
    ("run", "skip", "behind"),
    [(cannot_tell, None, Status.UNKNOWN), (passes, "not here", Status.SKIPPED), (passes, None, Status.PASS)],
    ids=["unknown", "skipped", "passed"],
)
def test_prerequisite__hands_on_what_it_is(run: Callable[[Attempt], Outcome], skip: str | None, behind: Status) -> None:
    """Only a failure blocks; not knowing stays not knowing."""
    assert run_all(check("first", run, skip=skip), check("second", after=("first",)))[1].status is behind


def test_always_check__runs_after_a_failure() -> None:
    """A clean-up runs whatever its stages ended with, and after they ended."""
    results = run_all(check("stage", fails), check("clean-up", after=("stage",), always=True))
    assert statuses(results) == [Status.FAIL, Status.PASS]
    assert (results[1].started_ms or 0) >= (results[0].started_ms or 0)


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


def test_time_for_the_clean_up__is_kept_only_where_there_is_one() -> None:
    """A light run has nothing to clean up, and may use all its time."""

    def slow(attempt: Attempt) -> Outcome:
        time.sleep(0.15)
        return passes(attempt)

    (alone,) = run_all(check("slow", slow), time_s=0.4, cleanup_reserve_s=0.35)
    assert alone.status is Status.PASS
    with_clean_up = run_all(check("slow", slow), check("end", always=True), time_s=0.4, cleanup_reserve_s=0.35)
    assert statuses(with_clean_up) == [Status.UNKNOWN, Status.PASS]


def test_failing_write__is_never_asked_again() -> None:
    """A write may have happened although it failed; it is not repeated."""
    numbers: list[int] = []

    def run(attempt: Attempt) -> Outcome:
        numbers.append(attempt.number)
        return fails(attempt)

    assert run_all(check("write", run, host="registry", writes=True))[0].status is Status.FAIL
    assert numbers == [1]


def test_hanging_check__is_abandoned_at_its_time_out() -> None:
    """A check that hangs becomes UNKNOWN at its own time-out, told what it waited for, and cannot act any more."""
    attempts: list[Attempt] = []

    def run(attempt: Attempt) -> Outcome:
        attempts.append(attempt)
        return hangs(attempt)

    began = time.monotonic()
    results = run_all(check("stuck", run, timeout_s=0.1, requests=("GET https://registry/x",)), check("fine"))
    assert statuses(results) == [Status.UNKNOWN, Status.PASS]
    assert results[0].seen.endswith("(its own time-out), waiting for GET https://registry/x")
    assert time.monotonic() - began < 1.0
    assert attempts[0].remaining_s == 0.0


def test_deadline__makes_the_unfinished_unknown_and_leaves_time_to_clean_up() -> None:
    """At the deadline nothing is lost: what hangs and what waits is UNKNOWN, and the clean-up still runs."""
    results = run_all(
        check("stuck", hangs),
        check("waiting", after=("stuck",)),
        check("clean-up", after=("stuck",), always=True),
        time_s=0.6,
        cleanup_reserve_s=0.4,
    )
    assert statuses(results) == [Status.UNKNOWN, Status.UNKNOWN, Status.PASS]
    assert "the run's deadline" in results[0].seen


def test_deadline_already_over__still_gives_a_result_for_each() -> None:
    """A run without time is a whole Run of UNKNOWN."""
    results = run_all(check("one"), check("two", after=("one",)), time_s=-1.0)
    assert statuses(results) == [Status.UNKNOWN, Status.UNKNOWN]
    assert results[0].started_ms is None


def test_straggler__changes_nothing_after_it_was_abandoned() -> None:
    """A report that comes after the time-out is dropped, not taken for another attempt's."""
    released = threading.Event()

    def late(attempt: Attempt) -> Outcome:
        released.wait(5)
        return fails(attempt)

    def slow(attempt: Attempt) -> Outcome:
        time.sleep(0.15)
        released.set()
        time.sleep(0.1)
        return passes(attempt)

    assert statuses(run_all(check("late", late, timeout_s=0.05), check("slow", slow))) == [
        Status.UNKNOWN,
        Status.PASS,
    ]


@pytest.mark.parametrize(("hosts", "at_once"), [(("a",) * 6, 2), (("a", "b", "c", "d", "e", "f"), 3), ((None,) * 6, 3)])
def test_limits__hold_per_host_and_in_all(hosts: tuple[str | None, ...], at_once: int) -> None:
    """Never more than two at once on one host, nor three in all."""
    lock, under_way, most = threading.Lock(), 0, 0

    def run(attempt: Attempt) -> Outcome:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.03)
        with lock:
            under_way -= 1
        return passes(attempt)

    results = run_all(
        *(check(f"check-{number}", run, host=host) for number, host in enumerate(hosts)),
        concurrency=3,
        concurrency_per_host=2,
    )
    assert (most, set(statuses(results))) == (at_once, {Status.PASS})


@pytest.mark.parametrize(("at_once", "most"), [(2, 3), (3, 3), (4, 4)])
def test_limit_of_a_host__counts_what_a_check_asks_at_once(at_once: int, most: int) -> None:
    """Of three: beside a check that asks two things there is room for one more, and one of four has to be alone."""
    lock, under_way, seen = threading.Lock(), 0, 0

    def asks(number: int) -> Callable[[Attempt], Outcome]:
        def run(attempt: Attempt) -> Outcome:
            nonlocal under_way, seen
            with lock:
                under_way += number
                seen = max(seen, under_way)
            time.sleep(0.03)
            with lock:
                under_way -= number
            return passes(attempt)

        return run

    several = check("several", asks(at_once), host="a", at_once=at_once)
    others = [check(f"check-{number}", asks(1), host="a") for number in range(6)]
    results = run_all(*others[:3], several, *others[3:], concurrency_per_host=3)
    assert (seen, set(statuses(results))) == (most, {Status.PASS})


@pytest.mark.parametrize(
    ("checks", "problem"),
    [
        ((check("same"), check("same")), "check same is listed twice, expected once"),
        ((check("second", after=("first",)), check("first")), "check second waits for first, which is not listed"),
    ],
    ids=["twice", "before its prerequisite"],
)
def test_wrong_list__is_refused_before_anything_runs(checks: tuple[Check, ...], problem: str) -> None:
    """A list that could never end is a defect, told at once."""
    with pytest.raises(ValueError, match=problem):
        run_all(*checks)


def test_attempt__carries_the_correlation_of_run_and_check() -> None:
    """The request id is <run>-<check>, and stands in the result."""
    assert run_all(check("suite.name"))[0].request_id == "run-1-suite.name"


def test_on_result__is_told_each_result_redacted() -> None:
    """A live display sees what reports see."""
    told: list[Result] = []
    limits = Bounds(time.monotonic() + 5)
    Runner("run-1", limits, Redactor(["fake-secret-key"]), told.append).run([check("broken", crashes)])
    assert [result.check_id for result in told] == ["broken"]
    assert "fake-secret-key" not in told[0].seen


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (passes, Status.PASS),
        (slow, Status.PASS),
        (very_slow, Status.SKIPPED),  # about to freeze, perhaps
        (fails, Status.SKIPPED),
        (cannot_tell, Status.SKIPPED),
    ],
)
def test_check_that_does_harm__is_asked_only_when_all_others_are_well(
    other: Callable[[Attempt], Outcome], expected: Status
) -> None:
    """An endpoint that blocks the platform's event loop can have a sick platform's last task killed."""
    _, harmful = run_all(check("other", other), check("harmful", only_when_well=True))
    assert harmful.status is expected
    if expected is Status.SKIPPED:
        assert "it does harm to a platform in trouble, and other is" in harmful.seen


def test_checks_that_do_harm__run_last_and_one_by_one() -> None:
    """Whatever the limits allow, no two of them are under way, and nothing else is."""
    counted, seen = counting()
    results = run_all(
        check("one", counted, only_when_well=True),
        check("slow", counted),
        check("two", counted, only_when_well=True),
        check("three", counted, only_when_well=True),
        check("clean-up", always=True, after=("slow",)),
    )
    assert statuses(results) == [Status.PASS] * 5
    assert [each for each in seen if "slow" not in each] == [["one"], ["two"], ["three"]]
    assert ["slow"] in seen


def test_check_that_does_harm__is_not_asked_behind_one_of_its_kind_that_failed() -> None:
    """The first sign of trouble ends it."""
    first, second = run_all(check("first", fails, only_when_well=True), check("second", only_when_well=True))
    assert (first.status, second.status) == (Status.FAIL, Status.SKIPPED)


def test_check_that_finds_that_it_is_not_to_be_asked__is_skipped_with_its_reason() -> None:
    """A run with one key alone cannot try the others: that is no gap in what was to be found out."""

    def not_asked(attempt: Attempt) -> Outcome:
        raise NotAskedError("it needs the key 'reader'")

    (result,) = run_all(check("reader", not_asked))
    assert (result.status, result.seen) == (Status.SKIPPED, "was not asked: it needs the key 'reader'")


def test_order__what_most_waits_for_is_asked_first() -> None:
    """Where there is room for one, a chain's first check goes before those that nothing waits for."""
    asked: list[str] = []

    def noting(attempt: Attempt) -> Outcome:
        asked.append(attempt.check_id)
        return passes(attempt)

    chain = [check("a1", noting), check("a2", noting, after=("a1",)), check("a3", noting, after=("a2",))]
    results = run_all(check("alone-1", noting), check("alone-2", noting), *chain, concurrency=1)
    assert asked == ["a1", "a2", "alone-1", "alone-2", "a3"]
    assert [result.check_id for result in results] == ["alone-1", "alone-2", "a1", "a2", "a3"]


def test_platform_that_answers_late__is_asked_one_check_at_a_time() -> None:
    """What the pace makes of the first answer holds for all that come behind it."""
    counted, seen = counting()
    behind = [check(f"check-{n}", counted, after=("first",), host="host") for n in range(4)]
    for first, is_gentle, most in ((very_slow, True, 1), (slow, True, 2), (very_slow, False, 4)):
        seen.clear()
        run_all(check("first", first, host="host"), *behind, is_gentle=is_gentle)
        assert max(len(each) for each in seen) == most


def test_platform_that_may_be_about_to_freeze__is_asked_no_more_than_is_vital() -> None:
    """What is left out says why."""
    first = [check(f"late-{n}", very_slow, host="host") for n in range(2)]
    names = tuple(each.id for each in first)
    behind = check("full", after=names, host="host"), check("vital", after=names, host="host", is_vital=True)
    *_, full, vital = run_all(*first, *behind, is_gentle=True)
    assert (full.status, vital.status) == (Status.SKIPPED, Status.PASS)
    assert full.seen == (
        "was not asked: the platform may be about to freeze: answers come late, that to late-1 after 1000 ms"
    )


def test_failure__is_asked_again_before_what_waits() -> None:
    """Else the run's time may be over before it is known to be one."""
    asked: list[str] = []

    def noting(attempt: Attempt) -> Outcome:
        asked.append(attempt.check_id)
        return fails(attempt) if attempt.check_id == "wrong" else passes(attempt)

    waiting = [check(f"check-{n}", noting, host="host") for n in range(3)]
    run_all(check("wrong", noting, host="host"), *waiting, concurrency_per_host=1)
    assert asked[:2] == ["wrong", "wrong"]
