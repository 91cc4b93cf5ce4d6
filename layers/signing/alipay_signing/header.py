"""The text of the Signature header, written and read.

Source: https://global.alipay.com/docs/ac/ams/digital_signature. The value, called
"base64UrlEncode" there, is standard base64, percent-encoded; it is not base64url.
"""

import base64
from urllib.parse import quote, unquote

ALGORITHM = "RSA256"


def check_key_version(key_version: str) -> str:
    """*key_version* itself; ``ValueError`` if it could not be read back from a header."""
    if not (key_version.isascii() and key_version.isprintable()) or set(key_version) & set(" ,=") or not key_version:
        raise ValueError("key_version must be visible ASCII without blank, comma or equals sign")
    return key_version


def write(signature: bytes, key_version: str) -> str:
    """The header value as every official SDK reads it: three parts, no blanks, padding as ``%3D``."""
    value = quote(base64.b64encode(signature), safe="")
    return f"algorithm={ALGORITHM},keyVersion={key_version},signature={value}"


def read(header: str) -> dict[str, str]:
    """The parts of *header* by name, blanks trimmed, values as they stand.

    Order and number of parts do not matter: official clients differ, and samples leave parts out. Empty parts
    are passed over.

    Raises:
        ValueError: a part is not ``name=value``, or a name stands there twice. Two signatures would let two
            readers of one message see different ones.
    """
    parts: dict[str, str] = {}
    for part in header.split(","):
        if not part.strip():
            continue
        name, equals, value = part.partition("=")
        name = name.strip()
        if not equals or not name:
            raise ValueError("a part of the header is not name=value")
        if name in parts:
            raise ValueError("a part of the header is repeated")
        parts[name] = value.strip()
    return parts


def signature_bytes(value: str) -> bytes:
    """The signature in a header's ``signature`` part: percent-decoded once, then strict standard base64.

    ``+`` stays ``+``: this is percent-encoding, not the encoding of a form. A value that nobody encoded
    passes unchanged, because base64 has no ``%``.

    Raises:
        ValueError: not base64, or not the one canonical spelling of its bytes.
    """
    text = unquote(value)
    try:
        signature = base64.b64decode(text, validate=True)
    except ValueError:
        raise ValueError("the signature is not base64") from None
    if base64.b64encode(signature).decode("ascii") != text:
        raise ValueError("the signature is not canonical base64")
    return signature
