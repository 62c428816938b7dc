"""A real MLflow server, from an environment of its own, on a database and an object store."""

import base64
import http.client
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.sandbox.processes.child import ChildProcess

_READY_TIMEOUT_S = 60.0
_DEFAULTS = {
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # 6 s and 0.5 GB instead of 25 s and 2.1 GB
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
}


# Where a module stands that MLflow's own login imports, and that its environment does not have.
_STAND_INS = Path(__file__).with_name("stand_ins")
# READ is MLflow's own default; a password that was right counts for a minute, so that its hash is not made each time.
_LOGIN_SETTINGS = """[mlflow]
default_permission = READ
database_uri = sqlite:///{folder}/logins.db
auth_cache_ttl_seconds = 60
"""


@dataclass(frozen=True)
class Login:
    """MLflow's own basic authentication: its administrator, whose password its environment has, and other users."""

    administrator: str
    users: Mapping[str, str]  # name -> password


class MlflowServer:
    """``mlflow server`` with one worker at ``address:port``; its log lies in ``folder``.

    ``artifacts_destination``: where the artifacts lie that it proxies; None: it proxies none. ``prefix``: what stands
    before all its paths. ``login``: its own, if it has one.
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
        prefix: str = "",
        login: Login | None = None,
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
            *(("--static-prefix", prefix) if prefix else ()),
            *(("--app-name", "basic-auth") if login else ()),
        ]
        self._prefix, self._login = prefix, login
        self._child: ChildProcess | None = None

    def start(self) -> None:
        """Start and wait until it answers; it makes its tables the first time. RuntimeError when it does not."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        if self._login:
            environment |= self._prepare_login()
        self._child = ChildProcess(self._command, log=self.log, environment=environment | _DEFAULTS | self._environment)
        self._child.wait_until(self._answers, _READY_TIMEOUT_S)
        self._open_store()
        if self._login:
            for name, password in self._login.users.items():
                self._create_user(name, password)

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
        if (status := self._ask("GET", path, {"Host": host, **self._as_administrator()}, timeout_s=30)) != 200:
            raise RuntimeError(f"MLflow at {self.address}:{self.port} cannot open its store: {status} for {path}.")

    def _prepare_login(self) -> dict[str, str]:
        settings = self.log.with_name("login.ini")
        settings.write_text(_LOGIN_SETTINGS.format(folder=settings.parent))
        return {"MLFLOW_AUTH_CONFIG_PATH": str(settings), "PYTHONPATH": str(_STAND_INS)}

    def _create_user(self, name: str, password: str) -> None:
        """Create a user, or find that it is there: the file of users outlives a process."""
        body = json.dumps({"username": name, "password": password})
        headers = {"Host": "localhost", "Content-Type": "application/json", **self._as_administrator()}
        status = self._ask("POST", "/api/2.0/mlflow/users/create", headers, timeout_s=30, body=body)
        if status not in (200, 400):
            raise RuntimeError(f"MLflow at {self.address}:{self.port} does not create the user {name}: {status}.")

    def _as_administrator(self) -> dict[str, str]:
        if self._login is None:
            return {}
        pair = f"{self._login.administrator}:{self._environment['MLFLOW_AUTH_ADMIN_PASSWORD']}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}

    def _answers(self) -> bool:
        try:
            return self._ask("GET", "/health", {"Host": "localhost"}, timeout_s=2) == 200
        except (OSError, http.client.HTTPException):
            return False

    def _ask(
        self, method: str, path: str, headers: Mapping[str, str], *, timeout_s: float, body: str | None = None
    ) -> int:
        connection = http.client.HTTPConnection(self.address, self.port, timeout=timeout_s)
        try:
            connection.request(method, self._prefix + path, body=body, headers=dict(headers))
            with connection.getresponse() as response:
                return response.status
        finally:
            connection.close()
