"""A small platform of the stand-ins: auth, API and MLflow's front on loopback, a real Redis, and an echo for MLflow."""

import asyncio
import http.client
import json
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import aiohttp
from aiohttp import web
from aiohttp.typedefs import Handler
from tests.sandbox.processes.redis import RedisServer
from tests.sandbox.services.answers import HTML_404, html
from tests.sandbox.services.api import api_app
from tests.sandbox.services.auth import KeyRecord, KeyTable, auth_app
from tests.sandbox.services.forwarding import end_to_end, relay, send, streamed_body
from tests.sandbox.services.mlflow_front import mlflow_front_app
from tests.sandbox.services.network import FixedNetwork, NetworkConnector, Route
from tests.sandbox.services.server import ServiceThread
from tests.sandbox.services.settings import Era
from yarl import URL

REGISTRY_HOST = "registry.hokus.ai"
AUTH = ("auth.hokusai-development.local", 8000)
MLFLOW = ("mlflow.hokusai-development.local", 5000)
REDIS = ("redis.hokusai.local", 6379)
SEARCH = "/api/mlflow/api/2.0/mlflow/experiments/search?max_results=1"
TIME_SCALE = 0.05

KEYS = {
    "fake-admin-key": KeyRecord("user-1", "key-1", is_admin=True),
    "fake-scope-admin-key": KeyRecord("user-2", "key-2", scopes=("registry:admin",)),
    "fake-writer-key": KeyRecord("user-3", "key-3"),
    "fake-poor-key": KeyRecord("user-4", "key-4", has_balance=False),
    "fake-undebited-key": KeyRecord("user-5", "key-5", is_debit_rejected=True),
    "fake-revoked-key": KeyRecord("user-6", "key-6", is_admin=True, is_revoked=True),
    "fake-busy-key": KeyRecord("user-7", "key-7", is_admin=True, rate_limit_per_hour=0),
}


@dataclass(frozen=True)
class Answer:
    """What came back, and when."""

    status: int
    text: str
    headers: Mapping[str, str]
    elapsed_s: float

    @property
    def real_s(self) -> float:
        """The time that the real platform would have taken."""
        return self.elapsed_s / TIME_SCALE

    def json(self) -> Any:
        return json.loads(self.text)


class Listening(Protocol):
    """Anything that listens somewhere."""

    @property
    def address(self) -> tuple[str, int]: ...


@dataclass(frozen=True)
class At:
    """A server at a known address."""

    address: tuple[str, int]


def ask(
    service: Listening,
    method: str,
    path: str,
    *,
    key: str | None = None,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    timeout_s: float = 5.0,
) -> Answer:
    """Send one request on a connection of its own; ``key`` goes out as a Bearer token."""
    started = time.monotonic()
    connection = http.client.HTTPConnection(*service.address, timeout=timeout_s)
    sent = dict(headers or {}) | ({"Authorization": f"Bearer {key}"} if key else {})
    try:
        connection.request(method, path, body=body, headers=sent)
        response = connection.getresponse()
        text = response.read().decode()
    finally:
        connection.close()
    return Answer(response.status, text, response.headers, time.monotonic() - started)


def free_port() -> int:
    """Return a loopback port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def closed_port() -> Route:
    """A route to a port where nobody listens."""
    return Route("127.0.0.1", free_port())


async def _echo(request: web.Request) -> web.StreamResponse:
    """Tell what arrived, for REST paths; otherwise answer as MLflow does to an unknown path."""
    if request.path == "/health":
        return web.Response(text="OK")
    if request.path == "/":
        return web.Response(text="<!doctype html><html>MLflow</html>", content_type="text/html")
    if request.method == "OPTIONS":
        return web.Response(status=204)
    if not request.path.startswith(("/api/2.0/", "/ajax-api/2.0/")):
        return html(HTML_404, 404)
    return web.json_response(
        {
            "method": request.method,
            "path": request.path,
            "query": [list(pair) for pair in request.query.items()],
            "headers": {name.lower(): value for name, value in request.headers.items()},
            "body_bytes": len(await request.read()),
            "registered_models": [{"name": "fake-model"}],
        }
    )


def _everything(handler: Handler) -> web.Application:
    app = web.Application(client_max_size=2**30)
    app.router.add_route("*", "/{path:.*}", handler)
    return app


@dataclass
class Stack:
    """The running parts; ``routes`` and ``keys`` may be edited."""

    era: Era
    redis: RedisServer
    keys: KeyTable = field(default_factory=lambda: KeyTable(KEYS))
    routes: dict[tuple[str, int], Route] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    auth_keeps_limits: bool = False
    auth_environment: dict[str, str] = field(default_factory=dict)
    mlflow_address: tuple[str, int] | None = None  # of a real server; an echo without

    def __post_init__(self) -> None:
        network = FixedNetwork(self.routes)
        common = {"TIME_SCALE": str(TIME_SCALE), "AUTH_SERVICE_URL": f"http://{AUTH[0]}:{AUTH[1]}"}
        auth = common | ({"REDIS_HOST": REDIS[0]} if self.auth_keeps_limits else {}) | self.auth_environment
        api = {
            "MLFLOW_SERVER_URL": f"http://{MLFLOW[0]}:{MLFLOW[1]}",
            "MLFLOW_TRACKING_TOKEN": "fake-admin-key",
            "REDIS_HOST": REDIS[0],
        }
        self.api_environment = common | api | self.environment
        self.mlflow = ServiceThread(lambda: _everything(_echo), "127.0.0.1", 0)
        self.auth = ServiceThread(lambda: auth_app(auth, network, self.keys), "127.0.0.1", 0)
        self.api = ServiceThread(lambda: api_app(self.era, self.api_environment, network), "127.0.0.1", 0)
        self.front = ServiceThread(
            lambda: mlflow_front_app(self.era, common, network, self.mlflow_address or self.mlflow.address),
            "127.0.0.1",
            0,
        )
        self.routes[REDIS] = Route(self.redis.address, self.redis.port)

    def start(self) -> None:
        self.mlflow.start()
        self.auth.start()
        self.routes[AUTH] = Route(*self.auth.address)
        self.front.start()
        self.routes[MLFLOW] = Route(*self.front.address)
        self.api.start()

    def stop(self) -> None:
        for service in (self.api, self.front, self.auth, self.mlflow):
            service.stop()

    @contextmanager
    def stand_in_for(self, name: tuple[str, int], status: int, body: str) -> Iterator[None]:
        """Lead ``name`` to a service that gives one answer to everything."""

        async def answer(_: web.Request) -> web.Response:
            return web.Response(status=status, text=body)

        service = ServiceThread(lambda: _everything(answer), "127.0.0.1", 0)
        service.start()
        self.routes[name] = Route(*service.address)
        yield
        service.stop()

    @contextmanager
    def slow(self, name: tuple[str, int], delay_s: float) -> Iterator[None]:
        """Lead ``name`` to where it leads, after a pause for each connection."""
        network = FixedNetwork(dict(self.routes))

        async def answer(request: web.Request) -> web.StreamResponse:
            await asyncio.sleep(delay_s)
            async with aiohttp.ClientSession(connector=NetworkConnector(network)) as session:
                url = URL(f"http://{name[0]}:{name[1]}{request.rel_url.raw_path}")
                headers = end_to_end(request.headers)
                async with await send(session, request.method, url, headers, streamed_body(request)) as upstream:
                    return await relay(request, upstream)

        service = ServiceThread(lambda: _everything(answer), "127.0.0.1", 0)
        service.start()
        self.routes[name] = Route(*service.address)
        yield
        service.stop()

    def search(self, key: str | None = "fake-admin-key", **arguments: Any) -> Answer:
        """Search experiments through the API's proxy."""
        return ask(self.api, "GET", SEARCH, key=key, **arguments)


MakeStack = Callable[..., Stack]
HealthyStack = Callable[[Era], Stack]
