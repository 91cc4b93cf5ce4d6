"""A cancel that overtakes its pay: whoever heard "nothing was taken, take a new id" must not be debited by the old one."""

import json

import pytest

from autodebit.clock import DAY
from autodebit.domain.cancellation import CancelState
from autodebit.domain.payment_states import CALLERS_ACTED_ON_ABSENCE, PaymentState
from autodebit.errors import StoreUnavailable
from autodebit.flows.outbox import publish_events
from autodebit.gateway.client import Operation, VerifiedResponse
from autodebit.repository.payments import Payments
from tests.flows.cancel_steps import call_off, cancelled, cancels, lost_before, stored_cancel
from tests.flows.refund_steps import give_back, refunded
from tests.flows.steps import (
    absent,
    asked,
    body_of,
    inquire,
    message_of,
    notify,
    outage,
    payment,
    poll_when_due,
    result_of,
    send,
)
from tests.flows.test_publish_events import Bus, as_lambda_has_it, records_of
from tests.support.alipay import answer, no_answer, not_reached
from tests.support.schemas import faults_of
from tests.support.world import World

CANCEL, INQUIRY, PAY, REFUND = Operation.CANCEL, Operation.INQUIRY_PAYMENT, Operation.PAY, Operation.REFUND
TAKE_A_NEW_ID = (409, "ORDER_STATUS_INVALID")


def cancelled_first(world: World, told: object = None) -> tuple[int, str, str]:
    """A cancel of PAY-1, which nobody knows; Alipay answers the cancel with *told*."""
    world.alipay.will(INQUIRY, absent())
    world.alipay.will(CANCEL, told or absent())  # type: ignore[arg-type]
    return result_of(call_off(world))


def test_a_pay_that_comes_after_its_cancel_is_refused_and_never_sent(world: World, refused) -> None:
    assert cancelled_first(world) == (200, "F", "ORDER_NOT_EXIST")
    for _ in range(3):
        assert refused(lambda: send(world)) == TAKE_A_NEW_ID
        world.clock.forward(100_000)
    assert world.alipay.sends_of(PAY) == []


def test_it_is_stored_before_alipay_hears_of_it(world: World, refused) -> None:
    def seen(_body: object) -> VerifiedResponse:
        assert refused(lambda: send(world)) == TAKE_A_NEW_ID
        return absent()

    assert cancelled_first(world, seen) == (200, "F", "ORDER_NOT_EXIST")
    assert cancels(world) == 1


def test_if_it_cannot_be_stored_nobody_hears_that_nothing_was_taken(world: World) -> None:
    world.alipay.will(INQUIRY, absent())
    store = outage(world)
    store.on, store.hits = True, lambda method, _request: method == "put_item"
    with pytest.raises(StoreUnavailable):
        call_off(world)
    assert cancels(world) == 0


@pytest.mark.parametrize(
    ("told", "heard"),
    [(no_answer("cancel"), (200, "U")), (not_reached("cancel"), (503, "U")), (answer("U", "UNKNOWN_EXCEPTION"), (200, "U"))],
    ids=["lost", "not reached", "U"],
)  # fmt: skip
def test_without_a_verdict_it_stays_due_the_poller_goes_on_and_pay_is_refused(
    world: World, told, heard, refused
) -> None:
    assert cancelled_first(world, told)[:2] == heard
    assert payment(world).due_at is not None
    sent = cancels(world)
    poll_when_due(world)
    assert cancels(world) == sent + 1
    assert refused(lambda: send(world)) == TAKE_A_NEW_ID


def test_a_repeat_asks_alipay_again_and_is_told_the_same(world: World) -> None:
    first = cancelled_first(world)
    assert result_of(call_off(world)) == first
    assert cancels(world) == 2


def test_a_pay_whose_intent_is_stored_just_before_the_cancel_is_cancelled_as_ever(world: World, monkeypatch) -> None:
    claim = Payments.claim_cancel

    def late(*told):
        if not world.alipay.sends_of(PAY):
            lost_before(world)
        return claim(*told)

    monkeypatch.setattr(Payments, "claim_cancel", late)
    assert cancelled_first(world, cancelled()) == (200, "S", "SUCCESS")
    assert (payment(world).adopted, payment(world).sends) == (False, 1)


def test_what_turns_up_from_elsewhere_is_cancelled_by_the_poller(world: World) -> None:
    cancelled_first(world)
    notify(world)
    found = payment(world)
    assert (found.state, found.amount.value, found.amount.currency) == (PaymentState.SUCCESS, "1000", "JPY")
    world.alipay.will(INQUIRY, asked("SUCCESS"))
    world.alipay.will(CANCEL, cancelled())
    poll_when_due(world)
    assert (payment(world).state, payment(world).due_at) == (PaymentState.CANCELLED, None)
    assert world.anomalies() == [CALLERS_ACTED_ON_ABSENCE]


def test_it_is_looked_for_for_ever_ever_more_rarely(world: World) -> None:
    """From the first answer on callers take new ids, so nothing may end what was promised to them."""
    cancelled_first(world)
    waits = []
    for _ in range(14):
        before = world.clock.now()
        poll_when_due(world)
        waits.append(world.clock.now() - before)
    assert payment(world).cancel_pending
    assert waits[3:] == sorted(waits[3:])
    assert DAY <= waits[4] < waits[-1] == 30 * DAY


def test_what_turned_up_and_could_not_be_cancelled_can_be_refunded_up_to_its_amount(world: World, refused) -> None:
    cancelled_first(world)
    notify(world)
    world.alipay.will(INQUIRY, asked("SUCCESS"))
    world.alipay.will(CANCEL, answer("F", "CANCEL_WINDOW_EXCEED"))
    for _ in range(6):
        if stored_cancel(world).pending:
            poll_when_due(world)
    assert stored_cancel(world).state is CancelState.REFUSED
    world.alipay.will(REFUND, refunded(value="1000"))
    assert refused(lambda: give_back(world, value="1001")) == (409, "REFUND_AMOUNT_EXCEED")
    assert result_of(give_back(world, value="1000"))[1] == "S"


@pytest.mark.parametrize("amount", [None, {"currency": "JPY", "value": "much"}], ids=["left out", "unreadable"])
def test_an_amount_that_nobody_can_read_is_not_learned(world: World, amount: object) -> None:
    cancelled_first(world)
    world.alipay.will(INQUIRY, asked("SUCCESS", paymentAmount=amount))
    reply = inquire(world)
    assert (payment(world).state, payment(world).amount.known) == (PaymentState.SUCCESS, False)
    assert result_of(reply)[1] == "U"  # its cancel is pending: nobody is to deliver
    world.alipay.will(INQUIRY, no_answer("inquiryPayment"))
    assert "paymentAmount" not in body_of(inquire(world))
    world.alipay.will(INQUIRY, asked("SUCCESS"))
    inquire(world)
    assert payment(world).amount.value == "1000"


@pytest.mark.parametrize("code", ["SYSTEM_ERROR", "PROCESS_FAIL", "CANCEL_WINDOW_EXCEED", "A_CODE_OF_NEXT_YEAR"])
def test_no_refusal_drops_it_because_its_event_has_invited_a_new_id(world: World, code: str, refused) -> None:
    assert cancelled_first(world, answer("F", code)) == (200, "U", "UNKNOWN_EXCEPTION")
    assert refused(lambda: send(world)) == TAKE_A_NEW_ID
    world.alipay.will(CANCEL, answer("F", code))
    assert result_of(call_off(world)) == (200, "U", "UNKNOWN_EXCEPTION")
    assert refused(lambda: send(world)) == TAKE_A_NEW_ID
    assert world.alipay.sends_of(PAY) == []
    notify(world)
    world.alipay.will(INQUIRY, asked("SUCCESS"))
    world.alipay.will(CANCEL, cancelled())
    poll_when_due(world)
    assert payment(world).state is PaymentState.CANCELLED


def test_a_payment_whose_cancel_stands_alone_cannot_be_refunded(world: World, refused) -> None:
    cancelled_first(world)
    assert refused(lambda: give_back(world, paymentId=None, paymentRequestId="PAY-1")) == TAKE_A_NEW_ID


def test_its_event_tells_of_the_cancel_without_an_amount_and_invites_nobody_to_repeat(world: World) -> None:
    cancelled_first(world)
    bus = Bus()
    assert publish_events([as_lambda_has_it(record) for record in records_of(world)], bus.publisher) == []
    (event,) = bus.entries
    kind, detail = event["DetailType"], json.loads(event["Detail"])
    assert (kind, detail["state"], detail["cancel"]) == ("Payment State Changed", "NOT_SUBMITTED", "REQUESTED")
    assert not {"paymentAmount", "advice"} & set(detail)
    assert faults_of(kind, detail) == []


def test_what_to_do_is_told(world: World) -> None:
    world.alipay.will(INQUIRY, absent())
    world.alipay.will(CANCEL, absent())
    told = message_of(call_off(world))
    assert "nothing was taken" in told
    assert "take a new paymentRequestId" in told
