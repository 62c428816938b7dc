"""A real HTTP server on loopback that answers as each test tells it."""

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from registry_monitor.clients.http import HttpClient
from registry_monitor.clients.request_budget import RequestBudget
from registry_monitor.keyring import Keyring
from registry_monitor.redaction import Redactor
from registry_monitor.target import BEARER


@dataclass
class Server:
    """``answer(handler)`` writes each answer; ``requests`` keeps (path, headers) of what came."""

    url: str
    port: int
    answer: Callable[[BaseHTTPRequestHandler], None] = lambda handler: reply(handler, 200, b"{}")
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)


def reply(handler: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    handler.send_response_only(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    if "Content_Length" not in headers:
        handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@pytest.fixture
def server() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            served.requests.append((self.path, dict(self.headers)))
            served.answer(self)

        do_POST = do_GET  # noqa: N815 - the names are the standard library's

        def log_message(self, *arguments: object) -> None:
            """Keep the test's output clean."""

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    port = httpd.server_address[1]
    served = Server(f"http://127.0.0.1:{port}", port)
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield served
    httpd.shutdown()
    httpd.server_close()
    thread.join()


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Accepts connections (in the kernel) and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def client() -> HttpClient:
    return client_with({"admin": "fake-admin-key"})


def client_with(*keys: dict[str, str], requests_per_host: int = 100) -> HttpClient:
    """A client whose secret holds the first keys, and the next ones after each forced read."""
    versions = list(keys)

    def fetch(force: bool) -> dict[str, str]:
        if force and len(versions) > 1:
            versions.pop(0)
        return versions[0]

    return HttpClient(Keyring(fetch, Redactor()), RequestBudget(requests_per_host), lambda _: BEARER)
