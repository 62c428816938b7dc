"""The load balancers' front end: it carries real traffic by the listener rules, targets and security groups of AWS.

Behaviour and texts: the ELB user guide, "Troubleshoot your Application Load Balancers": 503 when no target is
registered, fail open when all are unhealthy, 502 when the target refuses or resets, 504 when the connection (10 s)
or the answer (idle time-out, 60 s) does not come in time.
"""

import asyncio
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from ssl import SSLContext
from typing import Any, Self

import aiohttp
from aiohttp import web
from yarl import URL

from tests.sandbox.alb.clients import login
from tests.sandbox.alb.configuration import Configuration, Listener, Target, forwarded_groups
from tests.sandbox.alb.forwarding import PASSED_ON, client_body, forwarded_headers, stream_back
from tests.sandbox.alb.own_answers import fixed_response, page, redirect
from tests.sandbox.alb.rules import Request, select_rule

CONNECT_TIMEOUT_S = 10.0
_NOT_OURS_TO_ADD = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
_FAREWELL_S = 0.02  # for connections that are being closed
_UPSTREAM_KEEP_ALIVE_S = 2.0  # shorter than the back ends' 5 s, else a reused connection is reset: a false 502


@dataclass(frozen=True)
class LoggedRequest:
    """One line of the load balancers' access log.

    ``began``: a time.monotonic(); ``duration_ms``: until the end of the answer went out, since its client may ask the
    next thing before anything here has heard that it has arrived; ``client_port``: of the client's connection, which
    may carry several requests; ``received_bytes``, ``sent_bytes``: of the bodies.
    """

    load_balancer: str
    host: str
    method: str
    path: str
    user_agent: str
    request_id: str
    status: int
    duration_ms: float
    began: float
    client_port: int
    received_bytes: int
    sent_bytes: int


async def _end(runner: web.ServerRunner) -> None:
    """Stop listening and cut all connections: a client that keeps one open would not answer a TLS farewell."""
    for connection in runner.server.connections if runner.server else ():
        if connection.transport is not None:
            connection.transport.abort()
    await runner.cleanup()


class FrontEnd:
    """All load balancers of the platform, on a thread and event loop of their own.

    ``time_scale`` shortens the connect and idle time-outs alike: 1.0 is what AWS does. ``pause_scale`` shortens the
    wait for a target to which packets are dropped.
    """

    def __init__(
        self, tls: Callable[[Listener], SSLContext], time_scale: float = 1.0, pause_scale: float = 1.0
    ) -> None:
        self.requests: list[LoggedRequest] = []
        self._tls = tls
        self._time_scale = time_scale
        self._pause_scale = pause_scale
        self._configuration = Configuration((), {})
        self._runners: dict[tuple[str | int | None, ...], web.ServerRunner] = {}
        self._turns: dict[str, int] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="load-balancers", daemon=True)

    def start(self) -> Self:
        """Start the thread; nothing listens before the first configuration."""
        self._thread.start()
        self._call(self._open_session())
        return self

    def configure(self, configuration: Configuration) -> None:
        """Serve by ``configuration`` from the next request on; returns when all its listeners are open."""
        self._call(self._configure(configuration))

    def stop(self) -> None:
        """Close all listeners and connections, and end the thread."""
        self._call(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        self._loop.close()

    def _call(self, coroutine: Any) -> None:
        future: Future[None] = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        future.result(timeout=30)

    async def _open_session(self) -> None:
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=_UPSTREAM_KEEP_ALIVE_S)
        self._session = aiohttp.ClientSession(connector=connector, auto_decompress=False)

    async def _close(self) -> None:
        for runner in self._runners.values():
            await _end(runner)
        await self._session.close()
        await asyncio.sleep(_FAREWELL_S)

    async def _configure(self, configuration: Configuration) -> None:
        self._configuration = configuration
        wanted = {
            (item.address, item.port, item.certificate, item.tls_policy, item.client_certificates): item
            for item in configuration.listeners
        }
        for key in set(self._runners) - set(wanted):
            await _end(self._runners.pop(key))
        for key in set(wanted) - set(self._runners):
            self._runners[key] = await self._listen(wanted[key])

    async def _listen(self, listener: Listener) -> web.ServerRunner:
        async def handler(request: web.BaseRequest) -> web.StreamResponse:
            return await self._answer(listener.arn, request)

        server = web.Server(handler, auto_decompress=False, access_log=None)
        runner = web.ServerRunner(server, handle_signals=False, shutdown_timeout=0.1)
        await runner.setup()
        tls = self._tls(listener) if listener.certificate else None
        await web.TCPSite(runner, listener.address, listener.port, ssl_context=tls).start()
        return runner

    async def _answer(self, listener_arn: str, request: web.BaseRequest) -> web.StreamResponse:
        started, began = time.perf_counter(), time.monotonic()
        _, client_port, *_ = request.transport.get_extra_info("peername") if request.transport else ("", 0)
        listener = next(item for item in self._configuration.listeners if item.arn == listener_arn)
        status, sent_bytes = 460, 0  # the client closed the connection first
        try:
            response = await self._route(listener, request)
            status, sent_bytes = response.status, _sent_bytes(response)
        except ConnectionResetError:
            response = page(460)
        finally:
            ended = request.get(PASSED_ON, time.perf_counter())
            self.requests.append(
                LoggedRequest(
                    load_balancer=listener.load_balancer,
                    host=request.headers.get("Host", ""),
                    method=request.method,
                    path=request.rel_url.raw_path,
                    user_agent=request.headers.get("User-Agent", ""),
                    request_id=request.headers.get("X-Request-Id", ""),
                    status=status,
                    duration_ms=(ended - started) * 1000,
                    began=began,
                    client_port=client_port,
                    received_bytes=request.content_length or 0,
                    sent_bytes=sent_bytes,
                )
            )
        return response

    async def _route(self, listener: Listener, request: web.BaseRequest) -> web.StreamResponse:
        facts = _facts(request)
        if listener.web_acl and listener.web_acl.blocks(facts):
            return page(403)
        rule = select_rule(listener.rules, facts)
        if refusal := login(rule, request):
            return refusal
        action = rule["Actions"][-1]
        if action["Type"] == "fixed-response":
            return fixed_response(action["FixedResponseConfig"])
        if action["Type"] == "redirect":
            return redirect(action["RedirectConfig"], request)
        weights = forwarded_groups(rule)
        group = random.choices(list(weights), weights=list(weights.values()))[0]
        if group in self._configuration.newer_protocols:
            return page(464)  # all clients of the sandbox speak HTTP/1.1
        target = self._pick(group)
        return await self._forward(target, listener, request) if target else page(503)

    def _pick(self, group: str) -> Target | None:
        """Take the healthy targets in turn, or all of them when none is healthy (fail open)."""
        targets = self._configuration.targets.get(group, ())
        usable = [target for target in targets if target.is_healthy] or list(targets)
        if not usable:
            return None
        self._turns[group] = self._turns.get(group, -1) + 1
        return usable[self._turns[group] % len(usable)]

    async def _forward(self, target: Target, listener: Listener, request: web.BaseRequest) -> web.StreamResponse:
        if not target.is_open:
            await asyncio.sleep(CONNECT_TIMEOUT_S * self._pause_scale)  # the network drops the packets
            return page(504)
        connect_s = CONNECT_TIMEOUT_S * self._time_scale
        idle_s = listener.idle_timeout_s * self._time_scale
        try:
            answer = await self._session.request(
                request.method,
                URL(f"http://{target.address}:{target.port}{request.rel_url.raw_path_qs}", encoded=True),
                headers=forwarded_headers(request, is_tls=listener.certificate is not None),
                data=client_body(request) if request.body_exists else None,
                allow_redirects=False,
                skip_auto_headers=_NOT_OURS_TO_ADD,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=connect_s, sock_read=idle_s),
            )
        except TimeoutError:
            return page(504)
        except (aiohttp.ClientError, OSError):
            return page(502)
        async with answer:
            return await stream_back(answer, request)


def _sent_bytes(response: web.StreamResponse) -> int:
    """How long the body is: of one that the load balancer itself wrote, before it has gone out."""
    if isinstance(response, web.Response):
        return len(response.body) if isinstance(response.body, bytes) else 0
    return response.body_length


def _facts(request: web.BaseRequest) -> Request:
    return Request(
        host=request.headers.get("Host", ""),
        path=request.rel_url.raw_path,
        method=request.method,
        headers={key.lower(): value for key, value in request.headers.items()},
        query=tuple(request.rel_url.query.items()),
        source_ip=request.remote or "127.0.0.1",
    )
