"""Redis, in its own words (RESP, Redis documentation, "Redis serialization protocol specification"): no library.

Two questions: is it alive (PING, without credentials), and can a user of the monitor's own write and read one key.
Never any other command.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from registry_monitor.clients.connection import Wait, open_connection, receive, receive_line, secure, send
from registry_monitor.clients.http import HttpError
from registry_monitor.clients.write_guard import WriteRefusedError
from registry_monitor.model import Attempt

OWN_PREFIX = "registry-monitor:"

_LINE_CAP_BYTES = 4096
_VALUE_CAP_BYTES = 64 * 1024
_TOLD_CHARACTERS = 200
_SECRET_START_CHARACTERS = 8  # Redis cuts long arguments when it repeats them: a password is known by its start
_TLS_ALERT = b"\x15\x03"  # RFC 8446, section 5.1: record type alert, protocol version 3.x


@dataclass(frozen=True)
class RedisAddress:
    """Where it listens. ``ca_file``: PEM file of the CAs to trust, None for those that HTTP probes trust."""

    host: str
    port: int
    tls: bool
    ca_file: Path | None = None


@dataclass(frozen=True)
class RedisUser:
    """A user of the monitor's own, which needs no more than SET and GET of ``registry-monitor:*``."""

    name: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class RedisAnswer:
    """The first line of what it says to PING. ``latency_ms``: from sending PING to that line."""

    reply: str
    is_alive: bool
    latency_ms: float


@dataclass(frozen=True)
class RedisRoundTrip:
    """What became of one key. ``reply``: the refusal that ended it, or what GET answered ("(nil)" for nothing).

    ``set_ms``, ``get_ms``: milliseconds from sending to the reply; None where it did not come so far.
    """

    is_same: bool
    set_ms: float | None
    get_ms: float | None
    reply: str


def ping(attempt: Attempt, address: RedisAddress) -> RedisAnswer:
    """Ask whether it is alive. NOAUTH is a healthy answer: it is given by a server that takes commands.

    LOADING, MASTERDOWN and anything else is not. Raises HttpError where no answer came, or CannotTellError.
    """
    with _connection(attempt, address) as connection:
        wait = Wait.for_answer(attempt)
        send(wait, connection, _command("PING"))
        reply = _line(wait, connection)
        is_alive = reply == "+PONG" or reply.partition(" ")[0] == "-NOAUTH"
        return RedisAnswer(reply[:_TOLD_CHARACTERS], is_alive, wait.elapsed_ms)


def set_and_get(
    attempt: Attempt, address: RedisAddress, credentials: RedisUser, key: str, value: str, ttl_s: int
) -> RedisRoundTrip:
    """Write one key of the monitor's own, which ends by itself after ``ttl_s`` seconds, and read it back.

    Raises WriteRefusedError where the key is not the monitor's own or would stay for ever (before anything is sent),
    HttpError where no answer came, or CannotTellError.
    """
    if not key.startswith(OWN_PREFIX) or ttl_s < 1:
        raise WriteRefusedError(f"Redis key {key!r} for {ttl_s} s: expected {OWN_PREFIX}… for 1 s or more; not sent")
    with _connection(attempt, address) as connection:
        accepted, _ = _ask(attempt, connection, "AUTH", credentials.name, credentials.password)
        if accepted != "+OK":
            return RedisRoundTrip(False, None, None, _told(accepted, credentials))
        stored, set_ms = _ask(attempt, connection, "SET", key, value, "EX", str(ttl_s))
        if stored != "+OK":
            return RedisRoundTrip(False, set_ms, None, _told(stored, credentials))
        found, get_ms = _ask(attempt, connection, "GET", key)
        return RedisRoundTrip(found == f"${value}", set_ms, get_ms, _told(found.removeprefix("$"), credentials))


@contextmanager
def _connection(attempt: Attempt, address: RedisAddress) -> Iterator[socket.socket]:
    connection = open_connection(attempt, address.host, address.port)
    if address.tls:
        connection = secure(attempt, connection, address.host, address.ca_file)
    with connection:
        yield connection


def _ask(attempt: Attempt, connection: socket.socket, *words: str) -> tuple[str, float]:
    """Send one command. Its reply, as it begins on the wire ("+", "-", ":", or "$" and the value), and milliseconds."""
    wait = Wait.for_answer(attempt)
    send(wait, connection, _command(*words))
    reply = _line(wait, connection)
    if reply == "$-1":
        reply = "(nil)"
    elif reply.startswith("$"):
        reply = f"${_value(wait, connection, reply[1:])}"
    return reply, wait.elapsed_ms


def _command(*words: str) -> bytes:
    encoded = [word.encode() for word in words]
    return b"*%d\r\n" % len(encoded) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in encoded)


def _line(wait: Wait, connection: socket.socket) -> str:
    start = receive(wait, connection, len(_TLS_ALERT))
    if start == _TLS_ALERT:
        raise HttpError("broken", "answered with a TLS alert: it expects TLS, and was asked without")
    return (start + receive_line(wait, connection, _LINE_CAP_BYTES)).decode("utf-8", errors="backslashreplace")


def _value(wait: Wait, connection: socket.socket, length: str) -> str:
    if not length.isdecimal() or int(length) > _VALUE_CAP_BYTES:
        raise HttpError("broken", f"answered with a value of {length[:20]} bytes, which is none of the monitor's")
    return receive(wait, connection, int(length) + 2)[:-2].decode("utf-8", errors="backslashreplace")


def _told(reply: str, credentials: RedisUser) -> str:
    """Cut a reply off where it repeats the password (as "unknown command 'AUTH', with args beginning with:" does)."""
    start = credentials.password[:_SECRET_START_CHARACTERS]
    before, found, _ = reply.partition(start) if start else (reply, "", "")
    return before[:_TOLD_CHARACTERS] + ("…" if found else "")
