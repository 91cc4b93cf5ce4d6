"""Keys of both sides: the merchant's public keys, and the key that the simulator signs with."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from alipay_signing import LocalSigner, Verifier, canonical, load_private_key, load_public_key

if TYPE_CHECKING:
    from alipay_signing.doctor import Finding

SIGNATURE_FAULTS = ("unsigned", "wrong_signature", "old_key_version")
# Parsing validates the key, which takes longer than all the rest of a start.
_parsed = lru_cache(maxsize=4)(load_private_key)


class Keys:
    """The merchant's key ring (may be empty: nothing uploaded yet) and Alipay's signer."""

    def __init__(self, private_key: str, key_version: str, merchant_public_keys: Mapping[str, str]) -> None:
        key = _parsed(private_key)
        self._signer = LocalSigner(key, key_version)
        self._old_signer = LocalSigner(key, _previous(key_version))
        self._ring = {version: load_public_key(text) for version, text in merchant_public_keys.items()}
        self._verifier = Verifier(self._ring)

    @property
    def registered(self) -> bool:
        """Whether the merchant has uploaded a key."""
        return bool(self._ring)

    def register(self, version: str, public_key: str) -> None:
        """Upload one more public key of the merchant. Raises ValueError when it is no key."""
        self._ring = {**self._ring, version: load_public_key(public_key)}
        self._verifier = Verifier(self._ring)

    def verify(self, header: str, path: str, client_id: str, time: str, body: bytes) -> None:
        """Raises alipay_signing.BadSignature unless the merchant signed this request."""
        self._verifier.verify(header, canonical("POST", path, client_id, time, body))

    def why_not(self, headers: Mapping[str, str], path: str, body: bytes) -> list[Finding]:
        """What the doctor says of a request whose signature does not hold: which part differs, or which key."""
        # Imported here: only a refusal needs it.
        from alipay_signing.doctor import Message, diagnose
        from alipay_signing.doctor.configuration import PublicKeys

        request = Message("request", {name.lower(): value for name, value in headers.items()}, body, path)
        for key in self._ring.values():
            findings = diagnose(request, PublicKeys(half=None, own=key, alipays={}))
            if not any(finding.check == "key" for finding in findings):
                break
        return findings

    def sign(self, path: str, client_id: str, time: str, body: bytes, fault: str | None = None) -> str | None:
        """The signature header of a response or notification; *fault* is one of SIGNATURE_FAULTS or None.

        None means that no header is to be sent. ``old_key_version`` announces the version before the
        current one.
        """
        if fault == "unsigned":
            return None
        content = canonical("POST", path, client_id, time, body)
        if fault == "wrong_signature":
            return self._signer.sign(content + b" ")
        signer = self._old_signer if fault == "old_key_version" else self._signer
        return signer.sign(content)


def _previous(version: str) -> str:
    return str(int(version) - 1) if version.isdigit() and int(version) > 0 else f"{version}-old"
