"""A proxy of our own between the monitor and the platform: real TCP and TLS, and each connection as a fault plays it.

The target's ``connect_to`` leads a host and port to a listener here. A fault is a function that plays one connection
from its acceptance to its end; what it passes on goes to where the sandbox serves that host.
"""

import contextlib
import http.client
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from tests.sandbox.certificates import CertificateAuthority
from tests.sandbox.sandbox import Sandbox
from tests.system.misbehaving import edited_target

_TLS_PORT = 443
_BACKLOG = 64
_PATIENCE_S = 60.0  # longer than any client waits
_HEAD_CAP_BYTES = 1024 * 1024

type Play = Callable[["Wire"], None]


@dataclass(frozen=True)
class Request:
    """A request as it came; ``path`` with its query."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """An answer of the platform, not yet spoilt; its body is as it came, without the framing."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def but(self, **changed: Any) -> "Reply":
        """The same answer with other fields."""
        return replace(self, **changed)

    def head(self, *headers: str, version: str = "HTTP/1.1") -> bytes:
        """Status line and headers, these among them, and no Content-Length of its own."""
        lines = [f"{version} {self.status} {self.reason}", *(f"{name}: {value}" for name, value in self.headers)]
        return "\r\n".join([*lines, *headers, "", ""]).encode("latin-1")

    def whole(self, version: str = "HTTP/1.1") -> bytes:
        """The answer as it is right."""
        return self.head(f"Content-Length: {len(self.body)}", version=version) + self.body


@dataclass(frozen=True)
class Place:
    """A host and port of the platform, and where the sandbox serves it."""

    host: str
    port: int
    address: tuple[str, int]

    @property
    def has_tls(self) -> bool:
        """Whether its clients begin with TLS."""
        return self.port == _TLS_PORT


@dataclass
class Wire:
    """One connection of the monitor, in the hands of a fault."""

    client: socket.socket
    place: Place
    proxy: "FaultProxy"
    number: int  # of the connection at this proxy, from 1

    def secure(self, context: ssl.SSLContext | None = None) -> None:
        """End the client's TLS, where its port has TLS."""
        if self.place.has_tls:
            context = context or self.proxy.server_context(self.place.host)
            self.client = context.wrap_socket(self.client, server_side=True)

    def requests(self) -> Iterator[Request]:
        """Each request that comes over this connection."""
        while (request := _read_request(self.client)) is not None:
            self.proxy.requests += 1
            yield request

    def forward(self, request: Request) -> Reply:
        """What the platform answers."""
        with socket.create_connection(self.place.address, timeout=_PATIENCE_S) as plain:
            if not self.place.has_tls:
                return _ask(plain, request)
            with self.proxy.client_context.wrap_socket(plain, server_hostname=self.place.host) as far:
                return _ask(far, request)

    def send(self, *parts: bytes, pause_s: float = 0.0) -> None:
        """Send all parts, with a pause after each, until the fault run has ended: then the host has stopped."""
        for part in parts:
            if self.proxy.ended.is_set():
                raise ConnectionAbortedError("the fault run has ended, and with it the host")
            self.client.sendall(part)
            if pause_s:
                self.proxy.ended.wait(pause_s)

    def reset(self) -> None:
        """Cut the connection with RST: what lies in the buffers is lost."""
        self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        socket.socket.close(self.client)  # of TLS too: without its farewell

    def hang(self, seconds: float = _PATIENCE_S) -> None:
        """Say nothing for so long, or until the fault run has ended."""
        self.proxy.ended.wait(seconds)


@dataclass
class FaultProxy:
    """What the listeners of one fault run share; ``concerns``: which requests a fault of answers is for."""

    play: Play
    authority: CertificateAuthority
    concerns: Callable[[Request], bool] = lambda request: True
    family: socket.AddressFamily = socket.AF_INET
    requests: int = 0
    connections: int = 0
    ended: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.client_context = ssl.create_default_context(cafile=self.authority.bundle)
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._making = threading.Lock()

    def server_context(self, host: str) -> ssl.SSLContext:
        """TLS with a good certificate of this host."""
        with self._making:
            if host not in self._contexts:
                self._contexts[host] = self.authority.server_context(self.authority.issue((host,)))
            return self._contexts[host]

    def listen(self, stack: contextlib.ExitStack, place: Place) -> str:
        """Stand before a place until the stack ends; the address to lead its clients to."""
        is_ipv6 = self.family is socket.AF_INET6
        loopback = "::1" if is_ipv6 else "127.0.0.1"
        listener = socket.create_server((loopback, 0), family=self.family, backlog=_BACKLOG)
        thread = threading.Thread(target=self._accept, args=(listener, place), daemon=True)
        thread.start()
        stack.callback(thread.join, 5)
        stack.callback(listener.close)
        stack.callback(_wake, listener)
        return f"{f'[{loopback}]' if is_ipv6 else loopback}:{listener.getsockname()[1]}"

    def _accept(self, listener: socket.socket, place: Place) -> None:
        while not self.ended.is_set():
            try:
                client, _ = listener.accept()
            except OSError:
                return
            self.connections += 1
            wire = Wire(client, place, self, self.connections)
            threading.Thread(target=self._serve, args=(wire,), daemon=True).start()

    def _serve(self, wire: Wire) -> None:
        """A client that gives up in the middle is what faults are for."""
        wire.client.settimeout(_PATIENCE_S)
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
            self.play(wire)
        with contextlib.suppress(OSError):
            wire.client.close()


@contextlib.contextmanager
def between(sandbox: Sandbox, proxy: FaultProxy, places: Callable[[Place], bool]) -> Iterator[FaultProxy]:
    """Lead the monitor's connections to these places through the proxy, for a while."""
    with contextlib.ExitStack() as stack:
        mapping = dict(sandbox.connect_to())
        for source, destination in sandbox.connect_to().items():
            place = Place(*_split(source), _split(destination))
            if places(place):
                mapping[source] = proxy.listen(stack, place)
        stack.callback(proxy.ended.set)
        with edited_target(sandbox, lambda target: target["connect_to"].update(mapping)):
            yield proxy


@dataclass
class OtherHost:
    """A host that is none of the platform's: it keeps every byte that it is sent."""

    received: bytearray = field(default_factory=bytearray)
    connections: int = 0

    def play(self, wire: Wire) -> None:
        """Take what comes, and answer that it was taken."""
        if not wire.client.recv(1, socket.MSG_PEEK):
            return  # nobody: only the end of the fault run
        self.connections += 1
        wire.secure()
        for request in wire.requests():
            self.received += repr(request).encode()
            wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")


def _split(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


def _wake(listener: socket.socket) -> None:
    """Let ``accept`` return: closing the socket alone does not."""
    with contextlib.suppress(OSError):
        socket.create_connection(listener.getsockname()[:2], timeout=1).close()


def _read_request(client: socket.socket) -> Request | None:
    """None where the client has closed the connection."""
    data = b""
    while b"\r\n\r\n" not in data and len(data) < _HEAD_CAP_BYTES:
        if not (chunk := client.recv(64 * 1024)):
            return None
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = tuple((name, value.strip()) for name, _, value in (line.partition(":") for line in lines))
    length = int({name.lower(): value for name, value in headers}.get("content-length", "0"))
    while len(body) < length:
        if not (chunk := client.recv(64 * 1024)):
            return None
        body += chunk
    return Request(method, path, headers, body)


def _ask(far: socket.socket, request: Request) -> Reply:
    """Ask once, over a connection of its own."""
    hop = ("connection", "accept-encoding", "transfer-encoding")
    lines = [f"{request.method} {request.path} HTTP/1.1", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in request.headers if name.lower() not in hop]
    far.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + request.body)
    answer = http.client.HTTPResponse(far, method=request.method)
    answer.begin()
    body = answer.read()
    framing = ("connection", "transfer-encoding", "content-length", "keep-alive")
    kept = tuple((name, value) for name, value in answer.getheaders() if name.lower() not in framing)
    return Reply(answer.status, answer.reason, kept, body)
