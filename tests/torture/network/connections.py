"""Faults of connections: slow ones, those that break at each phase, and all that can be wrong with TLS."""

import datetime as dt
import random
import ssl
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.sandbox.certificates import Certificate, CertificateAuthority
from tests.torture.network.faults import Effect, Fault, answering
from tests.torture.network.proxy import Play, Reply, Wire

_DAY = dt.timedelta(days=1)
_CLIENT_HELLO_BYTES = 5  # the header of its record
_PLAIN_HTTP = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_ALERT = bytes.fromhex("15 0303 0002 02 28")  # RFC 8446: fatal, handshake_failure
_SSH = b"SSH-2.0-OpenSSH_9.2\r\n"


def _late(wait_s: Callable[[Wire], float]) -> Play:
    """Every answer comes, so many seconds late."""

    def play(wire: Wire) -> None:
        wire.secure()
        for request in wire.requests():
            reply = wire.forward(request)
            if wire.proxy.concerns(request):
                wire.hang(wait_s(wire))
            wire.send(reply.whole())

    return play


def _jitter(wire: Wire) -> float:
    return random.Random(wire.proxy.requests).uniform(0.0, 0.8)


def _in_handshake(then: Callable[[Wire], None]) -> Play:
    def play(wire: Wire) -> None:
        wire.client.recv(_CLIENT_HELLO_BYTES)
        then(wire)

    return play


def _sending_first(*parts: bytes) -> Play:
    """Speak where TLS was to begin."""

    def play(wire: Wire) -> None:
        wire.client.recv(_CLIENT_HELLO_BYTES)
        wire.send(*parts)

    return play


def _after_request(then: Callable[[Wire], None]) -> Play:
    return answering(lambda wire, reply: then(wire))


def _after(part: Callable[[Reply], bytes], then: Callable[[Wire], None]) -> Play:
    def spoil(wire: Wire, reply: Reply) -> None:
        wire.send(part(reply))
        wire.hang(0.05)  # else what has been sent is lost with the connection
        then(wire)

    return answering(spoil)


def _in_headers(reply: Reply) -> bytes:
    return reply.whole()[:30]


def _in_body(reply: Reply) -> bytes:
    return reply.head(f"Content-Length: {len(reply.body)}") + reply.body[: len(reply.body) // 2]


def _close(wire: Wire) -> None:
    """Leave: the proxy closes what a fault leaves."""


def _byte_by_byte(wire: Wire, reply: Reply) -> None:
    wire.send(*(reply.whole()[at : at + 1] for at in range(len(reply.whole()))), pause_s=1.0)


def _showing(certificate_of: Callable[[Wire], Certificate]) -> Play:
    """All is well, but for the certificate."""

    def play(wire: Wire) -> None:
        wire.secure(wire.proxy.authority.server_context(certificate_of(wire)))
        for request in wire.requests():
            wire.send(wire.forward(request).whole())

    return play


def _of_stranger(wire: Wire) -> Certificate:
    with tempfile.TemporaryDirectory() as folder:
        return CertificateAuthority(Path(folder)).issue((wire.place.host,))


def _signed_by_itself(wire: Wire, begins: dt.timedelta = -_DAY) -> Certificate:
    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, wire.place.host)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begins)
        .not_valid_after(now + 90 * _DAY)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(wire.place.host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Certificate(certificate.public_bytes(serialization.Encoding.PEM), private, b"")


def _for_hosts(hosts: Callable[[str], str], **terms: dt.timedelta) -> Play:
    return _showing(lambda wire: wire.proxy.authority.issue((hosts(wire.place.host),), **terms))


def _only(version: ssl.TLSVersion) -> Play:
    """A server that can no newer TLS than this."""

    def play(wire: Wire) -> None:
        context = wire.proxy.authority.server_context(wire.proxy.authority.issue((wire.place.host,)))
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version, context.maximum_version = ssl.TLSVersion.MINIMUM_SUPPORTED, version
        wire.secure(context)
        for request in wire.requests():
            wire.send(wire.forward(request).whole())

    return play


def _same(host: str) -> str:
    return host


_HARMLESS, _BROKEN, _EITHER = Effect
_answers = partial(Fault, is_of_answers=True)
_tls = partial(Fault, needs_tls=True)

CONNECTION_FAULTS = (
    _answers("latency of 200 ms", _late(lambda wire: 0.2), _HARMLESS),
    _answers("latency of 3 s", _late(lambda wire: 3.0), _EITHER),
    _answers("latency with jitter", _late(_jitter), _HARMLESS),
    _answers("latency that grows", _late(lambda wire: 0.4 * wire.proxy.requests), _EITHER),
    _answers("latency of a minute", _late(lambda wire: 60.0), _BROKEN),
    _answers("one byte a second", answering(_byte_by_byte), _BROKEN),
    Fault("reset on accept", Wire.reset, _BROKEN),
    Fault("close on accept", _close, _BROKEN),
    Fault("silence on accept", Wire.hang, _BROKEN),
    _tls("reset in the handshake", _in_handshake(Wire.reset), _BROKEN),
    _tls("close in the handshake", _in_handshake(_close), _BROKEN),
    _tls("silence in the handshake", _in_handshake(Wire.hang), _BROKEN),
    _answers("reset after the request", _after_request(Wire.reset), _BROKEN),
    _answers("close after the request", _after_request(_close), _BROKEN),
    _answers("silence after the request", _after_request(Wire.hang), _BROKEN),
    _answers("reset in the headers", _after(_in_headers, Wire.reset), _BROKEN),
    _answers("close in the headers", _after(_in_headers, _close), _BROKEN),
    _answers("silence in the headers", _after(_in_headers, Wire.hang), _BROKEN),
    _answers("reset in the body", _after(_in_body, Wire.reset), _BROKEN),
    _answers("close in the body", _after(_in_body, _close), _BROKEN),
    _answers("silence in the body", _after(_in_body, Wire.hang), _BROKEN),
    _answers("reset after the body", _after(Reply.whole, Wire.reset), _EITHER),
    _tls("TLS 1.0 alone", _only(ssl.TLSVersion.TLSv1), _BROKEN),
    _tls("TLS 1.1 alone", _only(ssl.TLSVersion.TLSv1_1), _BROKEN),
    _tls("plain HTTP on the TLS port", _sending_first(_PLAIN_HTTP), _BROKEN),
    _tls("SSH on the TLS port", _sending_first(_SSH), _BROKEN),
    _tls("TLS alert", _sending_first(_ALERT), _BROKEN),
    _tls("garbage in the handshake", _sending_first(*(random.Random(1).randbytes(4096) for _ in range(64))), _BROKEN),
    _tls("certificate that has expired", _for_hosts(_same, valid_for=-_DAY), _BROKEN),
    _tls("certificate not yet valid", _for_hosts(_same, valid_from=_DAY), _BROKEN),
    _tls("certificate signed by itself", _showing(_signed_by_itself), _BROKEN),
    _tls("certificate of a stranger", _showing(_of_stranger), _BROKEN),
    _tls("certificate of another host", _for_hosts(lambda host: f"not-{host}"), _BROKEN),
    _tls("certificate of the parent domain", _for_hosts(lambda host: host.partition(".")[2]), _BROKEN),
    _tls("certificate with a wildcard", _for_hosts(lambda host: f"*.{host.partition('.')[2]}"), _HARMLESS),
)
