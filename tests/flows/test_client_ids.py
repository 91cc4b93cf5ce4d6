"""Alipay's ids belong to a client id: what another client id hears says nothing of them, and nothing is sent for them."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from autodebit.domain.declaration_states import DeclarationState
from autodebit.domain.payment_states import PaymentState
from autodebit.domain.refund_states import RefundState
from autodebit.domain.registration_states import RegistrationState
from autodebit.gateway.client import Operation, VerifiedResponse
from tests.flows import customs_steps, refund_steps, registering
from tests.flows.cancel_steps import call_off, cancelled
from tests.flows.steps import absent, asked, inquire, notify, paid, payment, poll, poll_when_due, result_of, send
from tests.support.alipay import answer, no_answer, not_reached
from tests.support.world import CLIENT_ID, World

CANCEL, INQUIRY, PAY, REFUND = Operation.CANCEL, Operation.INQUIRY_PAYMENT, Operation.PAY, Operation.REFUND
OTHER = "5Y1111111111111111"
RequestRejected = Callable[[Callable[[], object]], tuple[int, str]]
SAID = "this was said under another client id than the one of the request"


def redeploy(world: World, client_id: str = OTHER) -> None:
    """AlipayClientId is changed."""
    world.settings = replace(world.settings, client_id=client_id)


def lost(world: World) -> None:
    """PAY-1 was sent under the old client id, and its answer lost; then the client id is changed."""
    world.alipay.will(PAY, no_answer())
    send(world)
    world.clock.forward(30)
    redeploy(world)


def calls(world: World) -> int:
    return len(world.alipay.sent)


def test_items_carry_the_client_id_they_were_made_under(world: World) -> None:
    refund_steps.buy(world)
    world.alipay.will(REFUND, refund_steps.refunded())
    refund_steps.give_back(world)
    world.alipay.will(Operation.DECLARE, customs_steps.handed_over())
    customs_steps.hand_over(world, paymentId="2024ELSEWHERE")
    world.alipay.will(Operation.REGISTRATION, registering.accepted())
    registering.register(world)
    made = payment(world), refund_steps.stored(world), customs_steps.declaration(world), registering.registered(world)
    assert {item.client_id for item in made} == {CLIENT_ID}


def test_what_is_imported_or_only_cancelled_carries_it_too(world: World) -> None:
    world.alipay.will(INQUIRY, absent())
    world.alipay.will(CANCEL, absent())
    call_off(world)
    assert payment(world).client_id == CLIENT_ID
    under_way = {"transactionRequestId": "OLD-1", "transactionAmount": {"currency": "JPY", "value": "1"}}
    world.alipay.will(
        INQUIRY, asked("SUCCESS", paymentRequestId="PAY-2", paymentId="20240701PAY-2", transactions=[under_way])
    )
    world.alipay.will(REFUND, refund_steps.refunded())
    refund_steps.give_back(world, paymentId="20240701PAY-2")
    assert {payment(world, "PAY-2").client_id, refund_steps.stored(world, "OLD-1").client_id} == {CLIENT_ID}


def test_a_poller_leaves_them_due_asks_nothing_and_tells_operators(world: World, logged) -> None:
    lost(world)
    sent = calls(world)
    world.alipay.will(INQUIRY, absent())
    for _ in range(5):
        poll_when_due(world)
    kept = payment(world)
    assert (kept.state, calls(world)) == (PaymentState.INITIATED, sent)
    assert kept.due_at is not None
    assert kept.due_at == world.clock.now() + world.settings.plan.payments.longest
    assert "made under another client id" in logged()
    assert "PollsExhausted" in logged()


def test_they_do_not_hide_what_is_due_after_them(world: World) -> None:
    """A page of the index holds 25 of each partition: what cannot be asked for must not stand before the rest."""
    world.alipay.will(PAY, no_answer())
    for number in range(110):
        send(world, payment_request_id=f"PAY-{number}")
    world.clock.forward(30)
    redeploy(world)
    send(world, payment_request_id="PAY-OURS")
    world.clock.forward(30)
    world.alipay.will(INQUIRY, lambda body: asked("SUCCESS", paymentRequestId=body["paymentRequestId"]))
    for _ in range(10):
        poll(world, 1)
        world.clock.forward(5)
    assert payment(world, "PAY-OURS").state is PaymentState.SUCCESS
    assert {body["paymentRequestId"] for body in world.alipay.sends_of(INQUIRY)} == {"PAY-OURS"}


def test_not_there_under_another_client_id_closes_nothing_and_is_no_anomaly(world: World) -> None:
    lost(world)
    world.clock.forward(600)
    world.alipay.will(INQUIRY, absent())
    for _ in range(5):
        inquire(world)
        world.clock.forward(20)
    assert (payment(world).state, payment(world).not_found_count) == (PaymentState.INITIATED, 0)
    assert world.anomalies() == []


def test_not_there_under_another_client_id_is_no_word_on_a_successful_payment(world: World) -> None:
    refund_steps.buy(world)
    redeploy(world)
    world.clock.forward(600)
    world.alipay.will(INQUIRY, absent())
    assert result_of(inquire(world)) == (200, "S", "SUCCESS")
    assert world.anomalies() == []


@pytest.mark.parametrize("said", [asked("SUCCESS"), asked("FAIL"), asked("CANCELLED")], ids=["S", "F", "cancelled"])
def test_another_client_ids_payment_of_the_same_id_settles_nothing(world: World, said: VerifiedResponse) -> None:
    lost(world)
    world.alipay.will(INQUIRY, said)
    inquire(world)
    assert payment(world).state is PaymentState.INITIATED
    assert world.anomalies() == [SAID]


def test_a_notification_to_another_client_id_settles_nothing_and_is_kept(world: World) -> None:
    lost(world)
    notify(world)
    assert payment(world).state is PaymentState.INITIATED
    assert world.anomalies() == [SAID]


def test_a_repeat_of_pay_is_refused_and_nothing_is_sent(world: World, refused: RequestRejected) -> None:
    lost(world)
    sent = calls(world)
    assert refused(lambda: send(world)) == (409, "ORDER_STATUS_INVALID")
    assert calls(world) == sent


def test_so_is_a_repeat_of_what_never_left_was_closed_or_is_known_as_cancelled_only(
    world: World, refused: RequestRejected
) -> None:
    world.alipay.will(PAY, not_reached())
    send(world)
    world.alipay.will(INQUIRY, absent())
    world.alipay.will(CANCEL, answer("F", "CANCEL_NOT_ALLOWED"))
    call_off(world, paymentRequestId="PAY-2")
    redeploy(world)
    assert refused(lambda: send(world)) == (409, "ORDER_STATUS_INVALID")
    assert refused(lambda: send(world, payment_request_id="PAY-2")) == (409, "ORDER_STATUS_INVALID")
    assert len(world.alipay.sends_of(PAY)) == 1


def test_a_repeat_of_a_final_payment_is_answered_from_the_store(world: World) -> None:
    refund_steps.buy(world)
    redeploy(world)
    assert result_of(send(world)) == (200, "S", "SUCCESS")


def test_a_cancel_is_refused_and_neither_sent_nor_stored(world: World, refused: RequestRejected) -> None:
    lost(world)
    world.alipay.will(CANCEL, absent())
    assert refused(lambda: call_off(world)) == (409, "ORDER_STATUS_INVALID")
    assert (payment(world).cancel, world.alipay.sends_of(CANCEL)) == (None, [])


def test_a_pending_cancel_and_the_deployments_own_wait_for_their_client_id(world: World) -> None:
    world.alipay.will(PAY, no_answer())
    send(world)
    world.alipay.will(INQUIRY, absent())
    world.alipay.will(CANCEL, no_answer("cancel"))
    call_off(world)
    redeploy(world)
    world.settings = replace(world.settings, cancel_open_after=1)
    for _ in range(3):
        poll_when_due(world)
    assert len(world.alipay.sends_of(CANCEL)) == 1
    redeploy(world, CLIENT_ID)
    world.alipay.will(INQUIRY, asked("PROCESSING"))
    world.alipay.will(CANCEL, cancelled())
    for _ in range(4):
        if payment(world).due_at is not None:
            poll_when_due(world)
    assert payment(world).state is PaymentState.CANCELLED


def test_a_first_refund_and_a_repeat_of_one_are_refused(world: World, refused: RequestRejected) -> None:
    refund_steps.buy(world)
    world.alipay.will(REFUND, no_answer("refund"))
    refund_steps.give_back(world)
    world.clock.forward(30)
    redeploy(world)
    sent = calls(world)
    assert refused(lambda: refund_steps.give_back(world)) == (409, "ORDER_STATUS_INVALID")
    assert refused(lambda: refund_steps.give_back(world, "REF-2")) == (409, "ORDER_STATUS_INVALID")
    assert (calls(world), refund_steps.reserved(world)) == (sent, 300)


def test_not_there_under_another_client_id_closes_no_refund(world: World) -> None:
    refund_steps.buy(world)
    world.alipay.will(REFUND, no_answer("refund"))
    refund_steps.give_back(world)
    redeploy(world)
    world.clock.forward(600)
    world.alipay.will(Operation.INQUIRY_REFUND, refund_steps.unknown_refund())
    for _ in range(4):
        refund_steps.inquire_refund(world)
        refund_steps.poll_refund_when_due(world)
        world.clock.forward(20)
    assert refund_steps.stored(world).state is RefundState.INITIATED
    assert len(world.alipay.sends_of(Operation.INQUIRY_REFUND)) == 4


def test_declarations_and_registrations_wait_for_their_client_id_too(world: World, refused: RequestRejected) -> None:
    world.alipay.will(Operation.DECLARE, no_answer("declare"))
    customs_steps.hand_over(world, paymentId="2024ELSEWHERE")
    world.alipay.will(Operation.REGISTRATION, no_answer("registration"))
    registering.register(world)
    world.clock.forward(30)
    redeploy(world)
    sent = calls(world)
    assert refused(lambda: customs_steps.hand_over(world, paymentId="2024ELSEWHERE"))[0] == 409
    assert refused(lambda: registering.register(world))[0] == 409
    for _ in range(3):
        customs_steps.poll_customs_when_due(world)
        registering.poll_registration_when_due(world)
    assert calls(world) == sent
    world.clock.forward(600)
    world.alipay.will(Operation.INQUIRY_DECLARATION_REQUESTS, customs_steps.on_record(customs_steps.record()))
    customs_steps.ask_customs(world, "DCL-1")
    registering.notify_review(world, "COMPLETED")
    assert customs_steps.declaration(world).state is DeclarationState.INITIATED
    assert registering.registered(world).state is RegistrationState.INITIATED
    assert world.anomalies() == [SAID, SAID]


def test_what_older_code_stored_without_a_client_id_counts_as_ours(world: World) -> None:
    world.settings = replace(world.settings, client_id="")
    world.alipay.will(PAY, no_answer())
    send(world)
    assert payment(world).client_id == ""
    world.clock.forward(30)
    redeploy(world)
    world.alipay.will(PAY, paid())
    assert result_of(send(world)) == (200, "S", "SUCCESS")
