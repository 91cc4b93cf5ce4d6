"""inquiry_payment: Alipay's own words, unless they are older than what is known."""

import pytest

from autodebit.contract import InquiryPaymentRequest
from autodebit.domain.payment_states import PaymentState
from autodebit.errors import StoreUnavailable
from autodebit.flows.payments.sync import inquiry_payment
from autodebit.gateway.client import Operation
from tests.flows.steps import (
    PAYMENT_ID,
    absent,
    asked,
    body_of,
    inquire,
    message_of,
    notify,
    outage,
    paid,
    payment,
    result_of,
    send,
)
from tests.support.alipay import answer, no_answer, not_reached, unsigned
from tests.support.world import World, paid_fields

INQUIRY = Operation.INQUIRY_PAYMENT


def opened(world: World) -> None:
    world.alipay.will(Operation.PAY, no_answer())
    send(world)
    world.clock.forward(1)


STATUSES = {
    "SUCCESS": ("SUCCESS", "SUCCESS", PaymentState.SUCCESS),
    "FAIL": ("FAIL", "RISK_REJECT", PaymentState.FAIL),
    "FAIL with SYSTEM_ERROR": ("FAIL", "SYSTEM_ERROR", PaymentState.FAIL),
    "FAIL with PROCESS_FAIL": ("FAIL", "PROCESS_FAIL", PaymentState.FAIL),
    "CANCELLED has the code SUCCESS": ("CANCELLED", "SUCCESS", PaymentState.CANCELLED),
    "PROCESSING": ("PROCESSING", "PAYMENT_IN_PROCESS", PaymentState.PROCESSING),
    "PENDING": ("PENDING", "PAYMENT_IN_PROCESS", PaymentState.PROCESSING),
    "a status of next year": ("PARTLY_PAID", "SUCCESS", PaymentState.INITIATED),
}


@pytest.mark.parametrize(("status", "code", "state"), STATUSES.values(), ids=STATUSES)
def test_every_payment_status_is_recorded_and_passed_on(
    world: World, status: str, code: str, state: PaymentState
) -> None:
    opened(world)
    told = asked(status, code, transactions=[], acquirerReferenceNo="R-1", somethingNew=1)
    world.alipay.will(INQUIRY, told)
    assert inquire(world).text == told.text
    assert payment(world).state is state
    assert (payment(world).due_at is None) == state.final
    assert world.alipay.sends_of(INQUIRY) == [{"paymentRequestId": "PAY-1"}]


def test_a_status_that_is_missing_says_nothing(world: World) -> None:
    opened(world)
    world.alipay.will(INQUIRY, answer("S", "SUCCESS", **paid_fields()))
    inquire(world)
    assert payment(world).state is PaymentState.INITIATED


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("F", "SYSTEM_ERROR"),
        ("F", "PROCESS_FAIL"),
        ("F", "ACCESS_DENIED"),
        ("U", "PAYMENT_IN_PROCESS"),
        ("U", "UNKNOWN_EXCEPTION"),
        ("U", "REQUEST_TRAFFIC_EXCEED_LIMIT"),
    ],
)
def test_the_result_of_the_inquiry_itself_says_nothing_of_the_payment(world: World, status: str, code: str) -> None:
    opened(world)
    before = payment(world)
    told = answer(status, code, "of the inquiry")
    world.alipay.will(INQUIRY, told)
    assert inquire(world).text == told.text
    assert payment(world) == before


def test_an_open_payment_that_alipay_does_not_know_yet_invites_no_new_id(world: World) -> None:
    opened(world)
    world.alipay.will(INQUIRY, absent())
    assert result_of(inquire(world)) == (200, "U", "PAYMENT_IN_PROCESS")


def test_a_payment_that_was_not_submitted_is_answered_with_what_to_do(world: World) -> None:
    opened(world)
    world.alipay.will(INQUIRY, absent())
    world.clock.forward(100)
    for _ in range(3):
        reply = inquire(world)
        world.clock.forward(15)
    assert payment(world).state is PaymentState.NOT_SUBMITTED
    assert result_of(reply) == (200, "F", "ORDER_NOT_EXIST")
    assert "Repeat this paymentRequestId or cancel it" in message_of(reply)


def test_an_inquiry_that_contradicts_what_is_final_is_answered_with_what_is_final(world: World) -> None:
    world.alipay.will(Operation.PAY, answer("F", "USER_BALANCE_NOT_ENOUGH"))
    send(world)
    world.alipay.will(INQUIRY, asked("SUCCESS"))
    assert body_of(inquire(world))["paymentStatus"] == "FAIL"
    assert world.anomalies() == ["a success was reported of a failed payment"]


def test_a_payment_is_found_by_alipays_id(world: World) -> None:
    world.alipay.will(Operation.PAY, answer("U", "PAYMENT_IN_PROCESS", paymentId=PAYMENT_ID))
    send(world)
    world.alipay.will(INQUIRY, asked("SUCCESS", paymentRequestId=None))
    inquire(world, paymentId=PAYMENT_ID)
    assert payment(world).state is PaymentState.SUCCESS
    assert world.alipay.sends_of(INQUIRY) == [{"paymentId": PAYMENT_ID}]


def test_a_payment_is_found_by_the_answer_if_alipays_id_is_new_to_us(world: World) -> None:
    opened(world)
    world.alipay.will(INQUIRY, asked("SUCCESS"))
    inquire(world, paymentId=PAYMENT_ID)
    assert payment(world).state is PaymentState.SUCCESS
    assert world.repository.payments.id_of(PAYMENT_ID) == "PAY-1"


def test_with_both_ids_alipays_id_tells_which_payment_is_meant(world: World) -> None:
    opened(world)
    world.alipay.will(INQUIRY, asked("SUCCESS", payment_request_id="PAY-9", paymentId="OTHER"))
    inquire(world, paymentId="OTHER", paymentRequestId="PAY-1")
    assert payment(world).state is PaymentState.INITIATED
    assert world.anomalies() == []


@pytest.mark.parametrize("ids", [{"paymentRequestId": "PAY-9"}, {"paymentId": "P-9"}], ids=["ours", "alipays"])
def test_an_unknown_payment_passes_through_unchanged(world: World, ids: dict) -> None:
    told = asked("SUCCESS", payment_request_id="PAY-9", paymentId="P-9")
    world.alipay.will(INQUIRY, told)
    assert inquire(world, **ids).text == told.text
    assert world.repository.payments.find("PAY-9") is None
    assert world.anomalies() == []


def test_of_an_id_that_nobody_knows_a_caller_hears_that_its_pay_may_be_on_its_way(world: World) -> None:
    world.alipay.will(INQUIRY, absent())
    reply = inquire(world, paymentRequestId="PAY-9")
    assert result_of(reply) == (200, "F", "ORDER_NOT_EXIST")
    assert "send the same request again before you take a new id" in message_of(reply)
    assert inquire(world, paymentId="P-9").text == absent().text


@pytest.mark.parametrize("status", ["SUCCESS", "FAIL", "CANCELLED"])
@pytest.mark.parametrize("amount", [{"currency": "JPY", "value": "1"}, {"currency": "USD", "value": "1000"}, "1000"])
def test_an_outcome_that_is_not_ours_settles_nothing_and_is_not_passed_on(world: World, status: str, amount) -> None:
    """A caller who read FAIL here would pay again under another id."""
    opened(world)
    world.alipay.will(INQUIRY, asked(status, "SUCCESS", paymentAmount=amount))
    assert result_of(inquire(world))[:2] == (200, "U")
    assert payment(world).state is PaymentState.INITIATED
    assert payment(world).due_at is not None
    assert len(world.anomalies()) == 1


OLDER = {
    "in process": asked("PROCESSING", "PAYMENT_IN_PROCESS"),
    "U": answer("U", "PAYMENT_IN_PROCESS"),
    "SYSTEM_ERROR": answer("F", "SYSTEM_ERROR"),
    "no answer": no_answer("inquiryPayment"),
    "not reached": not_reached("inquiryPayment"),
    "unsigned": unsigned("inquiryPayment"),
}
SHAPE = {
    "paymentResultMessage": "told",
    "paymentRequestId": "PAY-1",
    "paymentId": PAYMENT_ID,
    "paymentAmount": {"currency": "JPY", "value": "1000"},
    "paymentCreateTime": "2027-01-15T01:17:50-07:00",
}
SUCCEEDED = {"paymentStatus": "SUCCESS", "paymentResultCode": "SUCCESS", "paymentTime": "2027-01-15T01:17:52-07:00"}
FAILED = {"paymentStatus": "FAIL", "paymentResultCode": "RISK_REJECT"}


@pytest.mark.parametrize("when", ["before", "meanwhile"])
@pytest.mark.parametrize(
    ("status", "code", "told"), [("S", "SUCCESS", SUCCEEDED), ("F", "RISK_REJECT", FAILED)], ids=["paid", "failed"]
)
@pytest.mark.parametrize("older", OLDER.values(), ids=OLDER)
def test_a_stored_outcome_goes_before_an_older_word(
    world: World, older, status: str, code: str, told: dict, when: str
) -> None:
    opened(world)
    if when == "before":
        notify(world, status, code)

    def say(_body: object):
        if when == "meanwhile":
            notify(world, status, code)
        if isinstance(older, Exception):
            raise older
        return older

    world.alipay.will(INQUIRY, say)
    body = body_of(inquire(world))
    assert body.pop("result")["resultStatus"] == "S"
    assert body == SHAPE | told


def test_a_cancelled_payment_keeps_the_code_success(world: World) -> None:
    opened(world)
    world.alipay.will(INQUIRY, asked("CANCELLED", "SUCCESS"), no_answer())
    inquire(world)
    body = body_of(inquire(world))
    assert (body["paymentStatus"], body["paymentResultCode"]) == ("CANCELLED", "SUCCESS")


def test_a_success_may_still_become_cancelled_and_nothing_else(world: World) -> None:
    world.alipay.will(Operation.PAY, paid())
    send(world)
    world.alipay.will(INQUIRY, asked("FAIL", "PROCESS_FAIL"), asked("CANCELLED"), asked("SUCCESS"))
    inquire(world)
    assert payment(world).state is PaymentState.SUCCESS
    inquire(world)
    assert payment(world).state is PaymentState.CANCELLED
    inquire(world)
    assert payment(world).state is PaymentState.CANCELLED
    assert world.anomalies() == [
        "a failure was reported of a successful payment",
        "a success was reported of a cancelled payment",
    ]


@pytest.mark.parametrize(
    ("error", "http_status"), [(no_answer("inquiryPayment"), 200), (not_reached("inquiryPayment"), 503)]
)
def test_without_answer_an_open_payment_is_u(world: World, error, http_status: int) -> None:
    opened(world)
    world.alipay.will(INQUIRY, error)
    assert result_of(inquire(world)) == (http_status, "U", "UNKNOWN_EXCEPTION")


def test_with_too_little_time_nothing_is_asked(world: World) -> None:
    opened(world)
    assert result_of(inquire(world, seconds=14.9)) == (503, "U", "UNKNOWN_EXCEPTION")
    assert world.alipay.sends_of(INQUIRY) == []


def test_with_the_store_down_before_the_call_nothing_is_asked(world: World) -> None:
    outage(world).on = True
    request = InquiryPaymentRequest.model_validate({"paymentRequestId": "PAY-1"})
    with pytest.raises(StoreUnavailable):
        inquiry_payment(request, world.runtime())
    assert world.alipay.sent == []


@pytest.mark.parametrize("said", [asked("SUCCESS"), no_answer("inquiryPayment")], ids=["answer", "no answer"])
def test_with_the_store_down_after_the_call_the_caller_is_still_answered(world: World, said) -> None:
    opened(world)
    store = outage(world)

    def and_then_the_store_is_gone(_body: object):
        store.on = True
        if isinstance(said, Exception):
            raise said
        return said

    world.alipay.will(INQUIRY, and_then_the_store_is_gone)
    reply = inquire(world)
    assert reply.http_status == 200
    assert result_of(reply)[1] == ("U" if isinstance(said, Exception) else "S")
    store.on = False
    assert payment(world).due_at is not None
