"""The API stand-in of HEAD under faults: the rows of the platform's measurements that its parts can show.

Times are scaled down; ``real_s`` scales them back up.
"""

import threading
from dataclasses import replace

import pytest
from tests.sandbox.processes.redis import RedisServer
from tests.sandbox.services.network import Route
from tests.unit.sandbox.services.stack import (
    AUTH,
    MLFLOW,
    REDIS,
    SEARCH,
    TIME_SCALE,
    Answer,
    MakeStack,
    ask,
    closed_port,
)

UNAVAILABLE = '{"detail":"Authentication service unavailable"}'
ERROR = '{"detail":"Authentication service error"}'
TIMEOUT = '{"detail":"Authentication service timeout"}'
NO_MODELS = '{"models":[]}'
MLFLOW_URL = f"http://{MLFLOW[0]}:{MLFLOW[1]}"


def test_auth_refused__cold(make_stack: MakeStack) -> None:
    """Nobody can be asked about keys: 503 at once with Retry-After, while what needs no key is green."""
    stack = make_stack("head")
    stack.auth.stop()
    for key in ("fake-admin-key", "fake-bad-key"):
        answer = stack.search(key)
        assert (answer.status, answer.text, answer.headers["Retry-After"]) == (503, UNAVAILABLE, "1")
    assert ask(stack.api, "GET", "/models/", key="fake-admin-key").text == UNAVAILABLE
    assert ask(stack.api, "GET", "/health").status == 200
    assert stack.search(None).status == 401
    own_token = ask(stack.api, "GET", "/api/health/mlflow")
    assert own_token.status == 503
    assert 2 <= own_token.real_s < 14.5


def test_pauses_between_retries__may_be_shortened_alone(make_stack: MakeStack) -> None:
    """All three tries are made and refused, without the 2.1 s between them; no time-out is any shorter."""
    stack = make_stack("head", environment={"TIME_SCALE": "1.0", "PAUSE_SCALE": "0.0"})
    stack.auth.stop()
    answer = ask(stack.api, "GET", "/api/health/mlflow")
    assert (answer.status, answer.elapsed_s < 2.1) == (503, True)


def test_auth_refused__warm_cache(make_stack: MakeStack) -> None:
    """A cached key passes the API and is refused by the gateway, in the gateway's spelling; a bad key shows it all."""
    stack = make_stack("head")
    assert stack.search().status == 200
    stack.auth.stop()
    answer = stack.search()
    assert (answer.status, answer.text) == (503, '{"detail": "Authentication service error"}')
    assert stack.search("fake-bad-key").text == UNAVAILABLE
    assert ask(stack.api, "GET", "/models/", key="fake-admin-key").text == NO_MODELS


def test_auth_name_lost(make_stack: MakeStack) -> None:
    """A lost name looks as a refused connection does."""
    stack = make_stack("head")
    del stack.routes[AUTH]
    assert (stack.search().status, stack.search().text) == (503, UNAVAILABLE)


@pytest.mark.parametrize("fault", ["suspended", "security group"])
def test_auth_hangs(make_stack: MakeStack, fault: str) -> None:
    """Silence ends after the 5 s of the API's own time-out."""
    stack = make_stack("head")
    if fault == "suspended":
        stack.auth.suspend()
    else:
        stack.routes[AUTH] = Route(*stack.auth.address, is_open=False)
    answer = stack.search()
    assert (answer.status, answer.text) == (503, TIMEOUT)
    assert 4.9 <= answer.real_s < 18


def test_auth_is_slow(make_stack: MakeStack) -> None:
    """The API waits for it once, and the gateway each time: a cached key takes half as long."""
    stack = make_stack("head")
    with stack.slow(AUTH, 3 * TIME_SCALE):
        cold, cached = stack.search(), stack.search()
    assert (cold.status, cached.status) == (200, 200)
    assert 6 <= cold.real_s < 16
    assert 3 <= cached.real_s < 6


def test_auth_wrong_service(make_stack: MakeStack) -> None:
    """Another service at the auth service's name gives 404s: a broken contract looks like an outage."""
    stack = make_stack("head")
    stack.routes[AUTH] = Route(*stack.mlflow.address)
    assert (stack.search().status, stack.search().text) == (503, ERROR)


@pytest.mark.parametrize(
    ("status", "body", "text"), [(200, "hello", UNAVAILABLE), (200, "{}", ERROR), (500, "", ERROR)]
)
def test_auth_answers_nonsense(make_stack: MakeStack, status: int, body: str, text: str) -> None:
    """What is no JSON counts as unavailable; JSON without the fields, and every 5xx, as an error."""
    stack = make_stack("head")
    with stack.stand_in_for(AUTH, status, body):
        assert (stack.search().status, stack.search().text) == (503, text)


def test_debit_hangs(make_stack: MakeStack) -> None:
    """A hung debit is allowed after 5 s; the registry's own paths are not debited."""
    stack = make_stack("head")
    assert ask(stack.api, "GET", "/models/", key="fake-writer-key").status == 200
    assert stack.search().status == 200
    stack.routes[AUTH] = Route(*stack.auth.address, is_open=False)
    answer = ask(stack.api, "GET", "/live", key="fake-writer-key")
    assert (answer.status, answer.real_s < 14) == (200, True)
    billed = ask(stack.api, "GET", "/", key="fake-writer-key")
    assert billed.status == 200
    assert 4.9 <= billed.real_s < 18


def test_revocation__is_invisible_to_a_warm_cache(make_stack: MakeStack) -> None:
    """A key revoked within the cache's time still passes the API; the gateway knows better."""
    stack = make_stack("head")
    assert ask(stack.api, "GET", "/models/", key="fake-writer-key").status == 200
    stack.keys["fake-writer-key"] = replace(stack.keys["fake-writer-key"], is_revoked=True)
    assert ask(stack.api, "GET", "/models/", key="fake-writer-key").status == 200
    admin = stack.search()
    stack.keys["fake-admin-key"] = replace(stack.keys["fake-admin-key"], is_revoked=True)
    assert (admin.status, stack.search().text) == (200, '{"detail": "Invalid or expired API key"}')


def test_redis_refused(make_stack: MakeStack, own_redis: RedisServer) -> None:
    """A stopped Redis is invisible at the API (the auth service keeps no limits in this stack)."""
    stack = make_stack("head", redis=own_redis)
    own_redis.stop()
    assert stack.search().status == 200
    assert ask(stack.api, "GET", "/models/", key="fake-writer-key").status == 200


def test_redis_refused__with_the_auth_service_on_it(make_stack: MakeStack, own_redis: RedisServer) -> None:
    """By the assumption about the auth service, a stopped Redis is a 503 for every key, and /health stays green."""
    stack = make_stack("head", redis=own_redis, auth_keeps_limits=True)
    own_redis.stop()
    for key in ("fake-admin-key", "fake-bad-key"):
        assert (stack.search(key).status, stack.search(key).text) == (503, ERROR)
    assert ask(stack.api, "GET", "/health").status == 200


@pytest.mark.parametrize("fault", ["suspended", "security group"])
def test_redis_hangs(make_stack: MakeStack, own_redis: RedisServer, fault: str) -> None:
    """A hung Redis costs 2 s for reading and 2 s for writing."""
    stack = make_stack("head", redis=own_redis)
    if fault == "suspended":
        own_redis.suspend()
    else:
        stack.routes[REDIS] = Route(own_redis.address, own_redis.port, is_open=False)
        own_redis.stop()  # security groups let established connections live; this one is to be made again
    answer = stack.search()
    assert answer.status == 200
    assert 3.9 <= answer.real_s < 17
    assert ask(stack.api, "GET", "/health").real_s < 13


def test_redis_hangs__several_requests(make_stack: MakeStack, own_redis: RedisServer) -> None:
    """Side by side, requests block each other's event loop, so that some fail as if the auth service hung."""
    stack = make_stack("head", redis=own_redis)
    own_redis.suspend()
    answers: list[Answer] = []
    threads = [threading.Thread(target=lambda: answers.append(stack.search())) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 5
    assert {answer.status for answer in answers} == {200, 503}
    assert {answer.text for answer in answers if answer.status == 503} == {TIMEOUT}
    assert all(answer.real_s > 5 for answer in answers)


def test_redis_hung_at_the_start(make_stack: MakeStack, own_redis: RedisServer) -> None:
    """Started with a hung Redis, the API is up after 2 s and works without its cache until it is restarted."""
    stack = make_stack("head", redis=own_redis)
    stack.api.stop()
    own_redis.suspend()
    stack.api.start()
    assert stack.search().real_s < 12
    own_redis.resume()
    assert stack.search().status == 200
    stack.auth.stop()
    assert stack.search().text == UNAVAILABLE  # nothing was cached


@pytest.mark.parametrize("url", [f"redis://{REDIS[0]}:6379", REDIS[0]])
def test_redis_url__switches_the_cache_off(make_stack: MakeStack, url: str) -> None:
    """A REDIS_URL without TLS, or a bare host name, only means that nothing is cached."""
    stack = make_stack("head", environment={"REDIS_URL": url})
    assert stack.search().status == 200
    stack.auth.stop()
    assert stack.search().text == UNAVAILABLE


@pytest.mark.parametrize("fault", ["refused", "name lost", "https on a plain port"])
def test_mlflow_unreachable(make_stack: MakeStack, fault: str) -> None:
    """No connection to MLflow: 502 with the URL, at once; the API's own check retries; /models/ hides it."""
    url = MLFLOW_URL.replace("http:", "https:") if fault.startswith("https") else MLFLOW_URL
    stack = make_stack("head", environment={"MLFLOW_SERVER_URL": url})
    if fault == "refused":
        stack.front.stop()
    elif fault == "name lost":
        del stack.routes[MLFLOW]
    answer = stack.search()
    assert answer.status == 502
    assert answer.text == f'{{"detail":"Failed to connect to MLflow server at {url}"}}'
    check = ask(stack.api, "GET", "/api/health/mlflow")
    assert (check.status, check.json()["status"]) == (503, "error")
    assert 4.4 <= check.real_s <= 18
    models = ask(stack.api, "GET", "/models/", key="fake-admin-key")
    assert (models.status, models.text) == (200, NO_MODELS)
    assert stack.search("fake-bad-key").status == 401


@pytest.mark.parametrize("fault", ["suspended", "security group"])
def test_mlflow_hangs(make_stack: MakeStack, fault: str) -> None:
    """Silence of MLflow ends after 30 s with a 504."""
    stack = make_stack("head")
    if fault == "suspended":
        stack.mlflow.suspend()
    else:
        stack.routes[MLFLOW] = Route(*stack.front.address, is_open=False)
    answer = stack.search()
    assert (answer.status, answer.text) == (504, '{"detail":"MLflow server request timeout after 30.0s"}')
    assert 29 <= answer.real_s < 50
    check = ask(stack.api, "GET", "/api/health/mlflow")
    assert (check.status, check.json()["error_type"]) == (503, "TimeoutError")
    assert 4.9 <= check.real_s < 18


def test_models__block_the_event_loop_while_mlflow_hangs(make_stack: MakeStack) -> None:
    """During /models/ even the static /health waits: a probe that hurts."""
    stack = make_stack("head")
    stack.routes[MLFLOW] = Route(*stack.front.address, is_open=False)
    answers: list[Answer] = []
    thread = threading.Thread(target=lambda: answers.append(ask(stack.api, "GET", "/models/", key="fake-admin-key")))
    thread.start()
    slowest_s = 0.0
    while thread.is_alive():
        slowest_s = max(slowest_s, ask(stack.api, "GET", "/health").real_s)
    assert (answers[0].status, answers[0].text) == (200, NO_MODELS)
    assert 19 <= answers[0].real_s < 36
    assert slowest_s > 10


def test_mlflow_answers_half(make_stack: MakeStack) -> None:
    """A connection that ends without an answer is a 500, not a 502."""
    stack = make_stack("head")
    assert stack.search().status == 200
    stack.mlflow.stop()
    answer = stack.search()
    assert (answer.status, answer.text) == (500, '{"detail":"Internal server error while proxying to MLflow"}')


def test_mlflow_url__with_the_prefix(make_stack: MakeStack) -> None:
    """With /mlflow at the end of its URL, MLflow has no such route."""
    stack = make_stack("head", environment={"MLFLOW_SERVER_URL": f"{MLFLOW_URL}/mlflow"})
    assert (stack.search().status, stack.search().json()["error_code"]) == (404, "RESOURCE_NOT_FOUND")


def test_database_closed(make_stack: MakeStack) -> None:
    """/ready asks the database three times in 3 s; the proxy needs none."""
    stack = make_stack("head", environment={"DB_HOST": "database.local"})
    stack.routes["database.local", 5432] = closed_port()
    ready = ask(stack.api, "GET", "/ready")
    assert (ready.status, ready.json()["ready"]) == (503, False)
    assert 2.9 <= ready.real_s < 16
    assert ask(stack.api, "GET", SEARCH, key="fake-admin-key").status == 200
