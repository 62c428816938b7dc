"""What the tests of the probes share: attempts, an authority that is trusted, and hosts led to loopback."""

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from registry_monitor.clients import connection, http
from registry_monitor.clients.connect_to import connect_to
from registry_monitor.clients.redis_probe import RedisUser
from registry_monitor.model import Attempt
from tests.sandbox.certificates import CertificateAuthority
from tests.sandbox.processes.redis import RedisServer
from tests.unit.clients.probes.servers import HOST, new_authority

PATIENCE_S = 0.4
REDIS_USER = RedisUser("registry-monitor", "fake-redis-password")


def attempt(remaining_s: float = 10.0) -> Attempt:
    return Attempt("run-1", "suite.check", 1, time.monotonic() + remaining_s)


@pytest.fixture(autouse=True)
def _no_mapping() -> Iterator[None]:
    yield
    connect_to({})


@pytest.fixture
def lead() -> Callable[..., None]:
    """Lead HOST, at its usual port, to a port on loopback."""

    def lead_to(usual_port: int, port: int, address: str = "127.0.0.1") -> None:
        connect_to({f"{HOST}:{usual_port}": f"{address}:{port}"})

    return lead_to


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Silences are waited for, but not for long."""
    monkeypatch.setattr(connection, "ANSWER_TIMEOUT_S", PATIENCE_S)
    monkeypatch.setattr(http, "CONNECT_TIMEOUT_S", PATIENCE_S)


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CertificateAuthority:
    """An authority that HTTP probes trust."""
    authority = new_authority(tmp_path, "trusted")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.bundle))
    return authority


@pytest.fixture
def stranger(tmp_path: Path) -> CertificateAuthority:
    """An authority that nobody trusts."""
    return new_authority(tmp_path, "stranger")


@pytest.fixture(scope="session")
def address() -> str:
    """An address of its own for the servers of this test run; their ports need not be searched for."""
    return f"127.{random.randint(1, 254)}.{random.randint(1, 254)}.11"


@pytest.fixture
def start_redis(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., RedisServer]]:
    """Start a real Redis, with a user of the monitor's own and the rights that are given."""
    servers: list[RedisServer] = []

    def started(
        *rights: str, config: dict[str, str] | None = None, kind: type[RedisServer] = RedisServer, **settings: Any
    ) -> RedisServer:
        server = kind(address, 6379, tmp_path / "redis", **settings)
        if not server.is_real:
            pytest.skip("redis-server is not installed (Debian package redis-server)")
        servers.append(server)
        server.start()
        if rights or config:
            with redis.Redis(server.address, server.port, password=settings.get("password")) as client:
                client.execute_command("ACL", "SETUSER", REDIS_USER.name, "on", f">{REDIS_USER.password}", *rights)
                for name, value in (config or {}).items():
                    client.config_set(name, value)
        return server

    yield started
    for server in servers:
        server.stop()
