"""The real MLflow server behind the stand-in's front: one process, started anew when what it is made of changes."""

import http.client
import logging
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.sandbox.mlflow_stores import LoginRefusedError, MlflowStore
from tests.sandbox.processes.log_follower import LogFollower
from tests.sandbox.processes.mlflow_server import Login, MlflowServer

_REPOSITORY = Path(__file__).resolve().parents[2]
PYTHON = _REPOSITORY / ".venv-mlflow" / "bin" / "python"
PORT = 5001
_LOG = logging.getLogger("tests.sandbox.services.mlflow_server")  # where the containers' logs are taken from
_LOG.setLevel(logging.INFO)
_LAST_WORDS = 4000  # characters
_OWN_HOST = {"Host": "localhost"}  # always among those that it lets in
_AT_ONCE_S, _RECOVERS_WITHIN_S = 1.0, 60.0


class MlflowExitedError(Exception):
    """MLflow ended as it started; the message is the end of its log."""


@dataclass(frozen=True)
class MlflowSettings:
    """What the task definition makes of MLflow.

    ``artifact_root``: an S3 address, or a folder on the task's own disk, which is gone with the task. ``prefix`` and
    ``administrator``: of an MLflow that stands behind no front.
    """

    environment: Mapping[str, str]
    database_password: str
    artifact_root: str
    serves_artifacts: bool = True
    prefix: str = ""
    administrator: str | None = None


class MlflowBackend:
    """Where MLflow's process runs.

    ``has_database`` tells whether a new process could reach its database: MLflow exits when it cannot. ``users``: whom
    an MLflow with its own login knows.
    """

    def __init__(
        self,
        address: str,
        store: MlflowStore,
        base_environment: dict[str, str],
        folder: Path,
        users: Mapping[str, str],
    ) -> None:
        self.upstream = (address, PORT)
        self.has_database = True
        self._store = store
        self._users = users
        self._base_environment = base_environment
        self._folder = folder
        self._task_disk = folder / "task-disk"
        self._made_of: tuple[MlflowSettings, str | None] | None = None  # with the schema of its database
        self._refused: tuple[tuple[MlflowSettings, str | None], str] | None = (
            None  # what it was made of, its last words
        )
        self._server: MlflowServer | None = None
        self._follower: LogFollower | None = None

    @property
    def url(self) -> str:
        """The server's own base URL."""
        return "http://{}:{}".format(*self.upstream)

    def ensure(self, settings: MlflowSettings) -> None:
        """Return when MLflow answers to a new task with these settings.

        Raises:
            MlflowExitedError: it has ended, or its database does not let it in.

        """
        shutil.rmtree(self._task_disk, ignore_errors=True)
        try:
            self._store.require_login(settings.database_password)
        except LoginRefusedError as error:
            raise MlflowExitedError(str(error)) from error
        wanted = settings, self._store.schema()
        if self._server and self._made_of == wanted:
            return
        if self._refused and self._refused[0] == wanted:
            raise MlflowExitedError(self._refused[1])
        self.stop()
        self._server = self._new_server(settings)
        log = self._server.log
        logged_bytes = log.stat().st_size if log.exists() else 0
        try:
            self._server.start()
        except RuntimeError as error:
            self._refused = wanted, log.read_bytes()[logged_bytes:].decode(errors="replace")[-_LAST_WORDS:]
            self.stop()
            raise MlflowExitedError(self._refused[1]) from error
        self._follower = LogFollower(log, _LOG.info)
        self._made_of, self._refused = (settings, self._store.schema()), None

    def suspend(self) -> None:
        """Let the process hang: connections are accepted, and nobody answers."""
        if self._server:
            self._server.suspend()

    def resume(self) -> None:
        """Let it go on."""
        if self._server:
            self._server.resume()

    def recover(self) -> None:
        """Return when it answers at once: what it was asked while its database was gone holds its threads for a while.

        Raises RuntimeError where it does not within a minute.
        """
        ends_at = time.monotonic() + _RECOVERS_WITHIN_S
        while self._server and not self._answers_at_once():
            if time.monotonic() > ends_at:
                raise RuntimeError(f"MLflow at {self.url} has not answered at once for {_RECOVERS_WITHIN_S:g} s")
            time.sleep(_AT_ONCE_S / 4)

    def _answers_at_once(self) -> bool:
        connection = http.client.HTTPConnection(*self.upstream, timeout=_AT_ONCE_S)
        try:
            connection.request("GET", "/api/2.0/mlflow/registered-models/search?max_results=1", headers=_OWN_HOST)
            return connection.getresponse().status == http.HTTPStatus.OK
        except OSError:
            return False
        finally:
            connection.close()

    def stop(self) -> None:
        """End the process."""
        if self._server:
            self._server.stop()
            self._server = None
        if self._follower:
            self._follower.stop()
            self._follower = None

    def _new_server(self, settings: MlflowSettings) -> MlflowServer:
        root = settings.artifact_root if settings.artifact_root.startswith("s3://") else str(self._task_disk)
        return MlflowServer(
            PYTHON,
            *self.upstream,
            folder=self._folder,
            backend_store_uri=self._store.uri(settings.database_password),
            artifacts_destination=root if settings.serves_artifacts else None,
            environment=self._base_environment | settings.environment,
            prefix=settings.prefix,
            login=Login(settings.administrator, self._users) if settings.administrator else None,
        )
