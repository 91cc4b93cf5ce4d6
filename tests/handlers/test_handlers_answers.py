"""Every row of the table of answers to our callers, through the real handlers."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from autodebit.contract.known_names import KNOWN_NAMES
from autodebit.domain.payment_states import PaymentState
from autodebit.gateway.client import Operation, VerifiedResponse, read_response
from tests.flows.conftest import Logged
from tests.flows.steps import (
    CODE,
    PAYMENT_ID,
    REFRESH,
    STATE,
    asked,
    outage,
    paid,
    payment,
    token_answer,
)
from tests.handlers.conftest import Http
from tests.support.alipay import answer, no_answer, not_reached, unsigned
from tests.support.events import call, notification, sample
from tests.support.world import TOKEN, World, paid_fields, pay_body

ODD = (
    '{ "result" : {"resultCode":"%s","resultStatus":"%s","resultMessage":"caf\\u00e9 \\/ ok"},\n\t"new": {"b":1.50, "a":[1e2]},'
    ' "paymentRequestId":"PAY-1","paymentId":"20240701PAY-1","paymentAmount":{"currency":"JPY","value":"1000"}  }'
)
"""A body as nobody but its author would write it: any rewriting shows."""


def odd(code: str, status: str) -> VerifiedResponse:
    return read_response("fake", (ODD % (code, status)).encode())


def pay(http: Http, **changed: Any) -> Any:
    return http("pay", call("pay", pay_body(**changed)))


def test_alipays_answer_passes_unchanged_byte_for_byte(world: World, http: Http) -> None:
    for n, (status, code) in enumerate((("S", "SUCCESS"), ("F", "RISK_REJECT"), ("U", "PAYMENT_IN_PROCESS"))):
        text = (ODD % (code, status)).replace("PAY-1", f"PAY-{n}")
        world.alipay.will(Operation.PAY, read_response("fake", text.encode()))
        reply = pay(http, payment_request_id=f"PAY-{n}")
        assert (reply.status, reply.text) == (200, text)
        assert reply.headers == {"Content-Type": "application/json; charset=UTF-8", "Cache-Control": "no-store"}


def test_alipays_answer_to_an_inquiry_passes_unchanged(world: World, http: Http) -> None:
    text = json.dumps(
        {"paymentStatus": "PROCESSING", "new": None, "result": json.loads(ODD % ("SUCCESS", "S"))["result"]}
    )
    world.alipay.will(Operation.INQUIRY_PAYMENT, read_response("fake", text.encode()))
    reply = http("inquiry_payment", sample("inquiry_payment"))
    assert (reply.status, reply.text) == (200, text)


def test_only_tokens_are_replaced_by_handles(world: World, http: Http) -> None:
    world.alipay.will(Operation.CONSULT, answer("S", "SUCCESS", authUrl="https://wallet.example.com/x", schemeUrl=""))
    assert http("consult", sample("consult")).body["authUrl"] == "https://wallet.example.com/x"
    world.alipay.will(Operation.APPLY_TOKEN, token_answer(userLoginId="63-9****1", new={"a": 1}))
    reply = http("apply_token", sample("apply_token"))
    assert reply.result == (200, "S", "SUCCESS")
    assert reply.body["accessToken"].startswith("tok_")
    assert reply.body["refreshToken"].startswith("rtk_")
    assert (reply.body["userLoginId"], reply.body["new"]) == ("63-9****1", {"a": 1})
    assert TOKEN not in reply.text
    assert REFRESH not in reply.text


def test_a_final_result_that_came_meanwhile_is_told_not_alipays_older_u(world: World, http: Http) -> None:
    def while_it_runs(_: Mapping[str, Any]) -> VerifiedResponse:
        assert http("notify_payment", notification("notify_payment", world.clock)).result == (200, "S", "SUCCESS")
        return answer("U", "PAYMENT_IN_PROCESS", "wait")

    world.alipay.will(Operation.PAY, while_it_runs)
    reply = pay(http)
    assert reply.result == (200, "S", "SUCCESS")
    assert reply.body["paymentId"] == PAYMENT_ID
    assert payment(world).state is PaymentState.SUCCESS


def test_a_repeat_of_a_final_payment_is_the_stored_answer(world: World, http: Http) -> None:
    world.alipay.will(Operation.PAY, odd("SUCCESS", "S"))
    first, second = pay(http), pay(http)
    assert (second.status, second.text) == (first.status, first.text) == (200, ODD % ("SUCCESS", "S"))
    assert len(world.alipay.sent) == 1


def test_a_repeat_of_what_a_notification_settled_has_the_shape_of_the_operation(world: World, http: Http) -> None:
    world.alipay.will(Operation.PAY, no_answer())
    assert pay(http).result == (200, "U", "UNKNOWN_EXCEPTION")
    http("notify_payment", notification("notify_payment", world.clock))
    reply = pay(http)
    assert reply.result == (200, "S", "SUCCESS")
    assert (reply.body["paymentRequestId"], reply.body["paymentId"]) == ("PAY-1", PAYMENT_ID)
    assert reply.body["paymentAmount"] == {"currency": "JPY", "value": "1000"}
    assert "notifyType" not in reply.body
    assert len(world.alipay.sent) == 1


def test_a_refused_request_names_every_faulty_field_and_what_was_meant(world: World, http: Http) -> None:
    body = pay_body(productCode="CASH", paymentAmount={"currency": "JPY", "value": "10.5"}, paymentRequestID="X")
    del body["paymentRequestId"], body["order"]["orderDescription"]
    reply = http("pay", call("pay", body))
    assert reply.result == (400, "F", "PARAM_ILLEGAL")
    for part in (
        "productCode: ",
        "paymentAmount.value: ",
        "paymentRequestId: is required",
        "order.orderDescription: is required",
        "paymentRequestID: is not a field of this request; did you mean `paymentRequestId`?",
    ):
        assert part in reply.message
    assert "10.5" not in reply.text
    assert world.alipay.sent == []
    assert world.all_text() == "[]"


def test_the_same_key_with_other_money_content_is_a_conflict(world: World, http: Http) -> None:
    world.alipay.will(Operation.PAY, paid())
    pay(http)
    before = world.all_text()
    reply = pay(http, paymentAmount={"currency": "JPY", "value": "1001"})
    assert reply.result == (409, "F", "REPEAT_REQ_INCONSISTENT")
    assert len(world.alipay.sent) == 1
    assert world.all_text() == before


def test_what_the_state_forbids_is_refused_and_not_sent(world: World, http: Http) -> None:
    world.alipay.will(Operation.CONSULT, no_answer("consult"))
    http("consult", sample("consult"))
    world.alipay.will(Operation.APPLY_TOKEN, token_answer())
    http("notify_authorization", notification("notify_authorization", world.clock))
    reply = http("consult", sample("consult"))
    assert reply.result == (409, "F", "ORDER_STATUS_INVALID")
    assert len(world.alipay.sends_of(Operation.CONSULT)) == 1


def test_a_token_that_was_cancelled_is_refused_and_not_sent(world: World, http: Http) -> None:
    world.alipay.will(Operation.PAY, paid())
    pay(http)
    ended = {"authorizationNotifyType": "TOKEN_CANCELED", "accessToken": TOKEN}
    assert http("notify_authorization", notification("notify_authorization", world.clock, ended)).status == 200
    assert pay(http, payment_request_id="PAY-2").result == (409, "F", "INVALID_ACCESS_TOKEN")
    assert len(world.alipay.sent) == 1


def test_no_answer_is_200_u_and_the_payment_stays_open(world: World, http: Http) -> None:
    world.alipay.will(Operation.PAY, no_answer())
    assert pay(http).result == (200, "U", "UNKNOWN_EXCEPTION")
    assert payment(world).due_at is not None


def test_an_answer_that_is_not_trusted_is_200_u_with_a_hint(world: World, http: Http) -> None:
    world.alipay.will(Operation.PAY, unsigned(hint="KEY_NOT_FOUND"))
    reply = pay(http)
    assert reply.result == (200, "U", "UNKNOWN_EXCEPTION")
    assert "KEY_NOT_FOUND: check keys and client id" in reply.message
    assert payment(world).due_at is not None


def test_where_not_a_byte_was_written_the_answer_is_503_u(world: World, http: Http) -> None:
    world.alipay.will(Operation.PAY, not_reached(), paid())
    reply = pay(http)
    assert reply.result == (503, "U", "UNKNOWN_EXCEPTION")
    assert "Send the same request again" in reply.message
    assert pay(http).result == (200, "S", "SUCCESS")


def test_where_too_little_time_is_left_nothing_is_sent(world: World, http: Http) -> None:
    assert http("pay", sample("pay"), 14.9).result == (503, "U", "UNKNOWN_EXCEPTION")
    assert http("consult", sample("consult"), 14.9).result == (503, "U", "UNKNOWN_EXCEPTION")
    assert http("apply_token", sample("apply_token"), 14.9).result == (503, "U", "UNKNOWN_EXCEPTION")
    assert http("inquiry_payment", sample("inquiry_payment"), 14.9).result == (503, "U", "UNKNOWN_EXCEPTION")
    assert world.alipay.sent == []


def test_with_the_store_down_before_the_call_nothing_is_sent(world: World, http: Http, logged: Logged) -> None:
    outage(world).on = True
    for name in ("pay", "consult", "apply_token", "inquiry_payment"):
        reply = http(name, sample(name))
        assert reply.result == (503, "U", "UNKNOWN_EXCEPTION"), name
        assert "nothing was sent" in reply.message
    assert world.alipay.sent == []
    assert '"StoreUnavailable"' in logged()


def test_with_the_store_down_after_the_call_alipays_body_is_told_and_counted(
    world: World, http: Http, logged: Logged
) -> None:
    store = outage(world)

    def then_down(_: Mapping[str, Any]) -> VerifiedResponse:
        store.on = True
        return odd("SUCCESS", "S")

    world.alipay.will(Operation.PAY, then_down)
    reply = pay(http)
    assert (reply.status, reply.text) == (200, ODD % ("SUCCESS", "S"))
    assert '"AnswersNotStored"' in logged()
    store.on = False
    assert payment(world).due_at is not None


def test_with_the_store_down_after_apply_token_the_answer_is_u_never_a_raw_token(world: World, http: Http) -> None:
    store = outage(world)

    def then_down(_: Mapping[str, Any]) -> VerifiedResponse:
        store.on = True
        return token_answer()

    world.alipay.will(Operation.APPLY_TOKEN, then_down)
    reply = http("apply_token", sample("apply_token"))
    assert reply.result[:2] == (200, "U")
    assert set(reply.body) == {"result"}
    assert TOKEN not in reply.text


def test_a_text_of_alipay_that_was_cut_inside_a_character_is_stored_and_told(world: World, http: Http) -> None:
    body = {
        "result": {"resultCode": "RISK_REJECT", "resultStatus": "F", "resultMessage": "cut \ud83d"},
        "new": "\ud83d",
    }
    world.alipay.will(Operation.PAY, read_response("fake", json.dumps(body).encode()))
    assert pay(http).result == (200, "F", "RISK_REJECT")
    assert payment(world).state is PaymentState.FAIL
    assert pay(http).result == (200, "F", "RISK_REJECT")


def test_a_fault_of_ours_is_500_u_and_its_text_goes_nowhere(world: World, http: Http, logged: Logged) -> None:
    def break_down(_: Mapping[str, Any]) -> VerifiedResponse:
        raise RuntimeError(f"quoting {TOKEN} and the whole body: Monthly plan")

    world.alipay.will(Operation.PAY, break_down)
    reply = pay(http)
    assert reply.result == (500, "U", "UNKNOWN_EXCEPTION")
    told = logged()
    assert '"error":"RuntimeError"' in told
    assert '"Faults"' in told
    for text in (reply.text, told):
        assert "quoting" not in text
        assert "Monthly plan" not in text
    assert payment(world).due_at is not None


def test_unknown_fields_go_to_alipay_where_the_deployment_says_so(world: World, http: Http) -> None:
    world.settings = replace(world.settings, unknown_fields="forward")
    world.alipay.will(Operation.PAY, paid())
    added = {"newField": {"deep": [1, "two", None]}, "another": True}
    assert pay(http, **added).result == (200, "S", "SUCCESS")
    (body,) = world.alipay.sends_of(Operation.PAY)
    assert {name: body[name] for name in added} == added


def test_unknown_fields_are_refused_by_default(world: World, http: Http) -> None:
    reply = pay(http, newField=1)
    assert reply.result == (400, "F", "PARAM_ILLEGAL")
    assert "newField: is not a field of this request" in reply.message


def test_every_field_of_the_sdks_pay_request_passes_by_default_and_a_misspelt_one_does_not(
    world: World, http: Http
) -> None:
    world.alipay.will(Operation.PAY, paid())
    added = {name: {"deep": [1, "two", None]} for name in sorted(KNOWN_NAMES["PayRequest"])}
    assert pay(http, **added).result == (200, "S", "SUCCESS")
    (body,) = world.alipay.sends_of(Operation.PAY)
    assert {name: body[name] for name in added} == added
    reply = pay(http, merchantRegiom="US")
    assert reply.result == (400, "F", "PARAM_ILLEGAL")
    assert "merchantRegiom: is not a field of this request; did you mean `merchantRegion`?" in reply.message


def test_a_name_that_an_sdk_has_is_refused_where_the_deployment_says_so(world: World, http: Http) -> None:
    world.settings = replace(world.settings, unknown_fields="refuse")
    assert pay(http, metadata="{}").result == (400, "F", "PARAM_ILLEGAL")
    assert world.alipay.sent == []


def test_one_line_tells_what_was_handled(world: World, http: Http, logged: Logged) -> None:
    world.alipay.will(Operation.INQUIRY_PAYMENT, asked("PROCESSING"))
    event = sample("inquiry_payment")
    http("inquiry_payment", event)
    lines = [json.loads(line) for line in logged().splitlines() if '"handled"' in line]
    assert [(line["operation"], line["http_status"]) for line in lines] == [("inquiry_payment", 200)]
    assert lines[0]["request_id"] == event["requestContext"]["requestId"]


def test_samples_and_steps_speak_of_the_same_items() -> None:
    assert json.loads(sample("apply_token")["body"])["authCode"] == CODE
    assert json.loads(sample("consult")["body"])["authState"] == STATE
    assert json.loads(sample("notify_payment")["body"])["paymentId"] == paid_fields()["paymentId"]
