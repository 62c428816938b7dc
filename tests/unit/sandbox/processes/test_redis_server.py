"""The sandbox's Redis can be down, hang, ask for a password, and speak TLS."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis
from tests.sandbox.certificates import CertificateAuthority
from tests.sandbox.processes.redis import RedisServer, TlsFiles


@pytest.fixture
def make(address: str, tmp_path: Path, stopping: Callable[..., None]) -> Callable[..., RedisServer]:
    """Start a real Redis."""

    def start(**settings: Any) -> RedisServer:
        server = RedisServer(address, 6379, tmp_path / "redis", **settings)
        if not server.is_real:
            pytest.skip("redis-server is not installed (Debian package redis-server)")
        stopping(server)
        server.start()
        return server

    return start


def _ping(server: RedisServer, **settings: Any) -> bool:
    with redis.Redis(server.address, server.port, socket_timeout=0.2, retry=None, **settings) as client:
        return bool(client.ping())


def test_redis__stopped_and_started(make: Callable[..., RedisServer]) -> None:
    """Stopped, it refuses; it can be started again."""
    server = make()
    server.stop()
    with pytest.raises(redis.ConnectionError, match="refused"):
        _ping(server)
    server.start()
    assert _ping(server)


def test_redis__suspended(make: Callable[..., RedisServer]) -> None:
    """Suspended, it accepts and never answers, until it is resumed."""
    server = make()
    server.suspend()
    with pytest.raises(redis.TimeoutError):
        _ping(server)
    server.resume()
    assert _ping(server)


def test_redis__password(make: Callable[..., RedisServer]) -> None:
    """With a password, nobody comes in without it."""
    server = make(password="fake-redis-password")
    with pytest.raises(redis.AuthenticationError):
        _ping(server)
    assert _ping(server, password="fake-redis-password")


def test_redis__tls(make: Callable[..., RedisServer], tmp_path: Path) -> None:
    """With a certificate it speaks TLS alone."""
    authority = CertificateAuthority(tmp_path)
    certificate = authority.issue(("redis.example",))
    files = TlsFiles(tmp_path / "redis.pem", tmp_path / "redis.key")
    files.certificate.write_bytes(certificate.body)
    files.private_key.write_bytes(certificate.private_key)
    server = make(tls=files)
    with pytest.raises(redis.RedisError):
        _ping(server)
    # It is reached by its address here, which no certificate names.
    assert _ping(server, ssl=True, ssl_ca_certs=str(authority.bundle), ssl_check_hostname=False)


def test_redis__fall_back(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without redis-server a fake answers, says that it is one, and cannot hang."""
    monkeypatch.setenv("PATH", "")
    server = RedisServer(address, 6380, tmp_path)
    assert not server.is_real
    server.start()
    assert _ping(server)
    with pytest.raises(RuntimeError, match="install the Debian package redis-server"):
        server.suspend()
    server.stop()
    with pytest.raises(redis.ConnectionError):
        _ping(server)
