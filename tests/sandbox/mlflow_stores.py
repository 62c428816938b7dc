"""What MLflow keeps its tables in: PostgreSQL, or one file."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psycopg2

from tests.sandbox.processes.postgres import PostgresServer


class LoginRefusedError(Exception):
    """The store does not let MLflow in; the message is what MLflow's log would end with."""


class MlflowStore(Protocol):
    """A store, for which MLflow has one password."""

    def uri(self, password: str) -> str:
        """Return what MLflow is given as its ``--backend-store-uri``."""
        ...

    def require_login(self, password: str) -> None:
        """Return when it lets MLflow in. Raises LoginRefusedError."""
        ...

    def schema(self) -> str | None:
        """Return the revision of MLflow's tables; None before MLflow has made them."""
        ...


@dataclass(frozen=True)
class PostgresStore:
    """A database of a PostgreSQL server."""

    server: PostgresServer

    def uri(self, password: str) -> str:
        """Return its address with the password in it."""
        return self.server.uri(password)

    def require_login(self, password: str) -> None:
        """Log in once. Raises LoginRefusedError."""
        try:
            psycopg2.connect(self.server.uri(password).replace("+psycopg2", ""), connect_timeout=5).close()
        except psycopg2.OperationalError as error:
            told = f"sqlalchemy.exc.OperationalError: (psycopg2.OperationalError) {error}"
            raise LoginRefusedError(told) from error

    def schema(self) -> str | None:
        """Return the revision that alembic has noted."""
        ((table,),) = self.server.execute("SELECT to_regclass('alembic_version')::text")
        if table is None:
            return None
        ((revision,),) = self.server.execute("SELECT version_num FROM alembic_version")
        return str(revision)


@dataclass(frozen=True)
class SqliteStore:
    """One file on the task's disk, which outlives the task here; it knows no password, and one schema."""

    file: Path

    def uri(self, password: str) -> str:
        """Return its address."""
        return f"sqlite:///{self.file}"

    def require_login(self, password: str) -> None:
        """Let everybody in."""

    def schema(self) -> str | None:
        """Return nothing: no other version of MLflow ever opens it."""
        return None
