"""What Alipay says of a request that is not ours settles nothing, and nothing is sent that could move its money."""

from dataclasses import replace

import pytest

from autodebit.domain.payment_states import PaymentState
from autodebit.domain.refund_states import RefundState
from autodebit.domain.tracked_request import ID_TAKEN
from autodebit.gateway.client import Operation
from tests.flows.cancel_steps import call_off, cancelled, cancels, in_process_before
from tests.flows.refund_steps import (
    buy,
    give_back,
    inquire_refund,
    notify_of,
    poll_refund_when_due,
    stored,
    told,
    unknown_refund,
)
from tests.flows.steps import absent, asked, inquire, notify, payment, poll_when_due, result_of, send
from tests.support.alipay import answer, no_answer, not_reached
from tests.support.world import World

INQUIRY, PAY, REFUND = Operation.INQUIRY_PAYMENT, Operation.PAY, Operation.REFUND
INQUIRY_REFUND = Operation.INQUIRY_REFUND
USED_BEFORE = answer("F", "REPEAT_REQ_INCONSISTENT")


def refund_answered(payment_id: str):
    amount = {"currency": "JPY", "value": "300"}
    fields = {"refundRequestId": "REF-1", "refundId": "20240702REF-1", "refundAmount": amount}
    return answer("S", "SUCCESS", "ok", paymentId=payment_id, **fields)


def test_a_refund_of_another_payment_is_not_settled_by_an_inquiry_that_names_none(world: World) -> None:
    buy(world)
    world.alipay.will(REFUND, refund_answered("ANOTHER-PAYMENT"))
    assert result_of(give_back(world))[:2] == (200, "U")
    world.alipay.will(INQUIRY_REFUND, told("SUCCESS"))
    for _ in range(3):
        poll_refund_when_due(world)
    assert result_of(inquire_refund(world))[:2] == (200, "U")
    notify_of(world)
    assert (stored(world).state, payment(world).reserved) == (RefundState.INITIATED, 300)
    assert result_of(give_back(world))[:2] == (200, "U")
    assert len(world.alipay.sends_of(REFUND)) == 1


@pytest.mark.parametrize("lost_first", [False, True], ids=["first send", "after a lost answer"])
def test_an_id_that_was_used_elsewhere_stays_open_for_people(world: World, lost_first: bool, refused) -> None:
    """All sends carry the same content, so REPEAT_REQ_INCONSISTENT never speaks of a send of ours."""
    world.alipay.will(PAY, *([no_answer()] if lost_first else []), USED_BEFORE)
    send(world)
    if lost_first:
        send(world)
    world.alipay.will(INQUIRY, asked("SUCCESS"))
    poll_when_due(world)
    notify(world)
    assert result_of(inquire(world))[:2] == (200, "U")
    assert (payment(world).state, payment(world).due_at is not None) == (PaymentState.INITIATED, True)
    assert refused(lambda: call_off(world)) == (409, "ORDER_STATUS_INVALID")
    assert cancels(world) == 0
    assert ID_TAKEN in world.anomalies()


WORDS = {
    "a notification": lambda world: notify(world),
    "an inquiry": lambda world: (world.alipay.will(INQUIRY, asked("SUCCESS")), inquire(world)),
    "a poll": lambda world: (world.alipay.will(INQUIRY, asked("SUCCESS")), poll_when_due(world)),
}


@pytest.mark.parametrize("word", WORDS.values(), ids=WORDS)
def test_a_word_on_an_id_that_certainly_never_left_is_not_ours(world: World, word, refused) -> None:
    world.alipay.will(PAY, not_reached())
    assert result_of(send(world))[0] == 503
    word(world)
    assert (payment(world).state, payment(world).id_taken) == (PaymentState.INITIATED, True)
    assert world.anomalies() == [ID_TAKEN]
    assert result_of(send(world))[:2] == (200, "U")
    assert len(world.alipay.sends_of(PAY)) == 1
    assert refused(lambda: call_off(world)) == (409, "ORDER_STATUS_INVALID")


def test_a_refund_that_certainly_never_left_is_not_settled_by_another_refunds_success(world: World) -> None:
    buy(world)
    world.alipay.will(REFUND, not_reached("refund"))
    give_back(world)
    notify_of(world)
    assert (stored(world).state, payment(world).reserved) == (RefundState.INITIATED, 0)


def test_an_id_of_alipays_that_is_another_payments_ends_belief_in_ours(world: World) -> None:
    world.alipay.will(PAY, no_answer(), no_answer())
    send(world)
    send(world, payment_request_id="PAY-2")
    notify(world)
    world.alipay.will(INQUIRY, asked("SUCCESS", payment_request_id="PAY-2", paymentId=payment(world).payment_id))
    inquire(world, paymentRequestId="PAY-2")
    assert payment(world, "PAY-2").id_taken
    notify(world, payment_request_id="PAY-2")
    assert payment(world, "PAY-2").state is PaymentState.INITIATED


@pytest.mark.parametrize("repeats", [1, 2])
def test_a_cancel_of_an_id_that_certainly_never_left_is_kept_and_not_sent(world: World, repeats: int, refused) -> None:
    """Alipay's record under the id, if there is one, is another system's."""
    world.alipay.will(PAY, not_reached())
    send(world)
    for _ in range(repeats):
        assert result_of(call_off(world)) == (200, "F", "ORDER_NOT_EXIST")
    world.alipay.will(INQUIRY, absent())
    for _ in range(6):
        poll_when_due(world)
    assert payment(world).cancel_pending
    assert refused(lambda: send(world)) == (409, "ORDER_STATUS_INVALID")
    world.alipay.will(INQUIRY, asked("SUCCESS"))
    poll_when_due(world)
    assert payment(world).id_taken
    poll_when_due(world)
    assert (cancels(world), len(world.alipay.sends_of(PAY))) == (0, 1)


def test_a_payment_that_may_have_left_once_is_cancelled_at_alipay(world: World) -> None:
    world.alipay.will(PAY, no_answer(), not_reached())
    send(world)
    send(world)
    world.alipay.will(INQUIRY, absent())
    world.alipay.will(Operation.CANCEL, cancelled())
    assert result_of(call_off(world))[:2] == (200, "S")
    assert cancels(world) == 1


def test_a_payment_in_process_that_another_payment_is_told_of_is_not_cancelled(world: World, refused) -> None:
    in_process_before(world)
    notify(world, paymentId="ANOTHER-PAYMENT")
    assert refused(lambda: call_off(world)) == (409, "ORDER_STATUS_INVALID")
    assert cancels(world) == 0


def test_nor_by_the_deployment_itself(world: World) -> None:
    world.settings = replace(world.settings, cancel_open_after=1_000)
    in_process_before(world)
    world.alipay.will(INQUIRY, asked("PROCESSING", paymentId="ANOTHER-PAYMENT"))
    for _ in range(3):
        poll_when_due(world)
    assert (cancels(world), payment(world).id_taken) == (0, True)


# --- what is asked and told of a taken id


def test_a_refund_with_a_taken_id_is_not_asked_for_by_the_poller_and_stays_due(world: World) -> None:
    buy(world)
    world.alipay.will(REFUND, USED_BEFORE)
    give_back(world)
    world.alipay.will(INQUIRY_REFUND, told("SUCCESS"))
    for _ in range(3):
        poll_refund_when_due(world)
    assert world.alipay.sends_of(INQUIRY_REFUND) == []
    assert (stored(world).state, stored(world).due_at is not None) == (RefundState.INITIATED, True)


@pytest.mark.parametrize("said", [absent(), asked("PROCESSING"), asked("FAIL")], ids=["absent", "open", "failed"])
def test_an_inquiry_of_a_taken_id_tells_nothing_of_the_other_request(world: World, said) -> None:
    world.alipay.will(PAY, USED_BEFORE)
    taken = send(world)
    world.clock.forward(120)
    world.alipay.will(INQUIRY, said)
    assert inquire(world).text == send(world).text != taken.text


@pytest.mark.parametrize("said", [absent(), asked("PROCESSING"), asked("SUCCESS")], ids=["absent", "open", "paid"])
def test_an_inquiry_of_a_success_in_doubt_does_not_say_success(world: World, said) -> None:
    def meanwhile(_body: object):
        notify(world)
        return USED_BEFORE

    world.alipay.will(PAY, meanwhile)
    send(world)
    world.alipay.will(INQUIRY, said)
    assert result_of(inquire(world))[:2] == (200, "U")
    assert (payment(world).state, payment(world).id_taken) == (PaymentState.SUCCESS, True)


@pytest.mark.parametrize("said", [unknown_refund(), told("PROCESSING"), told("FAIL")], ids=["absent", "open", "failed"])
def test_an_inquiry_of_a_refund_with_a_taken_id_tells_nothing_of_the_other_one(world: World, said) -> None:
    buy(world)
    world.alipay.will(REFUND, USED_BEFORE)
    give_back(world)
    world.clock.forward(120)
    world.alipay.will(INQUIRY_REFUND, said)
    assert inquire_refund(world).text == give_back(world).text
    assert payment(world).reserved == 300


def test_a_cancel_that_was_wanted_before_the_id_turned_out_taken_is_not_sent_again(world: World) -> None:
    in_process_before(world)
    world.alipay.will(Operation.CANCEL, no_answer("cancel"))
    call_off(world)
    notify(world, paymentId="ANOTHER-PAYMENT")
    for _ in range(3):
        poll_when_due(world)
    assert (cancels(world), payment(world).id_taken, payment(world).due_at is not None) == (1, True, True)
