"""MLflow's REST API without the MLflow client, for what light runs ask. Every write passes the write guard."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from registry_monitor.clients.http import Answer, HttpClient, HttpError
from registry_monitor.clients.write_guard import WriteGuard, WriteRefusedError
from registry_monitor.model import Attempt, CannotTellError

_API = "/api/2.0"
_ARTIFACT_SCHEME = "mlflow-artifacts:"


class RestError(Exception):
    """MLflow did not do what was asked: a clause for people, and the answer where there was one."""

    def __init__(self, message: str, answer: Answer | None = None) -> None:
        super().__init__(message)
        self.answer = answer

    @property
    def error_code(self) -> str | None:
        """MLflow's own word for it, such as RESOURCE_ALREADY_EXISTS."""
        body = _json(self.answer) if self.answer else None
        return str(body["error_code"]) if isinstance(body, dict) and "error_code" in body else None


class MlflowRest:
    """``api_url``: what stands before ``/api/2.0``; ``key``: the name of the key that is sent."""

    def __init__(self, http: HttpClient, guard: WriteGuard, api_url: str, key: str) -> None:
        self._http = http
        self._guard = guard
        self._base = f"{api_url}{_API}"
        self._key = key

    def get(self, attempt: Attempt, resource: str, **query: str) -> dict[str, Any]:
        """Read a resource such as ``runs/get``. Raises RestError, CannotTellError."""
        path = f"mlflow/{resource}?{urlencode(query)}"
        return _object(self._ask(attempt, "GET", path, None))

    def post(self, attempt: Attempt, resource: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Write, or search. Raises RestError; CannotTellError where the guard refuses, before anything is sent."""
        self._authorize("POST", resource, body)
        return _object(self._ask(attempt, "POST", f"mlflow/{resource}", dict(body)))

    def put_artifact(self, attempt: Attempt, artifact_uri: str, name: str, body: Any) -> None:
        """Store a small JSON file in a run of the monitor's own. Raises RestError, CannotTellError."""
        path = _artifact_path(artifact_uri, name)
        self._authorize("PUT", path, {})
        self._ask(attempt, "PUT", path, body)

    def get_artifact(self, attempt: Attempt, artifact_uri: str, name: str) -> Answer:
        """Fetch a file of a run. Raises RestError, CannotTellError."""
        return self._ask(attempt, "GET", _artifact_path(artifact_uri, name), None)

    def list_artifacts(self, attempt: Attempt, artifact_uri: str) -> frozenset[str]:
        """Names of the files of a run, as its store lists them. Raises RestError, CannotTellError."""
        route, _, folder = _artifact_path(artifact_uri).partition("/artifacts/")
        body = _object(self._ask(attempt, "GET", f"{route}/artifacts?path={folder}", None))
        if set(body) - {"files"}:
            raise RestError("answered 200 with a JSON body that is no list of MLflow's")
        files = body.get("files", [])
        if not isinstance(files, list) or not all(isinstance(each, dict) and "path" in each for each in files):
            raise RestError("answered 200 with a list of files that is none of MLflow's")
        return frozenset(str(each["path"]) for each in files)

    def _authorize(self, method: str, resource: str, body: Mapping[str, Any]) -> None:
        try:
            self._guard.authorize(method, resource, body)
        except WriteRefusedError as error:
            raise CannotTellError(f"the write guard refused: {error}") from error

    def _ask(self, attempt: Attempt, method: str, path: str, body: Any) -> Answer:
        url = f"{self._base}/{path}"
        try:
            answer = self._http.request(attempt, method, url, key=self._key, json_body=body)
        except HttpError as error:
            raise RestError(str(error)) from error
        if answer.status != 200:
            raise RestError(answer.describe(), answer)
        return answer


def _artifact_path(artifact_uri: str, name: str = "") -> str:
    if not artifact_uri.startswith(_ARTIFACT_SCHEME):
        place = artifact_uri.partition(":")[0]
        raise RestError(f"keeps its artifacts in {place}:, not behind MLflow (mlflow-artifacts:/)")
    place = artifact_uri.removeprefix(_ARTIFACT_SCHEME).strip("/")
    return f"mlflow-artifacts/artifacts/{quote(place)}/{quote(name)}".removesuffix("/")


def _json(answer: Answer) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None


def _object(answer: Answer) -> dict[str, Any]:
    body = _json(answer)
    if not isinstance(body, dict):
        raise RestError(f"{answer.describe()} with a body that is no JSON object", answer)
    return body
