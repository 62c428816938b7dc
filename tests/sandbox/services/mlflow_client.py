"""The API service's own synchronous MLflow client: it blocks its thread, and it retries.

Times are fitted to the platform's measurements: refused 4.5 s, 503 of the gateway 2.1 s, hung 19.7 s (HEAD).
"""

import http.client
import json
import ssl
from typing import Any
from urllib.parse import urlsplit

from tests.sandbox.services.network import BlockingSockets
from tests.sandbox.services.settings import Environment, Era

_BACKOFF_UNREACHABLE_S = (1.5, 3.0)
_BACKOFF_5XX_S = (0.7, 1.4)
_READ_TIMEOUT_S = {
    "2025-08": 120.0,
    "head": 5.0,
}  # August: MLflow's default, so a hung MLflow blocks for minutes


class MlflowUnavailableError(Exception):
    """MLflow could not be asked; ``kind`` names the cause as the platform's health answers do."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


class MlflowClient:
    """Reads from MLflow at MLFLOW_SERVER_URL with MLFLOW_TRACKING_TOKEN."""

    def __init__(self, era: Era, environment: Environment, sockets: BlockingSockets) -> None:
        self._environment, self._sockets = environment, sockets
        self._read_timeout_s = environment.seconds(_READ_TIMEOUT_S[era])

    def get(self, path: str, *, retries: int = 2) -> dict[str, Any]:
        """Return the JSON answer to ``GET path``.

        Raises:
            MlflowUnavailableError: no answer, or another status than 200.

        """
        for attempt in range(retries + 1):
            try:
                status, body = self._request(path)
            except (OSError, http.client.HTTPException) as error:
                failure = MlflowUnavailableError(type(error).__name__, f"{self._environment.mlflow_url}: {error}")
                backoff_s = _BACKOFF_UNREACHABLE_S
            else:
                if status == 200:
                    return _parse(body)
                failure = MlflowUnavailableError("HTTPError", _shown(status, body))
                backoff_s = _BACKOFF_5XX_S
                if status < 500:
                    break
            if attempt < retries:
                self._sockets.sleep(self._environment.pause_s(backoff_s[attempt]))
        raise failure

    def registered_models(self) -> list[dict[str, Any]]:
        """Return the registered models; raises as ``get``."""
        models: list[dict[str, Any]] = self.get("/api/2.0/mlflow/registered-models/search?max_results=100").get(
            "registered_models", []
        )
        return models

    def _request(self, path: str) -> tuple[int, bytes]:
        url = urlsplit(self._environment.mlflow_url)
        host, port = url.hostname or "", url.port or (443 if url.scheme == "https" else 80)
        connection = http.client.HTTPConnection(host, port)
        connection.sock = self._connect(host, port, is_tls=url.scheme == "https")
        try:
            token = self._environment.variables.get("MLFLOW_TRACKING_TOKEN")
            headers = {"Host": url.netloc} | ({"Authorization": f"Bearer {token}"} if token else {})
            connection.request("GET", url.path + path, headers=headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def _connect(self, host: str, port: int, *, is_tls: bool) -> ssl.SSLSocket | Any:
        connection = self._sockets.connect(host, port, self._read_timeout_s)
        connection.settimeout(self._read_timeout_s)
        if not is_tls:
            return connection
        tls = self._environment.tls
        context = ssl.create_default_context() if tls is True else tls
        wrapped = context.wrap_socket(connection, server_hostname=host)
        self._sockets.track(wrapped)
        return wrapped


def _parse(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except ValueError:
        raise MlflowUnavailableError("JSONDecodeError", "The answer is not JSON.") from None
    return answer if isinstance(answer, dict) else {}


def _shown(status: int, body: bytes) -> str:
    try:
        return str(json.loads(body))  # {'detail': 'API key required'}, as Python prints it
    except ValueError:
        return f"HTTP {status}: {body[:200].decode(errors='replace')}"
