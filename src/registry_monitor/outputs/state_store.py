"""The documents under ``<target>/state/``: read, and written only over what was read.

S3 user guide, "How to prevent object overwrites with conditional writes": If-Match with the ETag that was read,
If-None-Match where there was nothing; 412 says that another one wrote meanwhile, 409 that it does so now, and 404 that
the object was deleted. All three mean: read again, and change that.
"""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel, ValidationError

from registry_monitor.model import Document
from registry_monitor.outputs.clients import brief_client, within
from registry_monitor.reports.escaping import json_text

_TRIES = 8
_PAUSE_S = 0.1  # at most, before another try: two runs that collide do not collide again
_CONNECT_S, _READ_S = 1.0, 2.0  # of an attempt: one answer that S3 is slow with is asked for again
_WITHIN_S = 4.0  # for one document, whole: an S3 that hangs while it answers is waited for no longer than a silent one
_MOST_BYTES = 20_000_000  # far more than any document has; of an answer without an end, no more is read
_OVERTAKEN = ("PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey", "412", "409", "404")
_ABSENT = ("NoSuchKey", "404")
_CONTENT_TYPES = {".json": "application/json", ".yaml": "application/yaml"}  # of the latter: RFC 9512
_REBUILD = "python -m registry_monitor rebuild-history makes it anew from the runs"


class StateError(Exception):
    """A document of the state could not be read or written: what, why, and what to do."""


@dataclass(frozen=True)
class Stored:
    """A document as it is stored; ``etag``: null where there is none yet."""

    text: str | None
    etag: str | None


class StateStore(Protocol):
    """Where the documents of one target's state are. Each method raises StateError where it cannot tell."""

    def read(self, name: str) -> Stored:
        """One document."""

    def head(self, name: str) -> Mapping[str, str] | None:
        """What was noted beside a document when it was written; None where there is none."""

    def write(self, name: str, text: str, over: Stored, notes: Mapping[str, str]) -> bool:
        """Write over what was read; False where somebody else has written meanwhile."""


class S3StateStore:
    """The state of a target, in the bucket of the reports; or another ``folder`` of what is kept there by its name.

    ``region``: null is where boto3 finds itself. ``within_s``, ``most_bytes``: for one document, whole.
    """

    def __init__(
        self,
        bucket: str,
        target: str,
        region: str | None,
        s3_client: Any = None,
        folder: str = "state",
        *,
        within_s: float | None = None,
        most_bytes: int | None = None,
    ) -> None:
        self._bucket = bucket
        self._prefix = f"{target}/{folder}/" if folder else f"{target}/"
        self._region = region
        self._made = s3_client
        self._within_s = within_s or _WITHIN_S
        self._most_bytes = most_bytes or _MOST_BYTES

    def read(self, name: str) -> Stored:
        """One document (s3:GetObject)."""
        try:
            return within(self._within_s, lambda: self._whole(name))
        except ClientError as error:
            if _code(error) in _ABSENT:
                return Stored(None, None)
            raise self._error(name, "read", "s3:GetObject", error) from error
        except (BotoCoreError, ValueError) as error:  # no way to S3; an answer that is not S3's, a body that is no text
            raise self._error(name, "read", "s3:GetObject", error) from error

    def head(self, name: str) -> Mapping[str, str] | None:
        """The user-defined metadata of a document: it costs what a read costs, and moves no bytes."""
        try:
            place = {"Bucket": self._bucket, "Key": self._prefix + name}
            answer = within(self._within_s, lambda: self._client().head_object(**place))
        except ClientError as error:
            if _code(error) in _ABSENT:
                return None
            raise self._error(name, "read", "s3:GetObject", error) from error
        except (BotoCoreError, ValueError) as error:
            raise self._error(name, "read", "s3:GetObject", error) from error
        notes: Mapping[str, str] = answer["Metadata"]
        return notes

    def write(self, name: str, text: str, over: Stored, notes: Mapping[str, str]) -> bool:
        """Write over what was read (s3:PutObject; with If-Match, S3 asks for s3:GetObject too)."""
        condition = {"IfMatch": over.etag} if over.etag else {"IfNoneMatch": "*"}
        try:
            asked: dict[str, Any] = {
                "Bucket": self._bucket,
                "Key": self._prefix + name,
                "Body": text.encode(),
                "ContentType": _CONTENT_TYPES[PurePosixPath(name).suffix],
                "Metadata": dict(notes),
            }
            within(self._within_s, lambda: self._client().put_object(**asked, **condition))
        except ClientError as error:
            if _code(error) in _OVERTAKEN:
                return False
            raise self._error(name, "written", "s3:PutObject", error) from error
        except (BotoCoreError, ValueError) as error:
            raise self._error(name, "written", "s3:PutObject", error) from error
        return True

    def delete(self, name: str) -> None:
        """Delete a document (s3:DeleteObject), where there is one. Raises StateError."""
        try:
            within(self._within_s, lambda: self._client().delete_object(Bucket=self._bucket, Key=self._prefix + name))
        except (ClientError, BotoCoreError, ValueError) as error:
            raise self._error(name, "deleted", "s3:DeleteObject", error) from error

    def _whole(self, name: str) -> Stored:
        answer = self._client().get_object(Bucket=self._bucket, Key=self._prefix + name)
        with answer["Body"] as body:
            content: bytes = body.read(self._most_bytes + 1)
        # A document that was cut is not one that is none: who took it so would begin anew over what is known.
        if len(content) > self._most_bytes or len(content) < answer.get("ContentLength", 0):
            raise ValueError(f"the answer is cut after {len(content):,} bytes; {self._most_bytes:,} are allowed")
        text = content.decode("utf-8")
        if "ETag" not in answer:
            raise ValueError("the answer has no ETag, so it is not S3 that answers: something is between")
        return Stored(text, answer["ETag"])

    def _client(self) -> Any:
        if self._made is None:
            self._made = brief_client("s3", self._region, connect_s=_CONNECT_S, read_s=_READ_S, attempts=2)
        return self._made

    def _error(self, name: str, done: str, action: str, error: Exception) -> StateError:
        place = f"s3://{self._bucket}/{self._prefix}{name}"
        told = _code(error) if isinstance(error, ClientError) else type(error).__name__
        remedy = f"The monitor's role needs {action} on it, and its network a way to S3"
        return StateError(f"{place} could not be {done}: {told} ({error}). {remedy}")


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", "unknown"))


def load[D: BaseModel](store: StateStore, name: str, kind: type[D], remedy: str = _REBUILD) -> D:
    """A document of the state; an empty one where there is none. Raises StateError."""
    return _parsed(store.read(name), name, kind, remedy)


def _parsed[D: BaseModel](stored: Stored, name: str, kind: type[D], remedy: str = _REBUILD) -> D:
    if stored.text is None:
        return kind()
    try:
        return kind.model_validate_json(stored.text)
    except ValidationError as error:
        told = f"{name} is no document of this version of the monitor ({error.error_count()} problems)"
        raise StateError(f"{told}: {remedy}") from error


def update[D: BaseModel](
    store: StateStore,
    name: str,
    kind: type[D],
    change: Callable[[D], D],
    notes: Callable[[D], Mapping[str, str]] = lambda changed: {},
    remedy: str = _REBUILD,
) -> D:
    """Change a document, whoever else does so; the document as it then is. Nothing is written where nothing changed.

    ``remedy``: of one that cannot be read. ``change`` may be called several times, each time with what is there now,
    and counts what it has counted before no second time: a write of which the answer was lost may have been made.
    Raises StateError.
    """
    for _ in range(_TRIES):
        stored = store.read(name)
        known = _parsed(stored, name, kind, remedy)
        changed = change(known)
        if changed == known or _write(store, name, changed, stored, notes):
            return changed
        time.sleep(random.uniform(0, _PAUSE_S))  # noqa: S311 - no secret
    raise _overtaken(name)


def remake[D: Document](
    store: StateStore,
    name: str,
    kind: type[D],
    make: Callable[[D | None], D],
    notes: Callable[[D], Mapping[str, str]] = lambda made: {},
) -> D:
    """Make a document anew, also over one that cannot be read: then ``make`` is given None. Raises StateError."""
    for _ in range(_TRIES):
        stored = store.read(name)
        known: D | None
        try:
            known = _parsed(stored, name, kind) if stored.text else None
        except StateError:
            known = None
        made = make(known)
        if _write(store, name, made, stored, notes):
            return made
    raise _overtaken(name)


def _write[D: BaseModel](
    store: StateStore, name: str, document: D, over: Stored, notes: Callable[[D], Mapping[str, str]]
) -> bool:
    return store.write(name, json_text(document, indent=None), over, notes(document))


def _overtaken(name: str) -> StateError:
    return StateError(f"{name} was written by others {_TRIES} times on end, each time before this run could")
