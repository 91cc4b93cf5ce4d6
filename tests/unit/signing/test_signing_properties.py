"""What must hold for every content, every signature and every header."""

import base64
import string
from typing import Any
from urllib.parse import quote, unquote

import pytest
from hypothesis import example as example_of
from hypothesis import given, settings
from hypothesis import strategies as st

from alipay_signing import BadSignature, LocalSigner, Verifier, canonical

CONTENT = b"POST /notify\nT_1.2023-06-01T06:13:05Z.{}"
HEADER_TEXT = st.one_of(
    st.text(),
    st.text(st.characters()),  # lone surrogates too
    st.text(" ,=%+/algorithmRSA256keyVersionsignature0123456789", max_size=200),
    st.lists(st.tuples(st.sampled_from(["algorithm", "keyVersion", "signature", "x", ""]), st.text()), max_size=5).map(
        lambda parts: ",".join(f"{name}={value}" for name, value in parts)
    ),
    st.binary(max_size=300).map(lambda raw: f"signature={quote(base64.b64encode(raw))}"),
)


@settings(deadline=None, max_examples=60)
@given(content=st.binary(max_size=5_000))
def test_what_we_sign_verifies(signer: LocalSigner, verifier: Verifier, content: bytes) -> None:
    verifier.verify(signer.sign(content), content)


@settings(deadline=None, max_examples=100)
@given(content=st.binary(min_size=1, max_size=500), data=st.data())
def test_one_flipped_bit_of_the_content_is_refused(
    signer: LocalSigner, verifier: Verifier, content: bytes, data: st.DataObject
) -> None:
    bit = data.draw(st.integers(0, 8 * len(content) - 1))
    flipped = bytearray(content)
    flipped[bit // 8] ^= 1 << bit % 8
    with pytest.raises(BadSignature):
        verifier.verify(signer.sign(content), bytes(flipped))


def test_every_flipped_bit_of_a_signature_is_refused(signer: LocalSigner, verifier: Verifier) -> None:
    signature = base64.b64decode(unquote(signer.sign(CONTENT).partition("signature=")[2]))
    assert len(signature) == 256
    for bit in range(8 * len(signature)):
        flipped = bytearray(signature)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(BadSignature):
            verifier.verify(f"keyVersion=1,signature={base64.b64encode(flipped).decode()}", CONTENT)


@settings(deadline=None, max_examples=300)
@given(data=st.data(), character=st.sampled_from(string.printable + "é\u2028"))
def test_one_other_character_in_the_encoded_signature_is_refused(
    signer: LocalSigner, verifier: Verifier, data: st.DataObject, character: str
) -> None:
    start, name, value = signer.sign(CONTENT).partition("signature=")
    place = data.draw(st.integers(0, len(value) - 1))
    changed = value[:place] + character + value[place + 1 :]
    if unquote(changed) == unquote(value) or changed.strip() == value:
        verifier.verify(start + name + changed, CONTENT)  # the same text in another spelling, as %2b for %2B
    else:
        with pytest.raises(BadSignature):
            verifier.verify(start + name + changed, CONTENT)


@settings(deadline=None, max_examples=500)
@given(header=HEADER_TEXT)
@example_of(header="signature=\ud800")
@example_of(header="signature=%ED%A0%80")
@example_of(header="signature=%")
@example_of(header="keyVersion=\ud800,signature=AAAA")
def test_no_header_text_raises_anything_but_bad_signature(
    verifier: Verifier, alipay: Any, merchant: Any, header: str
) -> None:
    for each in (verifier, Verifier({"1": alipay.public, "2": merchant.public})):
        with pytest.raises(BadSignature):
            each.verify(header, CONTENT)


@settings(deadline=None)
@given(path=st.text(st.characters()), client_id=st.text(st.characters()), time=st.text(st.characters()))
def test_no_text_of_a_message_stops_the_content_from_being_built(path: str, client_id: str, time: str) -> None:
    assert canonical("POST", path, client_id, time, b"\xff\0").endswith(b".\xff\0")
