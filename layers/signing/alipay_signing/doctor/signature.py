"""Why a signature does not hold: which key made it, and over what.

An RSA signature gives back the digest that was signed, to whoever has the public key. So the key is known for certain,
and what was signed is found by trying what is known to go wrong on the way, one change first, then two.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from alipay_signing.content import canonical
from alipay_signing.doctor.configuration import PublicKeys, alipays_key
from alipay_signing.doctor.findings import Finding, note, ok, wrong
from alipay_signing.doctor.spellings import Spelling, bodies, clients, methods, paths, signatures, times
from alipay_signing.header import ALGORITHM, read

Kind = Literal["request", "response", "notification"]
# The DER prefix of a SHA-256 DigestInfo (RFC 8017, 9.2).
SHA_256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")
OWN, SIGNATURE = "your key", "signature"
WHAT_TO_COMPARE = (
    "compare with what the sender signed, byte for byte: '<method> <path>', a line feed, '<client id>.<time>.<body>'; "
    "sign and verify the raw body, never one that was parsed and written again"
)


@dataclass(frozen=True)
class Message:
    """A request, response or notification as it came; header names in lower case.

    *path* is the one that was called, for a response that of its request.
    """

    kind: Kind
    headers: Mapping[str, str]
    body: bytes
    path: str
    method: str = "POST"

    @property
    def time(self) -> str:
        return self.headers.get("response-time" if self.kind == "response" else "request-time", "")


def diagnose(
    message: Message, keys: PublicKeys, client_id: str | None = None, notify_paths: tuple[str, ...] = ()
) -> list[Finding]:
    """What is wrong with the signature of *message*, or that it holds; *client_id* and *notify_paths* are the
    configured ones.
    """
    findings = list(_headers(message, client_id))
    header = message.headers.get("signature", "")
    if not header:
        return findings
    known, expected = _keys(message.kind, keys, header)
    made = _made_by(header, known)
    if made is None:
        text = f"made with none of the keys given ({', '.join(known) or 'none'})"
        return [*findings, wrong("key", text, _key_advice(message.kind))]
    spelling, name, digest = made
    if spelling.how:
        findings.append(wrong(SIGNATURE, spelling.how, "percent-encode standard base64, once; decode it once"))
    if name not in expected:
        findings.append(
            wrong(
                "key", f"made with {name}, not with {' or '.join(expected) or 'a key given'}", _key_advice(message.kind)
            )
        )
    if digest is None:
        return [*findings, wrong(SIGNATURE, "made with another hash than SHA-256", "sign with SHA256withRSA")]
    findings += _content(message, digest, client_id, notify_paths)
    if not any(finding.verdict.value == "WRONG" for finding in findings):
        findings.append(ok(SIGNATURE, f"it holds; made with {name}"))
    return findings


def _headers(message: Message, client_id: str | None) -> Iterator[Finding]:
    time = "Response-Time" if message.kind == "response" else "Request-Time"
    for name in ("Client-Id", time, "Signature"):
        if not message.headers.get(name.lower()):
            hint = "Alipay leaves errors of the gateway unsigned: nothing of such an answer is proven"
            advice = hint if message.kind == "response" else "send it; names are compared without case"
            yield wrong(f"header {name}", "it is missing", advice)
    sent = message.headers.get("client-id", "")
    if sent and client_id is not None and sent.strip() != client_id:
        yield wrong(
            "header Client-Id", f"{sent} is not your client id {client_id}", "is it meant for another account or mode?"
        )


def _keys(kind: Kind, keys: PublicKeys, header: str) -> tuple[dict[str, RSAPublicKey], list[str]]:
    """Every key by name, and the names of those that may have signed this kind of message."""
    known = {alipays_key(version): key for version, key in keys.alipays.items()}
    mine = keys.half or keys.own
    if mine is not None:
        known[OWN] = mine
    if kind == "request":
        return known, [OWN] if mine is not None else []
    version = _parts(header).get("keyVersion")
    held = [alipays_key(one) for one in keys.alipays]
    return known, [alipays_key(version)] if version is not None else held


def _parts(header: str) -> dict[str, str]:
    try:
        return read(header)
    except ValueError:
        return {}


def _made_by(header: str, known: Mapping[str, RSAPublicKey]) -> tuple[Spelling[bytes], str, bytes | None] | None:
    """How the signature is written, which key made it, and the digest in it (None: of another hash)."""
    for spelling in signatures(header):
        for name, key in known.items():
            try:
                # Without a hash the whole DigestInfo is given back.
                found = key.recover_data_from_signature(spelling.value, PKCS1v15(), None)
            except InvalidSignature:
                continue
            of_sha_256 = found.startswith(SHA_256_PREFIX)
            return spelling, name, found[len(SHA_256_PREFIX) :] if of_sha_256 else None
    return None


def _key_advice(kind: Kind) -> str:
    if kind == "request":
        return "the dashboard must hold the public half of the key that signs; a new key takes effect with delay"
    return "take Alipay's newest public key of this mode (test and live differ), under the keyVersion of the header"


def _content(message: Message, digest: bytes, client_id: str | None, notify_paths: tuple[str, ...]) -> list[Finding]:
    """What was signed in place of what came; nothing when it is the same."""
    given: tuple[tuple[str, Sequence[Spelling[Any]]], ...] = (
        ("method", methods(message.method)),
        ("path", paths(message.path, notify_paths)),
        ("client id", clients(message.headers.get("client-id", ""), client_id)),
        ("time", times(message.time, message.headers)),
        ("body", bodies(message.body)),
    )
    for changes in range(3):
        for changed in combinations(range(len(given)), changes):
            choices = [
                spellings[1:] if number in changed else spellings[:1] for number, (_, spellings) in enumerate(given)
            ]
            for chosen in product(*choices):
                if hashlib.sha256(_joined(chosen)).digest() == digest:
                    return [_difference(given[number][0], chosen[number]) for number in changed]
    text = f"the key is right, the content is another one (here {len(message.body)} bytes of body)"
    return [wrong("content", text, WHAT_TO_COMPARE)]


def _joined(chosen: Sequence[Spelling[Any]]) -> bytes:
    method, path, client_id, time, body = (spelling.value for spelling in chosen)
    return canonical(method, path, client_id, time, body)


def _difference(part: str, spelling: Spelling[Any]) -> Finding:
    return wrong(part, f"it was signed {spelling.how}", spelling.advice)


def algorithm(header: str) -> Iterator[Finding]:
    """Remarks on the form of a header that a strict reader may not take."""
    parts = _parts(header)
    if parts.get("algorithm", ALGORITHM) != ALGORITHM:
        yield wrong(SIGNATURE, f"its algorithm is {parts['algorithm'][:20]!r}", f"write algorithm={ALGORITHM}")
    if parts and "keyVersion" not in parts:
        yield note(SIGNATURE, "it names no keyVersion", "the newest key is meant")
