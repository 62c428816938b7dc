"""The sandbox's own certificate authority, and the server certificates that it signs."""

import datetime as dt
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_LONGEST_COMMON_NAME = 64  # ub-common-name, RFC 5280; RDS has longer host names, which stand among the names


@dataclass(frozen=True)
class Certificate:
    """A server certificate: PEM texts of itself, of its private key and of its chain."""

    body: bytes
    private_key: bytes
    chain: bytes


class CertificateAuthority:
    """A certificate authority whose root lies in ``folder``/ca.pem (a bundle for REQUESTS_CA_BUNDLE)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("Registry monitor sandbox CA")
        now = dt.datetime.now(dt.UTC)
        self._root = (
            _builder(self._name, self._name, self._key, now + dt.timedelta(days=120), now - dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_key_usage(authority=True), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.bundle = folder / "ca.pem"
        self.bundle.write_bytes(self._root.public_bytes(serialization.Encoding.PEM))

    def issue(
        self,
        hosts: tuple[str, ...],
        valid_for: dt.timedelta = dt.timedelta(days=90),
        valid_from: dt.timedelta = dt.timedelta(days=-1),
    ) -> Certificate:
        """Sign a server certificate for ``hosts``, valid from yesterday until ``valid_for`` from now.

        ``valid_from``: another day to begin on, also from now.
        """
        key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
        names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        certificate = (
            _builder(_name(hosts[0][:_LONGEST_COMMON_NAME]), self._name, key, now + valid_for, now + valid_from)
            .add_extension(names, critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(authority=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(authority, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return Certificate(
            body=certificate.public_bytes(serialization.Encoding.PEM),
            private_key=key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ),
            chain=self._root.public_bytes(serialization.Encoding.PEM),
        )

    def files(self, certificate: Certificate, name: str) -> tuple[Path, Path]:
        """Write ``certificate`` and its private key to files of the folder, for servers that read them again."""
        paths = self._folder / f"{name}.pem", self._folder / f"{name}.key"
        for path, text in zip(paths, (certificate.body, certificate.private_key), strict=True):
            path.write_bytes(text)
        return paths

    def server_context(self, certificate: Certificate) -> ssl.SSLContext:
        """Return a TLS context that shows ``certificate``; ssl reads files only, so it passes through the folder."""
        path = self._folder / "server.pem"
        path.write_bytes(certificate.body + certificate.private_key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(path)
        path.unlink()
        return context


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    not_after: dt.datetime,
    not_before: dt.datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(not_before, not_after - dt.timedelta(days=1)))
        .not_valid_after(not_after)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _key_usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
