"""The load balancers: which rule answers, and what becomes of a request, with real back ends and real sockets."""

import asyncio
import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aiohttp import web

from tests.sandbox.addresses import Addresses
from tests.sandbox.alb.configuration import Configuration, Listener, Target
from tests.sandbox.alb.front_end import FrontEnd
from tests.sandbox.alb.rules import Request, select_rule
from tests.sandbox.platforms import PLATFORMS, Rule
from tests.sandbox.services.server import ServiceThread
from tests.sandbox.services.settings import Era

Json = dict[str, Any]
TIME_SCALE = 0.005  # 10 s to connect become 50 ms, 60 s of silence 300 ms
PORT = 8080
HESITATES_S = 0.25  # less than the silence that a load balancer bears


def described(rule: Rule) -> Json:
    """Describe a rule of the platform's data as elbv2 does."""
    conditions: list[Json] = []
    if rule.host:
        conditions.append({"Field": "host-header", "HostHeaderConfig": {"Values": [rule.host]}})
    if rule.paths:
        conditions.append({"Field": "path-pattern", "PathPatternConfig": {"Values": list(rule.paths)}})
    return {"Priority": str(rule.priority), "Conditions": conditions, "role": rule.role}


DEFAULT: Json = {"Priority": "default", "Conditions": [], "role": "404"}


@pytest.mark.parametrize(
    ("platform", "host", "path", "role"),
    [
        ("head", "registry.hokus.ai", "/mlflow", "mlflow"),
        ("head", "registry.hokus.ai", "/mlflow/ajax-api/2.0/mlflow/runs/get", "mlflow"),
        ("head", "registry.hokus.ai", "/mlflowish", "api"),
        ("head", "registry.hokus.ai", "/api/mlflow/api/2.0/mlflow/runs/get", "api"),
        ("head", "REGISTRY.hokus.ai:443", "/health", "api"),
        ("head", "elsewhere.hokus.ai", "/health", "404"),
        ("head", "auth.hokus.ai", "/health", "auth"),
        ("head", "auth.hokus.ai", "/api/v1/keys/validate", "auth"),
        ("head", "auth.hokus.ai", "/docs", "404"),
        ("2025-08", "registry.hokus.ai", "/mlflow/", "mlflow"),
        ("2025-08", "auth.hokus.ai", "/mlflow/", "auth"),
        ("2025-08", "auth.hokus.ai", "/api/v1/keys", "auth"),
        ("2025-08", "registry.hokus.ai", "/api/mlflow/version", "api"),
        ("2025-08", "registry.hokus.ai", "/api/v1/models", "api"),
        ("2025-08", "registry.hokus.ai", "/api/models/", "404"),
        ("2025-08", "registry.hokus.ai", "/MLFLOW/", "404"),
    ],
)
def test_select_rule__platform(platform: Era, host: str, path: str, role: str) -> None:
    """Both platforms' rules lead each host and path to the right service, in whatever order they are listed."""
    rules = [described(rule) for item in PLATFORMS[platform].load_balancers for rule in item.rules]
    assert select_rule([DEFAULT, *reversed(rules)], Request(host, path))["role"] == role


@pytest.mark.parametrize(
    ("condition", "request_", "holds"),
    [
        ({"Field": "path-pattern", "Values": ["/a?c/*"]}, Request("h", "/abc/d"), True),
        ({"Field": "path-pattern", "Values": ["/a?c"]}, Request("h", "/ac"), False),
        ({"Field": "path-pattern", "Values": ["/a.c"]}, Request("h", "/abc"), False),
        ({"Field": "host-header", "Values": ["*.hokus.ai"]}, Request("API.hokus.ai", "/"), True),
        ({"Field": "host-header", "Values": ["*.hokus.ai"]}, Request("hokus.ai", "/"), False),
        (
            {"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["PUT"]}},
            Request("h", "/", method="GET"),
            False,
        ),
        (
            {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "User-Agent", "Values": ["*bot*"]}},
            Request("h", "/", headers={"user-agent": "A Bot 1"}),
            True,
        ),
        (
            {"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "v", "Value": "2*"}]}},
            Request("h", "/", query=[("v", "20")]),
            True,
        ),
        (
            {"Field": "query-string", "QueryStringConfig": {"Values": [{"Value": "x"}]}},
            Request("h", "/", query=[("v", "20")]),
            False,
        ),
        (
            {"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.0.0/8"]}},
            Request("h", "/", source_ip="10.1.2.3"),
            True,
        ),
    ],
    ids=lambda value: value.get("Field") if isinstance(value, dict) else None,
)
def test_select_rule__condition(condition: Json, request_: Request, holds: bool) -> None:
    """Each kind of condition compares as the user guide says."""
    rules = [{"Priority": "1", "Conditions": [condition], "role": "matched"}, DEFAULT]
    assert (select_rule(rules, request_)["role"] == "matched") == holds


@pytest.fixture
def addresses() -> Iterator[Addresses]:
    with Addresses() as reserved:
        yield reserved


@pytest.fixture
def serve(addresses: Addresses) -> Iterator[Callable[..., FrontEnd]]:
    """Serve one action on the load balancer's address, with the given targets in group ``g``."""
    front_end = FrontEnd(lambda _: pytest.fail("no TLS here"), TIME_SCALE, TIME_SCALE).start()

    def start(targets: tuple[Target, ...] = (), action: Json | None = None) -> FrontEnd:
        rule = {"Priority": "default", "Conditions": [], "Actions": [action or forward("g")]}
        listener = Listener("arn", "lb", addresses.load_balancer(0), PORT, None, 60.0, (rule,))
        front_end.configure(Configuration((listener,), {"g": targets}))
        return front_end

    yield start
    front_end.stop()


@pytest.fixture
def application(addresses: Addresses) -> Iterator[tuple[str, int]]:
    """A back end that echoes bodies, shows what it got, hesitates after its headers, or breaks off."""

    async def echo(request: web.Request) -> web.StreamResponse:
        return web.Response(body=await request.read(), headers={"Server": "app"})

    async def show(request: web.Request) -> web.StreamResponse:
        return web.json_response({"method": request.method, "headers": dict(request.headers)})

    async def break_off(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b"x")
        assert request.transport
        request.transport.abort()
        return response

    async def hesitate(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1"})
        await response.prepare(request)
        await asyncio.sleep(HESITATES_S)
        await response.write(b"x")
        return response

    def app() -> web.Application:
        application = web.Application(client_max_size=0)
        application.router.add_get("/hesitate", hesitate)
        application.router.add_route("*", "/echo", echo)
        application.router.add_route("*", "/show", show)
        application.router.add_get("/break-off", break_off)
        return application

    thread = ServiceThread(app, addresses.of("api"), 8001)
    thread.start()
    yield thread.address
    thread.stop()


def forward(*groups: str) -> Json:
    return {"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": group} for group in groups]}}


def target(address: tuple[str, int], *, is_healthy: bool = True, is_open: bool = True) -> Target:
    return Target(*address, is_healthy=is_healthy, is_open=is_open)


def ask(
    addresses: Addresses, path: str, method: str = "GET", body: bytes | None = None, headers: Json | None = None
) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection(addresses.load_balancer(0), PORT, timeout=10)
    try:
        connection.request(method, path, body, headers={"Host": "registry.hokus.ai"} | (headers or {}))
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def written_by(response: http.client.HTTPResponse) -> tuple[int, str | None]:
    return response.status, response.headers["Server"]


def test_forward__no_target_registered(serve: Callable[..., FrontEnd], addresses: Addresses) -> None:
    """An empty target group is the one cause of the load balancer's own 503; it counts and logs the request."""
    front_end = serve()
    response, body = ask(addresses, "/a", headers={"User-Agent": "monitor/1", "X-Request-Id": "run-1"})
    assert written_by(response) == (503, "awselb/2.0")
    assert b"<h1>503 Service Temporarily Unavailable</h1>" in body
    (logged,) = front_end.requests
    assert (logged.host, logged.method, logged.path, logged.user_agent, logged.request_id, logged.status) == (
        "registry.hokus.ai", "GET", "/a", "monitor/1", "run-1", 503,
    )  # fmt: skip


def test_forward__refused(serve: Callable[..., FrontEnd], addresses: Addresses) -> None:
    """A target whose port is closed resets the connection: 502 at once."""
    serve((target((addresses.of("api"), 8001)),))
    response, _ = ask(addresses, "/")
    assert written_by(response) == (502, "awselb/2.0")


def test_forward__security_group_closed(
    serve: Callable[..., FrontEnd], addresses: Addresses, application: tuple[str, int]
) -> None:
    """Without an edge to the target the packets are dropped: 504 after the connect time-out."""
    serve((target(application, is_open=False),))
    started = time.monotonic()
    response, _ = ask(addresses, "/echo")
    assert written_by(response) == (504, "awselb/2.0")
    assert time.monotonic() - started >= 10 * TIME_SCALE


def test_forward__silent_target(serve: Callable[..., FrontEnd], addresses: Addresses) -> None:
    """A target that accepts and says nothing: 504 after the idle time-out, later than the connect time-out."""
    with socket.create_server((addresses.of("api"), 8001)) as silent:
        serve((target(silent.getsockname()),))
        started = time.monotonic()
        response, _ = ask(addresses, "/")
        assert written_by(response) == (504, "awselb/2.0")
        assert time.monotonic() - started >= 60 * TIME_SCALE


def test_forward__all_unhealthy(
    serve: Callable[..., FrontEnd], addresses: Addresses, application: tuple[str, int]
) -> None:
    """With unhealthy targets alone the load balancer fails open: the application answers."""
    serve((target(application, is_healthy=False),))
    response, body = ask(addresses, "/echo", "POST", b"hello")
    assert (*written_by(response), body) == (200, "app", b"hello")


def test_forward__only_healthy(
    serve: Callable[..., FrontEnd], addresses: Addresses, application: tuple[str, int]
) -> None:
    """As long as one target is healthy, the unhealthy one gets no request."""
    closed = (addresses.of("mlflow"), 8001)
    serve((target(closed, is_healthy=False), target(application)))
    assert {ask(addresses, "/echo")[0].status for _ in range(4)} == {200}


def test_forward__takes_targets_in_turn(
    serve: Callable[..., FrontEnd], addresses: Addresses, application: tuple[str, int]
) -> None:
    """Half of the requests meet the broken one of two healthy targets."""
    serve((target((addresses.of("mlflow"), 8001)), target(application)))
    assert sorted(ask(addresses, "/echo")[0].status for _ in range(4)) == [200, 200, 502, 502]


def test_forward__large_artifact(
    serve: Callable[..., FrontEnd], addresses: Addresses, application: tuple[str, int]
) -> None:
    """A 30 MB body passes both ways unchanged."""
    serve((target(application),))
    artifact = bytes(range(256)) * (30 * 1024 * 1024 // 256)
    response, body = ask(addresses, "/echo", "PUT", artifact)
    assert response.headers["Content-Length"] == str(len(artifact))
    assert body == artifact


def test_forward__headers(serve: Callable[..., FrontEnd], addresses: Addresses, application: tuple[str, int]) -> None:
    """Host, Content-Length and the body of a DELETE pass; the load balancer adds its own; hop-by-hop ones go."""
    serve((target(application),))
    response, body = ask(addresses, "/show?a=%2F", "DELETE", b"{}", {"Keep-Alive": "5", "X-Forwarded-For": "8.8.8.8"})
    seen = {key.lower(): value for key, value in json.loads(body)["headers"].items()}
    assert (response.status, seen["host"], seen["content-length"]) == (200, "registry.hokus.ai", "2")
    assert seen["x-forwarded-for"] == "8.8.8.8, 127.0.0.1"
    assert (seen["x-forwarded-proto"], seen["x-forwarded-port"]) == ("http", "80")
    assert seen["x-amzn-trace-id"].startswith("Root=1-")
    assert not {"keep-alive", "transfer-encoding"} & seen.keys()


def test_forward__trace_id_kept(
    serve: Callable[..., FrontEnd], addresses: Addresses, application: tuple[str, int]
) -> None:
    """The client's own trace id passes unchanged."""
    serve((target(application),))
    _, body = ask(addresses, "/show", headers={"X-Amzn-Trace-Id": "Root=1-abc"})
    assert b'"X-Amzn-Trace-Id": "Root=1-abc"' in body


def test_forward__target_breaks_off(
    serve: Callable[..., FrontEnd], addresses: Addresses, application: tuple[str, int]
) -> None:
    """A target that breaks off after the headers: the client is cut off, never given a short body."""
    serve((target(application),))
    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
        ask(addresses, "/break-off")


def test_forward__client_leaves(
    serve: Callable[..., FrontEnd], addresses: Addresses, application: tuple[str, int]
) -> None:
    """A client that goes away in the middle of its body harms nobody."""
    serve((target(application),))
    with socket.create_connection((addresses.load_balancer(0), PORT)) as client:
        client.sendall(b"PUT /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nabc")
    assert ask(addresses, "/echo")[0].status == 200


def test_request__ends_when_its_client_leaves_with_the_headers(
    serve: Callable[..., FrontEnd], addresses: Addresses, application: tuple[str, int]
) -> None:
    """It asks the next thing at once: counted until the load balancer notices, it would stand beside itself."""
    front_end = serve((target(application),))
    connection = http.client.HTTPConnection(addresses.load_balancer(0), PORT, timeout=10)
    connection.request("GET", "/hesitate")
    assert connection.getresponse().status == 200
    connection.close()
    deadline_s = time.monotonic() + 5
    while not front_end.requests and time.monotonic() < deadline_s:
        time.sleep(0.01)
    (logged,) = front_end.requests
    assert logged.duration_ms < HESITATES_S * 1000


def test_forward__weights(serve: Callable[..., FrontEnd], addresses: Addresses, application: tuple[str, int]) -> None:
    """A group of weight 0 gets nothing."""
    action = forward("empty", "g")
    action["ForwardConfig"]["TargetGroups"][0]["Weight"] = 0
    serve((target(application),), action)
    assert {ask(addresses, "/echo")[0].status for _ in range(5)} == {200}


def test_fixed_response__as_configured(serve: Callable[..., FrontEnd], addresses: Addresses) -> None:
    """A fixed response has its status, type and body, and the load balancer's name."""
    config = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "Not Found"}
    serve(action={"Type": "fixed-response", "FixedResponseConfig": config})
    response, body = ask(addresses, "/")
    assert (*written_by(response), response.headers["Content-Type"], body) == (
        404, "awselb/2.0", "text/plain; charset=utf-8", b"Not Found",
    )  # fmt: skip


def test_redirect__keeps_path_and_query(serve: Callable[..., FrontEnd], addresses: Addresses) -> None:
    """A redirect to HTTPS keeps the host, the path and the query."""
    config = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
    serve(action={"Type": "redirect", "RedirectConfig": config})
    response, _ = ask(addresses, "/a/b?c=d")
    assert (*written_by(response), response.headers["Location"]) == (
        301, "awselb/2.0", "https://registry.hokus.ai:443/a/b?c=d",
    )  # fmt: skip


def test_configure__listener_removed(serve: Callable[..., FrontEnd], addresses: Addresses) -> None:
    """A deleted listener refuses connections; no stale configuration is served."""
    front_end = serve()
    front_end.configure(Configuration((), {}))
    with pytest.raises(ConnectionRefusedError):
        ask(addresses, "/")


def test_stop__leaves_no_thread(serve: Callable[..., FrontEnd]) -> None:
    """A stopped front end has ended its thread."""
    front_end = FrontEnd(lambda _: pytest.fail("no TLS here")).start()
    assert "load-balancers" in {thread.name for thread in threading.enumerate()}
    before = threading.active_count()
    front_end.stop()
    assert threading.active_count() == before - 1
