"""The last full verdict: what stands, what mends it, and what light runs ask again. Pure."""

from datetime import timedelta

import pytest

from registry_monitor.model import Attempt, Check, Depth, Outcome, Result, Status, SuiteName
from registry_monitor.run import Run
from registry_monitor.standing import (
    MOST_REPEATED,
    REPEATS,
    STANDS_S,
    StandingVerdict,
    ended,
    light_checks,
    stands_after,
)
from tests.unit.reports.samples import INFRASTRUCTURE, REGISTRATION, healthy, result, run_of

E2E = SuiteName.E2E_MODEL_REGISTRATION
FAILED = result("a", Status.FAIL, depth=Depth.FULL)
BLOCKED = result("b", Status.BLOCKED, depth=Depth.FULL, blocked_by=FAILED.check_id)


def passes(attempt: Attempt) -> Outcome:
    return Outcome.judge(True, expected="", seen="")


def check(result: Result, **fields: object) -> Check:
    made = {"id": result.check_id, "suite": result.suite, "depth": result.depth, "run": passes, "subject": "it"}
    return Check(**made | fields)  # type: ignore[arg-type]


def later(run: Run, seconds: float) -> Run:
    return run.model_copy(update={"started_at": run.started_at + timedelta(seconds=seconds)})


def light(*results: Result) -> Run:
    return run_of(results, depth=Depth.LIGHT)


def failing() -> StandingVerdict:
    return StandingVerdict.of(run_of([FAILED, BLOCKED], suites=(INFRASTRUCTURE,)))


def status(standing: StandingVerdict | None, of: Result) -> Status:
    assert standing is not None
    return standing.checks[of.check_id].status


def test_standing__is_read_back_as_it_was_written() -> None:
    """The document in S3 loses nothing that is not its default."""
    standing = failing()
    assert StandingVerdict.model_validate_json(standing.model_dump_json(exclude_defaults=True)) == standing


def test_verdict__stands_until_it_is_35_minutes_old() -> None:
    """Then nothing is known any more, and nothing emitted."""
    full = healthy()
    kept = StandingVerdict.of(full)
    assert set(kept.at(ended(full) + timedelta(seconds=STANDS_S)).suites) == {INFRASTRUCTURE, REGISTRATION}
    assert kept.at(ended(full) + timedelta(seconds=STANDS_S + 1)).suites == {}


def test_full_run__supersedes_the_suites_that_it_asked() -> None:
    """The hourly suite stands on behind full runs that leave it out, as long as it is not too old."""
    e2e = run_of([result("day", Status.FAIL, suite=E2E)], suites=(E2E,))
    newer = later(healthy(), 15 * 60)
    stands = stands_after(StandingVerdict.of(e2e), newer)
    assert stands is not None
    assert (set(stands.suites), stands.failed) == ({E2E, INFRASTRUCTURE, REGISTRATION}, (f"{E2E}.day",))
    assert stands_after(StandingVerdict.of(e2e), later(newer, 30 * 60)) == StandingVerdict.of(later(newer, 30 * 60))


@pytest.mark.parametrize(
    ("run", "what"),
    [
        (healthy(reason="ad hoc"), "made by hand"),
        (
            healthy().model_copy(update={"trigger": healthy().trigger.model_copy(update={"is_complete": False})}),
            "a part",
        ),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_other_runs__have_no_part_in_it(run: Run, what: str) -> None:
    """What somebody asks for is no verdict of the schedule."""
    assert stands_after(failing(), run) is None, what


def test_light_run__mends_what_is_right_again() -> None:
    """What failed counts as passed; what it blocked is not known until somebody asks it."""
    again = FAILED.model_copy(update={"status": Status.PASS})
    stands = stands_after(failing(), light(again))
    assert (status(stands, FAILED), status(stands, BLOCKED)) == (Status.PASS, Status.UNKNOWN)
    assert stands and stands.suites[INFRASTRUCTURE].score.score_pct == 100.0


@pytest.mark.parametrize("again", [Status.FAIL, Status.UNKNOWN, Status.BLOCKED, Status.SKIPPED])
def test_light_run__that_does_not_see_it_right_mends_nothing(again: Status) -> None:
    """Could not find out is no recovery."""
    stands = stands_after(failing(), light(FAILED.model_copy(update={"status": again})))
    assert (status(stands, FAILED), status(stands, BLOCKED)) == (Status.FAIL, Status.BLOCKED)


def test_light_run__whose_heartbeat_is_right_again_knows_no_more_of_the_flow() -> None:
    """It cannot make one: what failed together with the heartbeat waits for the next full run, and rings no more."""
    heartbeat = result("heartbeat.find", Status.FAIL, suite=REGISTRATION)
    stage = result("experiment", Status.FAIL, suite=REGISTRATION, depth=Depth.FULL)
    kept = StandingVerdict.of(run_of([heartbeat, stage, FAILED], suites=(INFRASTRUCTURE, REGISTRATION)))
    stands = stands_after(kept, light(heartbeat.model_copy(update={"status": Status.PASS})))
    assert [status(stands, each) for each in (heartbeat, stage, FAILED)] == [Status.PASS, Status.UNKNOWN, Status.FAIL]
    alone = StandingVerdict.of(run_of([stage], suites=(REGISTRATION,)))
    assert status(stands_after(alone, light(result("heartbeat.find", suite=REGISTRATION))), stage) is Status.FAIL


@pytest.mark.parametrize(("is_open_door", "known"), [(False, Status.UNKNOWN), (True, Status.FAIL)])
def test_light_run__whose_bad_key_is_refused_again_waits_for_the_others(is_open_door: bool, known: Status) -> None:
    """It sends no other bad key: what failed with its own rings no more, but a door that stood open does."""
    own, other = (
        result(name, Status.FAIL, suite=SuiteName.AUTHENTICATION, depth=depth, is_security_failure=is_open_door)
        for name, depth in (("bad-key", Depth.LIGHT), ("bad.api", Depth.FULL))
    )
    kept = StandingVerdict.of(run_of([own, other], suites=(SuiteName.AUTHENTICATION,)))
    stands = stands_after(kept, light(own.model_copy(update={"status": Status.PASS})))
    assert (status(stands, own), status(stands, other)) == (Status.PASS, known)


def test_light_run__makes_the_verdict_no_worse() -> None:
    """It tells its own failures by itself: the suite's score is that of the whole suite."""
    passed = result("a")
    stands = stands_after(StandingVerdict.of(run_of([passed], suites=(INFRASTRUCTURE,))), light(FAILED))
    assert status(stands, passed) is Status.PASS


def test_light_run_without_a_verdict__knows_none() -> None:
    """Before the first full run there is nothing to tell again."""
    assert stands_after(None, light(FAILED)) is None


def test_to_repeat__failed_checks_with_what_they_wait_for() -> None:
    """Behind its own checks; what was merely blocked waits until its prerequisite is right."""
    first, own = check(result("first", depth=Depth.FULL)), check(result("own"))
    failed = check(FAILED, after=(first.id,))
    listed = (first, failed, check(BLOCKED, after=(failed.id,)), own)
    assert [each.id for each in light_checks(listed, failing())] == [own.id, first.id, failed.id]
    assert all(each.is_vital for each in light_checks(listed, failing()) if each is not own)
    assert light_checks(listed, None) == (own,)


@pytest.mark.parametrize(
    "fields",
    [
        {"suite": REGISTRATION},
        {"suite": E2E},
        {"only_when_well": True},
        {"sends_bad_key": True},
        {"always": True},
        {"after": (f"{REGISTRATION}.stage",)},
    ],
    ids=str,
)
def test_to_repeat__nothing_that_is_heavy_or_does_harm(fields: dict[str, object]) -> None:
    """Neither does a light run import mlflow, nor does it load a platform in trouble, nor send many bad keys."""
    stage = check(result("stage", suite=REGISTRATION, depth=Depth.FULL))
    assert failing().to_repeat([stage, check(FAILED, **fields)]) == frozenset()


def test_to_repeat__ends() -> None:
    """Each light run that asks again takes one of them; a full run begins anew."""
    standing, listed = failing(), [check(FAILED)]
    for left in reversed(range(REPEATS)):
        assert standing.to_repeat(listed) == {FAILED.check_id}
        standing = standing.mended_by([FAILED])
        assert standing.repeats_left == left
    assert standing.to_repeat(listed) == frozenset()


def test_to_repeat__no_more_than_a_light_run_has_time_for() -> None:
    """The others follow when these are right."""
    failed = [result(f"f{number}", Status.FAIL, depth=Depth.FULL) for number in range(MOST_REPEATED + 5)]
    standing = StandingVerdict.of(run_of(failed, suites=(INFRASTRUCTURE,)))
    assert len(standing.to_repeat([check(each) for each in failed])) == MOST_REPEATED


def test_to_repeat__begins_with_what_pages() -> None:
    """Keys before all else."""
    many = [result(f"f{number}", Status.FAIL, depth=Depth.FULL) for number in range(MOST_REPEATED)]
    key = result("accepted", Status.FAIL, suite=SuiteName.AUTHENTICATION, depth=Depth.FULL)
    standing = StandingVerdict.of(run_of([*many, key], suites=(INFRASTRUCTURE, SuiteName.AUTHENTICATION)))
    assert key.check_id in standing.to_repeat([check(each) for each in [*many, key]])


def test_to_repeat__a_check_that_is_gone_is_forgotten() -> None:
    """The target file may have changed since."""
    assert failing().to_repeat([]) == frozenset()
