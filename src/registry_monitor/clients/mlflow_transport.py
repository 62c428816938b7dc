"""The HTTP session under the real MLflow client: every request of the client passes here.

MLflow has no public way to hand it a session, so the factory of its own (``mlflow.utils.request_utils``, MLflow
3.17.2, pinned) is replaced. What that gains: the write guard stands at the last place before the wire; keys are
per call, not per process; each answer is kept, so that a failure is told with its status, body and writer.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3

# Before the import (MLflow 3.17.2, measured): mlflow otherwise asks a remote address for its telemetry settings,
# prints URLs on the standard output, where the metrics go, and moves artifacts past the platform, to the store itself.
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"] = "true"
os.environ["MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD"] = "false"
os.environ["MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD"] = "false"
from mlflow.utils import request_utils

from registry_monitor.clients.correlation import correlation_headers
from registry_monitor.clients.http import (
    BODY_CAP_BYTES,
    CONNECT_TIMEOUT_S,
    READ_TIMEOUT_S,
    Answer,
    harden,
    http_error,
    time_left,
    unless_cut_short,
)
from registry_monitor.clients.request_budget import RequestBudget
from registry_monitor.clients.write_guard import WriteGuard, WriteRefusedError
from registry_monitor.keyring import Keyring
from registry_monitor.model import Attempt, CannotTellError
from registry_monitor.target import KeyForm

API_BODY_CAP_BYTES = 8 * 1024 * 1024  # of one answer; the artifacts of the monitor's own models are smaller
_CHUNK_BYTES = 64 * 1024
_LOGIN = "authorization"  # the header in which mlflow would send a user's own credentials, from its environment


@dataclass
class Conversation:
    """One attempt's talk with MLflow: who asks, with which key, under which guard; and the last failed answer.

    ``form``: how the key is sent.
    """

    session: "GuardedSession"
    attempt: Attempt
    keyring: Keyring
    key: str
    form: KeyForm
    guard: WriteGuard
    budget: RequestBudget
    prefixes: tuple[str, ...]  # URL prefixes below which an API resource follows
    failed: Answer | Exception | None = None
    refused: CannotTellError | WriteRefusedError | None = None  # mlflow would turn it into an error of the platform's


_current: ContextVar[Conversation | None] = ContextVar("conversation", default=None)


@contextmanager
def conversing(conversation: Conversation) -> Iterator[Conversation]:
    """Make all requests of the MLflow client in this context part of the conversation."""
    token = _current.set(conversation)
    try:
        yield conversation
    finally:
        _current.reset(token)


class GuardedSession(requests.Session):
    """A session that sends nothing outside a conversation, and nothing that the guard refuses.

    It keeps its connections and never retries: a monitor tells what it met.
    """

    def __init__(self) -> None:
        super().__init__()
        harden(self)

    def request(self, method: str, url: str, **arguments: Any) -> requests.Response:  # type: ignore[override]
        """Send one request of the MLflow client. Raises WriteRefusedError, CannotTellError, RequestException."""
        conversation = _current.get()
        if conversation is None:
            raise WriteRefusedError(f"{method} {urlsplit(url).path} was to be sent outside any check")
        try:
            return self._request(conversation, method, url, arguments)
        except (CannotTellError, WriteRefusedError) as error:
            conversation.refused = error
            raise

    def _request(
        self, conversation: Conversation, method: str, url: str, arguments: dict[str, Any]
    ) -> requests.Response:
        resource = _resource(url, conversation.prefixes)
        if not resource:  # the key must not travel to another host, whatever an answer of the platform says
            raise WriteRefusedError(f"{method} {url.partition('?')[0]} is not below the target's MLflow")
        conversation.guard.authorize(method, resource, _body(arguments))
        key = conversation.keyring.value(conversation.key)
        response = self._send_once(conversation, method, url, key, arguments)
        if response.status_code == 401 and conversation.keyring.is_rotated(conversation.key, key):
            key = conversation.keyring.value(conversation.key)
            response = self._send_once(conversation, method, url, key, arguments)
        return response

    def _send_once(
        self, conversation: Conversation, method: str, url: str, key: str, arguments: dict[str, Any]
    ) -> requests.Response:
        budget, host = conversation.budget, urlsplit(url).hostname or url
        kind = (method, url.partition("?")[0], conversation.key)
        conversation.failed = None
        if standing := budget.standing(kind, conversation.attempt):
            conversation.failed = standing
            raise requests.RequestException(f"the platform {standing.describe()}, and asks to wait")
        left_s = time_left(conversation.attempt)
        budget.spend(host)
        given = {name: each for name, each in (arguments.get("headers") or {}).items() if name.lower() != _LOGIN}
        headers = {**given, **correlation_headers(conversation.attempt), **conversation.form.carrying(key)}
        sent = {
            **arguments,
            "headers": headers,
            "timeout": tuple(min(each, left_s) for each in (CONNECT_TIMEOUT_S, READ_TIMEOUT_S)),
            "allow_redirects": False,
            "stream": True,
            "verify": True,  # whatever MLFLOW_TRACKING_INSECURE_TLS says; REQUESTS_CA_BUNDLE still counts
            "auth": None,
        }
        started = time.monotonic()
        try:
            response = super().request(method, url, **sent)
            response.raw = _BoundedBody(response.raw, host, conversation)
            if not arguments.get("stream") or response.status_code >= 300:
                _read_whole(response)
        except requests.RequestException as error:
            told = unless_cut_short(http_error(error), started)
            if isinstance(told, CannotTellError):
                raise told from error
            conversation.failed = told
            raise
        if response.status_code >= 300:
            elapsed_ms = round((time.monotonic() - started) * 1000, 1)
            body = response.content[:BODY_CAP_BYTES]
            conversation.failed = Answer(url, response.status_code, response.headers, body, False, elapsed_ms)
            budget.heed(kind, conversation.failed)
        return response


class _BoundedBody:
    """The body of an answer: whoever reads it, MLflow's own code too, reads so many bytes and for so long, and no more.

    It stands where requests looks for urllib3's body, which alone knows how a connection is given back.
    """

    def __init__(self, raw: Any, host: str, conversation: Conversation) -> None:
        self._raw = raw
        self._host = host
        self._conversation = conversation

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        """What has come, as it comes: requests itself would wait until a chunk is full. Raises RequestException."""
        read_bytes = 0
        while chunk := self._next():
            read_bytes += len(chunk)
            self._conversation.budget.receive(self._host, len(chunk))
            if read_bytes > API_BODY_CAP_BYTES:
                self._raw.close()
                raise requests.ConnectionError(f"the answer is longer than {API_BODY_CAP_BYTES} bytes")
            if self._conversation.attempt.remaining_s <= 0:
                self._raw.close()
                raise requests.ReadTimeout(f"the answer had not ended in time ({read_bytes} bytes came)")
            yield chunk

    def _next(self) -> bytes:
        try:
            chunk: bytes = self._raw.read1(_CHUNK_BYTES, decode_content=True)
        except urllib3.exceptions.ReadTimeoutError as error:
            raise requests.ReadTimeout(error) from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise requests.ConnectionError(error) from error
        return chunk


def _read_whole(response: requests.Response) -> None:
    """Read an answer of the API, and give its connection back, or close it where the answer could not be read."""
    try:
        _ = response.content
    finally:
        response.close()


def _resource(url: str, prefixes: tuple[str, ...]) -> str:
    """The API resource of a URL; empty where it lies below none of the prefixes."""
    bare = url.partition("?")[0]
    for prefix in prefixes:
        if bare.startswith(prefix + "/"):
            return bare.removeprefix(prefix + "/")
    return ""


def _body(arguments: dict[str, Any]) -> dict[str, Any]:
    body = arguments.get("json")
    if isinstance(body, str):
        body = json.loads(body)
    return body if isinstance(body, dict) else {}


def _session_factory(*_: Any, **__: Any) -> GuardedSession:
    """Stands for MLflow's own: the conversation's session; outside of one, a session that refuses to send."""
    conversation = _current.get()
    return GuardedSession() if conversation is None else conversation.session


request_utils._get_request_session = _session_factory  # noqa: SLF001 - see the module docstring
