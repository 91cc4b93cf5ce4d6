"""The merchant account and region of a token survive: a later request that names none does not forget them."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from autodebit.contract import ApplyTokenRequest
from autodebit.flows.authorizations.exchange import apply_token
from autodebit.gateway.client import Operation
from autodebit.responses import Response
from tests.flows.renewal_steps import agreed, tokens
from tests.flows.steps import (
    CODE,
    NEW_REFRESH,
    NEW_TOKEN,
    REFRESH,
    STATE,
    bring_code,
    cancel_token,
    end_consent,
    grant_of,
    open_consent_page,
    paid,
    poll,
    redirect,
    run_daily,
    send,
    tell,
)
from tests.support.alipay import answer, no_answer
from tests.support.world import TOKEN, World

APPLY, REVOKE = Operation.APPLY_TOKEN, Operation.REVOKE
ACCOUNT = {"merchantAccountId": "SHOP-7", "merchantRegion": "JP"}
RENEWAL = {"grantType": "REFRESH_TOKEN", "customerBelongsTo": "GCASH"}
LONG_ENOUGH = 2.5


def renew(world: World, **more: Any) -> Response:
    """A caller's refresh."""
    body = {**RENEWAL, "refreshToken": grant_of(world).refresh_handle, **more}
    return apply_token(ApplyTokenRequest.model_validate(body), world.runtime())


def renewal_at_the_end(world: World) -> dict[str, Any]:
    """The request that the deployment itself sends when the end of the newest token is near."""
    grant = grant_of(world)
    world.clock.time = max(world.clock.time, grant.access_until - 5 * 86_400_000)
    before = len(world.alipay.sends_of(APPLY))
    world.alipay.will(APPLY, tokens(world, 365, access="last" + NEW_TOKEN, token="last" + NEW_REFRESH))
    run_daily(world)
    sent = world.alipay.sends_of(APPLY)[before:]
    assert len(sent) == 1
    return dict(sent[0])


def account_of(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name in ACCOUNT}


# --- refreshes of callers


def test_a_refresh_that_names_no_account_is_for_the_account_of_the_token(world: World) -> None:
    agreed(world, tokens(world, 30))
    world.alipay.will(APPLY, tokens(world, 365, access=NEW_TOKEN, token=NEW_REFRESH))
    renew(world)
    assert world.alipay.sends_of(APPLY) == [{**RENEWAL, **ACCOUNT, "refreshToken": REFRESH}]
    assert account_of(renewal_at_the_end(world)) == ACCOUNT


def test_one_that_is_refused_forgets_no_account(world: World) -> None:
    agreed(world, tokens(world, 30))
    world.alipay.will(APPLY, answer("F", "PROCESS_FAIL", "no"))
    renew(world)
    assert account_of(renewal_at_the_end(world)) == ACCOUNT


def test_one_whose_answer_is_lost_is_repeated_for_that_account(world: World) -> None:
    agreed(world, tokens(world, 30))
    world.alipay.will(APPLY, no_answer("applyToken"), tokens(world, 365, access=NEW_TOKEN))
    renew(world)
    world.clock.forward(60)
    poll(world, LONG_ENOUGH)
    first, second = world.alipay.sends_of(APPLY)
    assert first == second == {**RENEWAL, **ACCOUNT, "refreshToken": REFRESH}


def test_one_that_names_the_region_only_keeps_the_account(world: World) -> None:
    agreed(world, tokens(world, 30))
    world.alipay.will(APPLY, tokens(world, 365, access=NEW_TOKEN, token=NEW_REFRESH))
    renew(world, merchantRegion="US")
    assert account_of(renewal_at_the_end(world)) == {"merchantAccountId": "SHOP-7", "merchantRegion": "US"}


def test_an_account_that_alipay_has_accepted_takes_the_place_of_the_old_one(world: World) -> None:
    agreed(world, tokens(world, 30))
    world.alipay.will(APPLY, tokens(world, 365, access=NEW_TOKEN, token=NEW_REFRESH))
    renew(world, merchantAccountId="SHOP-8")
    assert account_of(renewal_at_the_end(world))["merchantAccountId"] == "SHOP-8"


def test_a_revoke_of_our_own_names_the_account_after_such_a_refresh(world: World) -> None:
    """The customer ends the new token while it is on its way, and the end cannot be stored in time."""

    def cancelled_meanwhile(_body: object) -> Any:
        cancel_token(world)
        return tokens(world, 365, access=NEW_TOKEN, token=NEW_REFRESH)

    agreed(world, tokens(world, 30))
    world.alipay.will(APPLY, cancelled_meanwhile)
    renew(world)
    world.alipay.will(REVOKE, answer("S", "SUCCESS"))
    poll(world, LONG_ENOUGH)
    assert world.alipay.sends_of(REVOKE) == [{"accessToken": NEW_TOKEN, "merchantAccountId": "SHOP-7"}]


# --- a token that is known already


def vaulted_by_a_payment(world: World) -> None:
    world.alipay.will(Operation.PAY, paid())
    send(world)


def vaulted_by_a_notification(world: World) -> None:
    open_consent_page(world, authState="STATE-0")
    tell(world, authorizationNotifyType="TOKEN_CREATED", authState="STATE-0", accessToken=TOKEN)


@pytest.mark.parametrize("vaulted", [vaulted_by_a_payment, vaulted_by_a_notification])
def test_a_bare_token_that_a_code_brings_again_is_renewed_for_the_account_of_the_code(
    world: World, vaulted: Callable[[World], None]
) -> None:
    vaulted(world)
    agreed(world, tokens(world, 30))
    assert account_of(renewal_at_the_end(world)) == ACCOUNT


def test_a_token_that_comes_again_for_no_account_keeps_its_account(world: World) -> None:
    agreed(world, tokens(world, 30))
    world.alipay.will(APPLY, tokens(world, 30))
    redirect(world, code="another" + CODE)
    assert account_of(renewal_at_the_end(world)) == ACCOUNT


def test_a_code_that_a_caller_exchanged_for_no_account_has_the_account_of_its_consent(world: World) -> None:
    open_consent_page(world, **ACCOUNT)
    world.alipay.will(APPLY, tokens(world, 30))
    redirect(world)
    bring_code(world)
    assert account_of(renewal_at_the_end(world)) == ACCOUNT


def test_a_code_that_a_caller_exchanged_for_another_wallet_is_renewed_for_the_wallet_of_its_consent(
    world: World,
) -> None:
    """A renewal that names another wallet would call the token dead."""
    open_consent_page(world, **ACCOUNT)
    world.alipay.will(APPLY, tokens(world, 30))
    redirect(world, wallet="DANA")
    bring_code(world)
    assert renewal_at_the_end(world)["customerBelongsTo"] == "GCASH"


@pytest.mark.parametrize("known", [False, True], ids=["new", "vaulted before"])
def test_a_token_that_a_notification_brings_has_the_account_of_its_consent(world: World, known: bool) -> None:
    if known:
        vaulted_by_a_payment(world)
    open_consent_page(world, **ACCOUNT)
    tell(world, authorizationNotifyType="TOKEN_CREATED", authState=STATE, accessToken=TOKEN)
    assert account_of(json.loads(grant_of(world).refresh_body)) == ACCOUNT


def test_a_notified_token_that_comes_after_the_end_is_revoked_for_its_account(world: World) -> None:
    agreed(world, tokens(world, 30))
    world.alipay.will(REVOKE, answer("S", "SUCCESS"))
    end_consent(world)
    tell(world, authorizationNotifyType="TOKEN_CREATED", authState=STATE, accessToken=NEW_TOKEN)
    poll(world, LONG_ENOUGH)
    assert world.alipay.sends_of(REVOKE)[1:] == [{"accessToken": NEW_TOKEN, "merchantAccountId": "SHOP-7"}]
