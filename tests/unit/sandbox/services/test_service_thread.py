"""A service runs in a thread of its own, can hang, and leaves nothing behind."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from aiohttp import web
from tests.sandbox.services.server import ServiceThread, answer_as
from tests.unit.sandbox.services.stack import ask


def _app() -> web.Application:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(text="here")

    async def hang(_: web.Request) -> web.Response:
        await asyncio.sleep(60)
        return web.Response()

    app = web.Application()
    app.on_response_prepare.append(answer_as("uvicorn"))
    app.router.add_get("/", answer)
    app.router.add_get("/hang", hang)
    return app


@pytest.fixture
def service() -> Iterator[ServiceThread]:
    service = ServiceThread(_app, "127.0.0.1", 0)
    service.start()
    yield service
    service.stop()


def test_service__stopped_and_started(service: ServiceThread) -> None:
    """Stopped, it refuses; started again, it is at the same address, with a new application."""
    address = service.address
    assert ask(service, "GET", "/").headers["Server"] == "uvicorn"
    service.stop()
    with pytest.raises(ConnectionRefusedError):
        ask(service, "GET", "/")
    service.start()
    assert (ask(service, "GET", "/").text, service.address) == ("here", address)


def test_service__address_in_use(service: ServiceThread) -> None:
    """A port that is taken is an error at once, and leaves no thread."""
    before = threading.active_count()
    second = ServiceThread(_app, *service.address)
    with pytest.raises(OSError, match="in use"):
        second.start()
    second.stop()
    assert threading.active_count() == before


def test_service__suspended(service: ServiceThread) -> None:
    """Suspended, the kernel accepts and nobody answers, until it is resumed."""
    service.suspend()
    with pytest.raises(TimeoutError):
        ask(service, "GET", "/", timeout_s=0.1)
    service.resume()
    assert ask(service, "GET", "/").text == "here"


@pytest.mark.parametrize("state", ["suspended", "with a request under way", "with an idle connection"])
def test_service__stops_quickly(service: ServiceThread, state: str) -> None:
    """Whatever it does, it stops within a second."""
    with socket.create_connection(service.address) as client:
        if state == "suspended":
            service.suspend()
        client.sendall(b"GET /hang HTTP/1.1\r\nHost: x\r\n\r\n" if "request" in state else b"")
        started = time.monotonic()
        service.stop()
        assert time.monotonic() - started < 1
    assert not service.is_running
