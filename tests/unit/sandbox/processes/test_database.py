"""The database's front: TLS for the host name, as RDS offers it, and nothing that the server behind does not give."""

import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from tests.sandbox.certificates import CertificateAuthority
from tests.sandbox.processes.database import Database

HOST = "fake-database.example"
SSL_REQUEST, GSS_REQUEST, CANCEL = 80_877_103, 80_877_104, 80_877_102


def request(code: int) -> bytes:
    return struct.pack("!ii", 8, code)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> CertificateAuthority:
    return CertificateAuthority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def running(
    address: str, tmp_path_factory: pytest.TempPathFactory, authority: CertificateAuthority
) -> Iterator[Database]:
    public_address = address.rpartition(".")[0] + ".10"
    database = Database(public_address, address, 5434, tmp_path_factory.mktemp("database"))
    database.start()
    try:
        database.offer_tls(authority.server_context(authority.issue((HOST,))))
        yield database
    finally:
        database.stop()


@pytest.fixture
def connect(running: Database, authority: CertificateAuthority) -> Callable[..., Any]:
    """Connect through the front by its host name."""

    def through_the_front(**settings: Any) -> Any:
        known = {"host": HOST, "hostaddr": running.public_address, "port": running.port, "user": running.user}
        known |= {"password": running.password, "dbname": running.database, "connect_timeout": 2}
        return psycopg2.connect(**known | {"sslrootcert": str(authority.bundle)} | settings)

    return through_the_front


def ask(connection: Any, statement: str) -> Any:
    with closing(connection), connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


@pytest.mark.parametrize(("mode", "is_tls"), [("verify-full", True), ("require", True), ("disable", False)])
def test_front__with_tls_and_without(connect: Callable[..., Any], mode: str, is_tls: bool) -> None:
    """Who asks for TLS gets it, verified by the host name; who begins without it is served as he is."""
    connection = connect(sslmode=mode)
    assert connection.info.ssl_in_use == is_tls
    assert ask(connection, "SELECT length(repeat('x', 3000000))") == 3_000_000


def test_front__large_answer(connect: Callable[..., Any]) -> None:
    """Megabytes arrive whole through TLS."""
    assert len(ask(connect(sslmode="verify-full"), "SELECT repeat('x', 3000000)")) == 3_000_000


def test_front__host_name_of_another(connect: Callable[..., Any]) -> None:
    """A client that expects another name refuses the certificate, and the next client is served."""
    with pytest.raises(psycopg2.OperationalError, match="does not match host name"):
        connect(sslmode="verify-full", host="other.example")
    assert ask(connect(sslmode="verify-full"), "SELECT 1") == 1


def test_front__authority_of_another(connect: Callable[..., Any], tmp_path: Path) -> None:
    """A client that trusts another authority refuses the certificate."""
    other = CertificateAuthority(tmp_path)
    with pytest.raises(psycopg2.OperationalError, match="certificate verify failed"):
        connect(sslmode="verify-full", sslrootcert=str(other.bundle))


def test_front__wrong_password(connect: Callable[..., Any]) -> None:
    """The server's own error comes through, before it closes the connection."""
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        connect(sslmode="verify-full", password="fake-wrong")


def test_front__startup_without_credentials(running: Database, authority: CertificateAuthority) -> None:
    """Encryption by Kerberos is refused, TLS accepted, and a startup message answered by a question for a password."""
    with socket.create_connection((running.public_address, running.port), timeout=2) as plain:
        plain.sendall(request(GSS_REQUEST))
        assert plain.recv(1) == b"N"
        plain.sendall(request(SSL_REQUEST))
        assert plain.recv(1) == b"S"
        with ssl.create_default_context(cafile=str(authority.bundle)).wrap_socket(plain, server_hostname=HOST) as tls:
            parameters = b"user\0fake-nobody\0database\0mlflow_db\0\0"
            tls.sendall(struct.pack("!ii", 8 + len(parameters), 3 << 16) + parameters)
            assert tls.recv(1) == b"R"


@pytest.mark.parametrize("said", [b"", request(SSL_REQUEST), request(SSL_REQUEST) + b"no TLS at all", request(CANCEL)])
def test_front__client_that_goes_away(running: Database, connect: Callable[..., Any], said: bytes) -> None:
    """Who leaves in the middle, or talks nonsense, harms nobody else."""
    with socket.create_connection((running.public_address, running.port), timeout=2) as client:
        client.sendall(said)
    assert ask(connect(sslmode="verify-full"), "SELECT 1") == 1


def test_database__stopped_and_started(running: Database, connect: Callable[..., Any]) -> None:
    """Stopped, the front's port is closed and sessions are cut; started again, it is open."""
    with closing(connect(sslmode="verify-full")) as session:
        running.stop()
        try:
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((running.public_address, running.port), timeout=1)
            with pytest.raises(psycopg2.OperationalError):
                session.cursor().execute("SELECT 1")
        finally:
            running.start()
    assert ask(connect(sslmode="verify-full"), "SELECT 1") == 1


def test_database__suspended(running: Database, connect: Callable[..., Any]) -> None:
    """Suspended, the front accepts and says nothing, not even that it speaks TLS, until it is resumed."""
    running.suspend()
    with socket.create_connection((running.public_address, running.port), timeout=0.5) as client:
        client.sendall(request(SSL_REQUEST))
        try:
            with pytest.raises(TimeoutError):
                client.recv(1)
        finally:
            running.resume()
        client.settimeout(5)
        assert client.recv(1) == b"S"
    assert ask(connect(sslmode="verify-full"), "SELECT 1") == 1


def test_database__read_only(running: Database, connect: Callable[..., Any]) -> None:
    """Read-only, a session that was open before is refused its writes and may read; then it may write again."""
    with closing(connect(sslmode="verify-full")) as session, session.cursor() as cursor:
        session.autocommit = True
        cursor.execute("CREATE TABLE kept AS SELECT 7 AS n")
        running.set_read_only(is_read_only=True)
        try:
            with pytest.raises(psycopg2.errors.ReadOnlySqlTransaction):
                cursor.execute("INSERT INTO kept VALUES (8)")
            cursor.execute("SELECT n FROM kept")
            assert cursor.fetchall() == [(7,)]
        finally:
            running.set_read_only(is_read_only=False)
        cursor.execute("INSERT INTO kept VALUES (8)")
        cursor.execute("SELECT count(*) FROM kept")
        assert cursor.fetchall() == [(2,)]
