"""Keys as dashboards print them and as secret stores leave them."""

import base64
import datetime
import textwrap
from collections.abc import Callable
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from alipay_signing import load_private_key, load_public_key

PKCS8, PKCS1 = PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL
SPKI, PUBLIC_PKCS1 = PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1

LINE_BREAKS: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "CR": lambda text: text.replace("\n", "\r"),
    "literal backslash n": lambda text: text.replace("\n", "\\n"),
    "literal backslash r n": lambda text: text.replace("\n", "\\r\\n"),
    "escaped twice": lambda text: text.replace("\n", "\\\\n"),
    "blanks for line breaks": lambda text: text.replace("\n", " "),
    "no line breaks": lambda text: text.replace("\n", ""),
    "blanks around and indented": lambda text: "\n\n  " + text.replace("\n", "\n\t ") + "  \n",
    "byte order mark": lambda text: "\ufeff" + text,
}


def private_pem(key: Any, form: PrivateFormat, password: bytes | None = None) -> str:
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    return str(key.private_bytes(Encoding.PEM, form, encryption).decode())


def public_pem(key: Any, form: PublicFormat) -> str:
    return str(key.public_bytes(Encoding.PEM, form).decode())


def bare(pem: str) -> str:
    """The base64 inside a PEM, in lines of 64 characters."""
    return "\n".join(pem.strip().splitlines()[1:-1])


def relabelled(pem: str, label: str) -> str:
    return f"-----BEGIN {label}-----\n{bare(pem)}\n-----END {label}-----\n"


def assert_loads(text: str, side: Any) -> None:
    # The key objects themselves compare by identity.
    assert load_private_key(text).private_numbers() == side.private.private_numbers()


def certificate(key: rsa.RSAPrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    start = datetime.datetime(2023, 6, 1, tzinfo=datetime.UTC)
    return (
        x509.CertificateBuilder(name, name, key.public_key(), 1, start, start + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
        .public_bytes(Encoding.PEM)
        .decode()
    )


@pytest.fixture(scope="module")
def small_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 1024)


@pytest.mark.parametrize("breaks", LINE_BREAKS.values(), ids=LINE_BREAKS.keys())
def test_a_private_key_loads_with_any_line_breaks(merchant: Any, breaks: Any) -> None:
    pem = private_pem(merchant.private, PKCS8)
    assert_loads(breaks(pem), merchant)
    assert_loads(breaks(bare(pem)), merchant)


def test_a_private_key_loads_from_pkcs1(merchant: Any) -> None:
    pem = private_pem(merchant.private, PKCS1)
    assert pem.startswith("-----BEGIN RSA PRIVATE KEY-----")
    assert_loads(pem, merchant)
    assert_loads(bare(pem), merchant)


@pytest.mark.parametrize("breaks", LINE_BREAKS.values(), ids=LINE_BREAKS.keys())
@pytest.mark.parametrize("form", [SPKI, PUBLIC_PKCS1], ids=["SPKI", "PKCS#1"])
def test_a_public_key_loads_from_every_form(alipay: Any, form: PublicFormat, breaks: Any) -> None:
    pem = public_pem(alipay.public, form)
    assert load_public_key(breaks(pem)) == alipay.public
    assert load_public_key(breaks(bare(pem))) == alipay.public


def test_the_content_of_a_pem_block_counts_not_its_label(merchant: Any) -> None:
    # The official Python SDK itself writes "RSA PRIVATE KEY" around PKCS#8.
    mislabelled = relabelled(private_pem(merchant.private, PKCS8), "RSA PRIVATE KEY")
    assert_loads(mislabelled, merchant)
    mislabelled = relabelled(public_pem(merchant.public, PUBLIC_PKCS1), "PUBLIC KEY")
    assert load_public_key(mislabelled) == merchant.public


def test_a_pem_block_whose_label_lost_its_blanks_loads(merchant: Any) -> None:
    squeezed = "".join(private_pem(merchant.private, PKCS8).split())
    assert_loads(squeezed, merchant)


def test_text_before_a_pem_block_is_passed_over(merchant: Any) -> None:
    text = "Bag Attributes\n    friendlyName: x\n" + private_pem(merchant.private, PKCS8)
    assert_loads(text, merchant)


def refused_private(merchant: Any, small_key: rsa.RSAPrivateKey) -> dict[str, tuple[str, str]]:
    pkcs8 = private_pem(merchant.private, PKCS8)
    one_digit_off = bytearray(base64.b64decode(merchant.private_text))
    one_digit_off[-200] ^= 1
    curve = ec.generate_private_key(ec.SECP256R1())
    edwards = ed25519.Ed25519PrivateKey.generate()
    return {
        "empty": ("", "empty"),
        "blank": (" \n\\n ", "empty"),
        "not base64": ("no key at all!", "not base64"),
        "a stray character": (f"{merchant.private_text[:400]}*{merchant.private_text[400:]}", "not base64"),
        "base64url": (merchant.private_text.replace("+", "-"), "not base64"),
        "other text in base64": (base64.b64encode(b"hello").decode(), "not a valid private key"),
        "cut": (merchant.private_text[:800], "not a valid private key"),
        "cut inside a quantum": (merchant.private_text[:-3], "not base64"),
        "numbers that do not belong together": (
            base64.b64encode(one_digit_off).decode(),
            "not a valid private key",
        ),
        "no END line": (pkcs8.partition("-----END")[0], "incomplete PEM"),
        "END of something else": (
            pkcs8.replace("END PRIVATE KEY", "END PUBLIC KEY"),
            "incomplete PEM",
        ),
        "two keys": (pkcs8 + pkcs8, "more than one PEM block"),
        "encrypted PKCS#8": (private_pem(merchant.private, PKCS8, b"x"), "encrypted PEM is not supported"),
        "encrypted PKCS#1": (private_pem(merchant.private, PKCS1, b"x"), "encrypted PEM is not supported"),
        "encrypted, bare": (bare(private_pem(merchant.private, PKCS8, b"x")), "encrypted private key"),
        "OpenSSH": (private_pem(merchant.private, PrivateFormat.OpenSSH), "OpenSSH"),
        "public key": (public_pem(merchant.public, SPKI), "this is a public key"),
        "public key, bare": (merchant.public_text, "this is a public key"),
        "public key, PKCS#1": (public_pem(merchant.public, PUBLIC_PKCS1), "this is a public key"),
        "certificate": (certificate(merchant.private), "this is a certificate"),
        "EC": (private_pem(curve, PKCS8), "type EC, RSA is needed"),
        "EC, SEC1": (private_pem(curve, PKCS1), "type EC, RSA is needed"),
        "Ed25519": (private_pem(edwards, PKCS8), "type Ed25519, RSA is needed"),
        "too small": (private_pem(small_key, PKCS8), "1024 bits, at least 2048"),
    }


def refused_public(merchant: Any, small_key: rsa.RSAPrivateKey) -> dict[str, tuple[str, str]]:
    spki = public_pem(merchant.public, SPKI)
    curve = ec.generate_private_key(ec.SECP256R1())
    return {
        "empty": ("", "empty"),
        "not base64": ("no key at all!", "not base64"),
        "other text in base64": (base64.b64encode(b"hello").decode(), "not a valid public key"),
        "cut": (merchant.public_text[:200], "not a valid public key"),
        "no END line": (spki.partition("-----END")[0], "incomplete PEM"),
        "two keys": (spki + spki, "more than one PEM block"),
        "private key": (private_pem(merchant.private, PKCS8), "this is a private key"),
        "private key, bare": (merchant.private_text, "this is a private key"),
        "private key, PKCS#1": (private_pem(merchant.private, PKCS1), "this is a private key"),
        "private key, encrypted and bare": (
            bare(private_pem(merchant.private, PKCS8, b"x")),
            "this is a private key",
        ),
        "certificate": (certificate(merchant.private), "this is a certificate"),
        "EC": (public_pem(curve.public_key(), SPKI), "type EC, RSA is needed"),
        "DSA": (
            public_pem(dsa.generate_private_key(1024).public_key(), SPKI),
            "type DSA, RSA is needed",
        ),
        "too small": (public_pem(small_key.public_key(), SPKI), "1024 bits, at least 2048"),
    }


def test_a_private_key_that_is_none_is_refused_with_the_reason(
    merchant: Any, small_key: rsa.RSAPrivateKey, subtests: pytest.Subtests
) -> None:
    for name, (text, reason) in refused_private(merchant, small_key).items():
        with subtests.test(name), pytest.raises(ValueError, match=reason) as caught:
            load_private_key(text)
        with subtests.test(f"{name}: silent about the key"):
            assert_silent(caught.value, text)


def test_a_public_key_that_is_none_is_refused_with_the_reason(
    merchant: Any, small_key: rsa.RSAPrivateKey, subtests: pytest.Subtests
) -> None:
    for name, (text, reason) in refused_public(merchant, small_key).items():
        with subtests.test(name), pytest.raises(ValueError, match=reason) as caught:
            load_public_key(text)
        with subtests.test(f"{name}: silent about the key"):
            assert_silent(caught.value, text)


def assert_silent(error: BaseException, text: str) -> None:
    """No eight characters of the key stand in *error*, and no other error is shown with it."""
    assert error.__suppress_context__ or error.__context__ is None
    shown = f"{error} {error!r}"
    pieces = {piece for line in textwrap.wrap(text, 8) for piece in line.split() if len(piece) == 8}
    assert not [piece for piece in pieces if piece in shown]
