"""A request that names the wrong wallet is refused here, and never ends an authorization."""

from collections.abc import Callable

import pytest

from autodebit.contract import ApplyTokenRequest
from autodebit.domain.authorization import CodeState, GrantState
from autodebit.domain.authorization_states import AuthorizationState
from autodebit.domain.payment_states import PaymentState
from autodebit.errors import RequestRejected
from autodebit.flows.authorizations.exchange import apply_token
from autodebit.gateway.client import Operation
from autodebit.responses import Response
from tests.flows.steps import (
    NEW_REFRESH,
    NEW_TOKEN,
    REFRESH,
    STATE,
    ask_consent,
    asked,
    auth_code,
    authorization,
    body_of,
    bring_code,
    end_consent,
    grant_of,
    open_consent_page,
    outage,
    paid,
    payment,
    poll,
    poll_when_due,
    redirect,
    result_of,
    send,
    send_password,
    tell,
    token_answer,
)
from tests.support.alipay import answer, no_answer
from tests.support.world import TOKEN, World

PAY, APPLY = Operation.PAY, Operation.APPLY_TOKEN
DEAD = answer("F", "INVALID_ACCESS_TOKEN", "the token is dead")
BAD_CODE = answer("F", "INVALID_AUTHCODE", "no")
Step = Callable[[], object]


def pay_with(world: World, wallet: str, token: str = TOKEN, identity: str = "PAY-1") -> Response:
    method = {"paymentMethodType": wallet, "paymentMethodId": token}
    return send(world, payment_request_id=identity, paymentMethod=method)


def renew_as(world: World, wallet: str, token: str) -> Response:
    body = {"grantType": "REFRESH_TOKEN", "customerBelongsTo": wallet, "refreshToken": token}
    return apply_token(ApplyTokenRequest.model_validate(body), world.runtime())


def refusal_of(step: Step) -> RequestRejected:
    with pytest.raises(RequestRejected) as caught:
        step()
    return caught.value


# --- a wallet that is known


@pytest.mark.parametrize("by", ["handle", "token"])
def test_a_pay_with_another_wallet_is_refused_and_not_sent(world: World, handle: str, by: str) -> None:
    refused = refusal_of(lambda: pay_with(world, "DANA", handle if by == "handle" else TOKEN))
    assert (refused.http_status, refused.code) == (400, "PARAM_ILLEGAL")
    assert "paymentMethod.paymentMethodType" in refused.message
    assert "GCASH" in refused.message
    assert world.alipay.sent == []
    assert world.repository.payments.find("PAY-1") is None
    world.alipay.will(PAY, paid())
    assert result_of(pay_with(world, "GCASH", handle)) == (200, "S", "SUCCESS")
    assert grant_of(world).state is GrantState.ACTIVE


@pytest.mark.parametrize("by", ["handle", "token"])
def test_a_refresh_with_another_wallet_is_refused_and_not_sent(world: World, handle: str, by: str) -> None:
    before = grant_of(world)
    refused = refusal_of(lambda: renew_as(world, "DANA", before.refresh_handle if by == "handle" else REFRESH))
    assert (refused.http_status, refused.code) == (400, "PARAM_ILLEGAL")
    assert "customerBelongsTo" in refused.message
    assert "GCASH" in refused.message
    assert world.alipay.sent == []
    assert grant_of(world) == before


def test_a_repeat_with_another_wallet_is_another_payment(world: World, handle: str) -> None:
    world.alipay.will(PAY, paid())
    pay_with(world, "GCASH", handle)
    refused = refusal_of(lambda: pay_with(world, "DANA", handle))
    assert (refused.http_status, refused.code) == (409, "REPEAT_REQ_INCONSISTENT")


def test_a_dead_token_of_the_right_wallet_still_ends_its_authorization(world: World, handle: str) -> None:
    world.alipay.will(PAY, DEAD)
    pay_with(world, "GCASH", handle)
    assert grant_of(world).state is GrantState.EXPIRED
    assert authorization(world).state is AuthorizationState.EXPIRED


def test_a_dead_token_ends_an_authorization_without_a_wallet_where_the_request_names_none(
    world: World, handle: str
) -> None:
    world.alipay.will(Operation.INIT_AUTHENTICATION, DEAD)
    send_password(world, handle)
    assert grant_of(world).state is GrantState.EXPIRED


# --- a raw token whose wallet nobody but a caller has named


def test_the_first_use_of_a_raw_token_with_a_wrong_wallet_does_not_lock_it_out(world: World) -> None:
    world.alipay.will(PAY, DEAD, paid(payment_request_id="PAY-2"))
    assert result_of(pay_with(world, "DANA")) == (200, "F", "INVALID_ACCESS_TOKEN")
    assert grant_of(world).state is GrantState.ACTIVE
    assert result_of(pay_with(world, "GCASH", identity="PAY-2")) == (200, "S", "SUCCESS")
    assert grant_of(world).wallet == "GCASH"
    assert refusal_of(lambda: pay_with(world, "DANA", identity="PAY-3")).code == "PARAM_ILLEGAL"


def test_a_wrong_wallet_whose_failure_a_poll_tells_does_not_lock_a_raw_token_out(world: World) -> None:
    world.alipay.will(PAY, no_answer(), paid(payment_request_id="PAY-2"))
    pay_with(world, "DANA")
    world.alipay.will(Operation.INQUIRY_PAYMENT, asked("FAIL", "INVALID_ACCESS_TOKEN"))
    poll_when_due(world)
    assert payment(world).state is PaymentState.FAIL
    assert result_of(pay_with(world, "GCASH", identity="PAY-2")) == (200, "S", "SUCCESS")


def test_the_failure_of_a_wrong_wallet_that_comes_after_the_right_one_ends_nothing(world: World) -> None:
    world.alipay.will(PAY, no_answer(), paid(payment_request_id="PAY-2"))
    pay_with(world, "DANA")
    pay_with(world, "GCASH", identity="PAY-2")
    world.alipay.will(Operation.INQUIRY_PAYMENT, asked("FAIL", "INVALID_ACCESS_TOKEN"))
    poll_when_due(world)
    assert payment(world).state is PaymentState.FAIL
    assert grant_of(world).state is GrantState.ACTIVE


def test_a_raw_token_that_has_paid_is_dead_by_a_word_on_its_wallet(world: World) -> None:
    world.alipay.will(PAY, paid(), DEAD)
    pay_with(world, "GCASH")
    pay_with(world, "GCASH", identity="PAY-2")
    assert grant_of(world).state is GrantState.EXPIRED


def test_a_wallet_that_cannot_be_stored_keeps_no_payment_from_being_told(world: World) -> None:
    store = outage(world)
    store.hits = lambda method, request: method == "put_item" and request["Item"]["kind"] == {"S": "grant"}
    world.alipay.will(PAY, lambda _body: (setattr(store, "on", True), paid())[1])
    assert result_of(pay_with(world, "GCASH")) == (200, "S", "SUCCESS")
    assert store.calls == 1
    assert payment(world).state is PaymentState.SUCCESS


def test_a_token_that_was_first_seen_without_a_wallet_learns_it_from_a_payment(world: World) -> None:
    world.alipay.will(Operation.REVOKE, answer("F", "PROCESS_FAIL", "no"))
    end_consent(world)
    world.alipay.will(PAY, paid())
    assert result_of(pay_with(world, "GCASH")) == (200, "S", "SUCCESS")
    assert grant_of(world).wallet == "GCASH"
    assert refusal_of(lambda: pay_with(world, "DANA", identity="PAY-2")).code == "PARAM_ILLEGAL"


def test_a_raw_refresh_token_with_a_wrong_wallet_is_renewed_with_the_right_one(world: World) -> None:
    invalid = answer("F", "INVALID_REFRESH_TOKEN", "no")
    world.alipay.will(APPLY, invalid, token_answer(NEW_TOKEN, NEW_REFRESH))
    assert result_of(renew_as(world, "DANA", REFRESH)) == (200, "F", "INVALID_REFRESH_TOKEN")
    assert result_of(renew_as(world, "GCASH", REFRESH)) == (200, "S", "SUCCESS")
    grant = grant_of(world, NEW_TOKEN)
    assert (grant.wallet, grant.state) == ("GCASH", GrantState.ACTIVE)
    assert refusal_of(lambda: renew_as(world, "DANA", grant.refresh_handle)).code == "PARAM_ILLEGAL"
    assert refusal_of(lambda: pay_with(world, "DANA", grant.handle)).code == "PARAM_ILLEGAL"


def test_an_exchange_corrects_the_wallet_that_a_slip_named(world: World, refused) -> None:
    world.alipay.will(PAY, DEAD, paid(payment_request_id="PAY-2"))
    pay_with(world, "DANA")
    world.alipay.will(APPLY, token_answer())
    handle = body_of(redirect(world))["accessToken"]
    assert grant_of(world).wallet == "GCASH"
    assert refused(lambda: pay_with(world, "DANA", handle, "PAY-3")) == (400, "PARAM_ILLEGAL")
    assert result_of(pay_with(world, "GCASH", handle, "PAY-2")) == (200, "S", "SUCCESS")


def test_a_notified_token_belongs_to_the_wallet_of_its_consent(world: World) -> None:
    world.alipay.will(PAY, DEAD)
    pay_with(world, "DANA")
    world.alipay.will(Operation.CONSULT, answer("S", "SUCCESS", normalUrl="https://wallet.example.com"))
    ask_consent(world)
    tell(world, authorizationNotifyType="TOKEN_CREATED", authState=STATE, accessToken=TOKEN)
    assert grant_of(world).wallet == "GCASH"
    assert refusal_of(lambda: pay_with(world, "DANA", identity="PAY-2")).code == "PARAM_ILLEGAL"


# --- codes


def test_a_redirect_with_a_wrong_wallet_does_not_spend_the_code_of_the_notification(world: World) -> None:
    open_consent_page(world)
    world.alipay.will(APPLY, BAD_CODE, token_answer())
    assert result_of(redirect(world, wallet="DANA")) == (200, "F", "INVALID_AUTHCODE")
    bring_code(world)
    assert authorization(world).state is AuthorizationState.ACTIVE
    assert [body["customerBelongsTo"] for body in world.alipay.sends_of(APPLY)] == ["DANA", "GCASH"]
    assert grant_of(world).wallet == "GCASH"
    assert world.anomalies() == []


def test_a_redirect_with_a_wrong_wallet_is_mended_by_the_right_one(world: World) -> None:
    world.alipay.will(APPLY, BAD_CODE, token_answer())
    redirect(world, wallet="DANA")
    assert result_of(redirect(world)) == (200, "S", "SUCCESS")
    assert grant_of(world).wallet == "GCASH"
    assert refusal_of(lambda: redirect(world, wallet="DANA")).http_status == 409


def test_a_refusal_of_the_wrong_wallet_that_comes_after_the_notification_fails_nothing(world: World) -> None:
    open_consent_page(world)

    def meanwhile(_body: object):
        bring_code(world)
        return BAD_CODE

    world.alipay.will(APPLY, meanwhile, token_answer())
    assert result_of(redirect(world, wallet="DANA")) == (200, "U", "AUTH_IN_PROCESS")
    assert auth_code(world).state is CodeState.WAITING
    poll(world, 2.5)
    assert authorization(world).state is AuthorizationState.ACTIVE
    assert [body["customerBelongsTo"] for body in world.alipay.sends_of(APPLY)] == ["DANA", "GCASH"]


def test_a_token_that_a_wrong_wallet_brought_belongs_to_the_wallet_of_its_consent(world: World) -> None:
    """Should Alipay not compare the wallet of applyToken, pay has to be possible all the same."""
    open_consent_page(world)
    world.alipay.will(APPLY, token_answer())
    handle = body_of(redirect(world, wallet="DANA"))["accessToken"]
    bring_code(world)
    world.alipay.will(PAY, paid())
    assert result_of(pay_with(world, "GCASH", handle)) == (200, "S", "SUCCESS")
    assert body_of(redirect(world))["accessToken"] == handle
