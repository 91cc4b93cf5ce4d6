"""A folder with the keys of both sides, made when they are missing: for trying things out, never for real money."""

from __future__ import annotations

import contextlib
import os
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID = "SANDBOX_5YLOCAL000000001"


@dataclass(frozen=True)
class KeyFolder:
    """Four PEM files: the private key (PKCS#8) and the public key (SPKI) of Alipay and of the merchant."""

    folder: Path

    @property
    def alipay_private(self) -> Path:
        return self.folder / "alipay-private.pem"

    @property
    def alipay_public(self) -> Path:
        return self.folder / "alipay-public.pem"

    @property
    def merchant_private(self) -> Path:
        return self.folder / "merchant-private.pem"

    @property
    def merchant_public(self) -> Path:
        return self.folder / "merchant-public.pem"

    def fill(self) -> KeyFolder:
        """Make what is missing. A merchant's public key without its private half stays as it is: somebody
        put it there. Raises OSError.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        _pair(self.alipay_private, self.alipay_public)
        if not self.merchant_public.exists():
            _pair(self.merchant_private, self.merchant_public)
        return self


def write_secret(path: Path, content: bytes) -> None:
    """Write *content* to a file that only its owner can read, in place of an older one, at once."""
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    Path(name).replace(path)


def _pair(private: Path, public: Path) -> None:
    """Make both halves, or the public one from the private one. Of several processes that do so, one wins."""
    if not private.exists():
        _make(private)
    if public.exists():
        return
    key = serialization.load_pem_private_key(private.read_bytes(), password=None)
    text = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    write_secret(public, text)
    public.chmod(0o644)


def _make(private: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    own = private.with_name(f".{private.name}.{uuid.uuid4().hex}")
    write_secret(own, text)
    # A link never replaces: whoever comes second takes the first one's key.
    with contextlib.suppress(FileExistsError):
        private.hardlink_to(own)
    own.unlink()
