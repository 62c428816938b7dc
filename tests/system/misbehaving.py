"""A real HTTP server in front of the sandbox's MLflow that misbehaves as a test says; target files that lead to it."""

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from registry_monitor.clients.write_guard import EXPIRES_TAG
from registry_monitor.run import Run
from tests.sandbox.sandbox import Sandbox
from tests.system.conftest import monitor_here


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    path: str  # with its query
    headers: dict[str, str]
    body: bytes

    @property
    def route(self) -> str:
        """Method and path without the prefix of the API and the query: ``POST runs/create``."""
        path = self.path.partition("?")[0]
        return f"{self.method} {path.partition('/2.0/')[2].removeprefix('mlflow/')}"

    @property
    def is_past_proxy(self) -> bool:
        """Whether it came by the direct way."""
        return self.path.startswith("/ajax-api/")

    def json(self) -> dict[str, Any]:
        """The body."""
        found: dict[str, Any] = json.loads(self.body)
        return found

    def with_json(self, body: dict[str, Any]) -> "Asked":
        """The same request with another body."""
        return replace(self, body=json.dumps(body).encode())


@dataclass(frozen=True)
class Answered:
    """An answer as it goes out."""

    status: int
    body: bytes
    content_type: str = "application/json"

    @classmethod
    def of(cls, body: object, status: int = 200) -> "Answered":
        """An answer of JSON."""
        return cls(status, json.dumps(body).encode())

    def json(self) -> dict[str, Any]:
        """The body."""
        found: dict[str, Any] = json.loads(self.body)
        return found


type Forward = Callable[[Asked], Answered]
type Spoil = Callable[[Asked, Forward], Answered]


def forwarding(address: str) -> Forward:
    """What passes a request on to a server as it came, without its key."""

    def forward(asked: Asked) -> Answered:
        parts = urlsplit(address)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
        try:
            kept = {name: asked.headers[name] for name in ("Content-Type",) if name in asked.headers}
            connection.request(asked.method, asked.path, asked.body or None, kept | {"Host": "localhost"})
            answer = connection.getresponse()
            return Answered(answer.status, answer.read(), answer.headers.get("Content-Type", ""))
        finally:
            connection.close()

    return forward


@contextmanager
def serving(answer: Callable[[Asked], Answered]) -> Iterator[str]:
    """A server on loopback that answers as it is told; its base URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answered = answer(Asked(self.command, self.path, dict(self.headers), body))
            self.send_response_only(answered.status)
            self.send_header("Content-Type", answered.content_type)
            self.send_header("Content-Length", str(len(answered.body)))
            self.end_headers()
            self.wfile.write(answered.body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815 - the standard library's names

        def log_message(self, *arguments: object) -> None:
            """Keep the test's output clean."""

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{httpd.server_address[1]}"
    finally:
        httpd.shutdown()
        httpd.server_close()
        thread.join()


def lost_write(route: str) -> Spoil:
    """Answer 200 to a write, and lose it."""
    return lambda asked, forward: Answered.of({}) if asked.route == route else forward(asked)


def on(route: str, change: Callable[[dict[str, Any]], object], *, time: int = 1) -> Spoil:
    """Change the JSON of the answers to a route, from the ``time``-th one on."""
    seen = 0

    def spoil(asked: Asked, forward: Forward) -> Answered:
        nonlocal seen
        answered = forward(asked)
        if asked.route != route:
            return answered
        seen += 1
        if seen < time:
            return answered
        body = answered.json()
        change(body)
        return replace(answered, body=json.dumps(body).encode())

    return spoil


@contextmanager
def spoilt(sandbox: Sandbox, spoil: Spoil) -> Iterator[None]:
    """Lead the monitor's registrations through a server that spoils what passes."""
    forward = forwarding(sandbox.mlflow_address)
    with (
        serving(lambda asked: spoil(asked, forward)) as url,
        edited_target(sandbox, lambda target: target["mlflow"].update(api_url=url, direct_url=url)),
    ):
        yield


@contextmanager
def edited_target(sandbox: Sandbox, edit: Callable[[dict[str, Any]], object]) -> Iterator[None]:
    """Change the sandbox's target file for a while."""
    original = sandbox.target_path.read_text()
    target = yaml.safe_load(original)
    edit(target)
    sandbox.target_path.write_text(yaml.safe_dump(target))
    try:
        yield
    finally:
        sandbox.target_path.write_text(original)


def an_hour_later(sandbox: Sandbox, patch: pytest.MonkeyPatch) -> Run:
    """A run of the registration when all that stayed behind has expired: it sweeps what is there."""
    with patch.context() as later:
        later.setattr("registry_monitor.clients.own_objects._is_expired", lambda tags: EXPIRES_TAG in tags)
        return monitor_here(sandbox, later, {"suites": ["model_registration_flow"], "depth": "full"})
