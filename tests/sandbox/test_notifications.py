"""Delivery: signature, resend schedule, acknowledgement, faults, where it goes."""

import threading
import time
from typing import Any

import pytest

from alipay_signing import BadSignature
from sandbox.alipay import Simulator
from sandbox.alipay.delivery import NotOnThisMachine, resolve, signed_path
from tests.sandbox.conftest import Start
from tests.sandbox.merchant import ACKNOWLEDGED, Merchant, Shop

OFFSETS = [0, 120, 720, 1320, 4920, 12120, 33720, 87720]


def paid(merchant: Merchant) -> None:
    assert merchant.pay(merchant.token()).code == "SUCCESS"


def outbox(merchant: Merchant, kind: str = "notifyPayment") -> dict[str, Any]:
    (found,) = [one for one in merchant.admin("outbox") if one["kind"] == kind]
    assert isinstance(found, dict)
    return found


def refuse_payments(shop: Shop, answer: tuple[int, bytes] = (500, b"")) -> None:
    shop.answer = lambda one: answer if one.path == "/notify/payment" else (200, ACKNOWLEDGED)


def test_an_acknowledged_notification_is_not_sent_again(merchant: Merchant, shop: Shop) -> None:
    paid(merchant)
    merchant.advance(2 * 86_400)
    assert len(shop.of("PAYMENT_RESULT")) == 1
    assert outbox(merchant)["state"] == "acknowledged"


def test_without_acknowledgement_it_is_resent_for_a_day(start: Start, shop: Shop) -> None:
    merchant = Merchant(start(start=1_700_000_000.0, header_time="simulated").url)
    refuse_payments(shop)
    paid(merchant)
    for offset, next_offset in zip(OFFSETS, [*OFFSETS[1:], 200_000], strict=True):
        merchant.advance(offset + 1_700_000_000.0 - merchant.admin("clock")["epoch"])
        assert len(shop.of("PAYMENT_RESULT")) == OFFSETS.index(offset) + 1
        merchant.advance(next_offset - offset - 1)
        assert len(shop.of("PAYMENT_RESULT")) == OFFSETS.index(offset) + 1
    assert outbox(merchant)["state"] == "given up"
    assert len({one.raw for one in shop.of("PAYMENT_RESULT")}) == 1
    assert len({one.headers["Request-Time"] for one in shop.of("PAYMENT_RESULT")}) == 8
    for one in shop.of("PAYMENT_RESULT"):
        one.verify()


def test_one_long_jump_makes_every_stop_of_the_schedule(merchant: Merchant, shop: Shop) -> None:
    refuse_payments(shop)
    paid(merchant)
    merchant.advance(2 * 86_400)
    assert len(shop.of("PAYMENT_RESULT")) == 8


def test_the_schedule_follows_a_fast_clock(start: Start, shop: Shop) -> None:
    merchant = Merchant(start(speed=20_000.0).url)
    shop.answer = lambda _: (500, b"")
    merchant.auth_code()
    end = time.monotonic() + 5
    while len(shop.received) < 4 and time.monotonic() < end:
        time.sleep(0.01)
    assert len(shop.received) >= 4


def test_the_sandbox_of_alipay_does_not_resend(start: Start, shop: Shop) -> None:
    merchant = Merchant(start(resend="none").url)
    refuse_payments(shop)
    paid(merchant)
    merchant.advance(2 * 86_400)
    assert len(shop.of("PAYMENT_RESULT")) == 1


def test_an_acknowledgement_of_the_last_delivery_counts(start: Start) -> None:
    merchant = Merchant(start(resend="none").url)
    paid(merchant)
    merchant.advance(0)
    assert outbox(merchant)["state"] == "acknowledged"


@pytest.mark.parametrize(
    ("answer", "acknowledged"),
    [
        ((200, ACKNOWLEDGED), True),
        ((200, b'{"result":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"Success"}}'), True),
        ((201, ACKNOWLEDGED), False),
        ((200, b"OK"), False),
        ((200, b'{"result":{"resultStatus":"F","resultCode":"SUCCESS"}}'), False),
        ((200, b'{"result":"S"}'), False),
        ((401, ACKNOWLEDGED), False),
        ((302, ACKNOWLEDGED), False),
    ],
)
def test_only_the_documented_answer_acknowledges(
    merchant: Merchant, shop: Shop, answer: tuple[int, bytes], acknowledged: bool
) -> None:
    refuse_payments(shop, answer)
    paid(merchant)
    merchant.advance(0)
    assert outbox(merchant)["attempts"][0]["outcome"]["acknowledged"] is acknowledged


def test_an_answer_that_does_not_come_is_waited_for_a_while(start: Start, shop: Shop) -> None:
    merchant = Merchant(start(answer_timeout_real_seconds=0.1).url)

    def slow(_: object) -> tuple[int, bytes]:
        time.sleep(0.4)
        return 200, ACKNOWLEDGED

    shop.answer = slow
    merchant.auth_code()
    merchant.advance(0)
    assert outbox(merchant, "notifyAuthorization")["attempts"][0]["outcome"]["error"] == "TimeoutError"


def test_nobody_listening_is_no_acknowledgement(start: Start) -> None:
    merchant = Merchant(start(auth_notify_url="http://127.0.0.1:9/x").url)
    merchant.auth_code()
    merchant.advance(0)
    found = outbox(merchant, "notifyAuthorization")
    assert found["state"] == "waiting"
    assert found["attempts"][0]["outcome"]["error"] == "ConnectionRefusedError"


@pytest.mark.parametrize("url", ["http://merchant.example/x", "https://127.0.0.1/x", "http://10.0.0.1/x"])
def test_nothing_is_sent_to_another_machine(start: Start, url: str) -> None:
    merchant = Merchant(start(auth_notify_url=url).url)
    merchant.auth_code()
    merchant.advance(86_400)
    found = outbox(merchant, "notifyAuthorization")
    assert found["state"] == "refused"
    assert len(found["attempts"]) == 1
    (entry,) = merchant.admin("journal?kind=notification")
    assert entry["outcome"]["error"].startswith("refused: ")


def test_a_host_can_be_mapped_to_a_local_address(start: Start, shop: Shop) -> None:
    url = "https://abc123.execute-api.us-east-1.amazonaws.com/prod/v1/authorizations/notifyAuthorization"
    host = "abc123.execute-api.us-east-1.amazonaws.com"
    merchant = Merchant(start(auth_notify_url=url, connect={host: shop.address}).url)
    merchant.auth_code()
    merchant.advance(0)
    (notified,) = shop.received
    assert notified.headers["Host"] == host
    assert notified.path == "/prod/v1/authorizations/notifyAuthorization"
    notified.verify()


def test_where_urls_lead() -> None:
    local = resolve("http://id.execute-api.localhost:4566/dev/x?y=1", {})
    assert (local.address, local.port, local.host) == ("127.0.0.1", 4566, "id.execute-api.localhost:4566")
    assert local.request_target == "/dev/x?y=1"
    assert signed_path("http://localhost/dev/x?y=1") == "/dev/x"
    assert resolve("http://[::1]:80/", {}).address == "::1"
    assert resolve("https://m.example:8443/", {"m.example:8443": "127.0.0.1:1"}).port == 1
    with pytest.raises(NotOnThisMachine):
        resolve("https://m.example/", {"m.example": "10.0.0.1:80"})


def test_without_any_url_nothing_is_sent(start: Start) -> None:
    merchant = Merchant(start(auth_notify_url=None).url)
    merchant.auth_code()
    assert merchant.admin("outbox") == []
    assert merchant.admin("journal?kind=notification")[0]["state"] == "no URL known"


def test_header_times_are_real_unless_told_otherwise(merchant: Merchant, shop: Shop, start: Start) -> None:
    merchant.advance(10 * 365 * 86_400)
    merchant.auth_code()
    merchant.advance(0)
    assert shop.received[0].headers["Request-Time"][:4] == time.strftime("%Y")
    simulated = Merchant(start(start=0.0, header_time="simulated").url)
    assert simulated.inquire(paymentRequestId="X").header("response-time") == "1970-01-01T08:00:00+08:00"


@pytest.mark.parametrize(
    ("fault", "deliveries", "verified"),
    [
        ("duplicate", 2, True),
        ("drop", 0, True),
        ("tamper", 1, False),
        ("wrong_signature", 1, False),
        ("old_key_version", 1, False),
    ],
)
def test_faults_of_one_delivery(merchant: Merchant, shop: Shop, fault: str, deliveries: int, verified: bool) -> None:
    token = merchant.token()
    merchant.admin("faults", {"operation": "notifyPayment", "fault": fault})
    merchant.pay(token)
    merchant.advance(0)
    delivered = shop.of("PAYMENT_RESULT")
    assert len(delivered) == deliveries
    for one in delivered:
        if verified:
            one.verify()
        else:
            with pytest.raises(BadSignature):
                one.verify()
    if fault == "tamper":
        assert delivered[0].body["paymentAmount"]["value"] == "91000"


def test_an_unsigned_notification(merchant: Merchant, shop: Shop) -> None:
    merchant.admin("faults", {"operation": "notifyAuthorization", "fault": "unsigned"})
    merchant.auth_code()
    merchant.advance(0)
    assert "Signature" not in shop.received[0].headers


def test_a_dropped_notification_comes_with_the_resend(merchant: Merchant, shop: Shop) -> None:
    token = merchant.token()
    merchant.admin("faults", {"operation": "notifyPayment", "fault": "drop"})
    merchant.pay(token)
    merchant.advance(119)
    assert shop.of("PAYMENT_RESULT") == []
    merchant.advance(2)
    assert len(shop.of("PAYMENT_RESULT")) == 1


def test_a_delayed_notification_is_overtaken_by_the_next(merchant: Merchant, shop: Shop) -> None:
    token = merchant.token()
    merchant.admin("faults", {"operation": "notifyPayment", "fault": "delay", "seconds": 30})
    merchant.pay(token, "FIRST")
    merchant.advance(1)
    merchant.pay(token, "SECOND")
    merchant.advance(60)
    assert [one.body["paymentRequestId"] for one in shop.of("PAYMENT_RESULT")] == ["SECOND", "FIRST"]


def test_resend_now(merchant: Merchant, shop: Shop) -> None:
    paid(merchant)
    merchant.advance(0)
    number = outbox(merchant)["number"]
    assert merchant.admin(f"outbox/{number}/send", {})["outcome"]["acknowledged"] is True
    assert len(shop.of("PAYMENT_RESULT")) == 2
    assert merchant.admin_reply("outbox/99/send", {}).status == 404


def test_an_acknowledgement_beside_the_schedule_ends_it(merchant: Merchant, shop: Shop) -> None:
    refuse_payments(shop)
    paid(merchant)
    merchant.advance(0)
    refuse_payments(shop, (200, ACKNOWLEDGED))
    merchant.admin(f"outbox/{outbox(merchant)['number']}/send", {})
    merchant.advance(2 * 86_400)
    assert len(shop.of("PAYMENT_RESULT")) == 2


def test_a_notification_of_ones_own_making(merchant: Merchant, shop: Shop) -> None:
    body = {
        "notifyType": "PAYMENT_RESULT",
        "paymentRequestId": "PAY_1",
        "paymentAmount": {"currency": "JPY", "value": "1"},
    }
    outcome = merchant.admin("notify", {"kind": "notifyPayment", "body": body})
    assert outcome == {"acknowledged": True, "http_status": 200, "error": None}
    assert shop.received[0].body == body
    shop.received[0].verify()


def test_a_crafted_notification_goes_where_the_payment_said(merchant: Merchant, shop: Shop) -> None:
    merchant.pay(merchant.token(), paymentNotifyUrl=f"http://{shop.address}/own")
    merchant.advance(0)
    merchant.admin("notify", {"kind": "notifyPayment", "body": {"paymentRequestId": "PAY_1"}})
    assert shop.received[-1].path == "/own"


def test_what_can_be_wrong_with_a_crafted_notification(merchant: Merchant, shop: Shop) -> None:
    def craft(**more: str) -> None:
        merchant.admin("notify", {"kind": "notifyPayment", "body": {}, **more})

    craft(clientId="SANDBOX_OTHER", requestTime="2001-01-01T00:00:00Z")
    assert shop.received[-1].headers["Client-Id"] == "SANDBOX_OTHER"
    shop.received[-1].verify()
    craft(raw="{broken")
    assert shop.received[-1].raw == b"{broken"
    craft(signature="wrong_signature")
    with pytest.raises(BadSignature):
        shop.received[-1].verify()
    assert merchant.admin_reply("notify", {"kind": "notifyPayment", "signature": "odd"}).status == 400
    assert merchant.admin_reply("notify", {"kind": "other", "body": {}}).status == 400


def test_a_delivery_under_way_during_a_reset_is_forgotten(alipay: Simulator, merchant: Merchant, shop: Shop) -> None:
    arrived, released = threading.Event(), threading.Event()

    def wait(_: object) -> tuple[int, bytes]:
        arrived.set()
        released.wait(5)
        return 500, b""

    shop.answer = wait
    merchant.auth_code()
    assert arrived.wait(5)
    merchant.admin("reset", {})
    released.set()
    merchant.advance(2 * 86_400)
    assert len(shop.received) == 1
    assert merchant.admin("journal?kind=notification") == []


def test_a_reset_forgets_resends(alipay: Simulator, merchant: Merchant, shop: Shop) -> None:
    refuse_payments(shop)
    paid(merchant)
    merchant.advance(0)
    merchant.admin("reset", {})
    merchant.advance(2 * 86_400)
    assert len(shop.of("PAYMENT_RESULT")) == 1
    assert merchant.admin("outbox") == []
