"""Connections below HTTP: TCP, TLS, and bytes to and fro, each step within its own patience and the attempt's time.

A step that fails raises HttpError, with the stage at which it ended. A silence that could not be waited for, since
the attempt has less time than the step may take, raises CannotTellError: it proves nothing.
"""

import contextlib
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import certifi
import requests

from registry_monitor.clients import http
from registry_monitor.clients.http import ErrorKind, HttpError, time_left
from registry_monitor.clients.names import places
from registry_monitor.clients.own_room import no_room
from registry_monitor.model import Attempt, CannotTellError

# For each answer, and for a TLS handshake. These servers answer in milliseconds, and no load balancer stands before
# them whose own patience would have to be outlasted; connection, handshake and one silence end within a check's 15 s.
ANSWER_TIMEOUT_S = 5.0

_LEAST_S = 0.001  # zero would mean "do not wait at all", which fails in another way


@dataclass(frozen=True)
class Wait:
    """The time that one step may take: its own patience, or less where the attempt has less (``is_cut_short``)."""

    began: float  # time.monotonic()
    ends: float
    is_cut_short: bool

    @classmethod
    def of(cls, attempt: Attempt, patience_s: float) -> "Wait":
        """Begin a step. Raises CannotTellError where the attempt's time is over or the runner has given up on it."""
        left_s = time_left(attempt)
        now = time.monotonic()
        return cls(now, now + min(patience_s, left_s), left_s < patience_s)

    @classmethod
    def for_answer(cls, attempt: Attempt) -> "Wait":
        """Begin to wait for an answer."""
        return cls.of(attempt, ANSWER_TIMEOUT_S)

    @property
    def left_s(self) -> float:
        """What is left of it, never zero."""
        return max(_LEAST_S, self.ends - time.monotonic())

    @property
    def is_over(self) -> bool:
        """Whether nothing is left of it."""
        return time.monotonic() >= self.ends

    @property
    def elapsed_ms(self) -> float:
        """Milliseconds since it began."""
        return round((time.monotonic() - self.began) * 1000, 1)

    def silence(self, kind: ErrorKind, clause: str) -> HttpError | CannotTellError:
        """What a silence until the end of it means."""
        if self.is_cut_short:
            waited_s = time.monotonic() - self.began
            return CannotTellError(f"the run's time was over after {waited_s:.1f} s, before an answer came")
        return HttpError(kind, clause)


def open_connection(attempt: Attempt, host: str, port: int) -> socket.socket:
    """Connect, to whichever address of the name accepts first; all of them share one CONNECT_TIMEOUT_S.

    Raises HttpError (name, refused, connect timeout, broken) of the address that is to be tried first, or
    CannotTellError.
    """
    wait = Wait.of(attempt, http.CONNECT_TIMEOUT_S)
    found = places(host, port)
    if wait.is_over:
        raise wait.silence("name", "has a host name that did not resolve in time")
    failure: HttpError | CannotTellError | None = None
    for tried, (family, place) in enumerate(found):
        try:
            connection = socket.socket(family, socket.SOCK_STREAM)
        except OSError as error:
            raise _unreachable(wait, error) from error
        try:
            connection.settimeout(wait.left_s / (len(found) - tried))
            connection.connect(place)
            return connection
        except OSError as error:
            connection.close()
            failure = failure or _unreachable(wait, error)
    raise failure or HttpError("name", "has a host name without an address")


def secure(attempt: Attempt, connection: socket.socket, server_name: str, ca_file: Path | None = None) -> ssl.SSLSocket:
    """Make the TLS handshake; chain and host name are verified. A connection that fails it is closed.

    ``ca_file``: PEM file of the CAs to trust, None for those that HTTP probes trust.
    Raises HttpError (tls, timeout, broken), its cause the exception of ``ssl``, or CannotTellError.
    """
    return secure_with(verifying_context(ca_file), attempt, connection, server_name)


def secure_with(
    context: ssl.SSLContext, attempt: Attempt, connection: socket.socket, server_name: str
) -> ssl.SSLSocket:
    """As ``secure``, with a context of ``verifying_context``."""
    with contextlib.ExitStack() as unless_it_succeeds:
        unless_it_succeeds.callback(connection.close)
        wait = Wait.for_answer(attempt)
        connection.settimeout(wait.left_s)
        with _translated(wait, "did not answer the TLS handshake in time"):
            secured = context.wrap_socket(connection, server_hostname=server_name)
        unless_it_succeeds.pop_all()
        return secured


def verifying_context(ca_file: Path | None = None) -> ssl.SSLContext:
    """Verification of chain and host name, by ``ca_file`` or by the CAs that requests trusts.

    Public CAs keep to RFC 5280 in full, and Python asks it of them. A CA that is named by file need not: clients of
    databases do not ask it either (libpq does not set X509_V_FLAG_X509_STRICT).
    """
    if ca_file is None:
        trusted = _trusted_by_requests()
        is_folder = trusted.is_dir()
        return ssl.create_default_context(cafile=None if is_folder else trusted, capath=trusted if is_folder else None)
    context = ssl.create_default_context(cafile=ca_file)
    context.verify_flags &= ~ssl.VerifyFlags.VERIFY_X509_STRICT
    return context


def send(wait: Wait, connection: socket.socket, message: bytes) -> None:
    """Send all of it. Raises as ``receive``."""
    connection.settimeout(wait.left_s)
    with _translated(wait):
        connection.sendall(message)


def receive(wait: Wait, connection: socket.socket, count: int) -> bytes:
    """Exactly ``count`` bytes. Raises HttpError (timeout, tls, broken), also where fewer come, or CannotTellError."""
    received = b""
    while len(received) < count:
        received += _next(wait, connection, count - len(received))
    return received


def receive_line(wait: Wait, connection: socket.socket, cap_bytes: int) -> bytes:
    """All up to the first line feed, without the end of the line; at most ``cap_bytes``. Raises as ``receive``."""
    line = b""
    while not line.endswith(b"\n") and len(line) < cap_bytes:
        line += _next(wait, connection, 1)
    return line.rstrip(b"\r\n")


def _next(wait: Wait, connection: socket.socket, count: int) -> bytes:
    connection.settimeout(wait.left_s)
    with _translated(wait):
        chunk = connection.recv(count)
    if not chunk:
        raise HttpError("broken", "closed the connection before its answer was complete")
    return chunk


@contextlib.contextmanager
def _translated(wait: Wait, silence: str = "did not answer in time") -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise wait.silence("timeout", f"accepted the connection and {silence}") from error
    except ssl.SSLCertVerificationError as error:
        clause = f"failed the TLS handshake (certificate verify failed: {error.verify_message})"
        raise HttpError("tls", clause) from error
    except ssl.SSLError as error:
        raise HttpError("tls", f"failed the TLS handshake ({error.reason or 'connection closed'})") from error
    except OSError as error:
        raise HttpError("broken", f"broke off the connection ({type(error).__name__})") from error


def _unreachable(wait: Wait, error: OSError) -> HttpError | CannotTellError:
    if isinstance(error, TimeoutError):
        return wait.silence("connect timeout", "did not accept a connection in time")
    if isinstance(error, ConnectionRefusedError):
        return HttpError("refused", "refused the connection")
    return no_room([error]) or HttpError("broken", f"cannot be reached ({error.strerror or type(error).__name__})")


def _trusted_by_requests() -> Path:
    with requests.Session() as session:
        verify = session.merge_environment_settings("https://host.invalid/", {}, None, None, None)["verify"]
    return Path(verify) if isinstance(verify, str) else Path(certifi.where())
