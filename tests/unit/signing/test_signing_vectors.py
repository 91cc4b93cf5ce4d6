"""The published worked examples: a request, a response, a pretty-printed notification with non-ASCII text."""

import hashlib
from typing import Any

import pytest

from alipay_signing import BadSignature, LocalSigner, Verifier, canonical

Example = dict[str, Any]


def content_of(example: Example, *, body_suffix: bytes = b"") -> bytes:
    body = example["body"].encode() + body_suffix
    return canonical(example["http_method"], example["http_uri"], example["client_id"], example["time"], body)


def test_the_content_is_the_one_of_the_vector(example: Example) -> None:
    assert content_of(example) == example["content_to_be_signed"].encode()
    assert hashlib.sha256(content_of(example)).hexdigest() == example["content_sha256_hex"]


def test_our_header_is_the_one_of_the_vector(example: Example, sides: dict[str, Any]) -> None:
    signer = LocalSigner(sides[example["signed_with"]].private)
    assert signer.sign(content_of(example)) == example["signature_header"]


def test_the_header_of_the_vector_verifies(example: Example, sides: dict[str, Any]) -> None:
    Verifier({"1": sides[example["signed_with"]].public}).verify(example["signature_header"], content_of(example))


@pytest.mark.parametrize("suffix", [b" ", b"\n", b"\r\n", b"\0"])
def test_one_more_byte_is_refused(example: Example, sides: dict[str, Any], suffix: bytes) -> None:
    verifier = Verifier({"1": sides[example["signed_with"]].public})
    with pytest.raises(BadSignature, match="does not fit"):
        verifier.verify(example["signature_header"], content_of(example, body_suffix=suffix))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("http_method", "PUT"),
        ("http_uri", "/other"),
        ("client_id", "SANDBOX_OTHER"),
        ("time", "2023-06-01T00:00:00Z"),
    ],
)
def test_what_surrounds_the_body_is_signed_too(example: Example, sides: dict[str, Any], field: str, value: str) -> None:
    verifier = Verifier({"1": sides[example["signed_with"]].public})
    with pytest.raises(BadSignature, match="does not fit"):
        verifier.verify(example["signature_header"], content_of({**example, field: value}))


def test_the_other_sides_key_does_not_verify(example: Example, sides: dict[str, Any]) -> None:
    other = next(side for name, side in sides.items() if name != example["signed_with"])
    with pytest.raises(BadSignature, match="does not fit"):
        Verifier({"1": other.public}).verify(example["signature_header"], content_of(example))


def test_content_takes_any_text_a_header_can_bring() -> None:
    assert canonical("POST", "/é", "T", "\ud800", b"\xff").startswith("POST /é\nT.".encode())
