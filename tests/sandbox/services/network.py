"""How one part of the platform reaches another: names and open ports, decided by a ``Network``.

Every connection of a stand-in goes through here, so that a lost name or a closed security group has its effect.
"""

import asyncio
import contextlib
import socket
import ssl
import threading
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp
from aiohttp.abc import ResolveResult

KERNEL_CONNECT_TIMEOUT_S = 127.0  # Linux gives up on a silent peer after six retries (tcp_syn_retries)


class NameNotFoundError(socket.gaierror):
    """The name is not known: no DNS record. A resolver's own error, so that logs show its usual words."""

    def __init__(self, message: str) -> None:
        super().__init__(socket.EAI_NONAME, f"Name or service not known. {message}")


@dataclass(frozen=True)
class Route:
    """Where a name leads; packets to a route that is not open are dropped.

    ``pause_scale`` multiplies how long a caller waits then: nothing can come, so that no answer changes by it.
    """

    address: str
    port: int
    is_open: bool = True
    pause_scale: float = 1.0


class Network(Protocol):
    """Names and security groups, as one service sees them."""

    def route(self, host: str, port: int) -> Route:
        """Return where ``host:port`` leads now.

        Raises:
            NameNotFoundError: the name is unknown.

        """
        ...


@dataclass(frozen=True)
class FixedNetwork:
    """A network given as a mapping ``(host, port) -> route``, which may be edited while it is in use."""

    routes: Mapping[tuple[str, int], Route]

    def route(self, host: str, port: int) -> Route:
        """Return the route written down for ``host:port``; NameNotFoundError when there is none."""
        try:
            return self.routes[host, port]
        except KeyError:
            raise NameNotFoundError(f"The name {host} is unknown (port {port}).") from None


class NetworkConnector(aiohttp.TCPConnector):
    """An aiohttp connector that asks a ``Network`` before each connection; nothing is cached or kept alive.

    Kept connections would outlive an edit of the network, and the effect of a fault would depend on what ran before.
    """

    def __init__(self, network: Network, tls: ssl.SSLContext | bool = True) -> None:
        super().__init__(force_close=True, use_dns_cache=False, ssl=tls, limit=0)
        self._network = network

    async def connect(self, req: aiohttp.ClientRequest, traces: Any, timeout: aiohttp.ClientTimeout) -> Any:
        """Wait for what is dropped, as long as the caller does."""
        with contextlib.suppress(NameNotFoundError):  # told by the look-up below
            route = self._network.route(req.url.host or "", req.url.port or 0)
            if not route.is_open:
                limits_s = (timeout.total, timeout.connect, timeout.sock_connect, KERNEL_CONNECT_TIMEOUT_S)
                await asyncio.sleep(min(limit_s for limit_s in limits_s if limit_s) * route.pause_scale)
                raise TimeoutError
        return await super().connect(req, traces, timeout)

    # The public resolver interface is not asked about literal addresses, which security groups cover too.
    async def _resolve_host(self, host: str, port: int, traces: Any = None) -> list[ResolveResult]:
        route = self._network.route(host, port)
        return [
            ResolveResult(hostname=host, host=route.address, port=route.port, family=socket.AF_INET, proto=0, flags=0)
        ]


class BlockingSockets:
    """Synchronous connections through a ``Network``: a hung peer blocks the calling thread, as it does on Fargate.

    ``abort`` wakes everything that waits, so that a service whose event loop is blocked can still be stopped.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._is_aborted = threading.Event()
        self._open: weakref.WeakSet[socket.socket] = weakref.WeakSet()

    def connect(self, host: str, port: int, timeout_s: float | None) -> socket.socket:
        """Connect to ``host:port``; its reads and writes have no time-out yet.

        Raises:
            TimeoutError: nothing answered within ``timeout_s`` seconds (None: the kernel's own limit).
            OSError: the name is unknown, the port is closed, or ``abort`` was called.

        """
        limit_s = KERNEL_CONNECT_TIMEOUT_S if timeout_s is None else timeout_s
        route = self._network.route(host, port)
        if not route.is_open:
            self.sleep(limit_s * route.pause_scale)
            raise TimeoutError(f"No answer from {host}:{port} within {limit_s:g} s.")
        self.sleep(0)
        connection = socket.create_connection((route.address, route.port), timeout=limit_s)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(None)
        self.track(connection)
        return connection

    def track(self, connection: socket.socket) -> None:
        """Let ``abort`` end this connection too (TLS wraps a socket in a new one)."""
        self._open.add(connection)

    def sleep(self, seconds: float) -> None:
        """Wait; raises ConnectionAbortedError as soon as ``abort`` is called."""
        if self._is_aborted.wait(seconds):
            raise ConnectionAbortedError("The service is being stopped.")

    def abort(self) -> None:
        """End every connection and every wait, from another thread."""
        self._is_aborted.set()
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # closed already
