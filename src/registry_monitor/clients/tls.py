"""The TLS of a host as its clients meet it: one verified handshake, and what it shows."""

import datetime as dt
import ssl
from dataclasses import dataclass
from typing import Any

from registry_monitor.clients.connection import open_connection, secure_with, verifying_context
from registry_monitor.clients.http import HttpError
from registry_monitor.model import Attempt, CannotTellError

_S_PER_DAY = 86_400
_NAMES_SHOWN = 5
# OpenSSL's x509_vfy.h: X509_V_FLAG_NO_CHECK_TIME, which Python does not name.
_NO_CHECK_TIME = 0x200000
# OpenSSL's x509_vfy.h, X509_V_ERR_…: what SSLCertVerificationError.verify_code holds.
_NOT_YET_VALID, _HAS_EXPIRED, _HOSTNAME_MISMATCH, _IP_ADDRESS_MISMATCH = 9, 10, 62, 64
_UNKNOWN_ISSUER = (2, 18, 19, 20, 21)  # no issuer, self-signed (leaf, chain), no local issuer, no signature to check


@dataclass(frozen=True)
class TlsPeer:
    """What a verified handshake showed. ``names``: the host names of the certificate, as it writes them."""

    protocol: str  # "TLSv1.3"
    cipher: str
    issuer: str
    names: tuple[str, ...]
    expires_at: dt.datetime  # UTC
    days_left: float


def handshake(attempt: Attempt, host: str, port: int = 443) -> TlsPeer:
    """Make one verified handshake, and close.

    Raises HttpError: of ``open_connection``, or "tls" with a clause that says what is wrong with the certificate.
    CannotTellError where there was no time.
    """
    try:
        return _handshake(attempt, host, port, verifying_context())
    except HttpError as error:
        if isinstance(error.__cause__, ssl.SSLCertVerificationError):
            raise HttpError("tls", _fault(attempt, host, port, error.__cause__)) from error
        raise


def _handshake(attempt: Attempt, host: str, port: int, context: ssl.SSLContext) -> TlsPeer:
    with secure_with(context, attempt, open_connection(attempt, host, port), host) as secured:
        certificate: dict[str, Any] = secured.getpeercert() or {}
        cipher = secured.cipher()
        expires_at = dt.datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), dt.UTC)
        return TlsPeer(
            protocol=secured.version() or "unknown",
            cipher=cipher[0] if cipher else "unknown",
            issuer=_issuer(certificate),
            names=tuple(name for _, name in certificate.get("subjectAltName", ())),
            expires_at=expires_at,
            days_left=round((expires_at - dt.datetime.now(dt.UTC)).total_seconds() / _S_PER_DAY, 2),
        )


def _issuer(certificate: dict[str, Any]) -> str:
    """The issuer's common name and organization, as far as it has them: "Amazon RSA 2048 M02 (Amazon)"."""
    fields = {key: value for part in certificate.get("issuer", ()) for key, value in part}
    name, organization = fields.get("commonName"), fields.get("organizationName")
    return f"{name} ({organization})" if name and organization else name or organization or "unnamed"


def _fault(attempt: Attempt, host: str, port: int, error: ssl.SSLCertVerificationError) -> str:
    """Say what is wrong with the certificate of a failed handshake, with its date or its names where they count."""
    if error.verify_code in _UNKNOWN_ISSUER:
        return f"shows a certificate whose issuer is not trusted ({error.verify_message})"
    if error.verify_code not in (_NOT_YET_VALID, _HAS_EXPIRED, _HOSTNAME_MISMATCH, _IP_ADDRESS_MISMATCH):
        return f"failed the TLS handshake (certificate verify failed: {error.verify_message})"
    peer = _certificate_of_trusted_issuer(attempt, host, port)
    if error.verify_code in (_HOSTNAME_MISMATCH, _IP_ADDRESS_MISMATCH):
        return f"shows a certificate that does not name {host}{_names(peer)}"
    if error.verify_code == _NOT_YET_VALID:
        return "shows a certificate that is not yet valid"
    if peer is None:
        return "shows a certificate that has expired"
    if peer.days_left > 0:
        return "shows a certificate whose issuer's own certificate has expired"
    return f"shows a certificate that expired on {peer.expires_at:%Y-%m-%d at %H:%M} UTC"


def _names(peer: TlsPeer | None) -> str:
    if peer is None:
        return ""
    more = f" and {len(peer.names) - _NAMES_SHOWN} more" if len(peer.names) > _NAMES_SHOWN else ""
    return f"; it names {', '.join(peer.names[:_NAMES_SHOWN]) or 'nobody'}{more}"


def _certificate_of_trusted_issuer(attempt: Attempt, host: str, port: int) -> TlsPeer | None:
    """Look at a certificate that was refused for its date or its names. None where it cannot be had.

    ``ssl`` keeps a refused certificate to itself, so this shakes hands once more, with the chain of signatures still
    verified; nothing is ever sent on that connection.
    """
    context = verifying_context()
    context.check_hostname = False
    context.verify_flags = ssl.VerifyFlags(context.verify_flags | _NO_CHECK_TIME)
    try:
        return _handshake(attempt, host, port, context)
    except (HttpError, CannotTellError):
        return None
