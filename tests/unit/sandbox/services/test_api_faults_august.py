"""The API stand-in of August 2025 under faults: every failure of auth is a 401, and a hung Redis blocks it all."""

import time

import pytest
from tests.sandbox.processes.redis import RedisServer
from tests.unit.sandbox.services.stack import MLFLOW, MakeStack, Stack, ask

HTTP_TIMEOUT_S = 0.3


def _is_silent(stack: Stack, path: str) -> bool:
    try:
        ask(stack.api, "GET", path, timeout_s=HTTP_TIMEOUT_S)
    except TimeoutError:
        return True
    return False


@pytest.mark.parametrize(
    ("fault", "text"),
    [("stop", "Authentication service unavailable"), ("suspend", "Authentication service timeout")],
)
def test_auth_down__cold(make_stack: MakeStack, fault: str, text: str) -> None:
    """The body tells what the status hides."""
    stack = make_stack("2025-08")
    getattr(stack.auth, fault)()
    for key in ("fake-admin-key", "fake-bad-key"):
        answer = stack.search(key)
        assert (answer.status, answer.text) == (401, f'{{"detail":"{text}"}}')


def test_auth_down__warm_cache(make_stack: MakeStack) -> None:
    """A good key stays green for minutes; a bad key does not."""
    stack = make_stack("2025-08")
    assert stack.search().status == 200
    stack.auth.stop()
    assert stack.search().status == 200
    assert stack.search("fake-bad-key").text == '{"detail":"Authentication service unavailable"}'


def test_redis_refused(make_stack: MakeStack, own_redis: RedisServer) -> None:
    """A stopped Redis is invisible."""
    stack = make_stack("2025-08", redis=own_redis)
    own_redis.stop()
    assert stack.search().status == 200


def test_redis_hangs(make_stack: MakeStack, own_redis: RedisServer) -> None:
    """One good key blocks the event loop, and everything with it, until Redis answers."""
    stack = make_stack("2025-08", redis=own_redis)
    own_redis.suspend()
    assert stack.search(None).status == 401
    with pytest.raises(TimeoutError):
        stack.search(timeout_s=HTTP_TIMEOUT_S)
    assert [_is_silent(stack, path) for path in ("/", "/health", "/docs")] == [True] * 3
    own_redis.resume()
    assert stack.search().status == 200


def test_redis_hangs__health(make_stack: MakeStack, own_redis: RedisServer) -> None:
    """/health waits 5 s for Redis and still says 200."""
    stack = make_stack("2025-08", redis=own_redis)
    own_redis.suspend()
    health = ask(stack.api, "GET", "/health")
    assert (health.status, health.json()["status"], health.json()["services"]["redis"]) == (
        200,
        "degraded",
        "unhealthy",
    )
    assert 4.9 <= health.real_s < 19


def test_redis_hung_at_the_start(make_stack: MakeStack, own_redis: RedisServer) -> None:
    """Started with a hung Redis its port never opens; it can still be stopped."""
    stack = make_stack("2025-08", redis=own_redis)
    stack.api.stop()
    own_redis.suspend()
    with pytest.raises(TimeoutError, match="does not listen"):
        stack.api.start(timeout_s=HTTP_TIMEOUT_S)
    with pytest.raises(ConnectionRefusedError):
        ask(stack.api, "GET", "/health")
    started = time.monotonic()
    stack.api.stop()
    assert time.monotonic() - started < 1


def test_mlflow_refused(make_stack: MakeStack) -> None:
    """502 through the proxy; /health tries for 4.5 s and is 200."""
    stack = make_stack("2025-08")
    stack.front.stop()
    assert stack.search().status == 502
    check = ask(stack.api, "GET", "/api/health/mlflow", key="fake-admin-key")
    assert (check.status, check.real_s < 13) == (503, True)
    health = ask(stack.api, "GET", "/health")
    assert (health.status, health.json()["services"]["mlflow"]) == (200, "unhealthy")
    assert 4.4 <= health.real_s < 18


def test_mlflow_hangs(make_stack: MakeStack) -> None:
    """A single /health blocks the API while MLflow hangs."""
    stack = make_stack("2025-08")
    stack.front.suspend()
    assert stack.search().status == 504
    assert _is_silent(stack, "/health")
    assert _is_silent(stack, "/docs")
    del stack.routes[MLFLOW]
    stack.front.resume()
