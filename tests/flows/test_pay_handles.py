"""pay: handles in the place of tokens, and authorizations that have ended."""

from dataclasses import replace

import pytest

from autodebit.domain.authorization import GrantState
from autodebit.domain.authorization_states import AuthorizationState
from autodebit.domain.payment_states import PaymentState
from autodebit.gateway.client import Operation
from tests.flows.steps import (
    NEW_REFRESH,
    NEW_TOKEN,
    REFRESH,
    ask_consent,
    asked,
    authorization,
    body_of,
    bring_code,
    grant_of,
    notify,
    paid,
    payment,
    poll_when_due,
    redirect,
    refresh,
    result_of,
    send,
    token_answer,
)
from tests.support.alipay import answer, no_answer
from tests.support.world import TOKEN, World, paid_fields

DEAD = answer("F", "INVALID_ACCESS_TOKEN", "the token is dead")


def authorised(world: World) -> tuple[str, str]:
    """A customer agrees; the handles of the access and of the refresh token."""
    world.alipay.will(Operation.CONSULT, answer("S", "SUCCESS", normalUrl="https://wallet.example.com"))
    world.alipay.will(Operation.APPLY_TOKEN, token_answer(), token_answer(NEW_TOKEN, NEW_REFRESH))
    ask_consent(world)
    bring_code(world)
    body = body_of(redirect(world))
    return body["accessToken"], body["refreshToken"]


def test_a_handle_is_sent_as_the_token_behind_it(world: World) -> None:
    handle, _ = authorised(world)
    world.alipay.will(Operation.PAY, paid())
    assert result_of(send(world, token=handle)) == (200, "S", "SUCCESS")
    assert world.alipay.sends_of(Operation.PAY)[0]["paymentMethod"]["paymentMethodId"] == TOKEN
    assert payment(world).grant == handle
    assert TOKEN not in world.all_text()


@pytest.mark.parametrize("kind", ["tok_", "rtk_"])
def test_an_unknown_handle_is_refused_and_never_sent(world: World, kind: str, refused) -> None:
    assert refused(lambda: send(world, token=kind + "0" * 32)) == (400, "PARAM_ILLEGAL")
    assert world.alipay.sent == []
    assert world.repository.payments.find("PAY-1") is None


def test_the_handle_of_a_refresh_token_is_refused(world: World, refused) -> None:
    _, refresh_handle = authorised(world)
    assert refused(lambda: send(world, token=refresh_handle)) == (400, "PARAM_ILLEGAL")
    assert world.alipay.sends_of(Operation.PAY) == []


def test_a_raw_token_is_vaulted_once(world: World) -> None:
    world.alipay.will(Operation.PAY, paid(), paid(payment_request_id="PAY-2"))
    send(world)
    send(world, payment_request_id="PAY-2")
    assert payment(world).grant == payment(world, "PAY-2").grant
    assert payment(world).grant.startswith("tok_")
    assert grant_of(world).newest == 1
    assert TOKEN not in world.all_text()


def test_a_raw_token_and_its_handle_are_the_same_authorization(world: World) -> None:
    world.alipay.will(Operation.PAY, paid())
    first = send(world)
    assert send(world, token=payment(world).grant) == first
    assert len(world.alipay.sent) == 1


def test_an_answer_that_contains_the_token_comes_back_with_the_handle(world: World) -> None:
    extra = {"extendInfo": f'{{"paymentMethodId":"{TOKEN}"}}', "paymentMethod": {"paymentMethodId": TOKEN}}
    world.alipay.will(Operation.PAY, answer("S", "SUCCESS", "ok", **paid_fields(), **extra))
    reply = send(world)
    handle = payment(world).grant
    assert TOKEN not in reply.text
    assert body_of(reply)["paymentMethod"] == {"paymentMethodId": handle}
    assert handle in body_of(reply)["extendInfo"]
    assert send(world) == reply
    assert TOKEN not in world.all_text()


def test_without_the_vault_an_answer_is_alipays_own(world: World) -> None:
    world.settings = replace(world.settings, tokens_as_handles=False)
    told = answer("S", "SUCCESS", "ok", **paid_fields(), paymentMethod={"paymentMethodId": TOKEN})
    world.alipay.will(Operation.PAY, told)
    assert body_of(send(world)) == told.data
    assert body_of(send(world)) == told.data
    assert TOKEN not in world.all_text()


def test_invalid_access_token_ends_the_authorization(world: World, refused) -> None:
    handle, _ = authorised(world)
    world.alipay.will(Operation.PAY, DEAD)
    assert result_of(send(world, token=handle)) == (200, "F", "INVALID_ACCESS_TOKEN")
    assert grant_of(world).state is GrantState.EXPIRED
    assert authorization(world).state is AuthorizationState.EXPIRED
    assert refused(lambda: send(world, token=handle, payment_request_id="PAY-2")) == (409, "INVALID_ACCESS_TOKEN")
    assert len(world.alipay.sends_of(Operation.PAY)) == 1
    assert world.repository.payments.find("PAY-2") is None


def test_invalid_access_token_of_a_superseded_version_ends_nothing(world: World) -> None:
    handle, _ = authorised(world)

    def meanwhile(_body: object):
        refresh(world, REFRESH)
        return DEAD

    world.alipay.will(Operation.PAY, meanwhile)
    assert result_of(send(world, token=handle)) == (200, "F", "INVALID_ACCESS_TOKEN")
    assert payment(world).state is PaymentState.FAIL
    assert grant_of(world).state is GrantState.ACTIVE
    assert authorization(world).state is AuthorizationState.ACTIVE


def learn_by_poll(world: World) -> None:
    world.alipay.will(Operation.INQUIRY_PAYMENT, asked("FAIL", "INVALID_ACCESS_TOKEN"))
    poll_when_due(world)


def learn_by_notification(world: World) -> None:
    notify(world, "F", "INVALID_ACCESS_TOKEN")


@pytest.mark.parametrize("learn", [learn_by_poll, learn_by_notification])
def test_a_dead_token_is_learned_from_every_origin(world: World, learn) -> None:
    handle, _ = authorised(world)
    world.alipay.will(Operation.PAY, no_answer())
    send(world, token=handle)
    learn(world)
    assert grant_of(world).state is GrantState.EXPIRED
    assert authorization(world).state is AuthorizationState.EXPIRED


def test_a_payment_that_is_open_is_repeated_although_its_authorization_has_ended(world: World) -> None:
    """It may have been acted on: the repeat tells, and Alipay judges the token."""
    handle, _ = authorised(world)
    world.alipay.will(Operation.PAY, no_answer(), DEAD, paid())
    send(world, token=handle)
    send(world, token=handle, payment_request_id="PAY-2")
    assert grant_of(world).state is GrantState.EXPIRED
    assert result_of(send(world, token=handle)) == (200, "S", "SUCCESS")


def test_a_payment_that_was_not_submitted_is_not_opened_again_with_a_dead_authorization(world: World, refused) -> None:
    handle, _ = authorised(world)
    world.alipay.will(Operation.PAY, no_answer(), DEAD)
    send(world, token=handle)
    world.clock.forward(100)
    world.alipay.will(Operation.INQUIRY_PAYMENT, answer("F", "ORDER_NOT_EXIST"))
    for _ in range(3):
        world.clock.forward(15)
        poll_when_due(world)
    assert payment(world).state is PaymentState.NOT_SUBMITTED
    send(world, token=handle, payment_request_id="PAY-2")
    assert refused(lambda: send(world, token=handle)) == (409, "ORDER_STATUS_INVALID")
    assert len(world.alipay.sends_of(Operation.PAY)) == 2
