"""refund: the payment that is to be given back, in every state, by either id, and after a lost answer to pay."""

import pytest

from autodebit.contract import CancelRequest
from autodebit.domain.payment_states import PaymentState
from autodebit.domain.refund_states import RefundState
from autodebit.flows.payments.cancel import cancel
from autodebit.gateway.client import Operation
from tests.flows.refund_steps import buy, give_back, refunded, reserved, stored
from tests.flows.steps import PAYMENT_ID, absent, asked, message_of, notify, paid, payment, result_of, send
from tests.support.alipay import answer, no_answer, not_reached, unsigned
from tests.support.world import World

REFUND, INQUIRY, PAY = Operation.REFUND, Operation.INQUIRY_PAYMENT, Operation.PAY
BY_OURS = {"paymentId": None, "paymentRequestId": "PAY-1"}


def nothing_came_of_it(world: World) -> bool:
    """Nothing was sent, nothing stored, nothing held: the same id may be used once more."""
    sent, there = world.alipay.sends_of(REFUND), world.repository.refunds.find("REF-1")
    return not sent and there is None and reserved(world) == 0


# --- payments that cannot be given back


def failed(world: World) -> None:
    world.alipay.will(PAY, answer("F", "RISK_REJECT"))
    send(world)


def failed_with_its_id(world: World) -> None:
    world.alipay.will(PAY, no_answer())
    send(world)
    notify(world, "F", "RISK_REJECT")


def cancelled(world: World) -> None:
    buy(world)
    world.alipay.will(Operation.CANCEL, answer("S", "SUCCESS", paymentRequestId="PAY-1", paymentId=PAYMENT_ID))
    assert result_of(ask_to_cancel(world)) == (200, "S", "SUCCESS")


def cancel_pending(world: World) -> None:
    buy(world)
    world.alipay.will(Operation.CANCEL, no_answer("cancel"))
    ask_to_cancel(world)


def ask_to_cancel(world: World):
    return cancel(CancelRequest.model_validate({"paymentRequestId": "PAY-1"}), world.runtime())


FORBIDDING = {
    "failed": (failed, "FAIL"),
    "failed, Alipay's id known": (failed_with_its_id, "FAIL"),
    "cancelled": (cancelled, "CANCELLED"),
    "being cancelled": (cancel_pending, "a cancel of this payment was requested"),
}


@pytest.mark.parametrize(("begin", "why"), FORBIDDING.values(), ids=FORBIDDING)
def test_a_payment_in_such_a_state_is_not_given_back_and_nobody_is_asked(
    world: World, begin, why: str, refused
) -> None:
    begin(world)
    before = len(world.alipay.sent)
    assert refused(lambda: give_back(world, **BY_OURS)) == (409, "ORDER_STATUS_INVALID")
    assert len(world.alipay.sent) == before
    assert nothing_came_of_it(world)


def test_a_payment_with_refunds_is_not_cancelled_and_one_whose_only_refund_failed_is(world: World, refused) -> None:
    buy(world)
    world.alipay.will(REFUND, no_answer("refund"))
    give_back(world)
    assert refused(lambda: ask_to_cancel(world)) == (409, "ORDER_STATUS_INVALID")
    assert world.alipay.sends_of(Operation.CANCEL) == []
    world.alipay.will(REFUND, answer("F", "PROCESS_FAIL"))
    assert result_of(give_back(world, "REF-2")) == (200, "F", "PROCESS_FAIL")
    assert refused(lambda: ask_to_cancel(world)) == (409, "ORDER_STATUS_INVALID")


def test_once_a_cancel_is_refused_for_good_the_payment_can_be_given_back(world: World) -> None:
    buy(world)
    world.alipay.will(Operation.CANCEL, answer("F", "CANCEL_WINDOW_EXCEED"))
    ask_to_cancel(world)
    world.alipay.will(REFUND, refunded())
    assert result_of(give_back(world)) == (200, "S", "SUCCESS")


def test_a_cancel_that_comes_between_reading_the_payment_and_holding_the_amount_wins(world: World, refused) -> None:
    buy(world)
    world.alipay.will(Operation.CANCEL, no_answer("cancel"))
    client = world.dynamodb

    class Late:
        def __getattr__(self, name: str):
            return getattr(client, name)

        def transact_write_items(self, **request: object):
            world.dynamodb = client
            ask_to_cancel(world)
            return client.transact_write_items(**request)

    world.dynamodb = Late()
    assert refused(lambda: give_back(world)) == (409, "ORDER_STATUS_INVALID")
    assert payment(world).cancel_pending
    assert nothing_came_of_it(world)


# --- after a lost answer to pay: the outcome and Alipay's id are asked for first


@pytest.fixture
def unheard(world: World) -> World:
    """A world in which the answer to pay was lost."""
    world.alipay.will(PAY, no_answer())
    send(world)
    world.clock.forward(1)
    return world


def test_after_a_lost_answer_to_pay_one_inquiry_brings_the_payment_id_and_the_refund_is_sent(unheard: World) -> None:
    unheard.alipay.will(INQUIRY, asked("SUCCESS"))
    unheard.alipay.will(REFUND, refunded())
    assert result_of(give_back(unheard, **BY_OURS)) == (200, "S", "SUCCESS")
    assert unheard.alipay.sends_of(INQUIRY) == [{"paymentRequestId": "PAY-1"}]
    assert unheard.alipay.sends_of(REFUND)[0]["paymentId"] == PAYMENT_ID
    assert "paymentRequestId" not in unheard.alipay.sends_of(REFUND)[0]
    assert payment(unheard).state is PaymentState.SUCCESS
    assert (stored(unheard).payment_id, reserved(unheard)) == (PAYMENT_ID, 300)


def test_the_inquiry_is_for_the_account_that_the_payment_was_made_for_and_so_are_those_for_the_refund(
    world: World,
) -> None:
    world.alipay.will(PAY, no_answer())
    send(world, merchantAccountId="SHOP-1")
    world.alipay.will(INQUIRY, asked("SUCCESS"))
    world.alipay.will(REFUND, answer("U", "REFUND_IN_PROCESS"))
    world.alipay.will(Operation.INQUIRY_REFUND, answer("U", "UNKNOWN_EXCEPTION"))
    give_back(world, **BY_OURS)
    give_back(world, **BY_OURS)
    assert world.alipay.sends_of(INQUIRY) == [{"paymentRequestId": "PAY-1", "merchantAccountId": "SHOP-1"}]
    assert world.alipay.sends_of(Operation.INQUIRY_REFUND) == [
        {"refundRequestId": "REF-1", "merchantAccountId": "SHOP-1"}
    ]


SILENT = {
    "no answer": no_answer("inquiryPayment"),
    "not reached": not_reached("inquiryPayment"),
    "unsigned": unsigned("inquiryPayment"),
    "SYSTEM_ERROR of the inquiry": answer("F", "SYSTEM_ERROR"),
    "U of the inquiry": answer("U", "UNKNOWN_EXCEPTION"),
    "not known yet": absent(),
    "another amount": asked("SUCCESS", paymentAmount={"currency": "JPY", "value": "9"}),
    "paid, but without Alipay's id": asked("SUCCESS", paymentId=None),
}


@pytest.mark.parametrize("said", SILENT.values(), ids=SILENT)
def test_while_nobody_can_tell_what_became_of_the_payment_the_refund_is_503_and_may_be_asked_for_again(
    unheard: World, said
) -> None:
    unheard.alipay.will(INQUIRY, said)
    reply = give_back(unheard, **BY_OURS)
    assert result_of(reply) == (503, "U", "UNKNOWN_EXCEPTION")
    assert "nothing was refunded" in message_of(reply)
    assert nothing_came_of_it(unheard)
    unheard.alipay.will(INQUIRY, asked("SUCCESS"))
    unheard.alipay.will(REFUND, refunded())
    assert result_of(give_back(unheard, **BY_OURS)) == (200, "S", "SUCCESS")


OTHERWISE = {
    "still processing": (asked("PROCESSING", "PAYMENT_IN_PROCESS"), PaymentState.PROCESSING),
    "failed": (asked("FAIL", "RISK_REJECT"), PaymentState.FAIL),
    "cancelled": (asked("CANCELLED"), PaymentState.CANCELLED),
}


@pytest.mark.parametrize(("said", "state"), OTHERWISE.values(), ids=OTHERWISE)
def test_a_payment_that_turns_out_not_to_be_paid_is_not_given_back(
    unheard: World, said, state: PaymentState, refused
) -> None:
    unheard.alipay.will(INQUIRY, said)
    assert refused(lambda: give_back(unheard, **BY_OURS)) == (409, "ORDER_STATUS_INVALID")
    assert payment(unheard).state is state
    assert nothing_came_of_it(unheard)


def test_a_payment_that_alipay_does_not_know_is_not_given_back_and_one_that_turns_up_is(
    unheard: World, refused
) -> None:
    unheard.alipay.will(INQUIRY, absent())
    unheard.clock.forward(100)
    for _ in range(2):
        assert result_of(give_back(unheard, **BY_OURS))[:2] == (503, "U")
        unheard.clock.forward(15)
    assert refused(lambda: give_back(unheard, **BY_OURS)) == (409, "ORDER_STATUS_INVALID")
    assert payment(unheard).state is PaymentState.NOT_SUBMITTED
    assert nothing_came_of_it(unheard)
    unheard.alipay.will(INQUIRY, asked("SUCCESS"))
    unheard.alipay.will(REFUND, refunded())
    assert result_of(give_back(unheard, **BY_OURS)) == (200, "S", "SUCCESS")


def test_an_inquiry_that_takes_too_long_leaves_the_outcome_stored_and_the_refund_for_the_next_try(
    unheard: World,
) -> None:
    def slow(_body: object):
        unheard.clock.forward(11)
        return asked("SUCCESS")

    unheard.alipay.will(INQUIRY, slow)
    assert result_of(give_back(unheard, **BY_OURS)) == (503, "U", "UNKNOWN_EXCEPTION")
    assert payment(unheard).state is PaymentState.SUCCESS
    assert nothing_came_of_it(unheard)
    unheard.alipay.will(REFUND, refunded())
    assert result_of(give_back(unheard, **BY_OURS)) == (200, "S", "SUCCESS")
    assert len(unheard.alipay.sends_of(INQUIRY)) == 1


def test_with_too_little_time_the_payment_is_not_even_asked_for(unheard: World) -> None:
    assert result_of(give_back(unheard, seconds=14.9, **BY_OURS)) == (503, "U", "UNKNOWN_EXCEPTION")
    assert unheard.alipay.sends_of(INQUIRY) == []


# --- two ids


def test_two_ids_of_two_payments_are_refused(world: World, refused) -> None:
    buy(world)
    world.alipay.will(PAY, paid(payment_request_id="PAY-2"))
    send(world, payment_request_id="PAY-2")
    assert refused(lambda: give_back(world, paymentRequestId="PAY-2")) == (400, "PARAM_ILLEGAL")
    assert nothing_came_of_it(world)


def test_a_payment_id_that_turns_out_to_be_another_payments_gives_nothing_back(unheard: World, refused) -> None:
    """Alipay goes by paymentId, which is new to us: its answer names PAY-2, and the caller meant PAY-1."""
    unheard.alipay.will(PAY, no_answer())
    send(unheard, payment_request_id="PAY-2")
    unheard.alipay.will(INQUIRY, asked("SUCCESS", payment_request_id="PAY-2"))
    ids = {"paymentId": "20240701PAY-2", "paymentRequestId": "PAY-1"}
    assert refused(lambda: give_back(unheard, **ids)) == (400, "PARAM_ILLEGAL")
    assert payment(unheard, "PAY-2").reserved == 0
    assert nothing_came_of_it(unheard)


# --- made elsewhere


def test_a_payment_made_elsewhere_is_given_back_up_to_what_other_refunds_left(world: World, refused) -> None:
    elsewhere = {"transactionType": "REFUND", "transactionId": "R-OLD", "transactionRequestId": "REF-OLD"}
    amount = {"currency": "JPY", "value": "400"}
    others = [{**elsewhere, "transactionAmount": amount, "transactionStatus": "PROCESSING"}]
    world.alipay.will(INQUIRY, asked("SUCCESS", transactions=others))
    world.alipay.will(REFUND, refunded(value="600"))
    assert refused(lambda: give_back(world, value="601")) == (409, "REFUND_AMOUNT_EXCEED")
    assert result_of(give_back(world, value="600")) == (200, "S", "SUCCESS")
    assert reserved(world) == 1000
    assert len(world.alipay.sends_of(INQUIRY)) == 1
    # The one that is under way is asked for; it is never sent from here.
    world.alipay.will(Operation.INQUIRY_REFUND, answer("F", "ORDER_NOT_EXIST"))
    old = give_back(world, "REF-OLD", "400")
    assert result_of(old) == (200, "U", "REFUND_IN_PROCESS")
    assert stored(world, "REF-OLD").state is RefundState.PROCESSING
    assert len(world.alipay.sends_of(REFUND)) == 1


def test_a_payment_that_nobody_knows_is_answered_as_alipay_does_and_one_that_nobody_can_tell_of_is_503(
    world: World,
) -> None:
    world.alipay.will(INQUIRY, absent(), no_answer("inquiryPayment"))
    assert result_of(give_back(world)) == (200, "F", "ORDER_NOT_EXIST")
    assert result_of(give_back(world)) == (503, "U", "UNKNOWN_EXCEPTION")
    assert world.alipay.sends_of(REFUND) == []
    assert world.repository.refunds.find("REF-1") is None
