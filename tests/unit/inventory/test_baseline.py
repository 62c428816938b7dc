"""The last good run: read once from S3, compared with what is now; Unknown with the reason where it cannot be."""

from collections import Counter

import pytest

from registry_monitor.inventory import baseline
from registry_monitor.inventory.aws import aws_client
from registry_monitor.inventory.baseline import KNOWN_GOOD, Baseline, BaselineReading
from registry_monitor.inventory.facts import Fact, Known, Unknown
from registry_monitor.reports.known_good import known_good_document, may_be_compared_with
from registry_monitor.run import Run
from tests.unit.inventory.conftest import REGION, Account, target_of
from tests.unit.reports import samples

BUCKET, KEY = "kept-reports", f"test/{KNOWN_GOOD}"
TIME_S = 10.0


def stored(account: Account, content: str | None) -> None:
    client = account.client("s3")
    if BUCKET not in [each["Name"] for each in client.list_buckets()["Buckets"]]:
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    client.delete_object(Bucket=BUCKET, Key=KEY)
    if content is not None:
        client.put_object(Bucket=BUCKET, Key=KEY, Body=content.encode())


def compared(run: Run, bucket: str | None = BUCKET) -> Fact[Baseline | None] | None:
    reading = BaselineReading(target_of("auth"), bucket, aws_client)
    reading.begin()
    return reading.compared_with(run.inventory, TIME_S)


def test_kept_run__is_read_once_and_compared(account: Account, calls_made: Counter[str]) -> None:
    """What is written comes back whole; the same platform has no changes, another has."""
    good, now = samples.healthy(), samples.failing()
    stored(account, known_good_document(good))
    same, other = compared(good), compared(now)
    assert isinstance(same, Known) and same.value is not None and isinstance(other, Known) and other.value is not None
    assert (same.value.run_id, same.value.verdict, same.value.changes) == (good.run_id, good.verdict, ())
    assert [each.told for each in other.value.changes] == ["is gone"]
    assert calls_made["s3:GetObject"] == 2  # of two readings


def test_nothing_kept_yet__is_no_failure(account: Account) -> None:
    """The first run of a platform: then it is kept itself, whatever its verdict."""
    stored(account, None)
    fact = compared(samples.failing())
    assert fact == Known(value=None, source="s3:GetObject")
    first = samples.failing().model_copy(update={"baseline": fact})
    assert may_be_compared_with(first)
    assert not may_be_compared_with(samples.failing())


@pytest.mark.parametrize("content", ["", "{}", '{"schema_version": "0"}', "[1"])
def test_document_of_another_version__is_unknown_with_what_to_expect(account: Account, content: str) -> None:
    """It loses nothing but the comparison."""
    stored(account, content)
    fact = compared(samples.failing())
    assert isinstance(fact, Unknown)
    assert f"s3://{BUCKET}/{KEY} is no inventory" in fact.reason and "next HEALTHY full run" in fact.reason


def test_comparison_that_fails__loses_nothing_of_the_run(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect of the monitor's own is told as one."""
    stored(account, known_good_document(samples.healthy()))

    def broken(*_: object) -> None:
        raise IndexError("list index out of range")

    monkeypatch.setattr(baseline, "changes", broken)
    fact = compared(samples.failing())
    assert isinstance(fact, Unknown)
    assert "by a defect of the monitor: IndexError: list index out of range" in fact.reason


def test_no_bucket__asks_nothing(account: Account, calls_made: Counter[str]) -> None:
    """A person without a bucket for reports has no comparison, and no error."""
    assert compared(samples.failing(), bucket=None) is None
    assert calls_made["s3:GetObject"] == 0
