"""What is asked of the bucket of the reports, without a write."""

from collections import Counter

import pytest

from registry_monitor.inventory.reports_bucket import problem_of_bucket
from tests.unit.inventory.conftest import REGION, Account, Answer

BUCKET = "reports-that-are-there"


def test_bucket__that_is_there_has_no_problem(account: Account, calls_made: Counter[str]) -> None:
    """One call, which only reads."""
    account.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    assert problem_of_bucket(BUCKET, REGION) is None
    assert calls_made == {"s3:HeadBucket": 1}


def test_bucket__that_is_not_there(account: Account) -> None:
    """The variable is named that is to be corrected."""
    assert problem_of_bucket("no-such-bucket-at-all", REGION) == (
        "there is no bucket no-such-bucket-at-all: correct MONITOR_REPORTS_BUCKET"
    )


def test_bucket__that_is_denied(answer_instead: Answer) -> None:
    """S3 gives no words to a HEAD; the permission is named all the same."""
    answer_instead("s3", "HeadBucket", 403, "")
    problem = problem_of_bucket(BUCKET, REGION)
    denied = "s3:ListBucket was denied to the monitor's role (403): add s3:ListBucket to its policy"
    assert problem == f"{denied}; AWS says: Forbidden"


@pytest.mark.usefixtures("closed_endpoint")
def test_bucket__out_of_reach() -> None:
    """Told as of every other API."""
    assert "s3:ListBucket could not be reached at " in (problem_of_bucket(BUCKET, REGION) or "")
