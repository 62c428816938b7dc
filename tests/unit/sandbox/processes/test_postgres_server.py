"""The sandbox's PostgreSQL keeps its data, checks passwords, and can be down or hang."""

from collections.abc import Callable
from pathlib import Path

import psycopg2
import pytest
from tests.sandbox.processes.postgres import PostgresServer


@pytest.fixture
def server(address: str, tmp_path: Path, stopping: Callable[..., None]) -> PostgresServer:
    server = PostgresServer(address, 5432, tmp_path / "postgres")
    stopping(server)
    server.start()
    return server


def _ask(server: PostgresServer, statement: str) -> list[tuple[object, ...]]:
    connection = server.connect()
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def test_postgres__keeps_its_data(server: PostgresServer) -> None:
    """Stopped, it refuses; started again, it has its rows."""
    _ask(server, "CREATE TABLE t AS SELECT 7 AS n")
    server.stop()
    with pytest.raises(psycopg2.OperationalError, match="refused"):
        server.connect()
    server.start()
    assert _ask(server, "SELECT n FROM t") == [(7,)]


def test_postgres__suspended(server: PostgresServer) -> None:
    """Suspended, it accepts and never answers, until it is resumed."""
    server.suspend()
    with pytest.raises(psycopg2.OperationalError, match="timeout expired"):
        server.connect()
    server.resume()
    assert _ask(server, "SELECT 1") == [(1,)]


def test_postgres__wrong_password(server: PostgresServer) -> None:
    """Passwords are checked."""
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(
            host=server.address, port=server.port, user=server.user, dbname=server.database, password="fake-wrong"
        )


def test_postgres__another_password(server: PostgresServer) -> None:
    """The user gets in with the new password alone, and a session of the old one has ended."""
    session = psycopg2.connect(server.uri().replace("+psycopg2", ""))
    server.set_password("fake-new")
    assert (server.accepts(server.password), server.accepts("fake-new")) == (False, True)
    with pytest.raises(psycopg2.OperationalError), session.cursor() as cursor:
        cursor.execute("SELECT 1")
