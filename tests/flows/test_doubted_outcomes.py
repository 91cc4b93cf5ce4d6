"""The answer to our own send outranks a word that came before it: what it contradicts moves no money any more."""

import pytest

from autodebit.domain.payment_states import PaymentState
from autodebit.domain.refund_states import RefundState
from autodebit.gateway.client import Operation
from autodebit.repository.stream import state_changes
from tests.flows.cancel_steps import call_off, cancels
from tests.flows.refund_steps import buy, give_back, notify_of, stored
from tests.flows.steps import notify, paid, payment, result_of, send
from tests.flows.test_publish_events import as_lambda_has_it, records_of
from tests.support.alipay import answer, no_answer
from tests.support.world import World

CANCEL, INQUIRY, PAY, REFUND = Operation.CANCEL, Operation.INQUIRY_PAYMENT, Operation.PAY, Operation.REFUND
USED_BEFORE = answer("F", "REPEAT_REQ_INCONSISTENT")


@pytest.mark.parametrize("sends", [1, 2])
def test_a_success_of_another_systems_payment_that_is_notified_before_our_refusal(
    world: World, sends: int, refused
) -> None:
    def meanwhile(_body: object):
        notify(world)
        return USED_BEFORE

    world.alipay.will(PAY, *([no_answer()] * (sends - 1)), meanwhile)
    replies = [send(world) for _ in range(sends)]
    assert result_of(replies[-1])[:2] == (200, "U")
    assert (payment(world).state, payment(world).id_taken) == (PaymentState.SUCCESS, True)
    assert result_of(send(world))[:2] == (200, "U")
    assert refused(lambda: call_off(world)) == (409, "ORDER_STATUS_INVALID")
    assert refused(lambda: give_back(world)) == (409, "ORDER_STATUS_INVALID")
    assert (cancels(world), world.alipay.sends_of(REFUND)) == (0, [])
    changes = [state_changes(as_lambda_has_it(record)) for record in records_of(world)]
    assert [change.after for change in changes if hasattr(change, "after")][-1] == "PROCESSING"


def test_an_answer_of_ours_that_names_another_payment_id_than_a_notification_before(world: World, refused) -> None:
    def meanwhile(_body: object):
        notify(world, paymentId="OF-B")
        return paid(paymentId="OURS")

    world.alipay.will(PAY, meanwhile)
    assert result_of(send(world))[:2] == (200, "U")
    assert refused(lambda: give_back(world, paymentId=None, paymentRequestId="PAY-1"))[0] == 409


def test_a_refund_that_another_refunds_success_seemed_to_settle(world: World) -> None:
    buy(world)

    def meanwhile(_body: object):
        notify_of(world)
        return USED_BEFORE

    world.alipay.will(REFUND, meanwhile)
    assert result_of(give_back(world))[:2] == (200, "U")
    assert result_of(give_back(world))[:2] == (200, "U")
    assert (stored(world).id_taken, payment(world).reserved) == (True, 300)


def test_an_s_to_our_own_send_after_a_notified_failure_invites_no_new_id(world: World) -> None:
    def meanwhile(_body: object):
        notify(world, "F", "RISK_REJECT")
        return paid()

    world.alipay.will(PAY, meanwhile)
    assert result_of(send(world))[:2] == (200, "U")
    assert result_of(send(world))[:2] == (200, "U")
    assert world.anomalies() == ["a success was reported of a failed payment"]


@pytest.mark.parametrize("code", ["REFUND_IN_PROCESS", "UNKNOWN_EXCEPTION", "REQUEST_TRAFFIC_EXCEED_LIMIT"])
def test_an_f_with_a_code_that_means_not_known_yet_frees_nothing(world: World, code: str) -> None:
    buy(world)
    world.alipay.will(REFUND, answer("F", code))
    assert result_of(give_back(world))[:2] == (200, "U")
    notify_of(world, "", code, refundStatus=None, result={"resultStatus": "F", "resultCode": code})
    assert (stored(world).state, payment(world).reserved) == (RefundState.INITIATED, 300)
