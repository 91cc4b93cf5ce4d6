"""Bodies that are no request: each is told what is wrong with it, nothing is stored and nothing is sent."""

import json

import pytest

from autodebit.entrypoints.http import LARGEST_BODY
from autodebit.gateway.client import Operation
from tests.flows.steps import paid
from tests.handlers.conftest import Http
from tests.support.events import call, in_base64, sample, set_header
from tests.support.world import World, pay_body

GOOD = json.dumps(pay_body())
DEEP = 100_000

BODIES = {
    "nothing": ("", "not valid JSON"),
    "blank": (" \n", "not valid JSON"),
    "text": ("paymentRequestId=PAY-1", "not valid JSON"),
    "half": (GOOD[:-2], "not valid JSON"),
    "two objects": (GOOD + GOOD, "not valid JSON"),
    "an array": (f"[{GOOD}]", "one JSON object"),
    "a string": ('"PAY-1"', "one JSON object"),
    "a number": ("1", "one JSON object"),
    "null": ("null", "one JSON object"),
    "a key twice": ('{"paymentRequestId":"A","paymentRequestId":"B"}', "one field twice"),
    "a key twice further in": ('{"paymentAmount":{"value":"1","value":"1000"}}', "one field twice"),
    "a key twice, once escaped": ('{"value":"1","v\\u0061lue":"2"}', "one field twice"),
    "NaN": ('{"a":NaN}', "NaN"),
    "Infinity": ('{"a":-Infinity}', "Infinity"),
    "a number out of range": ('{"a":1e999}', "not valid JSON"),
    "100,000 brackets": ("[" * DEEP + "]" * DEEP, "not valid JSON"),
    "40,000 braces": ('{"a":' * 40_000 + "1" + "}" * 40_000, None),
    "100,000 brackets without end": ("[" * DEEP, "not valid JSON"),
    "500 brackets in a field": ('{"a":' + "[" * 500 + "]" * 500 + "}", "nested in more than 64 levels"),
    "half a surrogate pair": ('{"a":"\\ud83d"}', "not valid UTF-8"),
    "half a surrogate pair as a key": ('{"\\ud83d":1}', "not valid UTF-8"),
    "half a surrogate pair, not escaped": ('{"a":"\ud83d"}', "not valid UTF-8"),
    "5000 digits": ('{"a":' + "9" * 5000 + "}", "not valid JSON"),
    "two byte order marks": ("\ufeff\ufeff" + GOOD, "not valid JSON"),
    "a zero byte": (GOOD.replace("PAY-1", "PAY\x001"), "not valid JSON"),
}


@pytest.mark.parametrize(("body", "why"), BODIES.values(), ids=BODIES)
def test_what_is_not_one_json_object_is_400(world: World, http: Http, body: str, why: str | None) -> None:
    reply = http("pay", call("pay", body))
    assert reply.result == (400, "F", "PARAM_ILLEGAL")
    assert (why or "JSON") in reply.message
    assert world.alipay.sent == []
    assert world.all_text() == "[]"


@pytest.mark.parametrize("unknown_fields", ["known", "refuse", "forward"])
@pytest.mark.parametrize("levels", [66, 900, 2_000, 9_000])
def test_deep_nesting_is_400_whatever_the_parser_bears(
    world: World, http: Http, levels: int, unknown_fields: str
) -> None:
    object.__setattr__(world.settings, "unknown_fields", unknown_fields)
    body = GOOD[:-1] + ', "x": ' + "[" * levels + "]" * levels + "}"
    assert http("pay", call("pay", body)).result == (400, "F", "PARAM_ILLEGAL")
    assert world.alipay.sent == []


def test_a_body_that_is_absent_is_400(http: Http) -> None:
    for body in (None, ""):
        assert http("pay", {**sample("pay"), "body": body}).result == (400, "F", "PARAM_ILLEGAL")
    event = sample("pay")
    del event["body"]
    assert http("pay", event).result == (400, "F", "PARAM_ILLEGAL")


HUGE = {
    "a whole number of 400 digits": ('"value": ' + "9" * 400, "paymentAmount.value: "),
    "a float": ('"value": 10.5', "paymentAmount.value: "),
    "an exponent": ('"value": 1e3', "paymentAmount.value: "),
    "a negative number": ('"value": -1000', "paymentAmount.value: "),
    "a boolean": ('"value": true', "paymentAmount.value: "),
    "an array": ('"value": ["1000"]', "paymentAmount.value: "),
    "Arabic digits": ('"value": "\u0661\u0660"', "paymentAmount.value: "),
}


@pytest.mark.parametrize(("given", "why"), HUGE.values(), ids=HUGE)
def test_an_amount_that_is_no_amount_is_400(world: World, http: Http, given: str, why: str) -> None:
    body = GOOD.replace('"value": "1000"', given)
    assert given in body
    reply = http("pay", call("pay", body))
    assert reply.result == (400, "F", "PARAM_ILLEGAL")
    assert why in reply.message
    assert world.alipay.sent == []


BYTES = {
    "Latin-1": GOOD.replace("Monthly", "Mensualit\u00e9").encode("latin-1"),
    "UTF-16": GOOD.encode("utf-16"),
    "an overlong form": GOOD.encode().replace(b"PAY-1", b"\xc0\xaf"),
    "an encoded surrogate": GOOD.encode().replace(b"PAY-1", b"\xed\xa0\x80"),
    "a broken end": GOOD.encode() + b"\xff",
}


@pytest.mark.parametrize("content", BYTES.values(), ids=BYTES)
def test_bytes_that_are_not_utf8_are_400(world: World, http: Http, content: bytes) -> None:
    reply = http("pay", in_base64(sample("pay"), content))
    assert reply.result == (400, "F", "PARAM_ILLEGAL")
    assert "UTF-8" in reply.message
    assert world.alipay.sent == []


@pytest.mark.parametrize("text", ["no base64!", "QQ", "QQ=\u00e9", GOOD])
def test_what_is_flagged_as_base64_and_is_not_is_400(world: World, http: Http, text: str) -> None:
    reply = http("pay", {**sample("pay"), "body": text, "isBase64Encoded": True})
    assert reply.result == (400, "F", "PARAM_ILLEGAL")
    assert "base64" in reply.message


def test_a_body_in_base64_is_read_like_any_other(world: World, http: Http) -> None:
    world.alipay.will(Operation.PAY, paid())
    assert http("pay", in_base64(sample("pay"))).result == (200, "S", "SUCCESS")
    (body,) = world.alipay.sends_of(Operation.PAY)
    assert body["order"]["orderDescription"] == "月額プラン"


def of_size(size: int) -> str:
    return GOOD + " " * (size - len(GOOD))


def test_256_kilobytes_are_read_and_one_byte_more_is_413(world: World, http: Http) -> None:
    reply = http("pay", call("pay", of_size(LARGEST_BODY + 1)))
    assert reply.result == (413, "F", "PARAM_ILLEGAL")
    assert "262144" in reply.message
    assert http("pay", in_base64(call("pay", of_size(LARGEST_BODY + 1)))).status == 413
    assert world.alipay.sent == []
    world.alipay.will(Operation.PAY, paid())
    assert http("pay", call("pay", of_size(LARGEST_BODY))).result == (200, "S", "SUCCESS")


def test_the_size_is_counted_in_bytes_not_in_characters(http: Http) -> None:
    body = json.dumps(pay_body(padding="\u6708" * 100_000), ensure_ascii=False)
    assert len(body) < LARGEST_BODY
    assert http("pay", call("pay", body)).status == 413


@pytest.mark.parametrize(
    "media",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=iso-8859-1",
        "application/jsonp",
        "application/xml, application/json",
        "multipart/form-data; boundary=application/json",
        "application/json; charset=",
        "",
    ],
)
def test_another_media_type_is_415(world: World, http: Http, media: str) -> None:
    reply = http("pay", call("pay", content_type=media))
    assert reply.result == (415, "F", "MEDIA_TYPE_NOT_ACCEPTABLE")
    assert "application/json" in reply.message
    assert world.alipay.sent == []


@pytest.mark.parametrize(
    "media",
    [
        None,
        "application/json",
        "Application/JSON;charset=utf-8",
        'application/json; charset="UTF-8"',
        "application/json ; Charset=UTF8",
        "application/json; charset=utf-8; version=1",
        "application/json; version=1;",
    ],
)
def test_every_way_to_say_json_is_accepted(world: World, http: Http, media: str | None) -> None:
    world.alipay.will(Operation.PAY, paid())
    assert http("pay", call("pay", content_type=media)).result == (200, "S", "SUCCESS")


@pytest.mark.parametrize("name", ["content-type", "CONTENT-TYPE", "cOnTeNt-TyPe"])
def test_header_names_may_have_any_case(http: Http, name: str) -> None:
    event = sample("pay")
    set_header(event, "Content-Type", None)
    event["headers"][name] = "text/plain"
    assert http("pay", event).status == 415


def test_headers_may_be_null(world: World, http: Http) -> None:
    world.alipay.will(Operation.PAY, paid())
    event = {**sample("pay"), "headers": None, "multiValueHeaders": None}
    assert http("pay", event).result == (200, "S", "SUCCESS")


def test_null_stands_for_absent(world: World, http: Http) -> None:
    world.alipay.will(Operation.PAY, paid())
    assert http("pay", call("pay", pay_body(appId=None, settlementStrategy=None))).result == (200, "S", "SUCCESS")
    reply = http("pay", call("pay", pay_body(paymentAmount=None)))
    assert reply.result == (400, "F", "PARAM_ILLEGAL")
    assert "paymentAmount: is required" in reply.message


def test_every_route_refuses_an_empty_object(world: World, http: Http) -> None:
    for name in ("consult", "apply_token", "pay", "inquiry_payment"):
        assert http(name, call(name, "{}")).result == (400, "F", "PARAM_ILLEGAL"), name
    assert world.alipay.sent == []


def test_a_handle_that_is_not_ours_is_refused_and_never_sent(world: World, http: Http) -> None:
    reply = http("pay", call("pay", pay_body(token="tok_" + "0" * 32)))
    assert reply.result == (400, "F", "PARAM_ILLEGAL")
    assert "paymentMethod.paymentMethodId" in reply.message
    assert world.alipay.sent == []
