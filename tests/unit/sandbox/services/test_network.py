"""Connections through a network find names, meet closed ports, and can be ended from another thread."""

import asyncio
import socket
import threading
import time

import aiohttp
import pytest
from tests.sandbox.services.network import BlockingSockets, FixedNetwork, NameNotFoundError, NetworkConnector, Route
from tests.unit.sandbox.services.stack import HealthyStack, Stack, closed_port

NAME = ("service.local", 8000)


def _get(network: FixedNetwork, url: str, timeout_s: float = 0.1) -> int:
    async def get() -> int:
        timeout = aiohttp.ClientTimeout(total=timeout_s)
        async with (
            aiohttp.ClientSession(connector=NetworkConnector(network), timeout=timeout) as session,
            session.get(url) as response,
        ):
            return response.status

    return asyncio.run(get())


def test_connector__follows_the_network(healthy: HealthyStack) -> None:
    """A name leads to its route, which may be another port; a literal address is asked about too."""
    stack: Stack = healthy("head")
    network = FixedNetwork({NAME: Route(*stack.auth.address), ("10.0.0.1", 80): Route(*stack.auth.address)})
    assert _get(network, "http://service.local:8000/health") == 200
    assert _get(network, "http://10.0.0.1/health") == 200


def test_connector__unknown_name() -> None:
    """An unknown name is a failed look-up."""
    with pytest.raises(aiohttp.ClientConnectorError, match=r"Name or service not known\. The name service\.local"):
        _get(FixedNetwork({}), "http://service.local:8000/")


def test_connector__closed_security_group() -> None:
    """Dropped packets end with the caller's own time-out."""
    with pytest.raises(TimeoutError):
        _get(FixedNetwork({NAME: Route("127.0.0.1", 1, is_open=False)}), "http://service.local:8000/")


def test_sockets__connection_refused() -> None:
    """A port where nobody listens refuses."""
    with pytest.raises(ConnectionRefusedError):
        BlockingSockets(FixedNetwork({NAME: closed_port()})).connect(*NAME, timeout_s=1)


def test_sockets__unknown_name() -> None:
    """An unknown name is an error of its own."""
    with pytest.raises(NameNotFoundError):
        BlockingSockets(FixedNetwork({})).connect(*NAME, timeout_s=1)


def test_sockets__closed_security_group() -> None:
    """Dropped packets end with the time-out of the connection."""
    sockets = BlockingSockets(FixedNetwork({NAME: Route("127.0.0.1", 1, is_open=False)}))
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        sockets.connect(*NAME, timeout_s=0.05)
    assert time.monotonic() - started >= 0.05


def test_dropped_packets__may_be_waited_for_in_a_part_of_the_time() -> None:
    """As long as the caller would, scaled: in vain at any scale, by name and by literal address."""
    dropped = Route("127.0.0.1", 1, is_open=False, pause_scale=0.001)
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        BlockingSockets(FixedNetwork({NAME: dropped})).connect(*NAME, timeout_s=60)
    with pytest.raises(TimeoutError):
        _get(FixedNetwork({("10.0.0.1", 80): dropped}), "http://10.0.0.1/", timeout_s=60)
    assert time.monotonic() - started < 60


@pytest.mark.parametrize("is_open", [True, False])
def test_sockets__aborted(is_open: bool) -> None:
    """A wait for ever, connected or connecting, ends when it is aborted from another thread."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        sockets = BlockingSockets(FixedNetwork({NAME: Route("127.0.0.1", silent.getsockname()[1], is_open)}))
        threading.Timer(0.05, sockets.abort).start()
        if is_open:
            with sockets.connect(*NAME, timeout_s=None) as connection:
                assert connection.recv(1) == b""
        else:
            with pytest.raises(ConnectionAbortedError):
                sockets.connect(*NAME, timeout_s=None)
