"""The TLS of a host, against a real TLS server with good and bad certificates."""

import datetime as dt
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509

from registry_monitor.clients.http import HttpError
from registry_monitor.clients.tls import handshake
from registry_monitor.model import CannotTellError
from tests.sandbox.certificates import CertificateAuthority
from tests.unit.clients.probes.chains import CLIENT, SERVER, chain_context
from tests.unit.clients.probes.conftest import attempt
from tests.unit.clients.probes.servers import (
    EXPIRED,
    HOST,
    answering,
    closed_port,
    full_backlog,
    server_context,
    serving,
    tls_only,
)


def test_good_certificate__is_told_with_its_names_and_days(
    trusted: CertificateAuthority, lead: Callable[..., None]
) -> None:
    """All figures are those of the certificate that is served."""
    with serving(tls_only(server_context(trusted, valid_for=dt.timedelta(days=20)))) as port:
        lead(443, port)
        peer = handshake(attempt(), HOST)
    assert (peer.protocol, peer.issuer) == ("TLSv1.3", "Registry monitor sandbox CA")
    assert peer.names == (HOST, f"other.{HOST}")
    assert peer.cipher.startswith("TLS_")
    assert 19.9 < peer.days_left <= 20
    assert abs(peer.expires_at - dt.datetime.now(dt.UTC) - dt.timedelta(days=20)) < dt.timedelta(minutes=5)


def test_protocol__is_the_one_that_was_agreed_on(trusted: CertificateAuthority, lead: Callable[..., None]) -> None:
    """A server that stops at TLS 1.2 is told as such."""
    context = server_context(trusted)
    context.maximum_version = context.minimum_version
    with serving(tls_only(context)) as port:
        lead(443, port)
        assert handshake(attempt(), HOST).protocol == "TLSv1.2"


def test_expired_certificate__is_told_with_its_date(trusted: CertificateAuthority, lead: Callable[..., None]) -> None:
    """The date says since when."""
    with serving(tls_only(server_context(trusted, valid_for=EXPIRED))) as port:
        lead(443, port)
        with pytest.raises(HttpError) as caught:
            handshake(attempt(), HOST)
    date = dt.datetime.now(dt.UTC) + EXPIRED
    assert caught.value.kind == "tls"
    assert str(caught.value).startswith(f"shows a certificate that expired on {date:%Y-%m-%d at %H:}")


def test_certificate_for_another_host__is_told_with_its_names(
    trusted: CertificateAuthority, lead: Callable[..., None]
) -> None:
    """The names that it has say whose it is; that it has expired too changes nothing in that."""
    for valid_for in (dt.timedelta(days=20), EXPIRED):
        with serving(tls_only(server_context(trusted, "elsewhere.test", valid_for))) as port:
            lead(443, port)
            with pytest.raises(HttpError) as caught:
                handshake(attempt(), HOST)
        assert caught.value.kind == "tls"
        assert str(caught.value) == (
            f"shows a certificate that does not name {HOST}; it names elsewhere.test, other.elsewhere.test"
        )


@pytest.mark.parametrize("valid_for", [dt.timedelta(days=20), EXPIRED], ids=["valid", "expired"])
def test_certificate_of_a_stranger__is_told_as_such(
    valid_for: dt.timedelta, trusted: CertificateAuthority, stranger: CertificateAuthority, lead: Callable[..., None]
) -> None:
    """Whatever else such a certificate says is not believed, and not told."""
    with serving(tls_only(server_context(stranger, valid_for=valid_for))) as port:
        lead(443, port)
        with pytest.raises(HttpError, match="shows a certificate whose issuer is not trusted") as caught:
            handshake(attempt(), HOST)
    assert caught.value.kind == "tls"


def test_expired_certificate__is_told_without_its_date_where_it_cannot_be_had(
    trusted: CertificateAuthority, lead: Callable[..., None]
) -> None:
    """A server that ends after the first handshake is still told as expired."""
    first = iter([tls_only(server_context(trusted, valid_for=EXPIRED))])

    def serve(connection: socket.socket) -> None:
        next(first, answering(b""))(connection)

    with serving(serve) as port:
        lead(443, port)
        with pytest.raises(HttpError, match=r"^shows a certificate that has expired$"):
            handshake(attempt(), HOST)


def test_ip_address__must_be_named_too(trusted: CertificateAuthority) -> None:
    """A host that is asked by its address needs a certificate for that."""
    with (
        serving(tls_only(server_context(trusted))) as port,
        pytest.raises(HttpError, match=rf"does not name 127\.0\.0\.1; it names {HOST}"),
    ):
        handshake(attempt(), "127.0.0.1", port)


def test_port_without_tls__fails_the_handshake(trusted: CertificateAuthority) -> None:
    """No certificate is shown."""
    with serving(answering(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port, pytest.raises(HttpError) as caught:
        handshake(attempt(), "127.0.0.1", port)
    assert caught.value.kind == "tls"


def test_closed_port__is_refused() -> None:
    """TLS was not reached."""
    with pytest.raises(HttpError) as caught:
        handshake(attempt(), "127.0.0.1", closed_port())
    assert caught.value.kind == "refused"


def test_silences__are_told_by_their_stage(silent_port: int, impatient: None) -> None:
    """Not accepted, and accepted without a handshake."""
    with full_backlog() as port, pytest.raises(HttpError) as dropped:
        handshake(attempt(), "127.0.0.1", port)
    with pytest.raises(HttpError) as silent:
        handshake(attempt(), "127.0.0.1", silent_port)
    assert (dropped.value.kind, silent.value.kind) == ("connect timeout", "timeout")


def test_handshake_cut_short__proves_nothing(silent_port: int) -> None:
    """The run's own time was over."""
    with pytest.raises(CannotTellError):
        handshake(attempt(remaining_s=0.4), "127.0.0.1", silent_port)


SEVEN_HOSTS = tuple(f"host-{number}.test" for number in range(7))


@pytest.mark.parametrize(
    ("hosts", "dates", "purpose", "clause"),
    [
        ((HOST,), {"leaf": (1, 5)}, SERVER, "shows a certificate that is not yet valid"),
        ((HOST,), {"issuer": (-9, -1)}, SERVER, "shows a certificate whose issuer's own certificate has expired"),
        ((HOST,), {}, CLIENT, "failed the TLS handshake (certificate verify failed: un"),
        (
            SEVEN_HOSTS,
            {},
            SERVER,
            "; it names host-0.test, host-1.test, host-2.test, host-3.test, host-4.test and 2 more",
        ),
    ],
    ids=["not yet valid", "expired issuer", "wrong purpose", "many names"],
)
def test_other_faults_of_a_chain__are_told_apart(
    hosts: tuple[str, ...],
    dates: dict[str, tuple[int, int]],
    purpose: x509.ObjectIdentifier,
    clause: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    lead: Callable[..., None],
) -> None:
    """Each fault has its own sentence."""
    bundle, context = chain_context(tmp_path, hosts, purpose=purpose, **dates)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    with serving(tls_only(context)) as port:
        lead(443, port)
        with pytest.raises(HttpError) as caught:
            handshake(attempt(), HOST)
    assert caught.value.kind == "tls"
    assert clause in str(caught.value)


def test_issuer__is_told_with_its_organization(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lead: Callable[..., None]
) -> None:
    """The one that signed it, not the root."""
    bundle, context = chain_context(tmp_path, (HOST,), purpose=SERVER)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    with serving(tls_only(context)) as port:
        lead(443, port)
        assert handshake(attempt(), HOST).issuer == "middle (Example)"
