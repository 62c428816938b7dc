"""The auth stand-in keeps its contract, and its rate limits in Redis."""

import pytest
from tests.sandbox.processes.redis import RedisServer
from tests.unit.sandbox.services.stack import HealthyStack, MakeStack, ask

VALIDATE = "/api/v1/keys/validate"


@pytest.mark.parametrize(
    ("key", "body", "status", "text"),
    [
        ("fake-writer-key", b'{"service_id":"platform"}', 200, '"user_id":"user-3"'),
        ("fake-writer-key", b'{"service_id":"website"}', 401, '{"detail":"Invalid or expired API key"}'),
        ("fake-writer-key", b'{"service_id":"ml-platform"}', 422, "website, prediction, platform"),
        ("fake-writer-key", b"{}", 422, "Field required"),
        ("fake-writer-key", b"not json", 422, "Field required"),
        ("fake-bad-key", b'{"service_id":"platform"}', 401, '{"detail":"Invalid or expired API key"}'),
        ("fake-revoked-key", b'{"service_id":"platform"}', 401, '{"detail":"Invalid or expired API key"}'),
        ("fake-busy-key", b'{"service_id":"platform"}', 429, '{"detail":"Rate limit exceeded"}'),
        (None, b'{"service_id":"platform"}', 401, '{"detail":"API key required"}'),
    ],
)
def test_validate__answers(make_stack: MakeStack, key: str | None, body: bytes, status: int, text: str) -> None:
    """A key is valid for its own service; a revoked one cannot be told from an unknown one."""
    answer = ask(make_stack("head", auth_keeps_limits=True).auth, "POST", VALIDATE, key=key, body=body)
    assert answer.status == status
    assert text in answer.text


@pytest.mark.parametrize(
    ("key", "status"), [(None, 401), ("fake-bad-key", 401), ("fake-writer-key", 403), ("fake-admin-key", 200)]
)
def test_keys__listed(healthy: HealthyStack, key: str | None, status: int) -> None:
    """Keys are listed to admins; their secrets never."""
    answer = ask(healthy("head").auth, "GET", "/api/v1/keys", key=key)
    assert answer.status == status
    assert "fake-" not in answer.text
    if status == 200:
        assert {record["key_id"] for record in answer.json()} == {f"key-{number}" for number in range(1, 8)}


def test_keys__created(make_stack: MakeStack) -> None:
    """A created key is valid at once."""
    stack = make_stack("head")
    created = ask(stack.auth, "POST", "/api/v1/keys", key="fake-admin-key")
    assert created.status == 201
    assert ask(stack.api, "GET", "/models/", key=created.json()["key"]).status == 200


@pytest.mark.parametrize(("key_id", "status"), [("key-3", 200), ("key-5", 402), ("key-99", 404)])
def test_usage__debited(healthy: HealthyStack, key_id: str, status: int) -> None:
    """A debit is accepted, rejected, or meets an unknown key."""
    assert ask(healthy("head").auth, "POST", f"/api/v1/usage/{key_id}/debit", body=b"{}").status == status


@pytest.mark.parametrize("fault", ["stop", "suspend"])
def test_validate__redis_does_not_answer(make_stack: MakeStack, own_redis: RedisServer, fault: str) -> None:
    """Without Redis every key gets a 500 in JSON, known or not, while /health knows nothing of it."""
    stack = make_stack("head", redis=own_redis, auth_keeps_limits=True)
    getattr(own_redis, fault)()
    for key in ("fake-admin-key", "fake-bad-key"):
        answer = ask(stack.auth, "POST", VALIDATE, key=key, body=b'{"service_id":"platform"}')
        assert (answer.status, answer.text) == (500, '{"detail":"Internal server error"}')
    assert ask(stack.auth, "GET", "/health").json()["status"] == "healthy"


def test_validate__redis_is_back(make_stack: MakeStack, own_redis: RedisServer) -> None:
    """It recovers by itself."""
    stack = make_stack("head", redis=own_redis, auth_keeps_limits=True)
    own_redis.stop()
    assert stack.search().status == 503
    own_redis.start()
    assert stack.search().status == 200
