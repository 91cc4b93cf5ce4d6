"""Forged, altered, misdirected and replayed messages, with real keys: nothing that is not proven is believed.

Answers go through the gateway's own check, notifications through the real handlers. The judge of an attack is what became of
the payment, not the error that it met.
"""

import base64
import copy
import functools
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote, unquote

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA512

from alipay_signing import LocalSigner, Verifier, canonical
from autodebit.domain.payment_states import PaymentState
from autodebit.errors import GatewayError
from autodebit.gateway.client import HttpAlipayClient, Operation, VerifiedResponse
from tests.fuzz.desk import Desk
from tests.support.alipay import no_answer
from tests.support.events import Event, call, in_base64, notification, sample, set_header
from tests.support.keys import alipay_key, merchant_key
from tests.support.world import CLIENT_ID, HandClock, World, paid_fields, pay_body

PATH = "/ams/api"
RESULT = {"resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "success"}
PAID = json.dumps({"result": RESULT, **paid_fields()}).encode()
AT = "2027-01-15T16:00:00+08:00"
HEADER = "algorithm=RSA256,keyVersion=1,signature="
Forgery = Callable[[str], str]


def value_of(header: str) -> str:
    """The signature part of a header, as it stands."""
    return header.partition("signature=")[2]


def spelt(raw: bytes) -> str:
    return HEADER + quote(base64.b64encode(raw), safe="")


def raw_of(header: str) -> bytes:
    return base64.b64decode(unquote(value_of(header)))


def flipped(raw: bytes, bit: int) -> bytes:
    made = bytearray(raw)
    made[bit // 8] ^= 1 << bit % 8
    return bytes(made)


@functools.cache
def signature_over(content: bytes, kind: str) -> bytes:
    """A signature of Alipay's true key, made in a way that is not the agreed one."""
    key = alipay_key()
    if kind == "PSS":
        return key.sign(content, PSS(MGF1(SHA256()), PSS.MAX_LENGTH), SHA256())
    return key.sign(content, PKCS1v15(), SHA1() if kind == "SHA-1" else SHA512())


FORGERIES: dict[str, Forgery] = {
    "nothing": lambda _: "",
    "a blank": lambda _: " ",
    "commas": lambda _: ",,,",
    "an empty value": lambda _: HEADER,
    "a blank value": lambda _: HEADER + "%20",
    "a zero": lambda _: spelt(b"\0"),
    "zeros": lambda _: spelt(bytes(256)),
    "the one that RSA maps to itself": lambda _: spelt(bytes(255) + b"\1"),
    "ones": lambda _: spelt(b"\xff" * 256),
    "one byte less": lambda header: spelt(raw_of(header)[:-1]),
    "one byte more": lambda header: spelt(raw_of(header) + b"\0"),
    "a zero before it": lambda header: spelt(b"\0" + raw_of(header)),
    "HS256": lambda header: header.replace("RSA256", "HS256"),
    "none": lambda header: header.replace("RSA256", "none"),
    "none, and no value": lambda _: "algorithm=none,keyVersion=1,signature=",
    "RSA512": lambda header: header.replace("RSA256", "RSA512"),
    "rsa256": lambda header: header.replace("RSA256", "rsa256"),
    "an empty algorithm": lambda header: header.replace("RSA256", ""),
    "two algorithms": lambda header: "algorithm=none," + header,
    "another version": lambda header: header.replace("keyVersion=1", "keyVersion=2"),
    "the version with a zero": lambda header: header.replace("keyVersion=1", "keyVersion=01"),
    "an empty version": lambda header: header.replace("keyVersion=1", "keyVersion="),
    "two versions": lambda header: header.replace("keyVersion=1", "keyVersion=1,keyVersion=2"),
    "the same version twice": lambda header: header.replace("keyVersion=1", "keyVersion=1,keyVersion=1"),
    "two signatures": lambda header: f"{header},signature={value_of(header)}",
    "a false signature first": lambda header: header.replace("signature=", "signature=QUJD,signature="),
    "two headers in one": lambda header: f"{header}, {header}",
    "no padding": lambda header: header.replace("%3D", ""),
    "more padding": lambda header: header + "%3D",
    "a line break in it": lambda header: (
        HEADER + quote(unquote(value_of(header))[:76] + "\n" + unquote(value_of(header))[76:])
    ),
    "encoded twice": lambda header: HEADER + quote(value_of(header), safe=""),
    "base64url": lambda header: HEADER + unquote(value_of(header)).replace("+", "-").replace("/", "_"),
    "its last bits": lambda header: HEADER + _other_last_character(unquote(value_of(header))),
    "in hexadecimal": lambda header: HEADER + raw_of(header).hex(),
    "a name in capitals": lambda header: header.replace("signature=", "SIGNATURE="),
    "semicolons": lambda header: header.replace(",", ";"),
    "trailing junk": lambda header: header + "junk",
    "the merchant's key": lambda _: LocalSigner(merchant_key()).sign(b"anything"),
    "half a surrogate pair": lambda header: header + "\ud83d",
}


def _other_last_character(text: str) -> str:
    """The same bytes in another spelling: 256 bytes leave four bits of the last character without meaning."""
    assert text.endswith("==")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    number = alphabet.index(text[-3])
    return f"{text[:-3]}{alphabet[number ^ 1]}=="


# --- answers


@pytest.fixture
def gateway() -> HttpAlipayClient:
    verifier = Verifier({"1": alipay_key().public_key()})
    signer = LocalSigner(merchant_key())
    return HttpAlipayClient(url="", path=PATH, client_id=CLIENT_ID, signer=signer, verifier=verifier, clock=HandClock())


def signed(body: bytes = PAID, path: str = PATH + Operation.PAY, client_id: str = CLIENT_ID, at: str = AT) -> str:
    return LocalSigner(alipay_key()).sign(canonical("POST", path, client_id, at, body))


def proven(
    gateway: HttpAlipayClient, signature: str, body: bytes = PAID, called: Operation = Operation.PAY, at: str = AT
) -> VerifiedResponse:
    """What the gateway makes of an answer that came with this signature."""
    headers = {"signature": signature, "response-time": at, "client-id": CLIENT_ID}
    return gateway._proven(called.label, PATH + called.value, 200, headers, body)


def disbelieved(gateway: HttpAlipayClient, signature: str, **came: Any) -> None:
    with pytest.raises(GatewayError) as caught:
        proven(gateway, signature, **came)
    assert caught.value.may_have_acted


def test_the_true_answer_is_believed(gateway: HttpAlipayClient) -> None:
    assert proven(gateway, signed()).status == "S"


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_signature_of_an_answer_is_not_believed(gateway: HttpAlipayClient, forge: Forgery) -> None:
    disbelieved(gateway, forge(signed()))


@pytest.mark.parametrize("kind", ["PSS", "SHA-1", "SHA-512"])
def test_another_algorithm_of_the_true_key_is_not_believed(gateway: HttpAlipayClient, kind: str) -> None:
    content = canonical("POST", PATH + Operation.PAY, CLIENT_ID, AT, PAID)
    for algorithm in ("RSA256", kind.replace("-", "")):
        disbelieved(gateway, spelt(signature_over(content, kind)).replace("RSA256", algorithm))


def test_no_answer_with_one_bit_of_its_signature_flipped_is_believed(gateway: HttpAlipayClient) -> None:
    raw = raw_of(signed())
    for bit in range(8 * len(raw)):
        disbelieved(gateway, spelt(flipped(raw, bit)))


def test_no_answer_with_one_bit_of_its_body_or_time_flipped_is_believed(gateway: HttpAlipayClient) -> None:
    signature = signed()
    for bit in random.Random(1).sample(range(8 * len(PAID)), 400):
        disbelieved(gateway, signature, body=flipped(PAID, bit))
    for bit in range(8 * len(AT)):
        disbelieved(gateway, signature, at=flipped(AT.encode(), bit).decode("latin-1"))


def test_no_header_with_one_bit_flipped_proves_anything_else(gateway: HttpAlipayClient) -> None:
    """A flipped bit may leave the signature itself as it was (%2B, %2b): then the same true bytes are still true."""
    header = signed()
    for bit in range(8 * len(header)):
        altered = flipped(header.encode(), bit).decode("latin-1")
        try:
            answer = proven(gateway, altered)
        except GatewayError:
            continue
        assert answer.text.encode() == PAID
        assert raw_of(altered) == raw_of(header)


PATHS = {
    "another operation": PATH + Operation.INQUIRY_PAYMENT,
    "the sandbox": "/ams/sandbox/api" + Operation.PAY,
    "without the gateway's part": str(Operation.PAY),
    "a query": PATH + Operation.PAY + "?a=1",
    "a slash at the end": PATH + Operation.PAY + "/",
    "a slash twice": PATH + "/" + Operation.PAY,
    "percent-encoded": (PATH + Operation.PAY).replace("pay", "%70ay"),
    "with the host": "https://open-sea-global.alipay.com" + PATH + Operation.PAY,
    "dots": PATH + "/v1/payments/x/../pay",
    "capitals": (PATH + Operation.PAY).upper(),
}


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_an_answer_signed_for_another_path_is_not_believed(gateway: HttpAlipayClient, path: str) -> None:
    disbelieved(gateway, signed(path=path))


def test_an_answer_signed_for_another_client_method_or_time_is_not_believed(gateway: HttpAlipayClient) -> None:
    disbelieved(gateway, signed(client_id="SANDBOX_OTHER"))
    disbelieved(gateway, signed(at="2027-01-15T16:00:01+08:00"))
    disbelieved(gateway, signed(at="2027-01-15T08:00:00Z"))  # the same moment
    content = canonical("GET", PATH + Operation.PAY, CLIENT_ID, AT, PAID)
    disbelieved(gateway, LocalSigner(alipay_key()).sign(content))


def test_parts_of_the_content_cannot_change_places(gateway: HttpAlipayClient) -> None:
    """The content is joined with dots and a line break: nothing may move from one part to the next."""
    shifted = canonical("POST", PATH + Operation.PAY, CLIENT_ID, AT + "." + PAID[:4].decode(), PAID[4:])
    assert shifted != canonical("POST", PATH + Operation.PAY, CLIENT_ID, AT, PAID)
    disbelieved(gateway, signed(), at=AT + "." + PAID[:4].decode(), body=PAID[4:])
    disbelieved(gateway, signed(), at=AT[:-2], body=AT[-2:].encode() + b"." + PAID)


REWRITTEN: dict[str, Callable[[bytes], bytes]] = {
    "without blanks": lambda body: json.dumps(json.loads(body), separators=(",", ":")).encode(),
    "indented": lambda body: json.dumps(json.loads(body), indent=1).encode(),
    "sorted": lambda body: json.dumps(json.loads(body), sort_keys=True).encode(),
    "escaped": lambda body: body.replace(b"PAY-1", b"PAY\\u002d1"),
    "a blank more": lambda body: body + b" ",
    "a line break more": lambda body: body + b"\n",
    "a byte order mark": lambda body: b"\xef\xbb\xbf" + body,
    "a field more": lambda body: body[:-1] + b',"x":1}',
    "another amount": lambda body: body.replace(b'"1000"', b'"1"'),
    "nothing": lambda _: b"",
}


@pytest.mark.parametrize("rewrite", REWRITTEN.values(), ids=REWRITTEN)
def test_an_answer_that_was_written_anew_is_not_believed(
    gateway: HttpAlipayClient, rewrite: Callable[[bytes], bytes]
) -> None:
    assert rewrite(PAID) != PAID
    disbelieved(gateway, signed(), body=rewrite(PAID))


OTHERS = [operation for operation in Operation if operation is not Operation.PAY]


@pytest.mark.parametrize("other", OTHERS, ids=[operation.label for operation in OTHERS])
def test_a_true_answer_to_one_operation_is_none_to_another(gateway: HttpAlipayClient, other: Operation) -> None:
    told = {**paid_fields(), "paymentStatus": "SUCCESS", "refundStatus": "SUCCESS"}
    body = json.dumps({"result": RESULT, **told}).encode()
    signature = signed(body, path=PATH + other.value)
    assert proven(gateway, signature, body=body, called=other).status == "S"
    disbelieved(gateway, signature, body=body, called=Operation.PAY)
    disbelieved(gateway, signed(body), body=body, called=other)


# --- true answers to other requests of the same operation: the signature binds no request, so our rules have to


def replayed(world: World, gateway: HttpAlipayClient, operation: Operation, body: bytes) -> None:
    """From now on *operation* is answered with *body*, truly signed, whatever was asked."""
    signature = signed(body, path=PATH + operation.value)
    world.alipay.will(operation, lambda _: proven(gateway, signature, body=body, called=operation))


def paid_as(identity: str) -> bytes:
    return json.dumps({"result": RESULT, **paid_fields(identity)}).encode()


def state_of(desk: Desk, identity: str) -> PaymentState:
    payment = desk.world.repository.payments.find(identity)
    assert payment is not None
    return payment.state


def test_a_true_answer_to_another_payment_settles_nothing(desk: Desk, gateway: HttpAlipayClient) -> None:
    replayed(desk.world, gateway, Operation.PAY, paid_as("PAY-1"))
    assert desk.bring("pay", call("pay", pay_body("PAY-1"))).response.result == (200, "S", "SUCCESS")
    told = desk.bring("pay", call("pay", pay_body("PAY-2"))).response
    assert told.result == (200, "U", "UNKNOWN_EXCEPTION")
    assert state_of(desk, "PAY-2").open
    assert desk.world.anomalies() == ["paymentRequestId differs from the intent's"]


def test_a_true_answer_that_names_only_another_paymentid_belongs_to_that_payment(
    desk: Desk, gateway: HttpAlipayClient
) -> None:
    """Without our id the paymentId still tells: one id of Alipay's cannot belong to two payments of ours."""
    fields = paid_fields("PAY-1")
    del fields["paymentRequestId"]
    replayed(desk.world, gateway, Operation.PAY, json.dumps({"result": RESULT, **fields}).encode())
    assert desk.bring("pay", call("pay", pay_body("PAY-1"))).response.result == (200, "S", "SUCCESS")
    assert desk.bring("pay", call("pay", pay_body("PAY-2"))).response.result[1] == "U"
    assert state_of(desk, "PAY-2").open
    assert desk.world.anomalies() == ["paymentId belongs to another payment"]


def test_a_true_answer_that_names_no_id_at_all_is_believed(desk: Desk, gateway: HttpAlipayClient) -> None:
    """What a message leaves out does not contradict (decisions.md): real answers lack documented fields, and TLS is what binds
    an answer to its request. The amount still has to be ours, where it is told.
    """
    replayed(desk.world, gateway, Operation.PAY, json.dumps({"result": RESULT}).encode())
    assert desk.bring("pay", call("pay", pay_body("PAY-1"))).response.result == (200, "S", "SUCCESS")
    told = {"result": RESULT, "paymentAmount": {"currency": "JPY", "value": "999"}}
    replayed(desk.world, gateway, Operation.PAY, json.dumps(told).encode())
    assert desk.bring("pay", call("pay", pay_body("PAY-2"))).response.result[1] == "U"
    assert state_of(desk, "PAY-2").open


@pytest.mark.parametrize("given", [["PAY-1"], {"id": "PAY-1"}, True, "", "PAY -1", "pay-1", "PAY-1\u200b"])
def test_an_id_that_cannot_be_read_or_is_almost_ours_settles_nothing(
    desk: Desk, gateway: HttpAlipayClient, given: object
) -> None:
    body = json.dumps({"result": RESULT, **paid_fields(), "paymentRequestId": given}).encode()
    replayed(desk.world, gateway, Operation.PAY, body)
    assert desk.bring("pay", call("pay", pay_body("PAY-1"))).response.result[1] == "U"
    assert state_of(desk, "PAY-1").open


def test_a_true_old_inquiry_of_another_payment_settles_nothing(desk: Desk, gateway: HttpAlipayClient) -> None:
    desk.world.alipay.will(Operation.PAY, no_answer())
    desk.bring("pay", call("pay", pay_body("PAY-1")))
    told = {"result": RESULT, "paymentStatus": "SUCCESS", **paid_fields("PAY-0")}
    replayed(desk.world, gateway, Operation.INQUIRY_PAYMENT, json.dumps(told).encode())
    desk.bring("inquiry_payment", call("inquiry_payment", {"paymentRequestId": "PAY-1"}))
    desk.world.clock.forward(60)
    desk.bring("poll_payments", sample("poll_payments"), 14)
    assert state_of(desk, "PAY-1").open


# --- notifications


@pytest.fixture
def opened(desk: Desk) -> Desk:
    """A desk with the payment PAY-1, sent and not answered."""
    desk.world.alipay.will(Operation.PAY, no_answer())
    desk.bring("pay", call("pay", pay_body()))
    return desk


def told(desk: Desk, name: str = "notify_payment", **given: Any) -> Event:
    return notification(name, desk.world.clock, **given)


def unproven(desk: Desk, event: Event, function: str = "notify_payment") -> None:
    """*event* is refused and changes nothing."""
    before = desk.world.all_text()
    assert desk.refuses(function, event).result == (401, "F", "INVALID_SIGNATURE")
    assert desk.world.all_text() == before


def with_signature(event: Event, forge: Forgery) -> Event:
    set_header(event, "Signature", forge(event["headers"]["Signature"]))
    return event


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_notification_changes_nothing(opened: Desk, forge: Forgery) -> None:
    unproven(opened, with_signature(told(opened), forge))


def test_no_notification_with_one_bit_of_its_signature_flipped_is_believed(opened: Desk) -> None:
    event, before = told(opened), opened.world.all_text()
    raw = raw_of(event["headers"]["Signature"])
    for bit in range(8 * len(raw)):
        set_header(event, "Signature", spelt(flipped(raw, bit)))
        opened.refuses("notify_payment", event)
    assert opened.world.all_text() == before


def test_no_notification_with_one_bit_of_its_body_flipped_is_believed(opened: Desk) -> None:
    event, before = told(opened), opened.world.all_text()
    content = event["body"].encode()
    for bit in random.Random(2).sample(range(8 * len(content)), 300):
        opened.refuses("notify_payment", in_base64(event, flipped(content, bit)))
    assert opened.world.all_text() == before


@pytest.mark.parametrize("part", ["Client-Id", "Request-Time", "path"])
def test_no_notification_with_one_bit_of_what_is_signed_beside_its_body_flipped_is_believed(
    opened: Desk, part: str
) -> None:
    genuine, before = told(opened), opened.world.all_text()
    value = genuine["requestContext"]["path"] if part == "path" else genuine["headers"][part]
    for bit in range(8 * len(value)):
        event, altered = copy.deepcopy(genuine), flipped(value.encode(), bit).decode("latin-1")
        if part == "path":
            event["requestContext"]["path"] = altered
        else:
            set_header(event, part, altered)
        assert opened.refuses("notify_payment", event).status == 401
    assert opened.world.all_text() == before
    assert opened.bring("notify_payment", genuine).response.status == 200


def other_paths() -> Iterator[tuple[str, str]]:
    path = "/live/v1/payments/payNotify"
    yield "without the stage", "/v1/payments/payNotify"
    yield "another stage", path.replace("live", "prod")
    yield "the second route", "/live/v1/payments/notifyPayment"
    yield "the refund's", "/live/v1/payments/notifyRefund"
    yield "a slash at the end", path + "/"
    yield "a slash twice", "/" + path
    yield "a query", path + "?x=1"
    yield "percent-encoded", path.replace("payNotify", "%70ayNotify")
    yield "capitals", path.upper()
    yield "the whole address", "https://a1lipay000.execute-api.eu-central-1.amazonaws.com" + path
    yield "nothing", ""


@pytest.mark.parametrize("path", [path for _, path in other_paths()], ids=[name for name, _ in other_paths()])
def test_a_notification_signed_for_another_path_changes_nothing(opened: Desk, path: str) -> None:
    unproven(opened, told(opened, signed_path=path))
    assert opened.bring("notify_payment", told(opened)).response.status == 200  # it was the path, nothing else


def test_a_query_that_came_with_a_notification_does_not_change_what_was_signed(opened: Desk) -> None:
    event = {**told(opened), "queryStringParameters": {"paymentRequestId": "PAY-2"}}
    assert opened.bring("notify_payment", event).response.status == 200
    assert state_of(opened, "PAY-1") is PaymentState.SUCCESS


SPIS = ["notify_payment", "notify_refund", "notify_authorization", "notify_registration_status", "notify_dispute"]


@pytest.mark.parametrize("other", SPIS[1:])
def test_a_notification_delivered_to_another_route_changes_nothing(opened: Desk, other: str) -> None:
    """A true notification of a payment, posted to another SPI: its path is another one there."""
    genuine, route = told(opened), sample(other)
    spliced = {**route, "body": genuine["body"], "headers": genuine["headers"]}
    unproven(opened, spliced, other)
    claimed = {**genuine, "resource": route["resource"]}
    assert opened.bring("notify_payment", claimed).response.status == 200  # only the path counts, and it was signed


def test_an_answer_is_no_notification_and_a_notification_no_answer(opened: Desk, gateway: HttpAlipayClient) -> None:
    at = str(opened.world.clock.now())
    event = told(opened, body=PAID.decode(), time=at)
    set_header(event, "Signature", signed(at=at))
    unproven(opened, event)
    genuine = told(opened)
    body, headers = genuine["body"].encode(), genuine["headers"]
    disbelieved(gateway, headers["Signature"], body=body, at=headers["Request-Time"])


def test_our_own_request_cannot_be_turned_back_on_us(opened: Desk) -> None:
    """Whoever sees our signed requests must not make a notification of one: it is the merchant's key."""
    event = told(opened)
    path, at = event["requestContext"]["path"], event["headers"]["Request-Time"]
    content = canonical("POST", path, CLIENT_ID, at, event["body"].encode())
    set_header(event, "Signature", LocalSigner(merchant_key()).sign(content))
    unproven(opened, event)


@pytest.mark.parametrize("name", ["Client-Id", "Request-Time", "Signature"])
@pytest.mark.parametrize("value", ["", " ", "\0", None, "x" * 9_000])
def test_a_notification_with_a_header_missing_or_made_up_changes_nothing(
    opened: Desk, name: str, value: str | None
) -> None:
    event = told(opened)
    set_header(event, name, value)
    unproven(opened, event)


@pytest.mark.parametrize("later", [1, -1, 1_000])
def test_a_time_that_was_not_signed_changes_nothing(opened: Desk, later: int) -> None:
    event = told(opened)
    set_header(event, "Request-Time", str(int(event["headers"]["Request-Time"]) + later))
    unproven(opened, event)


@pytest.mark.parametrize("text", ["seconds", "ISO"])
def test_the_signed_time_in_another_notation_changes_nothing(opened: Desk, text: str) -> None:
    event = told(opened)
    set_header(event, "Request-Time", {"seconds": "1800000000", "ISO": "2027-01-15T08:00:00Z"}[text])
    unproven(opened, event)


@pytest.mark.parametrize("rewrite", REWRITTEN.values(), ids=REWRITTEN)
def test_a_notification_that_was_written_anew_changes_nothing(opened: Desk, rewrite: Callable[[bytes], bytes]) -> None:
    body = json.dumps({"notifyType": "PAYMENT_RESULT", "result": RESULT, **paid_fields()})
    event = told(opened, body=body)
    unproven(opened, in_base64(event, rewrite(body.encode())))


def test_a_replay_is_acknowledged_and_changes_nothing_the_second_time(opened: Desk) -> None:
    event = told(opened)
    assert opened.bring("notify_payment", event).response.status == 200
    before = opened.world.all_text()
    for seconds in (0, 60, 86_400):
        opened.world.clock.forward(seconds)
        assert opened.bring("notify_payment", event).response.status == 200
    assert opened.world.all_text() == before
    opened.world.clock.forward(90_000)
    unproven(opened, event)  # a replay of next week is none of Alipay's


def test_a_failure_that_is_replayed_after_a_success_is_not_believed(opened: Desk) -> None:
    failed = told(
        opened, body={"notifyType": "PAYMENT_RESULT", "result": {**RESULT, "resultStatus": "F"}, **paid_fields()}
    )
    assert opened.bring("notify_payment", told(opened)).response.status == 200
    for _ in range(2):
        assert opened.bring("notify_payment", failed).response.status == 200
    assert state_of(opened, "PAY-1") is PaymentState.SUCCESS


def test_keys_of_two_versions_do_not_stand_for_each_other(opened: Desk) -> None:
    keys = {"1": alipay_key().public_key(), "2": merchant_key().public_key()}
    opened.world.keys = replace(opened.world.keys, verifier=Verifier(keys))
    unproven(opened, with_signature(told(opened), lambda header: header.replace("keyVersion=1", "keyVersion=2")))
    without_version = with_signature(told(opened), lambda header: header.replace("keyVersion=1,", ""))
    assert opened.bring("notify_payment", without_version).response.status == 200


def test_header_names_in_two_spellings_do_not_carry_two_signatures_past_us(opened: Desk) -> None:
    """Whichever of two is read, the signature has to hold over what is read with it."""
    event = told(opened)
    event["headers"] = {**event["headers"], "client-id": "SANDBOX_OTHER"}
    unproven(opened, event)
    event = told(opened)
    event["headers"] = {**event["headers"], "SIGNATURE": spelt(bytes(256))}
    unproven(opened, event)
