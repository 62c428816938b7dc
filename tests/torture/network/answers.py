"""Faults of HTTP answers: bodies, lengths, chunks, compression, floods of headers and redirects."""

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from functools import cache, partial

from tests.torture.network.faults import Effect, Fault, Spoil, answering, sending
from tests.torture.network.proxy import Reply, Wire

ELSEWHERE = "elsewhere.example"
_MB = 1024 * 1024
_ENDLESS = 1024  # megabytes, or thousands of headers: more than anybody should read
_MANY_HEADERS = b"".join(b"X-Flood-%d: 0123456789\r\n" % number for number in range(1000))


def _body(change: Callable[[bytes], bytes]) -> Spoil:
    """Another body, well framed."""
    return lambda wire, reply: wire.send(reply.but(body=change(reply.body)).whole())


def _headers(*headers: str) -> Spoil:
    """These headers in the place of the right length, then the right body."""
    return lambda wire, reply: wire.send(reply.head(*headers) + reply.body)


def _length(told: Callable[[int], str]) -> Spoil:
    return lambda wire, reply: wire.send(reply.head(f"Content-Length: {told(len(reply.body))}") + reply.body)


def _chunked(*chunks: bytes, trailer: bytes = b"") -> Spoil:
    return lambda wire, reply: wire.send(reply.head("Transfer-Encoding: chunked"), *chunks, trailer)


def _encoded(name: str, body: Callable[[bytes], bytes]) -> Spoil:
    def spoil(wire: Wire, reply: Reply) -> None:
        encoded = body(reply.body)
        wire.send(reply.head(f"Content-Encoding: {name}", f"Content-Length: {len(encoded)}") + encoded)

    return spoil


@cache
def _bomb(format_bits: int) -> bytes:
    """One gigabyte of zeros, in one megabyte. ``format_bits``: zlib's ``wbits`` (31: gzip, 15: deflate)."""
    packer = zlib.compressobj(9, zlib.DEFLATED, format_bits)
    return b"".join([*(packer.compress(bytes(_MB)) for _ in range(1024)), packer.flush()])


def _flood(head: bytes, part: bytes, times: int) -> Spoil:
    """Send a head of the answer's own, then a part again and again."""

    def spoil(wire: Wire, reply: Reply) -> None:
        wire.send(head)
        for _ in range(times):
            wire.send(part)

    return spoil


def _big(*headers: str, part: bytes = bytes(_MB)) -> Spoil:
    """The answer's own head with these headers, then a gigabyte."""
    return lambda wire, reply: wire.send(reply.head(*headers), *_repeated(part, _ENDLESS))


def _repeated(part: bytes, times: int) -> Iterator[bytes]:
    return (part for _ in range(times))


def _redirect(status: int, location: str) -> Spoil:
    told = f"Location: {location}" if location else "X-Nothing: here"
    return sending(f"HTTP/1.1 {status} Redirect\r\n{told}\r\nContent-Length: 0\r\n\r\n".encode())


def _after_interim(times: int) -> Spoil:
    return lambda wire, reply: wire.send(*_repeated(b"HTTP/1.1 100 Continue\r\n\r\n", times), reply.whole())


def _nothing(status_line: str) -> Spoil:
    return sending(f"{status_line}\r\nContent-Length: 2\r\n\r\n{{}}".encode("latin-1"))


def _nested(body: bytes) -> bytes:
    return gzip.compress(gzip.compress(gzip.compress(body)))


def _as_json(value: object) -> Callable[[bytes], bytes]:
    return lambda body: json.dumps(value).encode()


_HARMLESS, _BROKEN, _EITHER = Effect
_OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
_ROWS: tuple[tuple[str, Spoil, Effect], ...] = (
    ("body that is cut", lambda wire, reply: wire.send(reply.whole()[:-2]), _BROKEN),
    ("body of other bytes", _body(lambda body: bytes(each ^ 0xFF for each in body)), _BROKEN),
    ("body of nothing", _body(lambda body: b""), _BROKEN),
    ("body of 100,000 brackets", _body(lambda body: b"[" * 100_000), _BROKEN),
    ("body of one huge number", _body(lambda body: b"9" * 100_000), _BROKEN),
    ("body of null", _body(_as_json(None)), _BROKEN),
    ("body of a list", _body(_as_json([{}])), _BROKEN),
    ("body of a text", _body(_as_json("ok")), _BROKEN),
    ("body of null bytes", _body(lambda body: bytes(1000)), _BROKEN),
    ("body with its fields null", _body(lambda body: json.dumps(dict.fromkeys(_fields(body))).encode()), _BROKEN),
    ("body in UTF-16", _body(lambda body: body.decode().encode("utf-16")), _EITHER),  # JSON parsers may read it
    ("body with a byte order mark", _body(lambda body: b"\xef\xbb\xbf" + body), _EITHER),
    ("length too long", _length(lambda length: str(length + 10)), _BROKEN),
    ("length too short", _length(lambda length: str(max(1, length // 2))), _BROKEN),
    ("length that is negative", _length(lambda length: f"-{length}"), _EITHER),
    ("length that is a text", _length(lambda length: "all of it"), _EITHER),
    ("length that is empty", _length(lambda length: ""), _EITHER),
    ("length of 400 digits", _length(lambda length: "9" * 400), _BROKEN),
    ("length of 5,000 digits", _length(lambda length: "9" * 5000), _EITHER),
    ("length told twice", _headers("Content-Length: 2", "Content-Length: 7"), _EITHER),
    ("length and chunks", _headers("Content-Length: 4", "Transfer-Encoding: chunked"), _BROKEN),
    ("chunk size that is a text", _chunked(b"zz\r\n{}\r\n0\r\n\r\n"), _BROKEN),
    ("chunk size that is negative", _chunked(b"-5\r\n{}\r\n0\r\n\r\n"), _BROKEN),
    ("chunk size beyond all", _chunked(b"ffffffffffffffffff\r\n", bytes(1000)), _BROKEN),
    ("chunks without an end", _chunked(b"2\r\n{}\r\n"), _BROKEN),
    ("chunk extension of a megabyte", _chunked(b"2;" + b"x" * _MB + b"\r\n{}\r\n0\r\n\r\n"), _BROKEN),
    ("chunks of one byte, 200,000", _chunked(b"1\r\n \r\n" * 200_000, b"0\r\n\r\n"), _BROKEN),
    ("chunk trailers without end", _chunked(b"2\r\n{}\r\n0\r\n", *(_MANY_HEADERS for _ in range(100))), _BROKEN),
    ("gzip bomb", _encoded("gzip", lambda body: _bomb(31)), _BROKEN),
    ("deflate bomb", _encoded("deflate", lambda body: _bomb(15)), _BROKEN),
    ("gzip bomb in gzip", _encoded("gzip, gzip", lambda body: gzip.compress(_bomb(31))), _BROKEN),
    ("gzip in gzip in gzip", _encoded("gzip, gzip, gzip", _nested), _EITHER),
    ("gzip 500 times over", _encoded(", ".join(["gzip"] * 500), _nested), _BROKEN),
    ("gzip that is none", _encoded("gzip", lambda body: body), _BROKEN),
    ("gzip that is cut", _encoded("gzip", lambda body: gzip.compress(body)[: len(body) // 2]), _BROKEN),
    ("gzip, rightly", _encoded("gzip", gzip.compress), _HARMLESS),
    ("brotli that was not asked for", _encoded("br", lambda body: b"\x8b\x80" + bytes(100)), _BROKEN),
    ("zstd that was not asked for", _encoded("zstd", lambda body: b"\x28\xb5\x2f\xfd" + bytes(100)), _BROKEN),
    ("body of 1 GB", _big(f"Content-Length: {_ENDLESS * _MB}"), _BROKEN),
    ("body of 1 GB, of no length", _big("Connection: close"), _BROKEN),
    ("chunks of 1 GB", _big("Transfer-Encoding: chunked", part=b"100000\r\n" + b" " * _MB + b"\r\n"), _BROKEN),
    ("headers, 10,000", _flood(_OK, _MANY_HEADERS, 10), _BROKEN),
    ("headers without end", _flood(_OK, _MANY_HEADERS, 10 * _ENDLESS), _BROKEN),
    ("header of 1 MB", _flood(_OK, b"X-Flood: " + b"x" * _MB + b"\r\n\r\n{}", 1), _BROKEN),
    ("header without end", _flood(_OK + b"X-Flood: ", b"x" * _MB, _ENDLESS), _BROKEN),
    ("header folded without end", _flood(_OK + b"X-Flood: 1\r\n", b" more\r\n" * 1000, 10 * _ENDLESS), _BROKEN),
    ("status line without end", _flood(b"HTTP/1.1 200 ", b"O" * _MB, _ENDLESS), _BROKEN),
    ("interim answers, 3", _after_interim(3), _HARMLESS),
    ("interim answers without end", _flood(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000, 100 * _ENDLESS), _BROKEN),
    ("interim answer with 1 GB of headers", _flood(b"HTTP/1.1 103 Early Hints\r\n", _MANY_HEADERS, 10_000), _BROKEN),
    ("redirect to itself", _redirect(301, "/health"), _BROKEN),
    ("redirect to another host", _redirect(302, f"https://{ELSEWHERE}/"), _BROKEN),
    ("redirect to http", _redirect(302, f"http://{ELSEWHERE}/"), _BROKEN),
    ("redirect 303 to another host", _redirect(303, f"https://{ELSEWHERE}/"), _BROKEN),
    ("redirect 307 to another host", _redirect(307, f"https://{ELSEWHERE}/"), _BROKEN),
    ("redirect 308 to http", _redirect(308, f"http://{ELSEWHERE}/"), _BROKEN),
    ("redirect with a password", _redirect(302, f"https://user:pass@{ELSEWHERE}/"), _BROKEN),
    ("redirect to nowhere", _redirect(302, ""), _BROKEN),
    ("redirect to a file", _redirect(302, "file:///etc/passwd"), _BROKEN),
    ("HTTP/0.9", lambda wire, reply: wire.send(reply.body), _BROKEN),
    ("HTTP/1.0", lambda wire, reply: wire.send(reply.whole("HTTP/1.0")), _HARMLESS),
    ("HTTP/2 in a status line", lambda wire, reply: wire.send(reply.whole("HTTP/2")), _EITHER),
    ("HTTP/7.3", lambda wire, reply: wire.send(reply.whole("HTTP/7.3")), _EITHER),
    ("status 000", _nothing("HTTP/1.1 000 None"), _BROKEN),
    ("status 99999", _nothing("HTTP/1.1 99999 Many"), _BROKEN),
    ("status that is a text", _nothing("HTTP/1.1 fine OK"), _BROKEN),
    ("status 204 with a body", _nothing("HTTP/1.1 204 None"), _BROKEN),
    ("status 407", _nothing("HTTP/1.1 407 Proxy\r\nProxy-Authenticate: Basic realm=x"), _BROKEN),
    ("status 401 that asks for Negotiate", _nothing("HTTP/1.1 401 No\r\nWWW-Authenticate: Negotiate"), _BROKEN),
    ("upgrade that was not asked for", _nothing("HTTP/1.1 101 Go\r\nUpgrade: h2c\r\nConnection: Upgrade"), _BROKEN),
    ("cookies, 60", _headers(*(f"Set-Cookie: c{n}={'x' * 50}" for n in range(60)), "Connection: close"), _HARMLESS),
    ("header with a line feed", _headers("X-A: b\n\rHTTP/1.1 200 OK", "Connection: close"), _EITHER),
    ("garbage", sending(bytes(range(256)) * 4), _BROKEN),
)  # fmt: skip


def _fields(body: bytes) -> dict[str, object]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


_make = partial(Fault, is_of_answers=True)
ANSWER_FAULTS = tuple(_make(name, answering(spoil), effect) for name, spoil, effect in _ROWS)
