"""The API stand-in caches what the auth service said in Redis, as on the platform; over TLS too."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from tests.sandbox.certificates import CertificateAuthority
from tests.sandbox.processes.redis import RedisServer, TlsFiles
from tests.sandbox.services.network import Route
from tests.unit.sandbox.services.stack import REDIS, TIME_SCALE, MakeStack, Stack, free_port

PASSWORD = "fake-redis-password"


@pytest.mark.parametrize(("era", "ttl_s"), [("2025-08", 300), ("head", 60)])
def test_cache__holds_successes_under_the_raw_key(make_stack: MakeStack, era: str, ttl_s: float) -> None:
    """The name of an entry holds the key itself; failures leave nothing."""
    stack = make_stack(era)
    stack.search()
    stack.search("fake-bad-key")
    with redis.Redis(stack.redis.address, stack.redis.port, decode_responses=True) as client:
        assert client.keys() == ["api_key:validation:fake-admin-key"]
        entry = client.get("api_key:validation:fake-admin-key")
        remaining_s = client.pttl("api_key:validation:fake-admin-key") / 1000 / TIME_SCALE
    assert json.loads(str(entry))["user_id"] == "user-1"
    assert ttl_s - 20 < remaining_s <= ttl_s


@pytest.fixture
def tls_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis as ElastiCache has it: TLS and a password; the authority's bundle lies at tmp_path/ca.pem."""
    certificate = CertificateAuthority(tmp_path).issue((REDIS[0],))
    files = TlsFiles(tmp_path / "redis.pem", tmp_path / "redis.key")
    files.certificate.write_bytes(certificate.body)
    files.private_key.write_bytes(certificate.private_key)
    server = RedisServer("127.0.0.1", free_port(), tmp_path / "redis", password=PASSWORD, tls=files)
    if not server.is_real:
        pytest.skip("redis-server is not installed (Debian package redis-server)")
    server.start()
    yield server
    server.stop()


def _stack(tls_redis: RedisServer, bundle: Path, password: str) -> Stack:
    environment = {
        "REDIS_HOST": REDIS[0],
        "REDIS_TLS_ENABLED": "true",
        "REDIS_AUTH_TOKEN": password,
        "SSL_CERT_FILE": str(bundle),
    }
    stack = Stack("head", tls_redis, environment=environment, auth_environment=environment)
    stack.routes[REDIS] = Route(tls_redis.address, tls_redis.port)
    return stack


@pytest.mark.parametrize(("password", "status"), [(PASSWORD, 200), ("fake-wrong-password", 503)])
def test_redis_over_tls(tls_redis: RedisServer, tmp_path: Path, password: str, status: int) -> None:
    """With the right token the auth service counts and the API caches; with a wrong one every key is refused."""
    stack = _stack(tls_redis, tmp_path / "ca.pem", password)
    stack.start()
    try:
        assert stack.search().status == status
        connection = {"ssl": True, "ssl_ca_certs": str(tmp_path / "ca.pem"), "ssl_check_hostname": False}
        with redis.Redis(tls_redis.address, tls_redis.port, password=PASSWORD, **connection) as client:  # type: ignore[arg-type]
            assert client.exists("api_key:validation:fake-admin-key") == (1 if status == 200 else 0)
    finally:
        stack.stop()


def test_redis_over_tls__hung_while_the_api_starts(tls_redis: RedisServer, tmp_path: Path) -> None:
    """In August a Redis that hangs in its handshake keeps the port closed; the service can be stopped all the same."""
    stack = _stack(tls_redis, tmp_path / "ca.pem", PASSWORD)
    stack.era = "2025-08"
    tls_redis.suspend()
    try:
        with pytest.raises(TimeoutError):
            stack.api.start(timeout_s=1.0)
        stack.stop()
        assert not stack.api.is_running
    finally:
        tls_redis.resume()
