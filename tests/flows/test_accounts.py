"""The same id under another merchantAccountId is another payment: its words settle nothing here, and its money stays."""

import pytest

from autodebit.domain.payment_states import PaymentState
from autodebit.domain.refund_states import RefundState
from autodebit.errors import RequestRejected
from autodebit.gateway.client import Operation
from tests.flows.cancel_steps import call_off, cancelled, cancels
from tests.flows.refund_steps import buy, give_back, inquire_refund, stored, told
from tests.flows.steps import asked, inquire, notify, paid, payment, poll_when_due, result_of, send
from tests.support.alipay import no_answer
from tests.support.world import World

CANCEL, INQUIRY, PAY, REFUND = Operation.CANCEL, Operation.INQUIRY_PAYMENT, Operation.PAY, Operation.REFUND


@pytest.fixture
def lost(world: World) -> World:
    """PAY-1 of account A, whose answer is lost."""
    world.alipay.will(PAY, no_answer())
    send(world, merchantAccountId="ACC-A")
    return world


@pytest.mark.parametrize("status", ["SUCCESS", "FAIL", "CANCELLED"])
@pytest.mark.parametrize(
    "ids",
    [{"paymentRequestId": "PAY-1"}, {"paymentId": "OF-B"}, {"paymentRequestId": "PAY-1", "paymentId": "OF-B"}],
    ids=["by our id", "by Alipay's id", "by both"],
)
def test_an_inquiry_for_another_account_settles_nothing_of_ours(lost: World, status: str, ids: dict) -> None:
    lost.alipay.will(INQUIRY, asked(status, paymentId="OF-B"))
    inquire(lost, merchantAccountId="ACC-B", **ids)
    assert (payment(lost).state, payment(lost).payment_id) == (PaymentState.INITIATED, None)


def test_an_inquiry_that_names_no_account_asks_for_the_one_that_the_payment_was_made_for(lost: World) -> None:
    lost.alipay.will(INQUIRY, asked("SUCCESS"))
    inquire(lost)
    assert lost.alipay.sends_of(INQUIRY) == [{"merchantAccountId": "ACC-A", "paymentRequestId": "PAY-1"}]
    assert payment(lost).state is PaymentState.SUCCESS


def test_a_message_that_names_another_account_settles_nothing(lost: World) -> None:
    notify(lost, merchantAccountId="ACC-B")
    assert (payment(lost).state, payment(lost).id_taken) == (PaymentState.INITIATED, False)
    lost.alipay.will(INQUIRY, asked("SUCCESS"))
    poll_when_due(lost)
    assert payment(lost).state is PaymentState.SUCCESS


@pytest.mark.parametrize(
    "ids", [{"paymentRequestId": "PAY-1"}, {"paymentId": "OF-B"}], ids=["by our id", "by Alipay's"]
)
def test_a_cancel_for_another_account_is_refused(lost: World, ids: dict, refused) -> None:
    lost.alipay.will(INQUIRY, asked("SUCCESS", paymentId="OF-B"))
    lost.alipay.will(CANCEL, cancelled())
    assert refused(lambda: call_off(lost, merchantAccountId="ACC-B", **ids)) == (409, "REPEAT_REQ_INCONSISTENT")
    assert cancels(lost) == 0


def test_a_refund_by_another_accounts_payment_id_teaches_ours_nothing(lost: World) -> None:
    lost.alipay.will(INQUIRY, asked("SUCCESS", paymentId="OF-B"))
    with pytest.raises(RequestRejected):
        give_back(lost, paymentId="OF-B")
    assert (payment(lost).state, lost.alipay.sends_of(REFUND)) == (PaymentState.INITIATED, [])


def test_an_inquiry_of_another_accounts_refund_frees_nothing(world: World) -> None:
    world.alipay.will(PAY, paid())
    send(world, merchantAccountId="ACC-A")
    world.alipay.will(REFUND, no_answer("refund"))
    give_back(world)
    world.alipay.will(Operation.INQUIRY_REFUND, told("FAIL"))
    inquire_refund(world, refundRequestId="REF-1", merchantAccountId="ACC-B")
    assert (stored(world).state, payment(world).reserved) == (RefundState.INITIATED, 300)


def test_without_accounts_everything_is_as_ever(world: World) -> None:
    buy(world)
    world.alipay.will(CANCEL, cancelled())
    assert result_of(call_off(world))[1] == "S"
