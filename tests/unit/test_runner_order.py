"""The runner: what is asked first, side by side, last, and not at all."""

import threading
import time
from collections.abc import Callable

import pytest

from registry_monitor.model import Attempt, Outcome, Status
from tests.unit.running import answers, cannot_tell, check, counting, fails, passes, run_all, slow, statuses, very_slow


@pytest.mark.parametrize(("hosts", "at_once"), [(("a",) * 6, 2), (("a", "b", "c") * 4, 3), ((None,) * 6, 3)])
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
        return answers(attempt)

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
            return answers(attempt)

        return run

    several = check("several", asks(at_once), host="a", at_once=at_once)
    others = [check(f"check-{number}", asks(1), host="a") for number in range(6)]
    results = run_all(*others[:3], several, *others[3:], concurrency_per_host=3)
    assert (seen, set(statuses(results))) == (most, {Status.PASS})


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
    for first, most in ((very_slow, 1), (slow, 2)):
        seen.clear()
        run_all(check("first", first, host="host"), *behind)
        assert max(len(each) for each in seen) == most


def test_platform_that_may_be_about_to_freeze__is_asked_no_more_than_is_vital() -> None:
    """What is left out says why."""
    first = [check(f"late-{n}", very_slow, host="host") for n in range(2)]
    names = tuple(each.id for each in first)
    behind = check("full", after=names, host="host"), check("vital", after=names, host="host", is_vital=True)
    *_, full, vital = run_all(*first, *behind)
    assert (full.status, vital.status) == (Status.SKIPPED, Status.PASS)
    assert full.seen == (
        "was not asked: the platform may be about to freeze: answers come late, that to late-1 after 1000 ms"
    )
