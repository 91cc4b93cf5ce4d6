"""A payment made elsewhere whose ids we hold for another payment: it is flagged for people, and nothing waits for ever."""

import pytest

from autodebit.domain.payment_states import PaymentState
from autodebit.errors import StoreUnavailable
from autodebit.gateway.client import Operation
from tests.flows.cancel_steps import call_off, cancelled, cancels
from tests.flows.refund_steps import buy, give_back, notify_of, refunded_fields, stored
from tests.flows.steps import asked, outage, payment, result_of
from tests.support.alipay import answer, no_answer
from tests.support.world import World

CANCEL, INQUIRY, REFUND = Operation.CANCEL, Operation.INQUIRY_PAYMENT, Operation.REFUND
OTHERS_REFUND = "a refund of an imported payment has an id that is known of another payment or refund"
OTHERS_ID = "the paymentId of a payment made elsewhere is known of another payment"


def shares_a_refund_id(world: World, status: str, request_id: str = "REF-1", refund_id: str = "R-OTHER") -> None:
    """REF-1 is a refund of PAY-1 here; Alipay lists it, with 100, beneath PAY-9, which was made elsewhere."""
    buy(world)
    done = answer("S", "SUCCESS", paymentId="20240701PAY-9", **refunded_fields("REF-9"))
    world.alipay.will(REFUND, no_answer("refund"), done)
    give_back(world)
    listed = {
        "transactionType": "REFUND",
        "transactionRequestId": request_id,
        "transactionId": refund_id,
        "transactionStatus": status,
        "transactionAmount": {"currency": "JPY", "value": "100"},
    }
    world.alipay.will(INQUIRY, asked("SUCCESS", payment_request_id="PAY-9", transactions=[listed]))


def test_one_that_is_open_holds_the_whole_amount(world: World, refused) -> None:
    shares_a_refund_id(world, "PROCESSING")
    for _ in range(2):
        status, _ = refused(lambda: give_back(world, identity="REF-9", paymentId="20240701PAY-9"))
        assert status == 409
    assert refused(lambda: call_off(world, paymentId="20240701PAY-9")) == (409, "ORDER_STATUS_INVALID")
    adopted = payment(world, "PAY-9")
    assert (adopted.reserved, adopted.importing, adopted.state) == (1000, False, PaymentState.SUCCESS)
    assert world.anomalies() == [OTHERS_REFUND]
    assert (len(world.alipay.sends_of(REFUND)), cancels(world), payment(world).reserved) == (1, 0, 300)


def test_one_that_is_final_holds_its_own_amount(world: World) -> None:
    shares_a_refund_id(world, "SUCCESS")
    assert result_of(give_back(world, identity="REF-9", paymentId="20240701PAY-9"))[:2] == (200, "S")
    assert (payment(world, "PAY-9").reserved, payment(world).reserved) == (400, 300)
    assert world.anomalies() == [OTHERS_REFUND]


@pytest.mark.parametrize("status", ["PROCESSING", "SUCCESS"])
def test_it_is_flagged_although_the_store_fails_in_between(world: World, status: str, refused) -> None:
    shares_a_refund_id(world, status)
    store = outage(world)
    store.hits = lambda _method, request: "anomaly#" in str(request)
    store.on = True
    with pytest.raises(StoreUnavailable):
        give_back(world, identity="REF-9", value="950", paymentId="20240701PAY-9")
    store.on = False
    assert refused(lambda: give_back(world, identity="REF-9", value="950", paymentId="20240701PAY-9"))[0] == 409
    assert world.anomalies() == [OTHERS_REFUND]


@pytest.mark.parametrize(("status", "held"), [("PROCESSING", 100), ("SUCCESS", 100), ("FAIL", 0)])
def test_a_refund_whose_refund_id_is_known_of_another_refund_is_flagged_too(
    world: World, status: str, held: int
) -> None:
    shares_a_refund_id(world, status, "REF-8", "20240702REF-1")
    notify_of(world)
    assert result_of(give_back(world, identity="REF-9", paymentId="20240701PAY-9"))[:2] == (200, "S")
    assert (payment(world, "PAY-9").reserved, stored(world, "REF-8").state.value) == (300 + held, status)
    assert world.anomalies() == [OTHERS_REFUND]


@pytest.mark.parametrize("ask", ["cancel", "refund"])
def test_a_payment_id_that_is_known_of_another_payment_is_refused_and_flagged(world: World, ask: str, refused) -> None:
    buy(world)
    world.alipay.will(INQUIRY, asked("SUCCESS", payment_request_id="PAY-9", paymentId=payment(world).payment_id))
    world.alipay.will(CANCEL, cancelled())
    for _ in range(2):
        if ask == "cancel":
            told = refused(lambda: call_off(world, paymentRequestId="PAY-9"))
        else:
            told = refused(lambda: give_back(world, identity="REF-9", paymentId=None, paymentRequestId="PAY-9"))
        assert told == (409, "ORDER_STATUS_INVALID")
    assert (cancels(world), world.alipay.sends_of(REFUND)) == (0, [])
    assert world.anomalies() == [OTHERS_ID]
