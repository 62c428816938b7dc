"""What a run reads of the state is on its way from its beginning, and is never the older for it."""

from typing import Any

import pytest

from registry_monitor.outputs.read_ahead import ReadAhead
from registry_monitor.outputs.state_store import S3StateStore, StateError, Stored

BUCKET, TARGET, REGION = "reports", "hokusai-development", "us-east-1"


def store_of(s3: Any, bucket: str = BUCKET) -> S3StateStore:
    return S3StateStore(bucket, TARGET, REGION, s3)


def test_read_ahead__first_reading_is_that_of_the_beginning(s3: Any) -> None:
    """It is not asked for again; the next reading sees what is there by then."""
    store = store_of(s3)
    store.write("a.json", "old", Stored(None, None), {"states": "old"})
    ahead = ReadAhead(store, read=("a.json",), head=("a.json",))
    ahead_read, ahead_head = ahead.read("a.json"), ahead.head("a.json")
    store.write("a.json", "new", ahead_read, {"states": "new"})
    assert (ahead_read.text, ahead_head) == ("old", {"states": "old"})
    assert (ahead.read("a.json").text, ahead.head("a.json")) == ("new", {"states": "new"})


def test_read_ahead__what_was_overtaken_is_not_written_over(s3: Any) -> None:
    """A document that another run has written since is left alone."""
    ahead = ReadAhead(store_of(s3), read=("a.json",))
    before = ahead.read("a.json")
    assert store_of(s3).write("a.json", "another's", Stored(None, None), {})
    assert not ahead.write("a.json", "mine", before, {})
    assert ahead.read("a.json").text == "another's"


def test_read_ahead__an_error_is_raised_where_the_answer_is_wanted(s3: Any) -> None:
    """A bucket that is missing is told to who reads, and to nobody before."""
    ahead = ReadAhead(store_of(s3, "no-such-bucket"), read=("a.json",))
    with pytest.raises(StateError, match="no-such-bucket"):
        ahead.read("a.json")
