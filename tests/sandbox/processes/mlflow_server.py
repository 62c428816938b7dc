"""A real MLflow server, from an environment of its own, on a database and an object store."""

import http.client
import os
from collections.abc import Mapping
from pathlib import Path

from tests.sandbox.processes.child import ChildProcess

_READY_TIMEOUT_S = 60.0
_DEFAULTS = {
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # 6 s and 0.5 GB instead of 25 s and 2.1 GB
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
}


class MlflowServer:
    """``mlflow server`` with one worker at ``address:port``; its log lies in ``folder``.

    ``artifacts_destination``: where the artifacts lie that it proxies; None: it proxies none.
    """

    def __init__(
        self,
        python: Path,
        address: str,
        port: int,
        *,
        folder: Path,
        backend_store_uri: str,
        artifacts_destination: str | None,
        environment: Mapping[str, str],
    ) -> None:
        self.address, self.port = address, port
        self.log = folder.absolute() / "mlflow.log"
        self._environment = dict(environment)
        self._command = [
            *(str(python), "-m", "mlflow", "server", "--workers", "1", "--host", address, "--port", str(port)),
            *("--backend-store-uri", backend_store_uri),
            *(
                ("--serve-artifacts", "--artifacts-destination", artifacts_destination)
                if artifacts_destination
                else ("--no-serve-artifacts", "--default-artifact-root", "mlflow-artifacts:/")
            ),
        ]
        self._child: ChildProcess | None = None

    def start(self) -> None:
        """Start and wait until it answers; it makes its tables the first time. RuntimeError when it does not."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        self._child = ChildProcess(self._command, log=self.log, environment=environment | _DEFAULTS | self._environment)
        self._child.wait_until(self._answers, _READY_TIMEOUT_S)
        self._open_store()

    def stop(self) -> None:
        """Stop it: its port refuses connections."""
        if self._child is not None:
            self._child.stop()
            self._child = None

    def suspend(self) -> None:
        """Make it hang."""
        if self._child is not None:
            self._child.suspend()

    def resume(self) -> None:
        """Let it answer again."""
        if self._child is not None:
            self._child.resume()

    def _open_store(self) -> None:
        """Make it open its database: the first request does, and without one it would try for minutes (MLflow 3.17)."""
        host = self._environment.get("MLFLOW_SERVER_ALLOWED_HOSTS", "localhost").partition(",")[0]
        path = "/api/2.0/mlflow/experiments/search?max_results=1"
        if (status := self._get(path, host, timeout_s=30)) != 200:
            raise RuntimeError(f"MLflow at {self.address}:{self.port} cannot open its store: {status} for {path}.")

    def _answers(self) -> bool:
        try:
            return self._get("/health", "localhost", timeout_s=2) == 200
        except (OSError, http.client.HTTPException):
            return False

    def _get(self, path: str, host: str, timeout_s: float) -> int:
        connection = http.client.HTTPConnection(self.address, self.port, timeout=timeout_s)
        try:
            connection.request("GET", path, headers={"Host": host})
            with connection.getresponse() as response:
                return response.status
        finally:
            connection.close()
