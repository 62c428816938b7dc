"""When the newest full run began, in moto's S3: deployments that end together give one run."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from registry_monitor.outputs.full_runs import FULL_RUN, FullRuns
from registry_monitor.outputs.state_store import S3StateStore

BUCKET = "full-runs"
NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def s3() -> Iterator[Any]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    client = boto3.client(
        "s3",
        region_name="us-east-1",
        endpoint_url=f"http://{host}:{port}",
        aws_access_key_id="fake-access-key",
        aws_secret_access_key="fake-secret-key",
    )
    client.create_bucket(Bucket=BUCKET)
    yield client
    server.stop()


@pytest.fixture
def runs(s3: Any, request: pytest.FixtureRequest) -> FullRuns:
    """The full runs of a target of this test's own."""
    return FullRuns(S3StateStore(BUCKET, request.node.name, "us-east-1", s3))


def test_deployments_within_two_minutes__give_one_run(runs: FullRuns) -> None:
    """Each event comes two minutes after its deployment ended: the run that the first starts has seen the others."""
    ended = [NOON, NOON + MINUTE, NOON + 2 * MINUTE]
    covered = [runs.begin(at + 2 * MINUTE, unless_since=at) for at in ended]
    assert covered == [None, NOON + 2 * MINUTE, NOON + 2 * MINUTE]


def test_deployment_after_the_run_began__gives_another(runs: FullRuns) -> None:
    """What was deployed during a run, that run has not seen from its start."""
    assert runs.begin(NOON) is None
    assert runs.begin(NOON + 3 * MINUTE, unless_since=NOON + timedelta(seconds=1)) is None
    assert runs.begin(NOON + 4 * MINUTE, unless_since=NOON + 2 * MINUTE) == NOON + 3 * MINUTE


def test_run_on_schedule__always_begins(runs: FullRuns) -> None:
    """It asks for no condition, and counts for deployments that ended before it."""
    assert [runs.begin(NOON), runs.begin(NOON + MINUTE)] == [None, None]
    assert runs.begin(NOON + 2 * MINUTE, unless_since=NOON) == NOON + MINUTE


def test_deployments_at_once__give_one_run(s3: Any) -> None:
    """Of events that arrive together, one writes, and the others see it: five tries with 4 at once."""
    for number in range(5):
        runs = FullRuns(S3StateStore(BUCKET, f"at-once-{number}", "us-east-1", s3))
        with ThreadPoolExecutor(4) as pool:
            begun = list(pool.map(lambda _, runs=runs: runs.begin(NOON + MINUTE, unless_since=NOON), range(4)))
        assert sorted(begun, key=str) == [NOON + MINUTE] * 3 + [None]


@pytest.mark.parametrize("content", [b"", b"[]", b'{"began_at": "noon"}'])
def test_state_that_is_none__is_written_anew(s3: Any, content: bytes) -> None:
    """A broken object stops no run, and is mended by it."""
    runs = FullRuns(S3StateStore(BUCKET, "broken", "us-east-1", s3))
    s3.put_object(Bucket=BUCKET, Key=f"broken/state/{FULL_RUN}", Body=content)
    assert runs.begin(NOON, unless_since=NOON - MINUTE) is None
    assert runs.begin(NOON, unless_since=NOON - MINUTE) == NOON


def test_bucket_that_is_not_there__stops_no_run(s3: Any) -> None:
    """Nobody knows then; a run too many is better than none."""
    assert FullRuns(S3StateStore("no-such-bucket", "any", "us-east-1", s3)).begin(NOON, unless_since=NOON) is None
