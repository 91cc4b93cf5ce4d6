"""RSA keys from the text that dashboards print and secret stores keep."""

import base64
import re

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_der_public_key

SMALLEST_KEY_BITS = 2048

_PEM = re.compile(r"-----BEGIN([A-Z0-9 ]+)-----(.*?)-----END\1-----", re.DOTALL)
# A line break that some store or shell turned into a backslash and a letter, once or more than once escaped.
_ESCAPED_BREAK = re.compile(r"\\+[nrt]")


def load_private_key(text: str) -> RSAPrivateKey:
    r"""The RSA private key in *text*, fully validated.

    Accepts PEM or bare base64 of DER, PKCS#8 or PKCS#1, whatever the PEM label claims, with any line breaks:
    LF, CRLF, blanks in their place, none at all, or a literal ``\n``.

    Validation takes tens of milliseconds (it checks that the numbers belong together): load once per process.

    Raises:
        ValueError: what is wrong, without any part of the text: empty, not base64, an incomplete PEM block or
            more than one, encrypted, a public key, a certificate, not RSA, smaller than 2048 bits.

    Example:
        >>> signer = LocalSigner(load_private_key(os.environ["ALIPAY_PRIVATE_KEY"]))
    """
    der = _der(text)
    try:
        key = load_der_private_key(der, password=None)
    except TypeError:
        raise ValueError("an encrypted private key is not supported, store it without a password") from None
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError(_instead_of_a_private_key(der)) from None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError(_not_rsa(key, "PrivateKey"))  # noqa: TRY004 - the text is wrong, not its type
    _check_size(key)
    return key


def load_public_key(text: str) -> RSAPublicKey:
    """The RSA public key in *text*.

    Accepts PEM or bare base64 of DER, SPKI (X.509 "PUBLIC KEY") or PKCS#1, with the same freedom of line
    breaks as ``load_private_key``.

    Raises:
        ValueError: what is wrong, without any part of the text: empty, not base64, an incomplete PEM block or
            more than one, a private key, a certificate, not RSA, smaller than 2048 bits.

    Example:
        >>> verifier = Verifier({"1": load_public_key(alipay_public_key)})
    """
    der = _der(text)
    try:
        key = load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError(_instead_of_a_public_key(der)) from None
    if not isinstance(key, RSAPublicKey):
        raise ValueError(_not_rsa(key, "PublicKey"))  # noqa: TRY004 - the text is wrong, not its type
    _check_size(key)
    return key


def _der(text: str) -> bytes:
    """The DER bytes in PEM or bare base64."""
    text = _ESCAPED_BREAK.sub("\n", text).replace("\ufeff", "")
    if not text.strip():
        raise ValueError("the key is empty")
    if "-----" in text:
        text = _pem_body(text)
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        raise ValueError("not base64: the key is damaged or not a PEM or base64 text") from None


def _pem_body(text: str) -> str:
    blocks = _PEM.findall(text)
    if not blocks:
        raise ValueError("an incomplete PEM block: BEGIN and END lines are needed and must agree")
    if len(blocks) > 1:
        raise ValueError("more than one PEM block, exactly one key is needed")
    [(label, body)] = blocks
    # PKCS#8 says so in its label, traditional PEM in a header inside the block.
    if "ENCRYPTED" in label or "Proc-Type:" in body:
        raise ValueError("encrypted PEM is not supported, store the key without a password")
    if "OPENSSH" in label:
        raise ValueError("an OpenSSH key, PKCS#8 is needed")
    return str(body)


def _instead_of_a_private_key(der: bytes) -> str:
    if _is_public_key(der):
        return "this is a public key, the private key is needed"
    if _is_certificate(der):
        return "this is a certificate, the private key is needed"
    return "not a valid private key: neither PKCS#8 nor PKCS#1, or damaged"


def _instead_of_a_public_key(der: bytes) -> str:
    if _is_private_key(der):
        return "this is a private key, a public key is needed"
    if _is_certificate(der):
        return "this is a certificate, a public key is needed"
    return "not a valid public key: neither SPKI nor PKCS#1, or damaged"


def _is_private_key(der: bytes) -> bool:
    try:
        load_der_private_key(der, password=None)
    except TypeError:  # encrypted, hence private
        return True
    except (ValueError, UnsupportedAlgorithm):
        return False
    return True


def _is_public_key(der: bytes) -> bool:
    try:
        load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm):
        return False
    return True


def _is_certificate(der: bytes) -> bool:
    # Imported here: only the wording of an error needs it, and start-up pays for what is imported above.
    from cryptography.x509 import load_der_x509_certificate

    try:
        load_der_x509_certificate(der)
    except ValueError:
        return False
    return True


def _not_rsa(key: object, suffix: str) -> str:
    kind = type(key).__name__.removesuffix(suffix)
    return f"a key of type {kind}, RSA is needed"


def _check_size(key: RSAPrivateKey | RSAPublicKey) -> None:
    if key.key_size < SMALLEST_KEY_BITS:
        raise ValueError(f"an RSA key of {key.key_size} bits, at least {SMALLEST_KEY_BITS} are needed")
