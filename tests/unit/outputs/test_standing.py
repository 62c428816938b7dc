"""The last full verdict in moto's S3: written by full runs, read by all, and never in anybody's way."""

from typing import Any

import pytest

from registry_monitor.model import Depth, Result, Status
from registry_monitor.outputs.standing import STANDING, KeptStanding, StandingStore
from registry_monitor.outputs.state_store import S3StateStore
from registry_monitor.run import Run
from registry_monitor.standing import REPEATS, StandingVerdict
from tests.unit.reports.samples import INFRASTRUCTURE, healthy, result, run_of

BUCKET, TARGET, REGION = "standing-reports", "hokusai-development", "us-east-1"
KEY = f"{TARGET}/state/{STANDING}"
FAILED = result("a", Status.FAIL, depth=Depth.FULL)


@pytest.fixture
def store(s3: Any) -> StandingStore:
    return StandingStore(S3StateStore(BUCKET, TARGET, REGION, s3))


def light(*results: Result) -> Run:
    return run_of(results, depth=Depth.LIGHT)


def failing() -> Run:
    return run_of([FAILED], suites=(INFRASTRUCTURE,))


def test_first_full_run__leaves_its_verdict_to_the_next_run(store: StandingStore) -> None:
    """Before it there is nothing, which is no problem."""
    assert store.read() == KeptStanding()
    assert store.write_after(store.read(), failing()) is None
    kept = store.read()
    assert (kept.standing, kept.problem) == (StandingVerdict.of(failing()), None)


def test_healthy_light_run__writes_nothing(store: StandingStore) -> None:
    """It comes each minute: a write would be paid each minute."""
    store.write_after(store.read(), healthy())
    before = store.read()
    assert store.write_after(before, light(result("own"))) is None
    assert store.read() == before


def test_light_run_that_asked_again__counts_it(store: StandingStore) -> None:
    """So the number of repeats is bounded over cold starts too."""
    store.write_after(store.read(), failing())
    store.write_after(store.read(), light(FAILED))
    kept = store.read()
    assert kept.standing and kept.standing.repeats_left == REPEATS - 1


def test_light_run_that_ends_late__leaves_a_newer_verdict_alone(store: StandingStore) -> None:
    """It writes only over what it has read."""
    store.write_after(store.read(), failing())
    read_before = store.read()
    store.write_after(store.read(), run_of([result("a", depth=Depth.FULL)], suites=(INFRASTRUCTURE,)))
    newer = store.read()
    assert store.write_after(read_before, light(FAILED)) is None
    assert store.read() == newer


@pytest.mark.parametrize("has_been_there", [True, False], ids=["over another", "the first"])
def test_two_full_runs_at_a_time__lose_neither(store: StandingStore, has_been_there: bool) -> None:
    """The later one joins what the other has written meanwhile."""
    if has_been_there:
        store.write_after(store.read(), failing())
    read_by_both = store.read()
    store.write_after(read_by_both, healthy())
    assert store.write_after(read_by_both, failing()) is None
    kept = store.read().standing
    assert kept == StandingVerdict.of(healthy()).superseded_by(failing())


def test_verdict_of_another_version__is_a_problem_until_the_next_full_run(s3: Any, store: StandingStore) -> None:
    """It is told with its place, fails nothing, and is replaced."""
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b'{"schema_version": "0"}')
    kept = store.read()
    assert kept.standing is None
    assert kept.problem and f"state/{STANDING} is no verdict of this version" in kept.problem
    assert store.write_after(kept, healthy()) is None
    assert store.read().standing == StandingVerdict.of(healthy())


def test_bucket_that_is_not_there__is_told_and_fails_nothing(s3: Any) -> None:
    """By reading and by writing; each says what it was about."""
    store = StandingStore(S3StateStore("no-such-bucket", TARGET, REGION, s3))
    kept = store.read()
    told = f"s3://no-such-bucket/{TARGET}/state/{STANDING} could not be read: NoSuchBucket"
    assert (kept.standing, (kept.problem or "").startswith(told)) == (None, True)
    assert (store.write_after(kept, healthy()) or "").startswith(told)
