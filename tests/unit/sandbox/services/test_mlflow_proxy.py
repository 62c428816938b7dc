"""The API stand-in's proxy to MLflow loses, adds and rewrites what the measured one does."""

import pytest
from tests.unit.sandbox.services.stack import SEARCH, HealthyStack, MakeStack, ask

BASE = "/api/mlflow/api/2.0/mlflow"
NOT_FOUND = "RESOURCE_NOT_FOUND"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_proxy__forwards_a_body(healthy: HealthyStack, method: str) -> None:
    """The bodies of POST, PUT and PATCH arrive whole, with their length."""
    seen = ask(healthy("head").api, method, f"{BASE}/x", key="fake-admin-key", body=b"x" * 100).json()
    assert (seen["method"], seen["body_bytes"], seen["headers"]["content-length"]) == (method, 100, "100")


def test_proxy__loses_the_body_of_a_delete(healthy: HealthyStack) -> None:
    """A DELETE arrives with its path and query, and without its body."""
    stack = healthy("head")
    seen = ask(stack.api, "DELETE", f"{BASE}/x?name=a", key="fake-admin-key", body=b'{"name":"a"}').json()
    assert (seen["path"], seen["query"], seen["body_bytes"]) == ("/api/2.0/mlflow/x", [["name", "a"]], 0)
    assert seen["headers"].get("content-length", "0") == "0"


def test_proxy__passes_a_large_artifact(healthy: HealthyStack) -> None:
    """30 MB pass, and a chunked body arrives with a length, which MLflow needs."""
    stack = healthy("head")
    path = "/api/mlflow/api/2.0/mlflow-artifacts/artifacts/0/run/artifacts/model.pkl"
    large = ask(stack.api, "PUT", path, key="fake-admin-key", body=bytes(30_000_000)).json()
    assert large["body_bytes"] == 30_000_000
    chunks = iter([b"one", b"two"])
    chunked = ask(stack.api, "PUT", path, key="fake-admin-key", body=chunks).json()  # type: ignore[arg-type]
    assert (chunked["body_bytes"], chunked["headers"]["content-length"]) == (6, "6")


def test_proxy__duplicate_query_keys_collapse(healthy: HealthyStack) -> None:
    """Of two equal query keys one is left; escapes survive."""
    seen = ask(healthy("head").api, "GET", f"{BASE}/x?run=1&run=2&q=a%26b", key="fake-admin-key").json()
    assert seen["query"] == [["run", "2"], ["q", "a&b"]]


def test_proxy__says_who_calls(healthy: HealthyStack) -> None:
    """MLflow learns the caller's user and key id, and sees the internal name as host."""
    headers = healthy("head").search().json()["headers"]
    assert (headers["x-hokusai-user-id"], headers["x-hokusai-api-key-id"]) == ("user-1", "key-1")
    assert headers["host"] == "mlflow.hokusai-development.local:5000"


@pytest.mark.parametrize(
    ("era", "path", "status", "text"),
    [
        ("head", "/api/2.0/mlflow/experiments/search?max_results=1", 404, NOT_FOUND),
        ("2025-08", "/api/2.0/mlflow/experiments/search?max_results=1", 404, '{"detail":"Not Found"}'),
        *[(era, "/api/mlflow/ajax-api/2.0/mlflow/x", 404, NOT_FOUND) for era in ("head", "2025-08")],
        *[(era, "/mlflow/ajax-api/2.0/mlflow/x", 404, NOT_FOUND) for era in ("head", "2025-08")],
        *[(era, "/mlflow/api/2.0/mlflow/x", 200, "/api/2.0/mlflow/x") for era in ("head", "2025-08")],
        *[(era, "/api/mlflow/health/mlflow", 404, NOT_FOUND) for era in ("head", "2025-08")],
        ("2025-08", "/api/mlflow/version", 200, "2.9.2"),
        ("head", "/api/mlflow/version", 404, NOT_FOUND),
        ("2025-08", "/api/mlflow/health", 200, "OK"),
        ("head", "/api/mlflow/health", 200, '{"status": "ok"}'),
        ("2025-08", "/api/mlflow/api/3.0/mlflow/x", 404, NOT_FOUND),
        ("2025-08", "/api/mlflow/api/2.0/mlflow/logged-models/search", 404, NOT_FOUND),
    ],
)
def test_proxy__prefixes(healthy: HealthyStack, era: str, path: str, status: int, text: str) -> None:
    """The wrong-prefix traps, each as measured."""
    answer = ask(healthy(era).api, "GET", path, key="fake-admin-key")
    assert answer.status == status
    assert text in answer.text


def test_proxy__artifacts_disabled(make_stack: MakeStack) -> None:
    """With artifacts off, artifact paths give 503 with a dict below "detail"; the rest works."""
    stack = make_stack("head", environment={"MLFLOW_SERVE_ARTIFACTS": "false"})
    answer = ask(stack.api, "GET", f"{BASE}/artifacts/list?run_id=1", key="fake-admin-key")
    assert (answer.status, answer.json()["detail"]["error"]) == (503, "ARTIFACTS_DISABLED")
    assert ask(stack.api, "GET", SEARCH, key="fake-admin-key").status == 200
