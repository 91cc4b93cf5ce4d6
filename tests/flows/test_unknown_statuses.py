"""A status in other letters means the same; one that nobody knows moves nothing and is an anomaly, whoever brings it."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from autodebit.contract import NotifyPaymentRequest
from autodebit.domain.declaration_states import DeclarationState
from autodebit.domain.payment_states import PaymentState
from autodebit.domain.refund_states import RefundState
from autodebit.domain.registration_states import RegistrationState
from autodebit.flows.payments.sync import notify_payment
from autodebit.gateway.client import Operation, VerifiedResponse
from tests.flows import customs_steps as customs
from tests.flows import refund_steps as refunds
from tests.flows.registering import accepted as registration_accepted
from tests.flows.registering import (
    inquire_status,
    poll_registration_when_due,
    register,
    registered,
    stands,
)
from tests.flows.steps import asked, body_of, inquire, paid, payment, poll_when_due, send
from tests.support.alipay import answer, no_answer
from tests.support.world import TOKEN, World, paid_fields

NOT_KNOWN = ["an answer whose status is not known"]
ODD = ["FROZEN", "Success!", "\u017fUCCESS", "PAID SUCCESS", ""]


def lost(world: World) -> None:
    world.alipay.will(Operation.PAY, no_answer())
    send(world)


def lost_refund(world: World) -> None:
    refunds.buy(world)
    world.alipay.will(Operation.REFUND, no_answer("refund"))
    refunds.give_back(world)


@pytest.mark.parametrize("ask", [inquire, poll_when_due])
@pytest.mark.parametrize("status", ["success", " Success", "SUCCESS\n"])
def test_a_payments_status_in_other_letters_settles_it(world: World, ask: Callable[[World], Any], status: str) -> None:
    lost(world)
    world.alipay.will(Operation.INQUIRY_PAYMENT, asked(status))
    ask(world)
    assert (payment(world).state, world.anomalies()) == (PaymentState.SUCCESS, [])


@pytest.mark.parametrize("ask", [inquire, poll_when_due])
@pytest.mark.parametrize("status", ODD)
def test_a_payments_unknown_status_is_an_anomaly(world: World, ask: Callable[[World], Any], status: str) -> None:
    lost(world)
    world.alipay.will(Operation.INQUIRY_PAYMENT, asked(status))
    ask(world)
    stored = payment(world)
    assert (stored.state, world.anomalies()) == (PaymentState.INITIATED, NOT_KNOWN)
    assert stored.due_at is not None


def test_an_unknown_status_that_is_a_token_is_not_kept(world: World) -> None:
    lost(world)
    for status in (TOKEN, "sk_live_abcdefgh"):
        world.alipay.will(Operation.INQUIRY_PAYMENT, asked(status))
        inquire(world)
        assert status not in world.all_text()
        assert status.upper() not in world.all_text()


def test_an_unknown_status_is_kept_and_counted_not_repeated(world: World) -> None:
    lost(world)
    world.alipay.will(Operation.INQUIRY_PAYMENT, asked("FROZEN"))
    inquire(world)
    inquire(world)
    assert world.anomalies() == NOT_KNOWN
    assert "'status': {'S': 'FROZEN'}" in world.all_text()


def test_an_unknown_status_of_a_final_payment_moves_nothing(world: World) -> None:
    world.alipay.will(Operation.PAY, paid())
    send(world)
    world.alipay.will(Operation.INQUIRY_PAYMENT, asked("FROZEN"))
    assert body_of(inquire(world))["paymentStatus"] == "SUCCESS"
    assert (payment(world).state, world.anomalies()) == (PaymentState.SUCCESS, NOT_KNOWN)


@pytest.mark.parametrize("ask", [refunds.inquire_refund, refunds.poll_refund_when_due])
@pytest.mark.parametrize(
    ("status", "state", "anomalies"),
    [("success ", RefundState.SUCCESS, []), ("Fail", RefundState.FAIL, [])]
    + [(status, RefundState.INITIATED, NOT_KNOWN) for status in ODD],
)
def test_a_refunds_status(
    world: World, ask: Callable[[World], Any], status: str, state: RefundState, anomalies: list[str]
) -> None:
    lost_refund(world)
    world.alipay.will(Operation.INQUIRY_REFUND, refunds.told(status))
    ask(world)
    assert (refunds.stored(world).state, world.anomalies()) == (state, anomalies)


@pytest.mark.parametrize("ask", [customs.ask_customs, customs.poll_customs_when_due])
@pytest.mark.parametrize(
    ("status", "state", "anomalies"),
    [
        (" customs_processing_completed", DeclarationState.COMPLETED, []),
        ("HELD_AT_CUSTOMS", DeclarationState.IN_PROCESS, NOT_KNOWN),
    ],
)
def test_a_declarations_status(
    world: World, ask: Callable[[World], Any], status: str, state: DeclarationState, anomalies: list[str]
) -> None:
    customs.accepted(world)
    world.alipay.will(customs.INQUIRY, customs.on_record(customs.record(declarationRequestStatus=status)))
    ask(world)
    assert (customs.declaration(world).state, world.anomalies()) == (state, anomalies)


@pytest.mark.parametrize("ask", [lambda world: inquire_status(world), poll_registration_when_due], ids=["ask", "poll"])
@pytest.mark.parametrize(
    ("status", "state", "anomalies"),
    [
        ("completed ", RegistrationState.COMPLETED, []),
        ("ON_HOLD", RegistrationState.PENDING, NOT_KNOWN),
    ],
)
def test_a_registrations_status(
    world: World, ask: Callable[[World], Any], status: str, state: RegistrationState, anomalies: list[str]
) -> None:
    world.alipay.will(Operation.REGISTRATION, registration_accepted())
    register(world)
    world.alipay.will(Operation.INQUIRY_REGISTRATION_STATUS, stands(status, GCASH="approved"))
    ask(world)
    assert (registered(world).state, world.anomalies()) == (state, anomalies)
    assert registered(world).wallets[0].decided


def test_an_answer_to_pay_with_an_unknown_status_is_an_anomaly_and_leaves_it_open(world: World) -> None:
    def odd(_: Mapping[str, Any]) -> VerifiedResponse:
        return answer("MAYBE", "SUCCESS", **paid_fields())

    world.alipay.will(Operation.PAY, odd)
    assert body_of(send(world))["result"]["resultStatus"] == "U"
    assert (payment(world).state, world.anomalies()) == (PaymentState.INITIATED, NOT_KNOWN)


# --- what a repeat is answered


EXTRA: dict[str, Any] = {
    "actualPaymentAmount": {"currency": "JPY", "value": 990},
    "processingAmount": {"currency": "JPY", "value": "10"},
    "paymentQuote": {"guaranteed": False, "quotePrice": 0.064622, "quoteUnit": 100},
    "settlementQuote": {"guaranteed": True, "quotePrice": 1.5, "quoteId": None},
    "acquirerInfo": {"acquirerName": "Alipay+", "terminal": 5},
    "paymentResultInfo": {},
    "promotionResult": [{"promotionType": "DISCOUNT", "discount": {"savingsAmount": {"value": 10}}}],
}


def by_notification(world: World) -> None:
    result = {"resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "told"}
    body = {"notifyType": "PAYMENT_RESULT", "result": result, **paid_fields(), **EXTRA}
    notify_payment(NotifyPaymentRequest.read(body), world.runtime(15))


def by_inquiry(world: World) -> None:
    world.alipay.will(Operation.INQUIRY_PAYMENT, asked("SUCCESS", **EXTRA))
    inquire(world)


@pytest.mark.parametrize("settle", [by_notification, by_inquiry])
def test_a_repeats_answer_keeps_types_and_the_sdks_fields(world: World, settle: Callable[[World], None]) -> None:
    lost(world)
    settle(world)
    told = body_of(send(world))
    assert {name: told.get(name) for name in EXTRA} == EXTRA
    assert '"quotePrice":0.064622' in json.dumps(told, separators=(",", ":"))


@pytest.mark.parametrize("settle", [by_notification, by_inquiry])
def test_an_inquirys_answer_without_alipay_keeps_them_too(world: World, settle: Callable[[World], None]) -> None:
    lost(world)
    settle(world)
    world.alipay.will(Operation.INQUIRY_PAYMENT, no_answer("inquiryPayment"))
    told = body_of(inquire(world))
    assert {name: told.get(name) for name in EXTRA} == EXTRA


def test_the_sdks_name_of_promotions_in_inquiries_becomes_pays(world: World) -> None:
    lost(world)
    world.alipay.will(Operation.INQUIRY_PAYMENT, asked("SUCCESS", promotionResults=EXTRA["promotionResult"]))
    inquire(world)
    assert body_of(send(world))["promotionResult"] == EXTRA["promotionResult"]


def test_a_refunds_repeat_keeps_types_and_the_sdks_fields(world: World) -> None:
    lost_refund(world)
    extra = {"actualRefundAmount": {"currency": "JPY", "value": 300}, "acquirerInfo": {"n": 1}}
    refunds.notify_of(world, **extra)
    told = body_of(refunds.give_back(world))
    assert {name: told.get(name) for name in extra} == extra
