"""The throw-away keys of tests/vectors, loaded once."""

import functools
import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from alipay_signing import load_private_key

_FILE = Path(__file__).parents[1] / "vectors" / "throwaway_keys.json"


def texts() -> dict[str, dict[str, str]]:
    """The keys as text, by owner: merchant and alipay_simulated."""
    data: dict[str, dict[str, str]] = json.loads(_FILE.read_text())
    return data


@functools.cache
def merchant_key() -> RSAPrivateKey:
    """Our private key."""
    return load_private_key(texts()["merchant"]["private_pkcs8_b64"])


@functools.cache
def alipay_key() -> RSAPrivateKey:
    """The private key of the Alipay that tests imitate."""
    return load_private_key(texts()["alipay_simulated"]["private_pkcs8_b64"])
