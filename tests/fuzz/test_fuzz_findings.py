"""What the fuzzers found once, each as a case of its own."""

import json
from typing import Any

import pytest

from autodebit.domain.payment_states import PaymentState
from autodebit.gateway.client import Operation, read_response
from autodebit.gateway.json_body import LARGEST_MESSAGE
from tests.flows.steps import payment
from tests.fuzz.desk import Desk
from tests.fuzz.material import ROUTE, SPIS
from tests.fuzz.test_fuzz_notifications import signed
from tests.support.events import call
from tests.support.world import paid_fields, pay_body

RESULT = {"resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "success"}


def says(desk: Desk, operation: Operation, body: dict[str, Any]) -> None:
    desk.world.alipay.will(operation, lambda _: read_response(operation.label, json.dumps(body).encode()))


@pytest.mark.parametrize("token", ["S", "1000", "JPY", "SUCCESS", "PAY-1", "result", "e"])
def test_a_token_that_is_a_word_of_the_answer_does_not_change_what_the_answer_says(desk: Desk, token: str) -> None:
    says(desk, Operation.PAY, {"result": RESULT, **paid_fields(), "paymentMethod": {"paymentMethodId": token}})
    response = desk.bring("pay", call("pay", pay_body(token=token))).response
    assert response.result == (200, "S", "SUCCESS")
    assert payment(desk.world).state is PaymentState.SUCCESS
    assert response.body["paymentMethod"] == {"paymentMethodId": payment(desk.world).grant}
    says(desk, Operation.REVOKE, {"result": RESULT})
    assert desk.bring("revoke", call("revoke", {"accessToken": token})).response.result == (200, "S", "SUCCESS")


def test_a_token_that_is_the_id_of_the_payment_does_not_make_the_answer_another_ones(desk: Desk) -> None:
    identity = "PAY-WITH-A-LONG-ID-0001"
    says(desk, Operation.PAY, {"result": RESULT, **paid_fields(identity)})
    assert desk.bring("pay", call("pay", pay_body(identity, token=identity))).response.result == (200, "S", "SUCCESS")
    assert payment(desk.world, identity).state is PaymentState.SUCCESS


def test_a_text_that_was_cut_in_a_character_beside_a_token_is_no_trouble(desk: Desk) -> None:
    token = "28101003_20240701QCnf0zqtVBbEbxubUaCA0uk90001"
    says(desk, Operation.PAY, {"result": RESULT, **paid_fields(), "note": "half a \ud83d", "echo": token})
    response = desk.bring("pay", call("pay", pay_body(token=token))).response
    assert response.result == (200, "S", "SUCCESS")
    assert response.body["note"] == "half a \ufffd"
    assert token not in response.text


def test_an_answer_with_resultinfo_reaches_the_caller_with_a_result(desk: Desk) -> None:
    says(desk, Operation.PAY, {"resultInfo": RESULT, **paid_fields()})
    assert desk.bring("pay", call("pay", pay_body())).response.result == (200, "S", "SUCCESS")


UNREADABLE = {
    "NaN": '"more":NaN',
    "a number out of range": '"more":1e400',
    "a key twice": '"result":{"resultStatus":"F"}',
    "deep": '"more":' + "[" * 900 + "]" * 900,
}


@pytest.mark.parametrize("more", UNREADABLE.values(), ids=UNREADABLE)
def test_an_answer_that_readers_read_differently_settles_nothing(desk: Desk, more: str) -> None:
    text = json.dumps({"result": RESULT, **paid_fields()})[:-1] + f",{more}}}"
    desk.world.alipay.will(Operation.PAY, lambda _: read_response("pay", text.encode()))
    assert desk.bring("pay", call("pay", pay_body())).response.result == (200, "U", "UNKNOWN_EXCEPTION")
    assert payment(desk.world).state.open


def test_an_amount_under_a_blank_name_is_an_amount(desk: Desk) -> None:
    """Samples of Alipay's guides have blanks in names: what stands under one that cannot be read is there all the same."""
    fields = paid_fields()
    del fields["paymentAmount"]
    says(desk, Operation.PAY, {"result": RESULT, **fields, "paymentAmount ": "1000 JPY"})
    assert desk.bring("pay", call("pay", pay_body())).response.result[1] == "U"
    assert payment(desk.world).state.open


@pytest.mark.parametrize("route", SPIS, ids=[route.function for route in SPIS])
def test_an_id_too_long_for_a_key_is_an_anomaly_and_acknowledged(desk: Desk, route: Any) -> None:
    names = ("paymentRequestId", "refundRequestId", "registrationRequestId", "referenceMerchantId", "authState")
    body = {**route.bodies[0], **{name: "9" * 3_000 for name in names if name in route.bodies[0]}}
    event = signed(desk.world, route, json.dumps(body).encode())
    assert desk.bring(route.function, event).response.status == 200
    assert len(desk.world.anomalies()) == 1


def test_a_notification_longer_than_can_be_stored_is_refused(desk: Desk) -> None:
    body = json.dumps({"result": RESULT, **paid_fields(), "padding": "x" * LARGEST_MESSAGE})
    response = desk.refuses_but_keeps("notify_payment", signed(desk.world, ROUTE["notify_payment"], body.encode()))
    assert response.status == 400
