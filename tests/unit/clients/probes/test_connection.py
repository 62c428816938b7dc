"""Connections against real sockets: each way in which none comes about, and silences that prove nothing."""

import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from registry_monitor.clients import connection as module
from registry_monitor.clients.connection import Wait, open_connection, receive, receive_line, secure, send
from registry_monitor.clients.http import HttpError
from registry_monitor.model import CannotTellError
from tests.sandbox.certificates import CertificateAuthority
from tests.unit.clients.probes.conftest import attempt
from tests.unit.clients.probes.servers import (
    HOST,
    answering,
    closed_port,
    full_backlog,
    server_context,
    serving,
    tls_only,
    trickling,
)


def _answer_to_hello(port: int, count: int) -> bytes:
    with open_connection(attempt(), "127.0.0.1", port) as connection:
        wait = Wait.for_answer(attempt())
        send(wait, connection, b"hello")
        return receive(wait, connection, count)


def test_connection__carries_bytes_to_and_fro() -> None:
    """The bytes that were asked for, and no more, then the rest as a line."""
    with serving(answering(b"abcdef\r\nmore")) as port, open_connection(attempt(), "127.0.0.1", port) as connection:
        wait = Wait.for_answer(attempt())
        send(wait, connection, b"hello")
        assert receive(wait, connection, 3) == b"abc"
        assert receive_line(wait, connection, 100) == b"def"
        assert receive_line(wait, connection, 2) == b"mo"


def test_closed_port__is_refused() -> None:
    """Nobody listens."""
    with pytest.raises(HttpError, match="refused the connection") as caught:
        open_connection(attempt(), "127.0.0.1", closed_port())
    assert caught.value.kind == "refused"


def test_unreachable_address__is_told_in_the_kernels_words() -> None:
    """A broadcast address takes no connections: the kernel refuses before anything is sent."""
    with pytest.raises(HttpError, match="cannot be reached") as caught:
        open_connection(attempt(), "127.255.255.255", 443)
    assert caught.value.kind == "broken"


def test_dropped_packets__are_a_connect_time_out_when_they_were_waited_for(impatient: None) -> None:
    """As behind a security group without a rule."""
    with full_backlog() as port, pytest.raises(HttpError, match="did not accept a connection in time") as caught:
        open_connection(attempt(), "127.0.0.1", port)
    assert caught.value.kind == "connect timeout"


def test_several_silent_addresses__have_one_time_out_together(impatient: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three addresses do not take three times as long."""
    with full_backlog() as port:
        three = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))] * 3
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: three)
        began = time.monotonic()
        with pytest.raises(HttpError) as caught:
            open_connection(attempt(), HOST, port)
    assert caught.value.kind == "connect timeout"
    assert time.monotonic() - began < 1.0


def test_second_address__is_taken_where_the_first_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """One zone of several is enough to connect."""
    with serving(answering(b"ok")) as port:
        both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", each)) for each in (closed_port(), port)]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
        assert _answer_to_hello(port, 2) == b"ok"


def test_unknown_name__is_told_as_such() -> None:
    """The reserved top-level domain .invalid never resolves (RFC 6761)."""
    with pytest.raises(HttpError) as caught:
        open_connection(attempt(), "registry.invalid", 443)
    assert caught.value.kind == "name"


def test_name_that_resolves_too_late__is_told_as_such(impatient: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow resolver is not told as a server that does not accept."""
    resolve = socket.getaddrinfo

    def late(*arguments: object, **options: object) -> object:
        time.sleep(0.5)
        return resolve("127.0.0.1", 443, socket.AF_INET, socket.SOCK_STREAM)

    monkeypatch.setattr(socket, "getaddrinfo", late)
    with pytest.raises(HttpError, match="did not resolve in time") as caught:
        open_connection(attempt(), HOST, 443)
    assert caught.value.kind == "name"


def test_silence__is_a_time_out_when_it_was_waited_for(silent_port: int, impatient: None) -> None:
    """Accepted, and never answered."""
    with pytest.raises(HttpError, match="accepted the connection and did not answer in time") as caught:
        _answer_to_hello(silent_port, 1)
    assert caught.value.kind == "timeout"


def test_trickle__ends_with_the_patience_of_the_whole_answer(impatient: None) -> None:
    """Each byte comes in time, the answer never does."""
    began = time.monotonic()
    with serving(trickling) as port, pytest.raises(HttpError) as caught:
        _answer_to_hello(port, 1000)
    assert caught.value.kind == "timeout"
    assert time.monotonic() - began < 2.0


def test_answer_that_is_cut_off__is_broken() -> None:
    """Less than was to come is no answer."""
    with serving(answering(b"abc")) as port, pytest.raises(HttpError, match="closed the connection before") as caught:
        _answer_to_hello(port, 4)
    assert caught.value.kind == "broken"


def test_silences_cut_short_by_the_runs_own_time__prove_nothing(silent_port: int) -> None:
    """The server was not given the time that it may take: neither to accept, nor to shake hands."""
    with full_backlog() as port, pytest.raises(CannotTellError, match=r"the run's time was over after 0\.\d s"):
        open_connection(attempt(remaining_s=0.5), "127.0.0.1", port)
    short = attempt(remaining_s=0.5)
    with (
        open_connection(short, "127.0.0.1", silent_port) as connection,
        pytest.raises(CannotTellError, match="the run's time was over"),
    ):
        secure(short, connection, HOST)


def test_abandoned_attempt__sends_nothing_more() -> None:
    """The runner has given up on it: no step begins any more."""
    given_up = attempt()
    with serving(answering(b"ok")) as port, open_connection(given_up, "127.0.0.1", port) as connection:
        given_up.abandoned.set()
        with pytest.raises(CannotTellError):
            Wait.for_answer(given_up)
        with pytest.raises(CannotTellError):
            secure(given_up, connection, HOST)
        with pytest.raises(CannotTellError):
            open_connection(given_up, "127.0.0.1", port)


def test_tls__is_verified_by_what_requests_trusts(trusted: CertificateAuthority) -> None:
    """The CA bundle is that of the HTTP probes; the server name is the host's, wherever it leads."""
    with serving(tls_only(server_context(trusted))) as port:
        with secure(attempt(), open_connection(attempt(), "127.0.0.1", port), HOST) as secured:
            assert secured.version() == "TLSv1.3"
            assert secured.context.verify_mode == ssl.CERT_REQUIRED
        with pytest.raises(HttpError, match="Hostname mismatch") as caught:
            secure(attempt(), open_connection(attempt(), "127.0.0.1", port), "elsewhere.test")
    assert caught.value.kind == "tls"


def test_tls__is_verified_by_a_file_of_its_own(trusted: CertificateAuthority, stranger: CertificateAuthority) -> None:
    """A named CA file is trusted instead of the others, not with them."""
    with serving(tls_only(server_context(stranger))) as port:
        with secure(attempt(), open_connection(attempt(), "127.0.0.1", port), HOST, stranger.bundle) as secured:
            assert secured.context.check_hostname
        for wrong in (None, trusted.bundle):
            with pytest.raises(HttpError, match="certificate verify failed: unable to get local issuer") as caught:
                secure(attempt(), open_connection(attempt(), "127.0.0.1", port), HOST, wrong)
            assert caught.value.kind == "tls"


def test_rfc_5280_in_full__is_asked_of_public_cas_alone(trusted: CertificateAuthority) -> None:
    """A CA that is named by file is asked for no more than clients of databases ask; name and chain always."""
    public, named = module.verifying_context(), module.verifying_context(trusted.bundle)
    assert ssl.VerifyFlags.VERIFY_X509_STRICT in public.verify_flags
    assert ssl.VerifyFlags.VERIFY_X509_STRICT not in named.verify_flags
    for context in (public, named):
        assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


@pytest.mark.parametrize(
    ("bundle", "trusts"),
    [(None, "certifi"), ("file", "the file"), ("folder", "the folder")],
)
def test_cas__are_those_of_requests(
    bundle: str | None, trusts: str, trusted: CertificateAuthority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without REQUESTS_CA_BUNDLE those of certifi; a folder is one too, its certificates read when they are needed."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    if bundle:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(trusted.bundle if bundle == "file" else tmp_path))
    loaded = len(module.verifying_context().get_ca_certs())
    assert {"certifi": loaded > 50, "the file": loaded == 1, "the folder": loaded == 0}[trusts]


@pytest.mark.parametrize(
    ("answer", "kind"), [(b"HTTP/1.1 400 Bad Request\r\n\r\n", "tls"), (b"", "tls")], ids=["plain text", "nothing"]
)
def test_server_without_tls__fails_the_handshake(answer: bytes, kind: str, trusted: CertificateAuthority) -> None:
    """TLS is never given up for it."""
    with serving(answering(answer)) as port, pytest.raises(HttpError, match="failed the TLS handshake") as caught:
        secure(attempt(), open_connection(attempt(), "127.0.0.1", port), HOST)
    assert caught.value.kind == kind


def test_handshake_that_is_never_answered__is_a_time_out(silent_port: int, impatient: None) -> None:
    """The port accepts, in the kernel, and nobody is there."""
    with pytest.raises(HttpError, match="did not answer the TLS handshake in time") as caught:
        secure(attempt(), open_connection(attempt(), "127.0.0.1", silent_port), HOST)
    assert caught.value.kind == "timeout"


def test_destination__is_followed(lead: Callable[..., None]) -> None:
    """A host is met where connect_to leads."""
    with serving(answering(b"ok")) as port:
        lead(6379, port)
        with open_connection(attempt(), HOST, 6379) as connection:
            assert connection.getpeername()[1] == port
