"""Faults of Redis and of PostgreSQL: garbage, silence and floods where their protocols begin."""

import random
from collections.abc import Callable

from tests.torture.network.faults import Effect, Fault
from tests.torture.network.proxy import Play, Wire

DATABASE_PORT, REDIS_PORT = 5432, 6379
_MB = 1024 * 1024
_ODD_METHOD = b"R\x00\x00\x00\x08\x00\x00\xff\xff"
_NOISE = random.Random(2).randbytes(_MB)


def _saying(*parts: bytes, times: int = 1) -> Play:
    """Speak at once, to whatever is asked."""

    def play(wire: Wire) -> None:
        wire.client.recv(1)
        for _ in range(times):
            wire.send(*parts)
        wire.hang(1.0)

    return play


def _in_tls(host_of: Callable[[Wire], str], *parts: bytes, before: bytes = b"", times: int = 1) -> Play:
    """End its TLS, take one message, and say this."""

    def play(wire: Wire) -> None:
        if before:
            wire.client.recv(8)
            wire.send(before)
        wire.client = wire.proxy.server_context(host_of(wire)).wrap_socket(wire.client, server_side=True)
        wire.client.recv(1024)
        for _ in range(times):
            wire.send(*parts)
        wire.hang(20.0 if not parts else 1.0)

    return play


def _host(wire: Wire) -> str:
    return wire.place.host


def _redis(name: str, *parts: bytes, times: int = 1) -> tuple[str, Fault]:
    return "redis", Fault(name, _in_tls(_host, *parts, times=times), Effect.BROKEN)


def _database(name: str, *parts: bytes, times: int = 1) -> tuple[str, Fault]:
    return "database", Fault(name, _in_tls(_host, *parts, before=b"S", times=times), Effect.BROKEN)


_ROWS = [
    (store, Fault(name, play, Effect.BROKEN))
    for store in ("redis", "database")
    for name, play in (
        ("reset on accept", Wire.reset),
        ("silence on accept", Wire.hang),
        ("garbage", _saying(_NOISE[:1000])),
        ("flood of 256 MB", _saying(_NOISE, times=256)),
    )
]
STORE_FAULTS = (
    *_ROWS,
    _redis("garbage in TLS", _NOISE[:1000]),
    _redis("flood of 256 MB in TLS", b"+" + b"x" * _MB, times=256),
    _redis("silence in TLS"),
    _redis("array without end", b"*1000000000\r\n" + b"$1000000000\r\n"),
    ("database", Fault("neither yes nor no to TLS", _saying(b"X"), Effect.BROKEN)),
    _database("garbage in TLS", _NOISE[:1000]),
    _database("error of 2 GB", b"E\x7f\xff\xff\xff" + b"Sx" * 1000),
    _database("message of a negative length", b"R\xff\xff\xff\xff" + bytes(16)),
    ("database", Fault("an unknown way to authenticate", _in_tls(_host, _ODD_METHOD, before=b"S"), Effect.EITHER)),
    _database("silence in TLS"),
)
