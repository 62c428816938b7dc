"""What runs inside the tasks: the stand-ins of auth and API, the real MLflow server, or a team's own build.

A container's environment and command decide where it listens, as in a real image.
"""

import itertools
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from tests.sandbox.aws.security_groups import Interface
from tests.sandbox.forwarder import Forwarder
from tests.sandbox.mlflow_backend import MlflowBackend, MlflowExitedError, MlflowSettings
from tests.sandbox.names import Names
from tests.sandbox.platform import Service
from tests.sandbox.services.api import api_app
from tests.sandbox.services.auth import KeyTable, auth_app
from tests.sandbox.services.features import features_app
from tests.sandbox.services.mlflow_front import mlflow_front_app
from tests.sandbox.services.server import ServiceThread
from tests.sandbox.services.settings import Era
from tests.sandbox.services.slow_health import with_health_delay

Json = dict[str, Any]
_SHELL = ["sh", "-c"]
_KILLED = 137  # 128 + SIGKILL
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Process(Protocol):
    """Anything that runs in a task."""

    def stop(self) -> None:
        """End it."""


class ContainerExitedError(Exception):
    """The container's process ended; the message is its last log line, ``reason`` what ECS says of its end."""

    def __init__(self, exit_code: int, message: str, reason: str | None = None) -> None:
        super().__init__(message)
        self.exit_code = exit_code
        self.reason = reason


@dataclass
class ContainerRuntime:
    """Starts containers; ``replaced`` leads a role to the address of a team's own build instead."""

    era: Era
    names: Names
    keys: KeyTable
    mlflow: MlflowBackend
    bundle: Path  # the authorities that every image trusts
    pause_scale: float  # multiplies how long they wait between their retries
    replaced: Mapping[str, tuple[str, int]] = field(default_factory=dict)

    def start(self, service: Service, container: Json, variables: dict[str, str], interface: Interface) -> Process:
        """Start the container of ``service`` at ``interface``; returns when it listens.

        Raises:
            ContainerExitedError: it ended at once.

        """
        host, port = listening_address(container, variables, service.port)
        if service.role in self.replaced:
            return Forwarder(interface.address, service.port, self.replaced[service.role])
        _require_memory(service, container)
        _require_application(service, container)
        if service.application == "mlflow":
            self._start_mlflow(service, container, variables)
        if host in _LOOPBACK:
            return _Unreachable()
        if not service.has_front:
            return MlflowTask(interface.address, port, self.mlflow)
        asks_login = "basic-auth" in container.get("command", [])
        app = self._app(service.application, variables, interface, asks_login=asks_login)
        thread = ServiceThread(app, interface.address, port)
        try:
            thread.start()
        except TimeoutError:
            pass  # it hangs while it starts: the task runs, and nothing listens yet
        except KeyError as error:  # a variable that it needs
            raise ContainerExitedError(1, f"Traceback (most recent call last):\nKeyError: {error}") from error
        return thread

    def _app(self, application: str, variables: dict[str, str], interface: Interface, *, asks_login: bool) -> Any:
        network = self.names.seen_by(interface)
        variables = {"SSL_CERT_FILE": str(self.bundle), "PAUSE_SCALE": str(self.pause_scale)} | variables
        if application == "auth":
            return lambda: with_health_delay(auth_app(variables, network, self.keys), variables)
        if application == "api":
            return lambda: with_health_delay(api_app(self.era, variables, network), variables)
        if application == "features":
            return lambda: features_app(variables, network)
        return lambda: mlflow_front_app(self.era, variables, network, self.mlflow.upstream, asks_login=asks_login)

    def _start_mlflow(self, service: Service, container: Json, variables: dict[str, str]) -> None:
        if not self.mlflow.has_database:
            raise ContainerExitedError(1, "sqlalchemy.exc.OperationalError: could not connect to server")
        settings = self._behind_a_front(container, variables) if service.has_front else _by_itself(container, variables)
        try:
            self.mlflow.ensure(settings)
        except MlflowExitedError as error:
            raise ContainerExitedError(1, str(error)) from error

    def _behind_a_front(self, container: Json, variables: dict[str, str]) -> MlflowSettings:
        # Before version 3.5 MLflow knew no host check, and the server that runs here does.
        allowed = variables.get("MLFLOW_SERVER_ALLOWED_HOSTS") if self.era == "head" else "*"
        return MlflowSettings(
            environment={"MLFLOW_SERVER_ALLOWED_HOSTS": allowed} if allowed else {},
            database_password=variables.get("DB_PASSWORD", ""),
            artifact_root=variables.get("DEFAULT_ARTIFACT_ROOT", "./mlartifacts"),
            serves_artifacts="--no-serve-artifacts" not in container.get("command", []),
        )


def _by_itself(container: Json, variables: dict[str, str]) -> MlflowSettings:
    """Return what the command of an MLflow without a front says."""
    words = _words(container)
    options = dict(itertools.pairwise(words))
    is_open = options.get("--app-name") != "basic-auth"
    return MlflowSettings(
        environment={name: value for name, value in variables.items() if name.startswith("MLFLOW_")},
        database_password="",
        artifact_root=options.get("--artifacts-destination", "./mlartifacts"),
        serves_artifacts="--no-serve-artifacts" not in words,
        prefix=options.get("--static-prefix", ""),
        administrator=None if is_open else variables["MLFLOW_AUTH_ADMIN_USERNAME"],
    )


class MlflowTask(Forwarder):
    """A task in which MLflow itself answers: its address, led to the one process."""

    def __init__(self, address: str, port: int, mlflow: MlflowBackend) -> None:
        super().__init__(address, port, mlflow.upstream)
        self._mlflow = mlflow
        self.is_suspended = False

    def suspend(self) -> None:
        """Hang: connections are accepted, and nobody answers."""
        self._mlflow.suspend()
        self.is_suspended = True

    def resume(self) -> None:
        """Go on."""
        self._mlflow.resume()
        self.is_suspended = False

    def stop(self) -> None:
        """Close its port; the process is kept for the next task."""
        self.resume()
        super().stop()


class _Unreachable:
    """A process that listens on its container's own loopback: nobody outside reaches it."""

    def stop(self) -> None:
        """Nothing listens, so nothing is to be closed."""


def _require_memory(service: Service, container: Json) -> None:
    if container["memory"] < service.memory_mb:
        raise ContainerExitedError(_KILLED, "", "OutOfMemoryError: Container killed due to memory usage")


def _require_application(service: Service, container: Json) -> None:
    """An ASGI server imports what its command names, and the image holds one application."""
    words = _words(container)
    if words[:1] == ["uvicorn"] and words[1] != service.command[1]:
        message = f'ERROR:    Error loading ASGI app. Could not import module "{words[1].partition(":")[0]}".'
        raise ContainerExitedError(1, message)


def exit_code_when_stopped(container: Json) -> int:
    """Return how a container ends on SIGTERM: a shell does not pass it on, so that SIGKILL follows."""
    command = container.get("command") or []
    return _KILLED if command[:2] == _SHELL and not command[2].startswith("exec ") else 0


def listening_address(container: Json, variables: Mapping[str, str], default_port: int) -> tuple[str, int]:
    """Return the host and port of a container: from ``--host``/``--port``, else ``[API_]HOST``/``[API_]PORT``."""
    options = dict(itertools.pairwise(_words(container)))
    host = options.get("--host") or variables.get("API_HOST") or variables.get("HOST") or "0.0.0.0"
    port = options.get("--port") or variables.get("API_PORT") or variables.get("PORT") or default_port
    return host, int(port)


def _words(container: Json) -> list[str]:
    command: list[str] = container.get("command") or []
    return shlex.split(command[2]) if command[:2] == _SHELL else command
