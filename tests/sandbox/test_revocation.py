"""revoke, and tokens with a life shorter than the wallets' own."""

from datetime import datetime

import pytest

from tests.sandbox.conftest import Start
from tests.sandbox.merchant import SANDBOX, Merchant, Reply, Shop

REVOKE = f"{SANDBOX}/v1/authorizations/revoke"


def revoke(merchant: Merchant, token: str) -> Reply:
    return merchant.call("authorizations/revoke", {"accessToken": token})


def test_a_revoked_token_and_its_refresh_token_are_dead_at_once(merchant: Merchant, shop: Shop) -> None:
    tokens = merchant.exchange(merchant.auth_code()).body
    reply = revoke(merchant, tokens["accessToken"])
    reply.verify(REVOKE)
    assert (reply.code, set(reply.body)) == ("SUCCESS", {"result"})
    assert merchant.pay(tokens["accessToken"]).code == "INVALID_ACCESS_TOKEN"
    assert merchant.renew(tokens["refreshToken"]).code == "INVALID_REFRESH_TOKEN"
    merchant.advance(0)
    (notified,) = shop.of("TOKEN_CANCELED")
    notified.verify()
    assert notified.body["accessToken"] == tokens["accessToken"]
    assert "reason" not in notified.body


@pytest.mark.parametrize("given", ["old", "new"])
def test_every_token_of_the_authorization_dies_and_the_one_given_is_notified(
    merchant: Merchant, shop: Shop, given: str
) -> None:
    old = merchant.exchange(merchant.auth_code()).body
    new = merchant.renew(old["refreshToken"]).body
    token = {"old": old, "new": new}[given]["accessToken"]
    assert revoke(merchant, token).code == "SUCCESS"
    for number, tokens in enumerate((old, new)):
        assert merchant.pay(tokens["accessToken"], f"PAY_{number}").code == "INVALID_ACCESS_TOKEN"
    assert merchant.renew(new["refreshToken"]).code == "INVALID_REFRESH_TOKEN"
    merchant.advance(0)
    (notified,) = shop.of("TOKEN_CANCELED")
    assert notified.body["accessToken"] == token


def test_another_authorization_of_the_same_customer_lives_on(merchant: Merchant) -> None:
    first, second = merchant.token("STATE_1"), merchant.token("STATE_2")
    revoke(merchant, first)
    assert merchant.pay(second).code == "SUCCESS"


def test_a_token_that_is_dead_already_cannot_be_revoked(start: Start, shop: Shop) -> None:
    merchant = Merchant(start(token_seconds=60).url)
    assert revoke(merchant, "nobody-has-it").code == "INVALID_ACCESS_TOKEN"
    revoked, expired = merchant.token("STATE_1"), merchant.exchange(merchant.auth_code("STATE_2")).body
    revoke(merchant, revoked)
    assert revoke(merchant, revoked).code == "INVALID_ACCESS_TOKEN"
    merchant.advance(60)
    assert revoke(merchant, expired["accessToken"]).code == "INVALID_ACCESS_TOKEN"
    assert len(shop.of("TOKEN_CANCELED")) == 1
    assert merchant.renew(expired["refreshToken"]).code == "SUCCESS"


def test_what_the_wallet_ended_cannot_be_revoked(merchant: Merchant, shop: Shop) -> None:
    token = merchant.token()
    merchant.admin("authorizations/cancel", {"authState": "STATE_1"})
    assert revoke(merchant, token).code == "INVALID_ACCESS_TOKEN"
    merchant.advance(0)
    assert len(shop.of("TOKEN_CANCELED")) == 1


@pytest.mark.parametrize("body", [{}, {"accessToken": ""}, {"accessToken": "x" * 129}])
def test_revoke_needs_a_token(merchant: Merchant, body: dict[str, str]) -> None:
    assert merchant.call("authorizations/revoke", body).code == "PARAM_ILLEGAL"


def test_a_revocation_whose_answer_is_lost_has_happened(merchant: Merchant) -> None:
    token = merchant.token()
    merchant.admin("faults", {"operation": "revoke", "fault": "act_then_unknown"})
    assert revoke(merchant, token).code == "UNKNOWN_EXCEPTION"
    assert revoke(merchant, token).code == "INVALID_ACCESS_TOKEN"


def test_tokens_can_be_given_a_short_life(merchant: Merchant) -> None:
    merchant.admin("settings", {"tokenSeconds": 90})
    body = merchant.exchange(merchant.auth_code()).body
    now = merchant.admin("clock")["epoch"]
    for name, seconds in (("accessTokenExpiryTime", 90), ("refreshTokenExpiryTime", 90 + 7 * 86_400)):
        assert abs(datetime.fromisoformat(body[name]).timestamp() - now - seconds) <= 1
    merchant.advance(90)
    assert merchant.pay(body["accessToken"]).code == "INVALID_ACCESS_TOKEN"
    renewed = merchant.renew(body["refreshToken"]).body
    assert merchant.pay(renewed["accessToken"], "PAY_2").code == "SUCCESS"


def test_a_wallet_without_refresh_keeps_its_life(start: Start) -> None:
    merchant = Merchant(start(token_seconds=90).url)
    body = merchant.exchange(merchant.auth_code(wallet="KAKAOPAY"), "KAKAOPAY").body
    assert body["accessTokenExpiryTime"] == "2120-08-25T00:00:00+08:00"


def test_the_wallets_own_lives_come_back(merchant: Merchant) -> None:
    merchant.admin("settings", {"tokenSeconds": 90})
    assert merchant.admin("settings", {"tokenSeconds": None})["tokenSeconds"] is None
    token = merchant.token()
    merchant.advance(365 * 86_400)
    assert merchant.pay(token).code == "SUCCESS"


@pytest.mark.parametrize("wrong", [0, -1, "long", True])
def test_a_life_must_be_some_seconds(merchant: Merchant, wrong: object) -> None:
    assert merchant.admin_reply("settings", {"tokenSeconds": wrong}).status == 400
