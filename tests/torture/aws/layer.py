"""A layer in front of the sandbox's AWS: it spoils the answers to the monitor's calls, and counts every try of each."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.sandbox.aws.calls import Call, Environ, call_of_monitor
from tests.sandbox.sandbox import Sandbox

type Spoil = Callable[["Exchange"], None]
type Choose = Callable[[Call], Spoil | None]
type _WsgiApp = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


@dataclass
class Exchange:
    """One answer of AWS, that a fault may change before it goes out."""

    call: Call
    environ: Environ
    number: int  # of the calls of this operation, from 1; another try of one has a number of its own
    status: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def answer(self, status: str, kind: str, body: bytes) -> None:
        """Another answer in its place."""
        self.status, self.headers, self.body = status, {"Content-Type": kind}, body


@dataclass
class AwsLayer:
    """``tries``: HTTP requests by the SDK's own id of a call; ``calls``: by service and operation."""

    choose: Choose = lambda call: None
    tries: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    _counting: threading.Lock = field(default_factory=threading.Lock)

    def before(self, app: _WsgiApp) -> _WsgiApp:
        """A WSGI application that lets ``app`` answer, and spoils it."""

        def answer(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
            call = call_of_monitor(environ)
            if call is None:
                return app(environ, start_response)
            exchange = self._count(call, environ)
            spoil = self.choose(call)
            self._ask(app, exchange)
            if spoil is not None:
                spoil(exchange)
            headers = {**exchange.headers, "Content-Length": str(len(exchange.body))}
            if environ["REQUEST_METHOD"] == "HEAD":
                headers, exchange.body = dict(exchange.headers), b""
            start_response(exchange.status, list(headers.items()))
            return [exchange.body]

        return answer

    def _count(self, call: Call, environ: Environ) -> Exchange:
        name = f"{call.service}:{call.operation}"
        with self._counting:
            self.calls[name] += 1
            self.tries[environ.get("HTTP_AMZ_SDK_INVOCATION_ID", "")] += 1
            return Exchange(call, environ, self.calls[name])

    @staticmethod
    def _ask(app: _WsgiApp, exchange: Exchange) -> None:
        def started(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
            exchange.status = status
            exchange.headers = {name: value for name, value in headers if name.lower() != "content-length"}

        exchange.body = b"".join(app(exchange.environ, started))


@contextmanager
def spoiling(sandbox: Sandbox, choose: Choose) -> Iterator[AwsLayer]:
    """Spoil what AWS answers the monitor, for a while."""
    layer = AwsLayer(choose)
    with sandbox.world.control_plane.behind(layer.before):
        yield layer
