"""HTTP probes: one request, one Answer, whatever the status. Bodies are capped while they stream.

Redirects are not followed (credentials must never travel to another host), and TLS is always verified.
"""

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http.cookiejar import DefaultCookiePolicy
from typing import Literal
from urllib.parse import urlsplit

import requests
import urllib3
from pydantic import JsonValue

from registry_monitor.clients.correlation import correlation_headers
from registry_monitor.clients.own_room import no_room
from registry_monitor.clients.request_budget import RequestBudget
from registry_monitor.keyring import Keyring
from registry_monitor.model import Attempt, CannotTellError
from registry_monitor.target import KeyForm

BODY_CAP_BYTES = 256 * 1024
CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 13.0  # more than the 10 s after which a load balancer gives up on a silent target (AWS user guide)

_TO_TELL_S = 0.3

type ErrorKind = Literal["name", "refused", "connect timeout", "handshake timeout", "tls", "timeout", "broken"]
type Writer = Literal["load balancer", "firewall", "application", "MLflow", "unknown"]

# What they write and nobody else does: a load balancer's page, werkzeug's page (MLflow's routes are Flask's), and the
# text of MLflow's check of the Host header (mlflow/server/security_utils.py, since 3.5).
_LOAD_BALANCER_PAGE = re.compile(r"<center><h1>(\d{3}) [^<]*</h1></center>")
_MLFLOW_404 = "<title>404 Not Found</title>"
_MLFLOW_HOST_CHECK = "Invalid Host header - possible DNS rebinding attack detected"


class HttpError(Exception):
    """No HTTP answer came. ``kind`` says at which stage it ended; the text is a clause: "refused the connection"."""

    def __init__(self, kind: ErrorKind, message: str) -> None:
        super().__init__(message)
        self.kind: ErrorKind = kind


@dataclass(frozen=True)
class Answer:
    """One HTTP answer. ``body``: at most BODY_CAP_BYTES; ``elapsed_ms``: from sending to the last byte read."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    is_truncated: bool
    elapsed_ms: float

    @property
    def text(self) -> str:
        """The body as text, undecodable bytes replaced."""
        return self.body.decode("utf-8", errors="replace")

    def json(self) -> JsonValue:
        """The body as JSON. Raises ValueError where it is none, or too deep to be read."""
        try:
            return json.loads(self.body)  # type: ignore[no-any-return]  # json.loads is untyped
        except RecursionError:
            raise ValueError("JSON that is nested too deep") from None

    @property
    def written_by(self) -> Writer:
        """Who wrote it: by the Server header, else by the shape of the body (an ALB can hide its header).

        The load balancer's own page with 403 is a web ACL's: a fixed response has a body of its own (AWS user guide).
        """
        server = self.headers.get("Server", "").lower()
        content_type = self.headers.get("Content-Type", "").lower()
        is_balancer = server.startswith("awselb")
        page = _LOAD_BALANCER_PAGE.search(self.text) if is_balancer or not server else None
        if page is not None:
            return "firewall" if self.status == 403 == int(page[1]) else "load balancer"
        if is_balancer or (not server and content_type.startswith("text/plain") and self.text in ("Not Found", "")):
            return "load balancer"
        if self._is_mlflows(content_type):
            return "MLflow"
        return "application" if server or "json" in content_type else "unknown"

    def _is_mlflows(self, content_type: str) -> bool:
        """MLflow's errors: JSON with ``error_code``, Flask's page for an unknown route, the host check's text."""
        if "html" in content_type:
            return _MLFLOW_404 in self.text
        if "json" not in content_type:
            return self.status == 403 and self.text.startswith(_MLFLOW_HOST_CHECK)
        try:
            body = self.json()
        except ValueError:
            return False
        return isinstance(body, dict) and "error_code" in body

    def describe(self) -> str:
        """A clause for people: "answered 503 (written by the load balancer)"."""
        wrote = "" if self.written_by == "unknown" else f" (written by the {self.written_by})"
        gist = " ".join(self.text.split())
        quoted = f": {gist}" if gist and self.status >= 400 and not gist.startswith("<") else ""
        return f"answered {self.status}{wrote.replace('the MLflow', 'MLflow')}{quoted}"

    def evidence(self) -> dict[str, JsonValue]:
        """What a reader needs to believe it."""
        shown = ("Server", "Content-Type", "Retry-After", "WWW-Authenticate", "Location")
        return {
            "url": self.url,
            "status": self.status,
            "headers": {name: self.headers[name] for name in shown if name in self.headers},
            "body": self.text,
            "written_by": self.written_by,
        }


@dataclass(frozen=True)
class Key:
    """A key of the keyring by its name, and how it is sent; null: as the target has it."""

    name: str
    form: KeyForm | None = None


class HttpClient:
    """Makes the probes of one run. Connections are kept; an attempt that confirms a failure opens its own.

    ``form_of``: how the key of a name is sent, where a request does not say.
    """

    def __init__(self, keyring: Keyring, budget: RequestBudget, form_of: Callable[[str], KeyForm]) -> None:
        self._keyring = keyring
        self._budget = budget
        self._form_of = form_of
        self._session = _new_session()

    def close(self) -> None:
        """Close the kept connections; requests under way end by themselves."""
        self._session.close()

    def request(
        self,
        attempt: Attempt,
        method: str,
        url: str,
        *,
        key: Key | str | None = None,
        headers: Mapping[str, str] | None = None,
        json_body: JsonValue = None,
    ) -> Answer:
        """Ask once; a key that is given by its name alone is sent as the target has it.

        Raises HttpError where no answer came, CannotTellError where the key or the budget is missing.
        """
        key = Key(key) if isinstance(key, str) else key
        sent = _Sent(method, url, dict(headers or {}), json_body)
        if attempt.number == 1:
            return self._ask(self._session, attempt, sent, key)
        with _new_session() as session:
            return self._ask(session, attempt, sent, key)

    def _ask(self, session: requests.Session, attempt: Attempt, sent: "_Sent", key: Key | None) -> Answer:
        if key is None:
            return self._send(session, attempt, sent)
        form = key.form or self._form_of(key.name)
        value = self._keyring.value(key.name)
        answer = self._send(session, attempt, sent.carrying(key.name, form.carrying(value)))
        if answer.status == 401 and self._keyring.is_rotated(key.name, value):
            again = form.carrying(self._keyring.value(key.name))
            answer = self._send(session, attempt, sent.carrying(key.name, again))
        return answer

    def _send(self, session: requests.Session, attempt: Attempt, sent: "_Sent") -> Answer:
        url = sent.url
        host = urlsplit(url).hostname or url
        if standing := self._budget.standing(sent.kind, attempt):
            return standing
        remaining_s = time_left(attempt)
        self._budget.spend(host)
        started = time.monotonic()
        timeout = (min(CONNECT_TIMEOUT_S, remaining_s), min(READ_TIMEOUT_S, remaining_s))
        try:
            with session.request(
                sent.method,
                url,
                headers={**correlation_headers(attempt), **sent.headers},
                json=sent.json_body,
                timeout=timeout,
                stream=True,
                allow_redirects=False,
            ) as response:
                body, is_truncated = _read_capped(response, attempt)
        except requests.RequestException as error:
            raise unless_cut_short(http_error(error), started) from error
        except HttpError as error:
            raise unless_cut_short(error, started) from error
        except (OSError, urllib3.exceptions.HTTPError) as error:  # a body that breaks off while it streams
            raise no_room([error]) or HttpError("broken", f"broke off its answer ({type(error).__name__})") from error
        elapsed_ms = round((time.monotonic() - started) * 1000, 1)
        self._budget.receive(host, len(body))
        answer = Answer(url, response.status_code, response.headers, body, is_truncated, elapsed_ms)
        self._budget.heed(sent.kind, answer)
        return answer


@dataclass(frozen=True)
class _Sent:
    """One request, without a key until it carries one."""

    method: str
    url: str
    headers: dict[str, str]
    json_body: JsonValue
    key: str = ""

    @property
    def kind(self) -> tuple[str, ...]:
        """What makes another asking one of the same: the resource, and who asks; a fresh bad key is nobody new."""
        return self.method, self.url.partition("?")[0], self.key, *sorted(self.headers)

    def carrying(self, key: str, header: Mapping[str, str]) -> "_Sent":
        return replace(self, headers={**self.headers, **header}, key=key)


def _new_session() -> requests.Session:
    session = requests.Session()
    harden(session)
    return session


def harden(session: requests.Session) -> None:
    """Make a session send what it is told and no more: no .netrc, no cookies of earlier answers, no retries."""
    session.auth = lambda request: request
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = requests.adapters.HTTPAdapter(pool_connections=8, pool_maxsize=16, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)


def unless_cut_short(error: HttpError | CannotTellError, started: float) -> HttpError | CannotTellError:
    """A silence proves something only when it was waited for: cut short by the run's own time, it tells nothing."""
    if isinstance(error, CannotTellError):
        return error
    # urllib3 counts the TLS handshake as a part of the connecting.
    patience = {
        "timeout": READ_TIMEOUT_S,
        "connect timeout": CONNECT_TIMEOUT_S,
        "handshake timeout": CONNECT_TIMEOUT_S,
    }
    patience_s = patience.get(error.kind, 0.0)
    waited_s = time.monotonic() - started
    if waited_s < patience_s - _TO_TELL_S:
        return CannotTellError(f"the run's time was over after {waited_s:.1f} s, before an answer came")
    return error


def time_left(attempt: Attempt) -> float:
    """Seconds that a request may take, so that the check tells of it before the runner gives up on the check.

    Raises CannotTellError when there is no time left.
    """
    left_s = attempt.remaining_s - _TO_TELL_S
    if left_s <= 0:
        raise CannotTellError("the time for this check was over before the request was made")
    return left_s


def _read_capped(response: requests.Response, attempt: Attempt) -> tuple[bytes, bool]:
    body = bytearray()
    while chunk := response.raw.read1(16 * 1024, decode_content=True):  # what has come, not what was asked for
        body += chunk
        if len(body) >= BODY_CAP_BYTES:
            return bytes(body[:BODY_CAP_BYTES]), True
        if attempt.remaining_s <= _TO_TELL_S / 2:
            raise HttpError("timeout", f"did not end its answer in time ({len(body)} bytes came)")
    return bytes(body), False


def http_error(error: Exception) -> HttpError | CannotTellError:
    """Translate an exception of requests into the stage at which it ended, or into what the monitor itself lacks."""
    causes = _chain(error)
    if own := no_room(causes):
        return own
    text = " ".join(str(cause) for cause in causes)
    if any(isinstance(cause, urllib3.exceptions.NameResolutionError) for cause in causes):
        return HttpError("name", "has a host name that does not resolve")
    if any(isinstance(cause, requests.exceptions.SSLError | urllib3.exceptions.SSLError) for cause in causes):
        reason = re.search(r"(certificate [^()\[\]]+|\[SSL: [A-Z0-9_]+\][^()]*)", text)
        return HttpError("tls", f"failed the TLS handshake ({reason.group(1).strip() if reason else 'TLS error'})")
    if any(isinstance(cause, requests.exceptions.ConnectTimeout) for cause in causes):
        return HttpError("connect timeout", "did not accept a connection in time")
    if "handshake operation timed out" in text:
        return HttpError("handshake timeout", "accepted the connection and did not end the TLS handshake in time")
    if any(isinstance(cause, requests.exceptions.Timeout) for cause in causes):
        return HttpError("timeout", "accepted the connection and did not answer in time")
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes) or "Connection refused" in text:
        return HttpError("refused", "refused the connection")
    return HttpError("broken", f"broke off its answer ({type(causes[-1]).__name__}: {causes[-1]})")


def _chain(error: BaseException) -> list[BaseException]:
    """An exception with all that it wraps, in ``args``, ``reason`` or ``__cause__``."""
    found: list[BaseException] = []
    waiting: list[BaseException] = [error]
    while waiting:
        current = waiting.pop(0)
        if current in found:
            continue
        found.append(current)
        wrapped = [*current.args, getattr(current, "reason", None), current.__cause__, current.__context__]
        waiting.extend(each for each in wrapped if isinstance(each, BaseException))
    return found
