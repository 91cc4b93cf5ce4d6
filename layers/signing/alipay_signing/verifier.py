"""Verifying: is this message from the holder of the key?"""

from collections.abc import Iterable, Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from alipay_signing.header import ALGORITHM, read, signature_bytes


class BadSignature(Exception):
    """The message is not proven to come from the holder of a key we know.

    ``reason`` (also the text of the exception) says why in words fit for a log; it holds no key, signature or
    body.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Verifier:
    """Verifies Signature headers against the public keys of the other side.

    Several keys may be held at once, by ``keyVersion``, so that keys roll without a gap: add the new version
    before the other side signs with it, take the old one away afterwards.

    Args:
        public_keys: key version to key (from ``load_public_key``); copied. With none, nothing is accepted.

    Example:
        >>> verifier = Verifier({"1": old_key, "2": new_key})
        >>> verifier.verify(headers["signature"], canonical("POST", path, client_id, time, raw_body))
    """

    def __init__(self, public_keys: Mapping[str, RSAPublicKey]) -> None:
        self._public_keys = dict(public_keys)

    def verify(self, header: str, content: bytes) -> None:
        """Return if *header* carries a signature over exactly *content*.

        How the header is read:

        - By name: blanks, order and number of its parts do not matter; unknown parts are ignored; a part
          given twice is refused.
        - ``algorithm``: RSA256, which is also meant where the part is missing, because there is no other.
        - ``keyVersion``: chooses the key; a version that is not held is refused. Where the part is missing
          (as in the response sample of the documentation) every held key is tried: the default is "the newest
          version", and only the other side knows which one that is.
        - ``signature``: standard base64, percent-encoded with upper or lower-case hex, or not encoded at all.

        Args:
            header: value of the Signature header, any text.
            content: from ``canonical``, with the raw bytes of the body.

        Raises:
            BadSignature: in every other case; nothing else is raised, whatever text the header holds.
        """
        try:
            parts = read(header)
            if parts.get("algorithm", ALGORITHM) != ALGORITHM:
                raise BadSignature("the algorithm is not RSA256")
            if "signature" not in parts:
                raise BadSignature("the header has no signature")
            signature = signature_bytes(parts["signature"])
        except ValueError as error:
            raise BadSignature(str(error)) from None
        if not any(_fits(key, signature, content) for key in self._candidates(parts)):
            raise BadSignature("the signature does not fit the content and the key")

    def _candidates(self, parts: Mapping[str, str]) -> Iterable[RSAPublicKey]:
        if "keyVersion" not in parts:
            return self._public_keys.values()
        version = parts["keyVersion"]
        if version not in self._public_keys:
            # ascii() and the cut: this is a stranger's text on its way into a log.
            held = ", ".join(sorted(self._public_keys)) or "none"
            raise BadSignature(f"keyVersion {ascii(version)[:40]} is not held (held: {held})")
        return (self._public_keys[version],)


def _fits(key: RSAPublicKey, signature: bytes, content: bytes) -> bool:
    try:
        key.verify(signature, content, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True
