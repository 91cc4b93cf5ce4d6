import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from alipay_signing import LocalSigner, Verifier, load_private_key, load_public_key

VECTORS = Path(__file__).parents[2] / "vectors"


@dataclass(frozen=True)
class Side:
    """One side of the conversation, with its throw-away keys as text and parsed."""

    private_text: str = field(repr=False)
    public_text: str
    private: RSAPrivateKey
    public: RSAPublicKey

    @classmethod
    def read(cls, keys: Mapping[str, str]) -> "Side":
        private, public = keys["private_pkcs8_b64"], keys["public_spki_b64"]
        return cls(private, public, load_private_key(private), load_public_key(public))


def _vectors(name: str) -> Any:
    return json.loads((VECTORS / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def sides() -> dict[str, Side]:
    keys = _vectors("throwaway_keys.json")
    return {name: Side.read(keys[name]) for name in ("merchant", "alipay_simulated")}


@pytest.fixture(scope="session")
def merchant(sides: dict[str, Side]) -> Side:
    return sides["merchant"]


@pytest.fixture(scope="session")
def alipay(sides: dict[str, Side]) -> Side:
    return sides["alipay_simulated"]


@pytest.fixture(scope="session")
def signer(alipay: Side) -> LocalSigner:
    return LocalSigner(alipay.private)


@pytest.fixture(scope="session")
def verifier(alipay: Side) -> Verifier:
    return Verifier({"1": alipay.public})


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "example" in metafunc.fixturenames:
        examples = _vectors("signature_examples.json")["examples"]
        metafunc.parametrize("example", examples, ids=[example["name"] for example in examples])
