"""A record that Alipay had before our request is another system's under the same id: it settles nothing and nothing is sent.

The refusal that would have said so (REPEAT_REQ_INCONSISTENT) is lost in all of these.
"""

import pytest

from autodebit.clock import HOUR, MINUTE, iso
from autodebit.domain.payment_states import PaymentState
from autodebit.domain.refund_states import RefundState
from autodebit.domain.tracked_request import OLDER_RECORD
from autodebit.gateway.client import Operation
from tests.flows.cancel_steps import call_off, cancelled, cancels, lost_before, stored_cancel
from tests.flows.refund_steps import buy, give_back, inquire_refund, notify_of, poll_refund_when_due, stored, told
from tests.flows.restore_steps import restore, snapshot
from tests.flows.steps import PAYMENT_ID, absent, asked, inquire, notify, paid, payment, poll_when_due, result_of, send
from tests.support.alipay import answer, no_answer
from tests.support.world import World

CANCEL, INQUIRY, INQUIRY_REFUND = Operation.CANCEL, Operation.INQUIRY_PAYMENT, Operation.INQUIRY_REFUND
PAY, REFUND = Operation.PAY, Operation.REFUND


def created(world: World, minutes: float = -61) -> dict[str, str]:
    """The times of a record that was made so long after our request."""
    moment = iso(payment(world).created_at + round(minutes * MINUTE))
    return {"paymentCreateTime": moment, "paymentTime": moment}


def by_poll(world: World, times: dict[str, str]) -> None:
    world.alipay.will(INQUIRY, asked("SUCCESS", **times))
    poll_when_due(world)


def by_inquiry(world: World, times: dict[str, str]) -> None:
    world.alipay.will(INQUIRY, asked("SUCCESS", **times))
    inquire(world)


def by_notification(world: World, times: dict[str, str]) -> None:
    notify(world, **times)


@pytest.mark.parametrize("heard", [by_poll, by_inquiry, by_notification])
def test_an_older_success_is_not_ours(world: World, heard, refused) -> None:
    lost_before(world)
    heard(world, created(world))
    assert (payment(world).state, payment(world).id_taken) == (PaymentState.INITIATED, True)
    assert world.anomalies() == [OLDER_RECORD]
    world.alipay.will(INQUIRY, asked("SUCCESS", **created(world)))
    assert give_back(world).http_status == 503
    assert refused(lambda: call_off(world)) == (409, "ORDER_STATUS_INVALID")
    assert (world.alipay.sends_of(REFUND), cancels(world)) == ([], 0)


@pytest.mark.parametrize("status", ["FAIL", "CANCELLED", "PROCESSING"])
def test_no_older_word_settles_ours(world: World, status: str) -> None:
    lost_before(world)
    world.alipay.will(INQUIRY, asked(status, **created(world)))
    poll_when_due(world)
    assert (payment(world).state, payment(world).id_taken) == (PaymentState.INITIATED, True)


@pytest.mark.parametrize("named", ["paymentCreateTime", "paymentTime"])
def test_either_time_shows_it(world: World, named: str) -> None:
    lost_before(world)
    world.alipay.will(INQUIRY, asked("SUCCESS", **{**dict.fromkeys(created(world)), named: created(world)[named]}))
    poll_when_due(world)
    assert payment(world).id_taken


@pytest.mark.parametrize(
    "times",
    [
        pytest.param(lambda world: created(world, minutes=-59), id="clocks differ"),
        pytest.param(lambda _world: {"paymentCreateTime": "2024-07-01T01:17:50"}, id="no offset"),
        pytest.param(lambda _world: {"paymentCreateTime": "yesterday"}, id="unreadable"),
    ],
)
def test_what_is_not_clearly_older_is_ours(world: World, times) -> None:
    lost_before(world)
    by_poll(world, times(world))
    assert (payment(world).state, world.anomalies()) == (PaymentState.SUCCESS, [])


def test_a_record_whose_id_our_own_send_was_told_is_ours_whatever_its_times(world: World) -> None:
    world.alipay.will(PAY, answer("U", "PAYMENT_IN_PROCESS", paymentId=PAYMENT_ID))
    send(world)
    by_poll(world, created(world))
    assert (payment(world).state, world.anomalies()) == (PaymentState.SUCCESS, [])


def test_the_answer_to_our_own_send_is_ours_whatever_its_times(world: World) -> None:
    world.alipay.will(PAY, lambda _body: paid(**created(world)))
    assert result_of(send(world))[:2] == (200, "S")
    assert world.anomalies() == []


def test_after_a_restore_an_older_record_may_be_ours(world: World) -> None:
    restore(world, snapshot(world))
    lost_before(world)
    by_poll(world, created(world))
    assert (payment(world).state, world.anomalies()) == (PaymentState.SUCCESS, [])


# --- cancels


def test_a_cancel_asks_first_where_nothing_was_heard_of_the_payment(world: World, refused) -> None:
    lost_before(world)
    world.alipay.will(INQUIRY, asked("SUCCESS", **created(world)))
    assert refused(lambda: call_off(world)) == (409, "ORDER_STATUS_INVALID")
    assert (cancels(world), payment(world).id_taken) == (0, True)
    for _ in range(3):
        poll_when_due(world)
    assert cancels(world) == 0


@pytest.mark.parametrize("said", [absent(), asked("PROCESSING"), asked("SUCCESS")], ids=["absent", "open", "paid"])
def test_then_it_is_sent(world: World, said) -> None:
    lost_before(world)
    world.alipay.will(INQUIRY, said)
    world.alipay.will(CANCEL, cancelled())
    assert result_of(call_off(world))[:2] == (200, "S")
    assert payment(world).state is PaymentState.CANCELLED


@pytest.mark.parametrize("status", ["FAIL", "CANCELLED"])
def test_what_has_ended_meanwhile_needs_no_cancel(world: World, status: str, refused) -> None:
    lost_before(world)
    world.alipay.will(INQUIRY, asked(status))
    if status == "FAIL":
        assert refused(lambda: call_off(world)) == (409, "ORDER_STATUS_INVALID")
    else:
        assert result_of(call_off(world))[:2] == (200, "S")
    assert (cancels(world), payment(world).state) == (0, PaymentState(status))
    assert (payment(world).cancel_pending, payment(world).due_at) == (False, None)


def test_without_an_answer_the_cancel_is_kept_and_the_poller_asks_again(world: World) -> None:
    lost_before(world)
    world.alipay.will(INQUIRY, no_answer("inquiryPayment"))
    assert call_off(world).http_status == 503
    poll_when_due(world)
    assert (cancels(world), stored_cancel(world).pending, stored_cancel(world).lost) == (0, True, False)
    world.alipay.will(INQUIRY, absent())
    world.alipay.will(CANCEL, cancelled())
    poll_when_due(world)
    assert (cancels(world), payment(world).state) == (1, PaymentState.CANCELLED)


def test_the_poller_sends_no_cancel_for_an_older_record(world: World) -> None:
    lost_before(world)
    world.alipay.will(INQUIRY, no_answer("inquiryPayment"), asked("SUCCESS", **created(world)))
    call_off(world)
    for _ in range(4):
        poll_when_due(world)
    assert (cancels(world), payment(world).id_taken, payment(world).state) == (0, True, PaymentState.INITIATED)


# --- refunds


def refund_by_poll(world: World, moment: str) -> None:
    world.alipay.will(INQUIRY_REFUND, told("SUCCESS", refundTime=moment))
    poll_refund_when_due(world)


def refund_by_inquiry(world: World, moment: str) -> None:
    world.alipay.will(INQUIRY_REFUND, told("SUCCESS", refundTime=moment))
    inquire_refund(world)


def refund_by_notification(world: World, moment: str) -> None:
    notify_of(world, refundTime=moment)


@pytest.mark.parametrize("heard", [refund_by_poll, refund_by_inquiry, refund_by_notification])
@pytest.mark.parametrize("older", [True, False], ids=["older", "younger"])
def test_an_older_refund_is_not_ours(world: World, heard, older: bool) -> None:
    buy(world)
    world.clock.forward(3 * HOUR / 1000)
    world.alipay.will(REFUND, no_answer("refund"))
    give_back(world)
    heard(world, iso(stored(world).created_at + (-HOUR - MINUTE if older else MINUTE)))
    wanted = (RefundState.INITIATED, True, [OLDER_RECORD]) if older else (RefundState.SUCCESS, False, [])
    assert (stored(world).state, stored(world).id_taken, world.anomalies()) == wanted
