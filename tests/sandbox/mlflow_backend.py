"""The real MLflow server behind the stand-in's front: one process, started anew only when its environment changes."""

from pathlib import Path

from tests.sandbox.platforms import ARTIFACTS_BUCKET
from tests.sandbox.processes.mlflow_server import MlflowServer

_REPOSITORY = Path(__file__).resolve().parents[2]
PYTHON = _REPOSITORY / ".venv-mlflow" / "bin" / "python"
PORT = 5001


class MlflowBackend:
    """Where MLflow's process runs, and what it is made of.

    ``has_database`` tells whether a new process could reach its database: MLflow exits when it cannot.
    """

    def __init__(self, address: str, database_uri: str, base_environment: dict[str, str], folder: Path) -> None:
        self.upstream = (address, PORT)
        self.has_database = True
        self._database_uri = database_uri
        self._base_environment = base_environment
        self._folder = folder
        self._environment: dict[str, str] | None = None
        self._server: MlflowServer | None = None

    @property
    def url(self) -> str:
        """The server's own base URL."""
        return "http://{}:{}".format(*self.upstream)

    def ensure(self, environment: dict[str, str]) -> None:
        """Return when MLflow answers with ``environment`` (what the task definition adds)."""
        if self._server and self._environment == environment:
            return
        self.stop()
        self._server = MlflowServer(
            PYTHON,
            *self.upstream,
            folder=self._folder,
            backend_store_uri=self._database_uri,
            artifacts_destination=f"s3://{ARTIFACTS_BUCKET}/artifacts",
            environment=self._base_environment | environment,
        )
        self._server.start()
        self._environment = environment

    def stop(self) -> None:
        """End the process."""
        if self._server:
            self._server.stop()
            self._server = None
