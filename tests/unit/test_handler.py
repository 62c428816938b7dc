"""What the function does with a run: its metrics, the verdict that it leaves to the next one, and its reports."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from registry_monitor.handler import publish_everywhere
from registry_monitor.model import Depth, Status
from registry_monitor.outputs.standing import STATE, StandingStore
from registry_monitor.run import Run
from registry_monitor.standing import REPEATS
from tests.unit.reports import samples

BUCKET, TARGET, REGION = "handler-reports", "hokusai-development", "us-east-1"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "fake-access-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "fake-secret-key")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    mock = mock_aws()
    mock.start(reset=False)  # a sandbox of another test may share the process and its state
    client = boto3.client("s3", region_name=REGION)
    client.create_bucket(Bucket=BUCKET)
    yield client
    for each in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        client.delete_object(Bucket=BUCKET, Key=each["Key"])
    client.delete_bucket(Bucket=BUCKET)
    mock.stop(remove_data=False)


def printed(run: Run, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Publish a run as the function does, with what an earlier one has left; the line of its metrics."""
    store = StandingStore(BUCKET, TARGET, REGION)
    publish_everywhere(run, BUCKET, store, store.read())
    (line,) = [each for each in capsys.readouterr().out.splitlines() if '"_aws"' in each]
    found: dict[str, Any] = json.loads(line)
    return found


def test_full_verdict__is_told_by_light_runs_until_they_see_it_mended(
    s3: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """From run to run through S3: a failure that full runs alone ask for, asked again by two light runs."""
    failed = samples.result("deep", Status.FAIL, depth=Depth.FULL)
    full = samples.run_of([failed, samples.result("own")], suites=(samples.INFRASTRUCTURE,))
    again = samples.run_of([failed, samples.result("own")], depth=Depth.LIGHT)
    mended = samples.run_of([samples.result("deep", depth=Depth.FULL), samples.result("own")], depth=Depth.LIGHT)
    later = samples.run_of([samples.result("own")], depth=Depth.LIGHT)
    scores = [printed(run, capsys)["InfrastructureScorePct"] for run in (full, later, again, mended, later)]
    assert scores == [[50.0], [50.0], [50.0], [100.0], [100.0]]
    kept = StandingStore(BUCKET, TARGET, REGION).read().standing
    assert kept and (kept.repeats_left, kept.failed) == (REPEATS - 2, ())


def test_state_that_cannot_be_written__loses_no_report(s3: Any, caplog: pytest.LogCaptureFixture) -> None:
    """It is told in the log, and fails nothing: the bucket of the reports is asked by itself."""
    store = StandingStore("no-such-bucket", TARGET, REGION)
    answer = publish_everywhere(samples.healthy(), BUCKET, store, store.read())
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET)["Contents"]]
    assert (answer["status"], f"{TARGET}/status.json" in keys, f"{TARGET}/{STATE}" in keys) == ("HEALTHY", True, False)
    (reason,) = (record.reason for record in caplog.records if hasattr(record, "reason"))
    assert reason == f"s3://no-such-bucket/{TARGET}/{STATE} could not be written: NoSuchBucket"
