"""The runner: a whole list of results whatever happens, and an end in time."""

import threading
import time
from collections.abc import Callable

import pytest

from registry_monitor.model import Attempt, Check, NotAskedError, Outcome, Result, Status
from registry_monitor.redaction import Redactor
from registry_monitor.runner import Bounds, Runner
from tests.unit.running import cannot_tell, check, crashes, fails, hangs, passes, run_all, statuses


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


def test_time_for_the_clean_up__is_kept_only_where_there_is_one() -> None:
    """A light run has nothing to clean up, and may use all its time."""

    def slow(attempt: Attempt) -> Outcome:
        time.sleep(0.15)
        return passes(attempt)

    (alone,) = run_all(check("slow", slow), time_s=0.4, cleanup_reserve_s=0.35)
    assert alone.status is Status.PASS
    with_clean_up = run_all(check("slow", slow), check("end", always=True), time_s=0.4, cleanup_reserve_s=0.35)
    assert statuses(with_clean_up) == [Status.UNKNOWN, Status.PASS]


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


def test_check_that_finds_that_it_is_not_to_be_asked__is_skipped_with_its_reason() -> None:
    """A run with one key alone cannot try the others: that is no gap in what was to be found out."""

    def not_asked(attempt: Attempt) -> Outcome:
        raise NotAskedError("it needs the key 'reader'")

    (result,) = run_all(check("reader", not_asked))
    assert (result.status, result.seen) == (Status.SKIPPED, "was not asked: it needs the key 'reader'")
