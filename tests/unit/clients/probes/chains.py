"""A root, an intermediate authority and a server certificate, each with the dates and the purpose that a test wants."""

import datetime as dt
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = dt.timedelta(days=1)
SERVER = ExtendedKeyUsageOID.SERVER_AUTH
CLIENT = ExtendedKeyUsageOID.CLIENT_AUTH

type Days = tuple[int, int]  # valid from and until, counted from now


def chain_context(
    folder: Path,
    hosts: tuple[str, ...],
    *,
    issuer: Days = (-9, 9),
    leaf: Days = (-5, 5),
    purpose: x509.ObjectIdentifier,
) -> tuple[Path, ssl.SSLContext]:
    """Return the root's PEM file, and a server's context that shows the other two."""
    root_key, issuer_key, leaf_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    root = _certificate("root", "root", root_key, root_key, (-10, 10), None)
    middle = _certificate("middle", "root", issuer_key, root_key, issuer, None)
    names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
    server = _certificate("server", "middle", leaf_key, issuer_key, leaf, (names, x509.ExtendedKeyUsage([purpose])))
    bundle, shown = folder / "root.pem", folder / "shown.pem"
    bundle.write_bytes(_pem(root))
    secret = leaf_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    shown.write_bytes(secret + _pem(server) + _pem(middle))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(shown)
    return bundle, context


def _certificate(
    subject: str,
    issuer: str,
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
    days: Days,
    of_server: tuple[x509.ExtensionType, ...] | None,
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    is_authority = of_server is None
    builder = (
        x509.CertificateBuilder(_name(issuer), _name(subject), key.public_key(), x509.random_serial_number())
        .not_valid_before(now + days[0] * DAY)
        .not_valid_after(now + days[1] * DAY)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .add_extension(_key_usage(is_authority=is_authority), critical=True)
    )
    for extension in of_server or ():
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _name(common_name: str) -> x509.Name:
    organization = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example")
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name), organization])


def _key_usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
