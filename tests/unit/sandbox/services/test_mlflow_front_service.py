"""What stands in front of MLflow: open and prefixed in August 2025, an admin gateway at HEAD."""

import pytest
from tests.sandbox.services.answers import HTML_404
from tests.unit.sandbox.services.stack import AUTH, HealthyStack, MakeStack, ask, closed_port

AJAX = "/mlflow/ajax-api/2.0/mlflow/x"
GATEWAY_403 = '{"detail": "Admin access required for the model registry", "error": "REGISTRY_ADMIN_REQUIRED"}'


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("/mlflow/", 200, "<!doctype html><html>MLflow</html>"),
        (AJAX, 200, '"path": "/ajax-api/2.0/mlflow/x"'),
        ("/api/2.0/mlflow/x", 200, '"path": "/api/2.0/mlflow/x"'),
        ("/mlflow/api/2.0/mlflow/x", 404, HTML_404),
        ("/ajax-api/2.0/mlflow/x", 404, HTML_404),
        ("/mlflow/nothing", 404, HTML_404),
        ("/health", 200, "OK"),
        ("/mlflow/health", 404, HTML_404),
        ("/version", 200, "2.9.2"),
    ],
)
def test_front__august(healthy: HealthyStack, path: str, status: int, text: str) -> None:
    """In August everybody comes in, and the static prefix moves what 2.9.2 moved."""
    answer = ask(healthy("2025-08").front, "GET", path)
    assert answer.status == status
    assert text in answer.text
    assert answer.headers["Server"] == "gunicorn"


@pytest.mark.parametrize(
    ("path", "key", "status", "text"),
    [
        ("/health", None, 200, '{"status": "ok"}'),
        ("/mlflow/health", None, 200, '{"status": "ok"}'),
        (AJAX, None, 401, '{"detail": "API key required"}'),
        (AJAX + "?api_key=fake-admin-key", None, 401, '{"detail": "API key required"}'),
        (AJAX, "fake-bad-key", 401, '{"detail": "Invalid or expired API key"}'),
        (AJAX, "fake-writer-key", 403, GATEWAY_403),
        (AJAX, "fake-admin-key", 200, '"path": "/ajax-api/2.0/mlflow/x"'),
        ("/mlflow/", "fake-admin-key", 200, "MLflow"),
        ("/mlflow/nothing", None, 401, '{"detail": "API key required"}'),
        ("/mlflow/nothing", "fake-admin-key", 404, HTML_404),
    ],
)
def test_front__head(healthy: HealthyStack, path: str, key: str | None, status: int, text: str) -> None:
    """At HEAD the gateway lets admins in; its bodies have a space after the colon."""
    answer = ask(healthy("head").front, "GET", path, key=key)
    assert answer.status == status
    assert text in answer.text
    assert answer.headers["Server"] == "uvicorn"


def test_front__auth_service_limits_the_rate(make_stack: MakeStack) -> None:
    """At the gateway a 429 of the auth service becomes a 401 with the same text."""
    answer = ask(make_stack("head", auth_keeps_limits=True).front, "GET", AJAX, key="fake-busy-key")
    assert (answer.status, answer.text) == (401, '{"detail": "Rate limit exceeded"}')


def test_front__auth_service_refuses(make_stack: MakeStack) -> None:
    """Without the auth service the gateway answers 503, and its health stays green."""
    stack = make_stack("head")
    stack.routes[AUTH] = closed_port()
    answer = ask(stack.front, "GET", AJAX, key="fake-admin-key")
    assert (answer.status, answer.text) == (503, '{"detail": "Authentication service error"}')
    assert ask(stack.front, "GET", "/health").status == 200


def test_front__prefix_without_slash(healthy: HealthyStack) -> None:
    """``/mlflow`` redirects permanently to ``/mlflow/`` of the host that was asked."""
    answer = ask(healthy("2025-08").front, "GET", "/mlflow", headers={"Host": "registry.example"})
    assert (answer.status, answer.headers["Location"]) == (308, "http://registry.example/mlflow/")


def test_front__passes_the_host_header_at_head(healthy: HealthyStack) -> None:
    """MLflow checks the Host header itself at HEAD; 2.9.2 never did, so it sees one that is allowed."""
    for era, host in (("head", "registry.example"), ("2025-08", "localhost")):
        answer = ask(healthy(era).front, "GET", AJAX, key="fake-admin-key", headers={"Host": "registry.example"})
        assert answer.json()["headers"]["host"] == host


def test_front__forwards_the_body_of_a_delete(healthy: HealthyStack) -> None:
    """The direct route keeps what the API's proxy loses."""
    answer = ask(healthy("head").front, "DELETE", AJAX, key="fake-admin-key", body=b'{"name":"a"}')
    assert answer.json()["body_bytes"] == 12


def test_front__mlflow_process_is_gone(make_stack: MakeStack) -> None:
    """Without the process behind it the connection ends without an answer."""
    stack = make_stack("2025-08")
    stack.mlflow.stop()
    with pytest.raises(ConnectionError):
        ask(stack.front, "GET", AJAX)
