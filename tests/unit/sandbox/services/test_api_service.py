"""The API stand-in answers as the platform's measurements say: paths, keys and bodies, everything healthy."""

import http.client
import socket

import pytest
from tests.unit.sandbox.services.stack import SEARCH, HealthyStack, MakeStack, ask

REGISTRY_403 = '{"detail":"Admin access required for the model registry","error":"REGISTRY_ADMIN_REQUIRED"}'
KEY_REQUIRED = '{"detail":"API key required"}'
INVALID = '{"detail":"Invalid or expired API key"}'
GATEWAY_KEY_REQUIRED = '{"detail": "API key required"}'

PRESENTATIONS = [
    ("no key", {}, KEY_REQUIRED, KEY_REQUIRED),
    ("empty bearer", {"Authorization": "Bearer "}, KEY_REQUIRED, KEY_REQUIRED),
    ("lower case", {"Authorization": "bearer fake-admin-key"}, KEY_REQUIRED, KEY_REQUIRED),
    ("raw key", {"Authorization": "fake-admin-key"}, KEY_REQUIRED, KEY_REQUIRED),
    ("basic", {"Authorization": "Basic ZmFrZTpmYWtl"}, KEY_REQUIRED, KEY_REQUIRED),
    ("bad key", {"Authorization": "Bearer fake-bad-key"}, INVALID, INVALID),
    ("revoked key", {"Authorization": "Bearer fake-revoked-key"}, INVALID, INVALID),
    ("two spaces", {"Authorization": "Bearer  fake-admin-key"}, INVALID, INVALID),
    ("bearer wins", {"Authorization": "Bearer fake-bad-key", "X-API-Key": "fake-admin-key"}, INVALID, INVALID),
    ("bearer", {"Authorization": "Bearer fake-admin-key"}, 200, 200),
    ("api key scheme", {"Authorization": "ApiKey fake-admin-key"}, 200, 200),
    ("api key header", {"X-API-Key": "fake-admin-key"}, 200, 200),
    ("admin by scope", {"X-API-Key": "fake-scope-admin-key"}, 200, 200),
    ("not admin", {"X-API-Key": "fake-writer-key"}, 200, (403, REGISTRY_403)),
    ("no balance", {"X-API-Key": "fake-poor-key"}, 200, (403, REGISTRY_403)),
]


@pytest.mark.parametrize("era", ["2025-08", "head"])
def test_proxy__key_presented_in_every_way(healthy: HealthyStack, era: str) -> None:
    """The scheme is case-sensitive, Bearer wins, and at HEAD only admins of the registry come through."""
    stack = healthy(era)
    for name, headers, august, head in PRESENTATIONS:
        answer = stack.search(None, headers=headers)
        expected = august if era == "2025-08" else head
        seen: object = 200 if answer.status == 200 else (answer.status, answer.text)
        assert seen == ((401, expected) if isinstance(expected, str) else expected), name


@pytest.mark.parametrize(
    ("era", "status", "body"),
    [("2025-08", 200, None), ("head", 401, GATEWAY_KEY_REQUIRED)],
)
def test_proxy__key_in_query(healthy: HealthyStack, era: str, status: int, body: str | None) -> None:
    """The API accepts a key in the query; the gateway of HEAD does not, and its body has a space after the colon."""
    answer = ask(healthy(era).api, "GET", f"{SEARCH}&api_key=fake-admin-key")
    assert answer.status == status
    assert body is None or answer.text == body


@pytest.mark.parametrize(("era", "status", "retry_after"), [("2025-08", 401, None), ("head", 429, "60")])
def test_proxy__auth_service_limits_the_rate(
    make_stack: MakeStack, era: str, status: int, retry_after: str | None
) -> None:
    """A 429 of the auth service is a 401 in August and a 429 with Retry-After at HEAD."""
    answer = make_stack(era, auth_keeps_limits=True).search("fake-busy-key")
    assert (answer.status, answer.text) == (status, '{"detail":"Rate limit exceeded"}')
    assert answer.headers["Retry-After"] == retry_after


OPEN = ["/health", "/docs", "/openapi.json"]
OPEN_AT_HEAD = ["/ready", "/live", "/version", "/metrics", "/api/v1/dspy/health", "/api/health/mlflow"]


@pytest.mark.parametrize(
    ("era", "path", "without_key", "with_key"),
    [
        *[(era, path, 200, 200) for era in ("2025-08", "head") for path in OPEN],
        *[("head", path, 200, 200) for path in OPEN_AT_HEAD if path != "/ready"],
        *[("2025-08", path, 401, 200) for path in ("/live", "/version", "/metrics", "/api/health/mlflow")],
        ("head", "/ready", 503, 503),
        ("2025-08", "/ready", 401, 503),
        ("2025-08", "/health/alb", 404, 404),
        ("head", "/health/alb", 200, 200),
        *[(era, "/health?detailed=true", 500, 500) for era in ("2025-08", "head")],
        ("head", "/health/status", 500, 500),
        ("2025-08", "/", 401, 404),
        ("head", "/", 401, 200),
        ("2025-08", "/models/", 401, 404),
        ("head", "/models/", 401, 200),
        ("head", "/api/models/", 401, 200),
        *[(era, "/api/health", 401, 404) for era in ("2025-08", "head")],
        *[(era, "/api/experiments", 401, 404) for era in ("2025-08", "head")],
        *[(era, "/api/v1/models", 401, 404) for era in ("2025-08", "head")],
    ],
)
def test_api__path(healthy: HealthyStack, era: str, path: str, without_key: int, with_key: int) -> None:
    """Each path answers as it did at its date, without a key and with one; there is no database in this stack."""
    stack = healthy(era)
    assert ask(stack.api, "GET", path).status == without_key
    answer = ask(stack.api, "GET", path, key="fake-admin-key")
    assert answer.status == with_key
    assert with_key != 404 or answer.text == '{"detail":"Not Found"}'
    assert answer.headers["Server"] == "uvicorn"


@pytest.mark.parametrize("era", ["2025-08", "head"])
def test_health__asked_with_head(healthy: HealthyStack, era: str) -> None:
    """HEAD is not allowed for /health."""
    assert ask(healthy(era).api, "HEAD", "/health").status == 405


def test_health__at_head_is_static(healthy: HealthyStack) -> None:
    """At HEAD the body tells of no dependency."""
    body = ask(healthy("head").api, "GET", "/health").json()
    assert body["status"] == "healthy"
    assert body["services"] == {"api": "healthy", "dependency_checks": "skipped"}


def test_health__in_august_asks_its_dependencies(healthy: HealthyStack) -> None:
    """In August it is 200 and "degraded" without a database."""
    answer = ask(healthy("2025-08").api, "GET", "/health")
    assert (answer.status, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["services"] == {
        "mlflow": "healthy",
        "redis": "healthy",
        "message_queue": "healthy",
        "postgres": "unhealthy",
    }


@pytest.mark.parametrize(
    ("key", "status", "body"),
    [
        ("fake-writer-key", 200, '{"models":[{"name":"fake-model"}]}'),
        ("fake-poor-key", 402, '{"detail":"Insufficient balance"}'),
        (
            "fake-undebited-key",
            402,
            '{"error":"usage_debit_rejected","reason":"Insufficient balance","reason_code":"insufficient_balance"}',
        ),
    ],
)
def test_models__are_billed_at_head(healthy: HealthyStack, key: str, status: int, body: str) -> None:
    """Who cannot pay gets 402; the registry's own paths are not billed."""
    answer = ask(healthy("head").api, "GET", "/models/", key=key)
    assert (answer.status, answer.text) == (status, body)


def test_health_of_mlflow__at_head(healthy: HealthyStack) -> None:
    """The API asks MLflow with its own token, and says which model it saw."""
    body = ask(healthy("head").api, "GET", "/api/health/mlflow").json()
    assert {name: body[name] for name in ("status", "sample_model", "error")} == {
        "status": "ok",
        "sample_model": "fake-model",
        "error": None,
    }


def test_health_of_mlflow__at_head_without_a_token(make_stack: MakeStack) -> None:
    """Without MLFLOW_TRACKING_TOKEN the gateway refuses the API itself, while callers with keys come through."""
    stack = make_stack("head", environment={"MLFLOW_TRACKING_TOKEN": ""})
    answer = ask(stack.api, "GET", "/api/health/mlflow")
    assert (answer.status, answer.json()["error"]) == (503, "{'detail': 'API key required'}")
    assert stack.search().status == 200


def test_health_of_mlflow__in_august(healthy: HealthyStack) -> None:
    """In August it lists three checks."""
    answer = ask(healthy("2025-08").api, "GET", "/api/health/mlflow", key="fake-writer-key")
    assert (answer.status, list(answer.json()["checks"])) == (200, ["connectivity", "experiments_api", "artifacts_api"])


@pytest.mark.parametrize(("era", "status"), [("2025-08", 401), ("head", 204)])
def test_proxy__options_without_key(healthy: HealthyStack, era: str, status: int) -> None:
    """A CORS preflight passes at HEAD, and reaches MLflow."""
    assert ask(healthy(era).api, "OPTIONS", SEARCH).status == status


def test_openapi__differs_between_builds(healthy: HealthyStack) -> None:
    """openapi.json is a fingerprint of the build: it lists the build's own paths."""
    head, august = (ask(healthy(era).api, "GET", "/openapi.json").json()["paths"] for era in ("head", "2025-08"))
    assert set(head) - set(august) >= {"/", "/models/", "/health/alb", "/api/2.0/mlflow/{path}"}


def test_api__wrong_request_line_does_not_stop_it(healthy: HealthyStack) -> None:
    """Garbage on one connection leaves the next one alone."""
    stack = healthy("head")
    with socket.create_connection(stack.api.address) as connection:
        connection.sendall(b"nonsense\r\n\r\n")
        assert b"400" in connection.recv(100)
    assert ask(stack.api, "GET", "/live").status == http.client.OK
