"""Servers that hang: at the connection, in the TLS handshake, before their answer or within it."""

import socket
import ssl
import threading
import time
from contextlib import suppress
from typing import Literal, Self

from tests.sandbox.black_hole import BlackHole
from tests.sandbox.forwarder import Forwarder

type Stage = Literal[
    "connect", "handshake", "headers", "a header byte a second", "a body byte a second", "endless body"
]

STAGES: tuple[Stage, ...] = (
    "connect",
    "handshake",
    "headers",
    "a header byte a second",
    "a body byte a second",
    "endless body",
)
_LOOPBACK = "127.0.0.1"
_POSTGRES_ASKS_FOR_TLS = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"  # PostgreSQL documentation, "Message Formats", SSLRequest
_TLS_RECORD = 0x16  # the first byte of a ClientHello (RFC 8446, section 5.1)
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
_CHUNK = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
_CHUNKS_EACH_S = 0.01  # 1.6 MB a second, for as long as somebody reads


class HangingServer:
    """Hangs at its stage, whoever asks, until ``lead_to`` or ``close``. ``tls``: how it shows itself where asked to.

    Redis and PostgreSQL are met up to their TLS handshake; then they hear what HTTP would, or nothing.
    """

    def __init__(self, stage: Stage, tls: ssl.SSLContext | None = None) -> None:
        self._stage, self._tls = stage, tls
        self._open: list[socket.socket] = []
        self._forwarder: Forwarder | None = None
        self._black_hole = BlackHole(_LOOPBACK) if stage == "connect" else None
        if self._black_hole:
            self.port = self._black_hole.port
            return
        self._listener = socket.create_server((_LOOPBACK, 0), backlog=256)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, name=f"hangs at {stage}", daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def address(self) -> str:
        """Where it listens, as ``address:port``."""
        return f"{_LOOPBACK}:{self.port}"

    def lead_to(self, host: str, port: int) -> None:
        """Let new connections reach this place. Those that hang go on hanging."""
        self._stop_listening()
        self._forwarder = Forwarder(_LOOPBACK, self.port, (host, port))

    def close(self) -> None:
        """Give the port back, and cut what is open."""
        self._stop_listening()
        if self._forwarder:
            self._forwarder.stop()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def _stop_listening(self) -> None:
        if self._black_hole:
            self._black_hole.close()
        elif not self._forwarder:
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
            self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return  # closed
            self._open.append(connection)
            threading.Thread(target=self._hang, args=(connection,), daemon=True).start()

    def _hang(self, connection: socket.socket) -> None:
        with suppress(OSError):  # the client has given up, or ``close`` has cut it
            if self._stage == "handshake":
                _say_nothing(connection)
                return
            connection = self._greeted(connection)
            connection.recv(0x10000)
            if self._stage == "headers":
                _say_nothing(connection)
            elif self._stage == "endless body":
                connection.sendall(_HEAD)
                _send(connection, _CHUNK, _CHUNKS_EACH_S)
            elif self._stage == "a body byte a second":
                connection.sendall(_HEAD + b"ffff\r\n")
                _send(connection, b"x", 1.0)
            else:
                for byte in _HEAD[:17] + b"X-Slow: ":
                    connection.sendall(bytes([byte]))
                    time.sleep(1.0)
                _send(connection, b"x", 1.0)

    def _greeted(self, connection: socket.socket) -> socket.socket:
        first = connection.recv(8, socket.MSG_PEEK)
        if first == _POSTGRES_ASKS_FOR_TLS:
            connection.sendall(b"S")
            connection.recv(len(first))
            first = connection.recv(1, socket.MSG_PEEK)
        if self._tls and first[:1] == bytes([_TLS_RECORD]):
            connection = self._tls.wrap_socket(connection, server_side=True)
            self._open.append(connection)
        return connection


def _say_nothing(connection: socket.socket) -> None:
    while connection.recv(0x10000):
        pass  # until the client goes away


def _send(connection: socket.socket, piece: bytes, each_s: float) -> None:
    while True:
        connection.sendall(piece)
        time.sleep(each_s)
