"""What the journal keeps of messages: headers, the strings that were signed, and no secret."""

import json

import pytest

from alipay_signing import canonical
from sandbox.alipay.journal import LONGEST_TEXT, masked, readable
from tests.sandbox.conftest import Start
from tests.sandbox.merchant import SANDBOX, Merchant, Shop, send, verifier

INQUIRY = f"{SANDBOX}/v1/payments/inquiryPayment"


def test_a_call_is_kept_with_its_headers_and_the_string_that_it_signed(merchant: Merchant) -> None:
    raw = b'{"paymentRequestId": "NOBODY"}'
    headers = merchant.headers(INQUIRY, raw)
    send(merchant.url, "POST", INQUIRY, headers, raw)
    (entry,) = merchant.admin("journal?kind=call")
    assert entry["content"].encode() == canonical("POST", INQUIRY, merchant.client_id, headers["Request-Time"], raw)
    assert entry["signatureHolds"] is True
    assert entry["headers"]["Client-Id"] == merchant.client_id
    assert entry["headers"]["Request-Time"] == headers["Request-Time"]
    assert entry["headers"]["Signature"] == headers["Signature"].partition(",signature=")[0] + ",signature=" + (
        headers["Signature"].partition("signature=")[2][:4] + "…"
    )


def test_an_answer_is_kept_with_the_string_that_was_signed(merchant: Merchant) -> None:
    reply = merchant.inquire(paymentRequestId="NOBODY")
    (entry,) = merchant.admin("journal?kind=call")
    verifier().verify(reply.header("signature") or "", entry["answerContent"].encode())
    assert entry["answerHeaders"]["response-time"] == reply.header("response-time")
    assert entry["httpStatus"] == 200


def test_an_answer_that_never_went_out_has_no_status(merchant: Merchant) -> None:
    merchant.admin("faults", {"operation": "inquiryPayment", "fault": "act_then_cut"})
    with pytest.raises(ConnectionError):
        merchant.inquire(paymentRequestId="NOBODY")
    (entry,) = merchant.admin("journal?kind=call")
    assert entry["httpStatus"] is None
    assert "answerHeaders" not in entry


def test_a_refused_call_is_kept_with_what_was_to_be_signed(merchant: Merchant) -> None:
    headers = merchant.headers(INQUIRY, b"{}")
    send(merchant.url, "POST", INQUIRY, headers, b"{} ")
    (entry,) = merchant.admin("journal?kind=call")
    assert (entry["signatureHolds"], entry["differs"]) == (False, ["body"])
    assert entry["content"].endswith("{} ")


def test_a_call_that_was_turned_away_before_its_signature_was_looked_at_has_no_verdict(merchant: Merchant) -> None:
    send(merchant.url, "POST", INQUIRY, {"Client-Id": "SOMEBODY"}, b"{}")
    (entry,) = merchant.admin("journal?kind=call")
    assert "signatureHolds" not in entry
    assert entry["headers"]["Client-Id"] == "SOMEBODY"


def test_a_notification_is_kept_with_what_was_signed_and_what_was_sent(merchant: Merchant, shop: Shop) -> None:
    merchant.pay(merchant.token())
    merchant.advance(0)
    merchant.admin("outbox/2/send", {"fault": "tamper"})
    first, tampered = (entry for entry in merchant.admin("journal?kind=notification") if entry["notification"] == 2)
    (came, altered) = shop.of("PAYMENT_RESULT")
    verifier().verify(came.headers["Signature"], first["content"].encode())
    assert first["content"].endswith(first["sent"])
    assert first["sent"].encode() == came.raw
    assert tampered["sent"].encode() == altered.raw
    assert not tampered["content"].endswith(tampered["sent"])


def test_entries_are_numbered_one_after_the_other(merchant: Merchant) -> None:
    merchant.pay(merchant.token())
    merchant.advance(0)
    entries = merchant.admin("journal")
    assert "notification" in {entry["kind"] for entry in entries}
    assert [entry["number"] for entry in entries] == list(range(1, len(entries) + 1))


def test_every_movement_of_money_is_an_entry(merchant: Merchant) -> None:
    merchant.pay(merchant.token())
    (opening, paid) = merchant.admin("journal?kind=ledger")
    assert (opening["entry"]["kind"], paid["entry"]["kind"]) == ("opening", "payment")
    assert paid["entry"]["amount"] == {"currency": "JPY", "value": "1000"}


def test_no_secret_of_a_body_is_in_the_string_that_was_signed(start: Start) -> None:
    merchant = Merchant(start().url)
    code = merchant.auth_code()
    tokens = merchant.exchange(code).body
    merchant.pay(tokens["accessToken"])
    everything = json.dumps(merchant.admin("journal"), ensure_ascii=False)
    for secret in (code, tokens["accessToken"], tokens["refreshToken"]):
        assert secret not in everything


@pytest.mark.parametrize(
    "text",
    [
        'POST /p\nC.1.{"buyerCertificate":{"holderName":{"fullName":"Maria SECRET Cruz"}}}',
        '{"fullName": "Maria \\"the\\" SECRET"}',
        '{"extendInfo":"{\\"firstName\\":\\"Maria SECRET\\"}"}',
        '{"fullName":"Maria SECRET',
        '{"authenticationValue":"SECRET"}',
        '{"userIdentityValue" : "SECRETSECRET"}',
        "authenticationValue=SECRET",
    ],
)
def test_secrets_are_masked_in_texts_that_are_json_or_once_were(text: str) -> None:
    assert "SECRET" not in masked(text)


@pytest.mark.parametrize("text", ['{"paymentRequestId":"P-1"}', "WRONG  signature: it is missing", "fullName"])
def test_texts_without_secrets_stay_as_they_are(text: str) -> None:
    assert masked(text) == text


def test_long_contents_are_cut() -> None:
    assert readable(b"x" * LONGEST_TEXT) == "x" * LONGEST_TEXT
    assert readable(b"x" * (LONGEST_TEXT + 5)) == "x" * LONGEST_TEXT + "… (5 more)"
