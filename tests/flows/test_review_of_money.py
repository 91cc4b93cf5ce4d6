"""Answers that would invite a second debit, secrets in result messages, and time that runs out between two steps."""

from typing import Any

import pytest

from autodebit.domain.authorization import CodeState, GrantState
from autodebit.domain.authorization_states import AuthorizationState
from autodebit.domain.payment_states import PaymentState
from autodebit.gateway.client import Operation
from autodebit.repository import Kind
from tests.flows.steps import (
    CODE,
    STATE,
    absent,
    ask_consent,
    asked,
    auth_code,
    authorization,
    bring_code,
    cancel_token,
    grant_of,
    inquire,
    outage,
    paid,
    payment,
    poll_when_due,
    redirect,
    result_of,
    send,
    token_answer,
)
from tests.support.alipay import answer, no_answer
from tests.support.world import TOKEN, World

PAY, APPLY, INQUIRY = Operation.PAY, Operation.APPLY_TOKEN, Operation.INQUIRY_PAYMENT


def told_while_the_store_is_gone(world: World, told):
    """*told*, and from then on the store is out of reach."""
    store = outage(world)

    def answered(_body: object):
        store.on = True
        return told

    return answered, store


def test_an_f_to_a_later_send_is_no_f_either_when_it_cannot_be_stored(world: World) -> None:
    answered, store = told_while_the_store_is_gone(world, answer("F", "PROCESS_FAIL"))
    world.alipay.will(PAY, no_answer(), answered)
    send(world)
    world.clock.forward(1)
    assert result_of(send(world)) == (200, "U", "PAYMENT_IN_PROCESS")
    store.on = False
    assert payment(world).state is PaymentState.INITIATED


def test_a_success_that_is_not_ours_is_none_either_when_it_cannot_be_stored(world: World) -> None:
    other = {"currency": "JPY", "value": "9"}
    answered, _ = told_while_the_store_is_gone(world, paid(paymentAmount=other))
    world.alipay.will(PAY, answered)
    assert result_of(send(world)) == (200, "U", "PAYMENT_IN_PROCESS")


def test_order_not_exist_invites_no_new_id_either_when_it_cannot_be_stored(world: World) -> None:
    world.alipay.will(PAY, no_answer())
    send(world)
    answered, _ = told_while_the_store_is_gone(world, absent())
    world.alipay.will(INQUIRY, answered)
    assert result_of(inquire(world)) == (200, "U", "PAYMENT_IN_PROCESS")


def test_order_not_exist_of_an_unknown_payment_id_says_nothing_of_a_payment_of_ours(world: World) -> None:
    world.alipay.will(PAY, no_answer())
    send(world)
    world.clock.forward(200)
    world.alipay.will(INQUIRY, absent())
    for _ in range(4):
        world.clock.forward(16)
        reply = inquire(world, paymentRequestId="PAY-1", paymentId="a-typo")
        assert result_of(reply) == (200, "U", "PAYMENT_IN_PROCESS")
    assert (payment(world).state, payment(world).not_found_count) == (PaymentState.INITIATED, 0)


def test_an_answer_for_an_unknown_payment_id_that_names_no_payment_settles_none_of_ours(world: World) -> None:
    world.alipay.will(PAY, no_answer())
    send(world)
    world.alipay.will(INQUIRY, asked("SUCCESS", paymentRequestId=None, paymentId="of-somebody-else"))
    inquire(world, paymentRequestId="PAY-1", paymentId="of-somebody-else")
    assert payment(world).state is PaymentState.INITIATED


def test_order_not_exist_for_another_account_says_nothing_of_a_payment_of_ours(world: World) -> None:
    world.alipay.will(PAY, no_answer())
    send(world, merchantAccountId="SHOP-1")
    world.clock.forward(200)
    world.alipay.will(INQUIRY, absent())
    for _ in range(4):
        world.clock.forward(16)
        inquire(world, paymentRequestId="PAY-1", merchantAccountId="SHOP-2")
    assert (payment(world).state, payment(world).not_found_count) == (PaymentState.INITIATED, 0)


def test_our_own_inquiries_are_for_the_account_of_the_payment(world: World) -> None:
    world.alipay.will(PAY, answer("U", "PAYMENT_IN_PROCESS"))
    send(world, merchantAccountId="SHOP-1")
    world.alipay.will(INQUIRY, asked("PROCESSING"))
    world.clock.forward(1)
    send(world, merchantAccountId="SHOP-1")
    poll_when_due(world)
    ours = {"paymentRequestId": "PAY-1", "merchantAccountId": "SHOP-1"}
    assert world.alipay.sends_of(INQUIRY) == [ours, ours]


def test_a_token_in_a_result_message_is_stored_and_published_as_its_handle(world: World) -> None:
    world.alipay.will(PAY, answer("F", "INVALID_ACCESS_TOKEN", f"token {TOKEN} is not valid"))
    reply = send(world)
    assert TOKEN not in reply.text
    assert TOKEN not in world.all_text()
    assert payment(world).result_message == f"token {grant_of(world).handle} is not valid"


def test_a_code_in_an_answer_is_not_stored(world: World) -> None:
    world.alipay.will(APPLY, answer("F", "INVALID_AUTHCODE", f"code {CODE} is not valid"))
    redirect(world)
    assert auth_code(world).state is CodeState.FAILED
    assert CODE not in world.all_text()


class SlowKms:
    """KMS that takes its time, by the world's clock."""

    def __init__(self, world: World, seconds: float) -> None:
        self._kms, self._world, self._seconds = world.kms, world, seconds

    def decrypt(self, **request: Any) -> Any:
        """As KMS does."""
        self._world.clock.forward(self._seconds)
        return self._kms.decrypt(**request)

    def encrypt(self, **request: Any) -> Any:
        """As KMS does."""
        return self._kms.encrypt(**request)


def test_nothing_is_sent_when_kms_has_used_up_the_time_and_the_payment_is_free_for_a_repeat(world: World) -> None:
    quick = world.kms
    world.kms = SlowKms(world, 11)
    assert result_of(send(world))[:2] == (503, "U")
    assert world.alipay.sent == []
    assert (payment(world).sends, payment(world).lease_until) == (0, 0)
    world.kms = quick
    world.alipay.will(PAY, answer("F", "USER_BALANCE_NOT_ENOUGH"))
    assert result_of(send(world)) == (200, "F", "USER_BALANCE_NOT_ENOUGH")


def test_the_answer_is_waited_for_no_longer_than_leaves_time_to_record_it(world: World) -> None:
    assert world.runtime(25).response_timeout_ms == 12_000
    assert world.runtime(14).response_timeout_ms == 11_000


def test_a_refusal_that_may_be_due_to_anothers_send_does_not_fail_the_authorization(world: World) -> None:
    """Two senders of one code, the first one so slow that its lease ran out: the second one decides."""
    world.alipay.will(Operation.CONSULT, answer("S", "SUCCESS", normalUrl="https://wallet.example.com"))
    ask_consent(world)

    def so_slow_that_another_took_over(_body: object):
        world.clock.forward(30)
        claim = world.repository.codes.claim_code(CODE, "{}", "GCASH", world.clock.now(), 10_000)
        assert claim.mine
        return answer("F", "INVALID_AUTHCODE", "used")

    world.alipay.will(APPLY, so_slow_that_another_took_over)
    bring_code(world)
    assert auth_code(world).state is CodeState.WAITING
    assert authorization(world, STATE).state is AuthorizationState.CODE_RECEIVED
    assert world.anomalies() == []


@pytest.mark.parametrize("by", ["notification", "redirect"])
def test_a_cancellation_that_comes_before_its_token_ends_it(world: World, by: str) -> None:
    world.alipay.will(Operation.CONSULT, answer("S", "SUCCESS", normalUrl="https://wallet.example.com"))
    ask_consent(world)

    def cancelled_meanwhile(_body: object):
        cancel_token(world, TOKEN)
        return token_answer()

    world.alipay.will(APPLY, cancelled_meanwhile)
    if by == "redirect":
        redirect(world)
    bring_code(world)
    assert grant_of(world).state is GrantState.REVOKED


class JustBeforeTheMark:
    """A DynamoDB client that lets something happen right before the mark of a cancelled token is written."""

    def __init__(self, client: Any, happens: Any) -> None:
        self._client, self._happens = client, happens

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def update_item(self, **request: Any) -> Any:
        """As DynamoDB does."""
        if request["Key"]["sk"]["S"] == "cancelled":
            self._happens()
        return self._client.update_item(**request)


def test_a_token_that_is_stored_while_its_cancellation_is_noted_is_ended_all_the_same(world: World) -> None:
    world.alipay.will(APPLY, token_answer())
    plain = world.dynamodb

    def the_token_comes() -> None:
        world.dynamodb = plain
        redirect(world)
        assert grant_of(world).state is GrantState.ACTIVE

    world.dynamodb = JustBeforeTheMark(plain, the_token_comes)
    cancel_token(world, TOKEN)
    assert grant_of(world).state is GrantState.REVOKED


def test_a_token_that_was_cancelled_before_a_caller_brought_it_is_not_paid_with(world: World, refused) -> None:
    cancel_token(world, TOKEN)
    assert refused(lambda: send(world)) == (409, "INVALID_ACCESS_TOKEN")


def test_codes_go_before_whatever_has_been_due_for_longer(world: World) -> None:
    world.alipay.will(PAY, no_answer())
    send(world)
    world.clock.forward(100)
    world.alipay.will(APPLY, no_answer("applyToken"))
    redirect(world)
    world.clock.forward(100)
    assert [item.kind for item in world.repository.due.until(world.clock.now())] == [Kind.CODE, Kind.PAYMENT]
