"""Whether a PostgreSQL server is alive, asked without credentials (PostgreSQL protocol 3.0).

Its TLS is verified, then a session is asked for; the first message of the answer, whatever it asks or refuses, proves
that the server takes sessions. Then the connection is closed: nothing that it asks for is ever sent. All figures
and letters below: PostgreSQL documentation, "Frontend/Backend Protocol", sections "Message Flow" and "Message Formats".
"""

import socket
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from registry_monitor.clients.connection import Wait, open_connection, receive, secure, send
from registry_monitor.clients.correlation import USER_AGENT
from registry_monitor.clients.http import HttpError
from registry_monitor.model import Attempt

ENGINE = "postgres"  # as RDS calls it (RDS API reference, DBInstance)
# CAs of Amazon RDS, which no public bundle holds; its first lines say where it comes from.
RDS_CA_BUNDLE = Path(__file__).with_name("rds-ca-bundle.pem")

_SSL_REQUEST = struct.pack("!II", 8, 80877103)  # its length, and 1234 and 5679 in two halves: "SSLRequest"
_PROTOCOL_3_0 = 196608  # "StartupMessage": major 3 and minor 0 in two halves
_MESSAGE_CAP_BYTES = 8 * 1024
_TOLD_CHARACTERS = 200
_METHODS = {  # "AuthenticationOk" and the other messages of type 'R'
    0: "no authentication",
    2: "Kerberos V5",
    3: "a clear-text password",
    5: "an MD5 password",
    7: "GSSAPI",
    9: "SSPI",
    10: "SASL",
}


@dataclass(frozen=True)
class PostgresAnswer:
    """How a server greets. ``kind`` and what follows it are None where it has no TLS: then no session is asked for.

    ``protocol``: of TLS, such as "TLSv1.3". ``code``: SQLSTATE of an error ("57P03": starting up).
    ``message``: the error's text, or what the server asks for, such as "asks for SASL".
    ``latency_ms``: from SSLRequest to the last answer, the TLS handshake included.
    """

    has_tls: bool
    protocol: str | None
    kind: Literal["authentication request", "error"] | None
    code: str | None
    message: str | None
    latency_ms: float


def greet(
    attempt: Attempt,
    host: str,
    port: int,
    ca_file: Path | None,
    user: str = "registry_monitor",
    database: str = "registry_monitor",
) -> PostgresAnswer:
    """Ask for TLS, then for a session, and close. An authentication request and an error both mean: alive.

    ``ca_file``: PEM file of the CAs to trust, None for those that HTTP probes trust.
    Raises HttpError: of ``open_connection`` and ``secure``, or "timeout", or "broken" where the answer is not
    PostgreSQL's. CannotTellError where there was no time.
    """
    with open_connection(attempt, host, port) as connection:
        asked = Wait.for_answer(attempt)
        send(asked, connection, _SSL_REQUEST)
        reply = receive(asked, connection, 1)  # no more: what follows must have come through TLS (CVE-2021-23222)
        if reply == b"N":
            return PostgresAnswer(False, None, None, None, None, asked.elapsed_ms)
        if reply != b"S":
            raise HttpError("broken", f"answered SSLRequest with {_shown(reply)}, which is neither S nor N")
        with secure(attempt, connection, host, ca_file) as secured:
            greeted = Wait.for_answer(attempt)
            send(greeted, secured, _startup_message(user, database))
            kind, code, message = _first_message(greeted, secured)
            return PostgresAnswer(True, secured.version(), kind, code, message, asked.elapsed_ms)


def _startup_message(user: str, database: str) -> bytes:
    """Ask for a session, under a name by which the server's log can be searched."""
    parameters = {"user": user, "database": database, "application_name": USER_AGENT}
    body = b"".join(f"{name}\0{value}\0".encode() for name, value in parameters.items()) + b"\0"
    return struct.pack("!II", 8 + len(body), _PROTOCOL_3_0) + body


def _first_message(
    wait: Wait, connection: socket.socket
) -> tuple[Literal["authentication request", "error"], str | None, str]:
    """Read kind, SQLSTATE and text. Each message is a letter, its length without the letter, and its contents."""
    letter = receive(wait, connection, 1)
    (length,) = struct.unpack("!I", receive(wait, connection, 4))
    if letter not in (b"R", b"E") or not 8 <= length <= _MESSAGE_CAP_BYTES:
        raise HttpError("broken", f"answered StartupMessage with {_shown(letter)} and {length} bytes, not with R or E")
    contents = receive(wait, connection, length - 4)
    if letter == b"R":
        (method,) = struct.unpack("!I", contents[:4])
        return "authentication request", None, f"asks for {_METHODS.get(method, f'method {method}')}"
    fields = {field[:1]: field[1:].decode("utf-8", errors="replace") for field in contents.split(b"\0") if field}
    return "error", fields.get(b"C"), fields.get(b"M", "no message")[:_TOLD_CHARACTERS]


def _shown(letter: bytes) -> str:
    return repr(letter)[1:]
