"""Servers on loopback for the probes: TCP servers that serve each connection as a function says, and TLS in front."""

import contextlib
import datetime as dt
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from registry_monitor.clients.redis_probe import RedisAddress
from tests.sandbox.certificates import CertificateAuthority
from tests.sandbox.processes.redis import RedisServer

HOST = "registry.test"  # a reserved top-level domain (RFC 6761): it is led to loopback by connect_to
EXPIRED = dt.timedelta(days=-3)
VALID = dt.timedelta(days=20)


@contextlib.contextmanager
def serving(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """Serve each connection in a thread of its own, and close it; yields the port."""
    threads: list[threading.Thread] = []

    def one(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):  # a client that goes away is no fault of the server
            connection.settimeout(5)
            serve(connection)

    def accept() -> None:
        with contextlib.suppress(OSError):  # the listener was shut down
            while True:
                connection, _ = listener.accept()
                threads.append(threading.Thread(target=one, args=(connection,)))
                threads[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            for thread in (accepting, *threads):
                thread.join()


@contextlib.contextmanager
def full_backlog() -> Iterator[int]:
    """Drop every connection attempt: the kernel answers none, as behind a security group without a rule."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(2):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                waiting.connect(listener.getsockname())
        yield listener.getsockname()[1]


def closed_port() -> int:
    """A port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def answering(answer: bytes) -> Callable[[socket.socket], None]:
    """Read what comes first, answer this whatever it was, and close."""

    def serve(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(answer)

    return serve


def trickling(connection: socket.socket) -> None:
    """Send a byte now and then, and never the end of an answer; it ends when the client is gone."""
    connection.settimeout(0.05)
    while True:
        with contextlib.suppress(TimeoutError):
            if not connection.recv(4096):
                return
        connection.sendall(b"x")


def tls_only(context: ssl.SSLContext) -> Callable[[socket.socket], None]:
    """Make the TLS handshake, and wait for the client to go."""

    def serve(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(1)

    return serve


def postgres_tls_front(context: ssl.SSLContext, address: str, port: int) -> Callable[[socket.socket], None]:
    """Answer SSLRequest with S, make the handshake, and pass all else on to the server at ``address:port``."""

    def serve(connection: socket.socket) -> None:
        if connection.recv(8, socket.MSG_WAITALL) != b"\x00\x00\x00\x08\x04\xd2\x16\x2f":
            return
        connection.sendall(b"S")
        with (
            context.wrap_socket(connection, server_side=True) as secured,
            socket.create_connection((address, port), timeout=5) as server,
        ):
            server.sendall(secured.recv(4096))
            while answer := server.recv(4096):
                secured.sendall(answer)
                if not (more := secured.recv(4096)):
                    return
                server.sendall(more)

    return serve


def server_context(
    authority: CertificateAuthority, host: str = HOST, valid_for: dt.timedelta = VALID
) -> ssl.SSLContext:
    """TLS with a certificate of this authority."""
    return authority.server_context(authority.issue((host, f"other.{host}"), valid_for))


def new_authority(folder: Path, name: str) -> CertificateAuthority:
    """An authority in a folder of its own."""
    folder.joinpath(name).mkdir()
    return CertificateAuthority(folder / name)


def plain_redis(server: RedisServer) -> RedisAddress:
    """Where a Redis without TLS listens."""
    return RedisAddress(server.address, server.port, tls=False)
