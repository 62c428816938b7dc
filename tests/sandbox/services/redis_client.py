"""Real Redis clients whose connections go through a ``Network``: a blocking one, and one for asyncio."""

import asyncio
import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.sandbox.services.network import KERNEL_CONNECT_TIMEOUT_S, BlockingSockets, Network
from tests.sandbox.services.settings import Environment


class _Connection(redis.Connection):
    def __init__(self, *, sockets: BlockingSockets, **settings: Any) -> None:
        super().__init__(**settings)  # type: ignore[no-untyped-call]
        self._sockets = sockets

    def _connect(self) -> socket.socket:
        connection = self._sockets.connect(self.host, self.port, self.socket_connect_timeout)
        connection.settimeout(self.socket_timeout)
        return connection


class _TlsConnection(redis.SSLConnection, _Connection):
    def _wrap_socket_with_ssl(self, sock: socket.socket) -> socket.socket:
        # TLS takes the descriptor out of ``sock`` before it shakes hands; a second one can still wake a hung handshake.
        with sock.dup() as second:
            self._sockets.track(second)
            wrapped: socket.socket = super()._wrap_socket_with_ssl(sock)  # type: ignore[no-untyped-call]
        self._sockets.track(wrapped)
        return wrapped


class _Routed(redis.asyncio.Connection):
    """What an asyncio connection does differently here, with TLS and without."""

    def __init__(self, *, network: Network, **settings: Any) -> None:
        super().__init__(**settings)
        self._network = network

    def _connection_arguments(self) -> Mapping[str, Any]:
        arguments = dict(super()._connection_arguments())
        name = {"server_hostname": self.host} if "ssl" in arguments else {}
        return arguments | name | {"host": self._route.address, "port": self._route.port}

    async def _connect(self) -> None:
        self._route = self._network.route(self.host, self.port)
        if not self._route.is_open:
            limit_s = self.socket_connect_timeout or KERNEL_CONNECT_TIMEOUT_S
            await asyncio.sleep(limit_s * self._route.pause_scale)
            raise TimeoutError(f"No answer from {self.host}:{self.port}.")
        await super()._connect()  # type: ignore[no-untyped-call]


class _RoutedTls(_Routed, redis.asyncio.SSLConnection):
    pass


def _settings(environment: Environment, timeout_s: float | None) -> dict[str, Any]:
    url = urlsplit(environment.redis_url or "")
    if url.scheme not in ("redis", "rediss") or not url.hostname:
        raise ValueError(
            f"REDIS_URL must start with redis:// or rediss:// (got {url.geturl().split('@')[-1]!r}); "
            "a bare host name is not a URL."
        )
    settings: dict[str, Any] = {
        "host": url.hostname,
        "port": url.port or 6379,
        "password": unquote(url.password) if url.password else None,
        "username": url.username or None,
        "socket_timeout": timeout_s,
        "socket_connect_timeout": timeout_s,
        "decode_responses": True,
    }
    if url.scheme == "rediss":
        settings["ssl_ca_certs"] = environment.variables.get("SSL_CERT_FILE")
    return settings


def blocking_redis(environment: Environment, sockets: BlockingSockets, timeout_s: float | None) -> redis.Redis:
    """Return a client that blocks its thread; without retries, and without time-outs when ``timeout_s`` is None.

    Raises:
        ValueError: REDIS_URL is not a redis:// or rediss:// URL.

    """
    settings = _settings(environment, timeout_s)
    kind = _TlsConnection if "ssl_ca_certs" in settings else _Connection
    pool = redis.ConnectionPool(kind, sockets=sockets, retry=Retry(NoBackoff(), 0), **settings)
    return redis.Redis.from_pool(pool)


def async_redis(environment: Environment, network: Network, timeout_s: float) -> redis.asyncio.Redis:
    """Return a client for the running event loop, without retries; ValueError as ``blocking_redis``."""
    settings = _settings(environment, timeout_s)
    kind = _RoutedTls if "ssl_ca_certs" in settings else _Routed
    pool = redis.asyncio.ConnectionPool(kind, network=network, retry=AsyncRetry(NoBackoff(), 0), **settings)
    return redis.asyncio.Redis.from_pool(pool)
