"""TLS for clients that speak nothing else: a certificate of a local authority that is made in a folder.

The authority signs one certificate, and its key is never written: whoever trusts ``ca.pem`` trusts this folder's
server and nobody else.
"""

from __future__ import annotations

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sandbox.alipay.keyfolder import write_secret

CA_FILE, SERVER_FILE = "ca.pem", "server.pem"
LIFE, RENEWED_BEFORE_THE_END = timedelta(days=365), timedelta(days=30)
# Alipay's own names are there for clients that keep the real address and are led here underneath.
NAMES = (
    "localhost", "alipay.localhost", "open-na-global.alipay.com", "open-sea-global.alipay.com", "open-de-global.alipay.com",
    "open-na.alipay.com", "open-sea.alipay.com", "open-eu.alipay.com", "open.antglobal-us.com",
)  # fmt: skip
ADDRESSES = ("127.0.0.1", "::1")


def server_context(folder: Path) -> ssl.SSLContext:
    """A server's context with the certificate in *folder*, which is made when it is missing or about to end.

    Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not _lasts(folder):
        _make(folder)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / SERVER_FILE)
    return context


def _lasts(folder: Path) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate((folder / SERVER_FILE).read_bytes())
    except (OSError, ValueError):
        return False
    left = certificate.not_valid_after_utc - datetime.now(UTC)
    return (folder / CA_FILE).exists() and left > RENEWED_BEFORE_THE_END


def _make(folder: Path) -> None:
    authority_key, server_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority, server = _name("Alipay simulator, local authority"), _name("Alipay simulator")
    authority_id = x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key())
    ca = (
        _certificate(authority, authority, authority_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(authority_id, critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in NAMES]
    names += [x509.IPAddress(ipaddress.ip_address(address)) for address in ADDRESSES]
    certificate = (
        _certificate(server, authority, server_key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(server_key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(authority_id), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = server_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    write_secret(folder / SERVER_FILE, private + certificate.public_bytes(pem))
    (folder / CA_FILE).write_bytes(ca.public_bytes(pem))


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _certificate(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + LIFE)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
