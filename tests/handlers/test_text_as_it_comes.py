"""Messages with half a surrogate pair, a byte order mark or blanks, through the real handlers.

What Alipay sends is stored with U+FFFD and acknowledged; what a caller sends with half a pair is refused.
"""

import json
from typing import Any

import pytest

from alipay_signing import LocalSigner, canonical
from autodebit.domain.authorization import GrantState
from autodebit.domain.payment_states import PaymentState
from autodebit.gateway.client import Operation, read_response
from tests.flows.steps import CODE, STATE, authorization, grant_of, payment, token_answer
from tests.handlers.conftest import Http
from tests.support.alipay import no_answer
from tests.support.events import Event, call, in_base64, notification, sample, set_header
from tests.support.keys import alipay_key
from tests.support.world import CLIENT_ID, TOKEN, World, paid_fields, pay_body

BOM = b"\xef\xbb\xbf"
RESULT = {"resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "success"}
HALF = "cut \ud83d"


def signed(world: World, name: str, content: bytes, over: bytes | None = None) -> Event:
    """The notification *content*, signed over the bytes *over* (its own, if none are given)."""
    event = in_base64(notification(name, world.clock), content)
    at, path = str(world.clock.now()), event["requestContext"]["path"]
    text = canonical("POST", path, CLIENT_ID, at, content if over is None else over)
    set_header(event, "Signature", LocalSigner(alipay_key()).sign(text))
    set_header(event, "Request-Time", at)
    return event


@pytest.fixture
def opened(world: World, http: Http) -> World:
    """PAY-1 is sent and not answered."""
    world.alipay.will(Operation.PAY, no_answer())
    http("pay", {**sample("pay"), "body": json.dumps(pay_body())})
    return world


@pytest.fixture
def agreed(world: World, http: Http) -> World:
    """A customer has agreed, and the token is stored."""
    world.alipay.will(Operation.CONSULT, read_response("consult", json.dumps({"result": RESULT}).encode()))
    http(
        "consult",
        {**sample("consult"), "body": json.dumps(json.loads(sample("consult")["body"]) | {"authState": STATE})},
    )
    world.alipay.will(Operation.APPLY_TOKEN, token_answer())
    told = {"authorizationNotifyType": "AUTHCODE_CREATED", "authState": STATE, "authCode": CODE, "result": RESULT}
    http("notify_authorization", notification("notify_authorization", world.clock, told))
    assert grant_of(world).state is GrantState.ACTIVE
    return world


PLACES: dict[str, dict[str, Any]] = {
    "a known field": {"result": {**RESULT, "resultMessage": HALF}},
    "an unknown field": {"new": HALF},
    "a known field far down": {"pspCustomerInfo": {"pspName": "GCASH", "extendInfo": HALF}},
    "an unknown field far down": {"new": {"deep": [1, {"er": [HALF]}]}},
    "a name": {HALF: 1},
    "a name far down": {"pspCustomerInfo": {"new": [{HALF: None}]}},
    "two names that differ in the lost half": {f"a{half}": half for half in ("\ud83d", "\ud83e")},
    "the second half": {"new": "\ude00 cut"},
    "halves in the wrong order": {"new": "\ude00\ud83d"},
}


@pytest.mark.parametrize("ascii_only", [True, False], ids=["escaped", "encoded"])
@pytest.mark.parametrize("more", PLACES.values(), ids=PLACES)
def test_a_payment_notification_with_half_a_pair_settles_the_payment(
    opened: World, http: Http, more: dict[str, Any], ascii_only: bool
) -> None:
    body = json.dumps(
        {"notifyType": "PAYMENT_RESULT", "result": RESULT, **paid_fields(), **more}, ensure_ascii=ascii_only
    )
    event = signed(opened, "notify_payment", body.encode(errors="surrogatepass"))
    assert http("notify_payment", event).result == (200, "S", "SUCCESS")
    assert payment(opened).state is PaymentState.SUCCESS
    assert opened.anomalies() == []
    assert "\ufffd" in payment(opened).answer
    repeat = http("pay", {**sample("pay"), "body": json.dumps(pay_body())})
    assert repeat.result == (200, "S", "SUCCESS")


@pytest.mark.parametrize(
    "more",
    [{"reason": HALF}, {"userLoginId": HALF}, {"new": {HALF: [HALF]}}, {"result": {**RESULT, "resultMessage": HALF}}],
    ids=["reason", "user", "unknown", "message"],
)
def test_a_cancelled_token_ends_whatever_text_was_cut(agreed: World, http: Http, more: dict[str, Any]) -> None:
    body = {"authorizationNotifyType": "TOKEN_CANCELED", "accessToken": TOKEN, "result": RESULT, **more}
    event = signed(agreed, "notify_authorization", json.dumps(body).encode())
    assert http("notify_authorization", event).result == (200, "S", "SUCCESS")
    assert grant_of(agreed).state is GrantState.REVOKED
    assert authorization(agreed).state.value == "REVOKED"


@pytest.mark.parametrize(
    "name", ["notify_payment", "notify_refund", "notify_authorization", "notify_registration_status"]
)
def test_every_notification_with_half_a_pair_is_acknowledged(world: World, http: Http, name: str) -> None:
    body = json.loads(sample(name)["body"]) | {"result": {**RESULT, "resultMessage": HALF}, "new": [HALF], HALF: HALF}
    assert http(name, signed(world, name, json.dumps(body).encode())).status == 200


def test_a_pair_written_as_two_encoded_halves_is_one_character(opened: World, http: Http) -> None:
    body = {"notifyType": "PAYMENT_RESULT", "result": RESULT, **paid_fields(), "new": "\ud83d\ude00"}
    content = json.dumps(body, ensure_ascii=False).encode(errors="surrogatepass")
    assert http("notify_payment", signed(opened, "notify_payment", content)).status == 200
    assert "\U0001f600" in payment(opened).answer


def test_an_escaped_backslash_is_not_half_a_pair(opened: World, http: Http) -> None:
    content = json.dumps(
        {"notifyType": "PAYMENT_RESULT", "result": RESULT, **paid_fields(), "new": "\\ud83d", "smile": "\U0001f600"}
    ).encode()
    assert http("notify_payment", signed(opened, "notify_payment", content)).status == 200
    told = json.loads(payment(opened).answer)
    assert (told["new"], told["smile"]) == ("\\ud83d", "\U0001f600")


@pytest.mark.parametrize(
    "name", ["notify_payment", "notify_refund", "notify_authorization", "notify_registration_status"]
)
def test_a_byte_order_mark_is_signed_and_then_dropped(opened: World, http: Http, name: str) -> None:
    content = BOM + notification(name, opened.clock)["body"].encode()
    assert http(name, signed(opened, name, content)).result == (200, "S", "SUCCESS")


@pytest.mark.parametrize("given", [b"", BOM], ids=["without", "with"])
def test_the_signature_is_over_the_bytes_that_came(opened: World, http: Http, given: bytes) -> None:
    content = notification("notify_payment", opened.clock)["body"].encode()
    other = content if given else BOM + content
    before = opened.all_text()
    assert http("notify_payment", signed(opened, "notify_payment", given + content, over=other)).status == 401
    assert opened.all_text() == before


def test_the_signature_of_cut_text_is_over_the_bytes_that_came(opened: World, http: Http) -> None:
    body = {"notifyType": "PAYMENT_RESULT", "result": RESULT, **paid_fields(), "new": HALF}
    content = json.dumps(body).encode()
    mended = content.replace(b"\\ud83d", b"\\ufffd")
    assert http("notify_payment", signed(opened, "notify_payment", content, over=mended)).status == 401


def test_two_byte_order_marks_are_no_json(opened: World, http: Http) -> None:
    content = BOM + BOM + notification("notify_payment", opened.clock)["body"].encode()
    assert http("notify_payment", signed(opened, "notify_payment", content)).status == 400


def test_a_callers_byte_order_mark_is_dropped(world: World, http: Http) -> None:
    world.alipay.will(Operation.PAY, no_answer())
    assert http("pay", call("pay", "\ufeff" + json.dumps(pay_body()))).status == 200
    assert http("pay", in_base64(sample("pay"), BOM + json.dumps(pay_body("PAY-2")).encode())).status == 200
    assert [sent["paymentRequestId"] for sent in world.alipay.sends_of(Operation.PAY)] == ["PAY-1", "PAY-2"]


def test_a_callers_half_a_pair_is_a_clear_400(world: World, http: Http) -> None:
    for body in ({"paymentRequestId": HALF}, {**pay_body(), "new": HALF}, {**pay_body(), HALF: 1}):
        reply = http("pay", call("pay", json.dumps(body)))
        assert reply.result == (400, "F", "PARAM_ILLEGAL")
        assert "half a surrogate pair" in reply.message
    assert world.alipay.sent == []


def test_of_cut_text_an_unreadable_notification_keeps_no_secret(opened: World, http: Http) -> None:
    content = json.dumps({"accessToken": TOKEN, "new": HALF}).encode()[:-1]
    assert http("notify_authorization", signed(opened, "notify_authorization", content)).status == 400
    assert TOKEN not in opened.all_text()


@pytest.mark.parametrize("blank", [" ", "\t", "\n", "\u00a0"])
def test_blanks_around_ids_kinds_and_statuses_do_not_count(opened: World, http: Http, blank: str) -> None:
    def wide(text: str) -> str:
        return blank + text + blank

    fields = paid_fields()
    amount = {wide(name): wide(value) for name, value in fields["paymentAmount"].items()}
    body = {
        wide("notifyType"): wide("payment_result"),
        "result": {wide(name): wide(value) for name, value in RESULT.items()},
        **fields,
        "paymentRequestId": wide("PAY-1"),
        "paymentId": wide(fields["paymentId"]),
        "paymentAmount": amount,
    }
    content = json.dumps(body).encode()
    assert http("notify_payment", signed(opened, "notify_payment", content)).status == 200
    stored = payment(opened)
    assert (stored.state, stored.payment_id, opened.anomalies()) == (PaymentState.SUCCESS, fields["paymentId"], [])


@pytest.mark.parametrize("kind", [" TOKEN_CANCELED ", "token_canceled", "Token_Canceled"])
@pytest.mark.parametrize("token", [TOKEN, f" {TOKEN}\n"])
def test_a_cancelled_token_ends_in_any_case_and_with_blanks(agreed: World, http: Http, kind: str, token: str) -> None:
    body = {"authorizationNotifyType": kind, "accessToken": token, "result": RESULT}
    assert http("notify_authorization", signed(agreed, "notify_authorization", json.dumps(body).encode())).status == 200
    assert grant_of(agreed).state is GrantState.REVOKED
    assert agreed.anomalies() == []


@pytest.mark.parametrize("status", ["\u017f", "S\u0307", "SUCCESS", "\uff33", "S\u200b"])
def test_what_only_looks_like_a_status_is_an_anomaly(opened: World, http: Http, status: str) -> None:
    body = {"notifyType": "PAYMENT_RESULT", "result": {**RESULT, "resultStatus": status}, **paid_fields()}
    assert http("notify_payment", signed(opened, "notify_payment", json.dumps(body).encode())).status == 200
    assert payment(opened).state is PaymentState.INITIATED
    assert len(opened.anomalies()) == 1
