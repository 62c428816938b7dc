"""The state in moto's S3: written only over what was read, and an error that says what to do."""

from io import BytesIO
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError

from registry_monitor.model import Depth, Status
from registry_monitor.outputs.state_store import S3StateStore, StateError, Stored, load, remake, update
from registry_monitor.state.incidents import INCIDENTS, IncidentsDocument, advance
from tests.unit.state.days import REGISTER, cause, run_at

BUCKET, TARGET = "state-of-tests", "hokusai-development"
KEY = f"{TARGET}/state/{INCIDENTS}"


@pytest.fixture
def store(s3: Any) -> S3StateStore:
    return S3StateStore(BUCKET, TARGET, "us-east-1", s3)


def opened(known: IncidentsDocument, number: int = 0) -> IncidentsDocument:
    run = run_at(number, Depth.FULL, causes=(cause(f"kind-{number}", REGISTER),), register=Status.FAIL)
    return advance(known, run)


def test_document__is_read_as_it_was_written(store: S3StateStore) -> None:
    """There is none at first; then the same comes back, with what was noted beside it."""
    assert load(store, INCIDENTS, IncidentsDocument) == IncidentsDocument()
    assert store.head(INCIDENTS) is None
    written = update(store, INCIDENTS, IncidentsDocument, opened, lambda document: {"open": str(len(document.open))})
    assert load(store, INCIDENTS, IncidentsDocument) == written
    assert store.head(INCIDENTS) == {"open": "1"}


def test_document_that_does_not_change__is_not_written(store: S3StateStore, s3: Any) -> None:
    """Neither where there is none, nor where there is one."""
    update(store, INCIDENTS, IncidentsDocument, lambda known: known)
    assert store.head(INCIDENTS) is None
    update(store, INCIDENTS, IncidentsDocument, opened)
    etag = s3.head_object(Bucket=BUCKET, Key=KEY)["LastModified"]
    update(store, INCIDENTS, IncidentsDocument, lambda known: known)
    assert s3.head_object(Bucket=BUCKET, Key=KEY)["LastModified"] == etag


def test_write_over_something_else__is_refused(store: S3StateStore) -> None:
    """Over nothing while there is something, over another version, and over what was deleted."""
    assert store.write(INCIDENTS, "{}", Stored(None, None), {})
    assert not store.write(INCIDENTS, "{}", Stored(None, None), {})
    assert not store.write(INCIDENTS, "{}", Stored("", '"0123"'), {})
    assert not store.write("other.json", "{}", Stored("", '"0123"'), {})


def test_update_that_is_overtaken__is_made_of_what_is_there_then(store: S3StateStore) -> None:
    """What another run wrote between reading and writing stays."""
    overtaking = [1]

    def change(known: IncidentsDocument) -> IncidentsDocument:
        if overtaking:
            update(store, INCIDENTS, IncidentsDocument, lambda other: opened(other, overtaking.pop()))
        return opened(known, 2)

    update(store, INCIDENTS, IncidentsDocument, change)
    kinds = [each.causes[0].kind for each in load(store, INCIDENTS, IncidentsDocument).incidents]
    assert sorted(kinds)[:1] == ["kind-1"]
    assert len(load(store, INCIDENTS, IncidentsDocument).runs) == 2


def test_conflict__is_tried_again(store: S3StateStore, s3: Any) -> None:
    """409: another write is under way."""
    refusals = iter([True, False])

    def conflict(request: Any, **_: Any) -> None:
        if next(refusals):
            raise ClientError({"Error": {"Code": "ConditionalRequestConflict"}}, "PutObject")

    s3.meta.events.register_first("before-send.s3.PutObject", conflict)
    assert len(update(store, INCIDENTS, IncidentsDocument, opened).open) == 1


def test_denied__says_which_permission_is_missing(store: S3StateStore, s3: Any) -> None:
    """And which object it is about."""

    def deny(request: Any, **_: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "Access Denied"}}, "GetObject")

    s3.meta.events.register_first("before-send.s3.GetObject", deny)
    with pytest.raises(StateError, match=rf"s3://{BUCKET}/{KEY} could not be read: AccessDenied .* needs s3:GetObject"):
        load(store, INCIDENTS, IncidentsDocument)


def test_answer_of_something_else__is_no_document(store: S3StateStore, s3: Any) -> None:
    """A page of a proxy, with a 200: what has no ETag could be written over by nobody."""
    page = AWSResponse("https://s3", 200, {"content-type": "text/html"}, BytesIO(b"<html>Welcome</html>"))
    s3.meta.events.register_first("before-send.s3.GetObject", lambda **_: page)
    with pytest.raises(StateError, match=rf"s3://{BUCKET}/{KEY} could not be read: .* no ETag, so it is not S3"):
        load(store, INCIDENTS, IncidentsDocument)


@pytest.mark.parametrize("most_bytes", [7, 8])
def test_document_that_is_too_large__is_not_taken_for_none(s3: Any, most_bytes: int) -> None:
    """``remake`` would begin anew over one that cannot be parsed."""
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b'{"a": 1}')
    limited = S3StateStore(BUCKET, TARGET, None, s3, most_bytes=most_bytes)
    if most_bytes == 8:
        assert limited.read(INCIDENTS).text == '{"a": 1}'
        return
    with pytest.raises(StateError, match="the answer is cut after 8 bytes; 7 are allowed"):
        remake(limited, INCIDENTS, IncidentsDocument, lambda known: known or IncidentsDocument())
    assert s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read() == b'{"a": 1}'


def test_answer_that_ends_too_early__is_no_document(s3: Any) -> None:
    """S3 has said how long it is."""

    class Cut:
        def get_object(self, **_: str) -> Any:
            return {"Body": BytesIO(b'{"a"'), "ContentLength": 8, "ETag": "1"}

    with pytest.raises(StateError, match="the answer is cut after 4 bytes"):
        S3StateStore(BUCKET, TARGET, None, Cut()).read(INCIDENTS)


def test_document_of_another_version__says_how_to_make_it_anew(store: S3StateStore) -> None:
    """It is left as it is."""
    store.write(INCIDENTS, '{"schema_version": "2"}', Stored(None, None), {})
    with pytest.raises(StateError, match="rebuild-history"):
        update(store, INCIDENTS, IncidentsDocument, opened)
    assert store.read(INCIDENTS).text == '{"schema_version": "2"}'
