"""consult, the consent page, auth codes and tokens."""

from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from sandbox.alipay.authorizations import with_query
from tests.sandbox.conftest import Start
from tests.sandbox.merchant import Merchant, Shop, send

YEAR = 365 * 86_400


def test_a_customer_agrees_on_the_page(merchant: Merchant, shop: Shop) -> None:
    page = merchant.consult().body["normalUrl"]
    shown = send(merchant.url, "GET", page.removeprefix(merchant.url), {})
    text = shown.raw.decode()
    assert shown.status == 200
    for part in (
        "GCash",
        merchant.client_id,
        "Agree",
        "Decline",
        '<label for="account">',
        'lang="en"',
        "merchant.example",
    ):
        assert part in text
    for foreign in ("<script", "src=", "https://fonts", "@import"):
        assert foreign not in text
    back = urlsplit(merchant.decide(page))
    query = parse_qs(back.query)
    assert (back.scheme, back.netloc, back.path) == ("https", "merchant.example", "/back")
    assert (query["order"], query["authState"]) == (["7"], ["STATE_1"])
    merchant.advance(0)
    (notified,) = shop.of("AUTHCODE_CREATED")
    notified.verify()
    assert notified.path == "/notify/authorization"
    assert notified.body["authCode"] == query["authCode"][0]
    assert notified.body["authState"] == "STATE_1"
    assert notified.body["result"]["resultStatus"] == "S"
    assert notified.body["userLoginId"] == "mar***@wallet.example"
    assert notified.body["userId"].startswith("2170")


def test_a_customer_declines(merchant: Merchant, shop: Shop) -> None:
    page = merchant.consult().body["normalUrl"]
    assert merchant.decide(page, "decline") == "https://merchant.example/back?order=7"
    merchant.advance(86_400)
    assert shop.received == []


@pytest.mark.parametrize("decision", ["agree", "decline"])
def test_a_page_works_for_one_decision(merchant: Merchant, decision: str) -> None:
    page = merchant.consult().body["normalUrl"].removeprefix(merchant.url)
    merchant.decide(page, decision)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for again in (send(merchant.url, "GET", page, {}), send(merchant.url, "POST", page, form, b"decision=agree")):
        assert again.status == 410
        assert b"has been used" in again.raw


def test_a_page_needs_a_known_link_and_a_choice(merchant: Merchant) -> None:
    page = merchant.consult().body["normalUrl"].removeprefix(merchant.url)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert send(merchant.url, "GET", "/wallet/authorize?authId=x", {}).status == 404
    assert send(merchant.url, "POST", "/wallet/authorize?authId=x", form, b"decision=agree").status == 404
    assert send(merchant.url, "POST", page, form, b"").status == 400


def test_what_the_merchant_sends_is_escaped_on_the_page(merchant: Merchant) -> None:
    page = merchant.consult(authClientId="<b>me</b>").body["normalUrl"].removeprefix(merchant.url)
    shown = send(merchant.url, "GET", page, {})
    assert b"<b>me</b>" not in shown.raw
    assert "default-src 'none'" in (shown.header("Content-Security-Policy") or "")


@pytest.mark.parametrize("terminal", ["APP", "WAP"])
def test_an_app_gets_links_into_the_wallet(merchant: Merchant, terminal: str) -> None:
    body = merchant.consult(terminalType=terminal, osType="ANDROID").body
    assert body["schemeUrl"].startswith("alipaysandbox://")
    assert body["applinkUrl"] == body["normalUrl"]
    assert body["appIdentifier"] == "com.globe.gcash.android"
    assert merchant.consult(terminalType=terminal).code == "PARAM_ILLEGAL"


def test_the_terminal_may_stand_in_env(merchant: Merchant) -> None:
    reply = merchant.consult(terminalType=None, env={"terminalType": "WEB"})
    assert set(reply.body) == {"result", "normalUrl"}


def test_consult_repeated_gives_the_same_page_until_the_user_decides(merchant: Merchant) -> None:
    page = merchant.consult().body["normalUrl"]
    assert merchant.consult().body["normalUrl"] == page
    merchant.decide(page)
    assert merchant.consult().body["normalUrl"] != page


def test_an_unknown_wallet_is_no_pay_option(merchant: Merchant) -> None:
    assert merchant.consult(wallet="PIGGY_BANK").code == "NO_PAY_OPTIONS"
    assert merchant.exchange("x", wallet="PIGGY_BANK").code == "NO_PAY_OPTIONS"


def test_the_notification_goes_to_the_url_of_consult_and_names_the_acquirers_merchant(
    merchant: Merchant, shop: Shop
) -> None:
    merchant.auth_code(authNotifyUrl=f"http://{shop.address}/mine?x=1", authClientId="SHOP_9")
    merchant.advance(0)
    assert shop.received[0].path == "/mine?x=1"
    assert shop.received[0].body["authClientId"] == "SHOP_9"


def test_an_auth_code_becomes_a_token_once(merchant: Merchant) -> None:
    code = merchant.auth_code()
    first = merchant.exchange(code)
    assert first.code == "SUCCESS"
    assert {"accessToken", "accessTokenExpiryTime", "refreshToken", "refreshTokenExpiryTime"} <= set(first.body)
    assert first.body["userLoginId"] == "mar***@wallet.example"
    assert '"userId":"2170' in first.body["extendInfo"]
    second = merchant.exchange(code)
    assert (second.code, set(second.body)) == ("INVALID_AUTHCODE", {"result"})


def test_the_second_use_of_a_code_may_be_set_to_give_the_same_token(start: Start) -> None:
    merchant = Merchant(start(repeat_auth_code="same").url)
    code = merchant.auth_code()
    assert merchant.exchange(code).body == merchant.exchange(code).body


@pytest.mark.parametrize(("age", "code"), [(59, "SUCCESS"), (60, "INVALID_AUTHCODE")])
def test_an_auth_code_lives_a_minute(merchant: Merchant, age: int, code: str) -> None:
    auth_code = merchant.auth_code()
    merchant.advance(age)
    assert merchant.exchange(auth_code).code == code


def test_an_auth_code_belongs_to_one_wallet(merchant: Merchant) -> None:
    code = merchant.auth_code()
    assert merchant.exchange(code, wallet="DANA").code == "INVALID_AUTHCODE"
    assert merchant.exchange(code).code == "SUCCESS"


@pytest.mark.parametrize(
    ("wallet", "seconds", "refreshable"),
    [("GCASH", 2 * YEAR, True), ("DANA", 10 * YEAR, True), ("BOOST", YEAR, True), ("ZALOPAY", YEAR, False)],
)
def test_tokens_live_as_long_as_the_wallet_says(
    merchant: Merchant, wallet: str, seconds: int, refreshable: bool
) -> None:
    body = merchant.exchange(merchant.auth_code(wallet=wallet), wallet).body
    now = merchant.admin("clock")["epoch"]
    assert abs(datetime.fromisoformat(body["accessTokenExpiryTime"]).timestamp() - now - seconds) <= 1
    assert ("refreshToken" in body) is refreshable
    assert ("refreshTokenExpiryTime" in body) is refreshable


def test_a_token_with_a_fixed_end(merchant: Merchant) -> None:
    body = merchant.exchange(merchant.auth_code(wallet="KAKAOPAY"), "KAKAOPAY").body
    assert body["accessTokenExpiryTime"] == "2120-08-25T00:00:00+08:00"
    assert "refreshToken" not in body


def test_a_refresh_gives_new_tokens_and_ends_the_old_refresh_token(merchant: Merchant) -> None:
    old = merchant.exchange(merchant.auth_code()).body
    new = merchant.renew(old["refreshToken"]).body
    assert new["accessToken"] != old["accessToken"]
    assert new["refreshToken"] != old["refreshToken"]
    assert merchant.renew(old["refreshToken"]).code == "INVALID_REFRESH_TOKEN"
    assert merchant.renew(new["refreshToken"], wallet="DANA").code == "INVALID_REFRESH_TOKEN"
    assert merchant.pay(old["accessToken"], "OLD").code == "SUCCESS"
    assert merchant.pay(new["accessToken"], "NEW").code == "SUCCESS"


def test_tokens_expire(merchant: Merchant) -> None:
    tokens = merchant.exchange(merchant.auth_code()).body
    merchant.advance(2 * YEAR - 1)
    assert merchant.pay(tokens["accessToken"], "IN_TIME").code == "SUCCESS"
    merchant.advance(2)
    assert merchant.pay(tokens["accessToken"], "LATE").code == "INVALID_ACCESS_TOKEN"
    assert merchant.renew(tokens["refreshToken"]).code == "SUCCESS"
    merchant.advance(8 * 86_400)
    assert merchant.renew(tokens["refreshToken"]).code == "INVALID_REFRESH_TOKEN"


def test_a_refresh_token_expires(merchant: Merchant) -> None:
    tokens = merchant.exchange(merchant.auth_code()).body
    merchant.advance(2 * YEAR + 7 * 86_400 + 1)
    assert merchant.renew(tokens["refreshToken"]).code == "INVALID_REFRESH_TOKEN"


def test_a_naver_token_lives_from_the_last_payment(merchant: Merchant) -> None:
    token = merchant.token(wallet="NAVERPAY")
    merchant.advance(YEAR - 10)
    assert merchant.pay(token, "ONE", currency="KRW", wallet="NAVERPAY").code == "SUCCESS"
    merchant.advance(YEAR - 10)
    assert merchant.pay(token, "TWO", currency="KRW", wallet="NAVERPAY").code == "SUCCESS"
    merchant.advance(YEAR + 1)
    assert merchant.pay(token, "THREE", currency="KRW", wallet="NAVERPAY").code == "INVALID_ACCESS_TOKEN"


def test_the_user_ends_the_agreement_in_the_wallet(merchant: Merchant, shop: Shop) -> None:
    tokens = merchant.exchange(merchant.auth_code()).body
    merchant.admin("authorizations/cancel", {"authState": "STATE_1", "reason": "no longer used"})
    merchant.advance(0)
    (notified,) = shop.of("TOKEN_CANCELED")
    assert notified.body["accessToken"] == tokens["accessToken"]
    assert notified.body["reason"] == "no longer used"
    assert merchant.pay(tokens["accessToken"]).code == "INVALID_ACCESS_TOKEN"
    assert merchant.renew(tokens["refreshToken"]).code == "INVALID_REFRESH_TOKEN"
    assert merchant.admin_reply("authorizations/cancel", {"authState": "STATE_1"}).status == 404


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://m.example/back", "https://m.example/back?authCode=c%26d"),
        ("https://m.example/back?a=b#top", "https://m.example/back?a=b&authCode=c%26d#top"),
        ("shop://done", "shop://done?authCode=c%26d"),
    ],
)
def test_parameters_join_what_the_redirect_url_has(url: str, expected: str) -> None:
    assert with_query(url, authCode="c&d") == expected
