"""notifyDispute on demand: a payment is disputed, and its dispute goes on."""

import pytest

from tests.sandbox.conftest import Start
from tests.sandbox.merchant import Merchant, Shop


@pytest.fixture
def merchant(start: Start, shop: Shop) -> Merchant:
    made = Merchant(start(dispute_notify_url=f"http://{shop.address}/notify/dispute").url)
    assert made.pay(made.token()).code == "SUCCESS"
    made.advance(1)
    shop.received.clear()
    return made


def test_a_payment_is_disputed_and_no_money_moves(merchant: Merchant, shop: Shop) -> None:
    before = merchant.admin("ledger")
    told = merchant.admin("payments/dispute", {"paymentRequestId": "PAY_1"})
    merchant.advance(1)
    (delivered,) = shop.received
    delivered.verify()
    assert delivered.path == "/notify/dispute"
    body = delivered.body
    assert (body["paymentRequestId"], body["disputeId"]) == ("PAY_1", told["disputeId"])
    assert (body["disputeNotificationType"], body["disputeAmount"]["value"]) == ("DISPUTE_CREATED", "1000")
    assert "result" not in body
    assert "notifyType" not in body
    assert merchant.admin("ledger") == before


def test_a_dispute_goes_on_as_ordered_and_where_ordered(merchant: Merchant, shop: Shop) -> None:
    order = {"paymentRequestId": "PAY_1", "disputeNotificationType": "DISPUTE_JUDGED", "disputeId": "D-7"}
    url = f"http://{shop.address}/notify/payment"
    merchant.admin("payments/dispute", {**order, "disputeJudgedResult": "ACCEPT_BY_MERCHANT", "url": url})
    merchant.advance(1)
    (delivered,) = shop.received
    assert (delivered.path, delivered.body["disputeId"]) == ("/notify/payment", "D-7")
    assert delivered.body["disputeJudgedResult"] == "ACCEPT_BY_MERCHANT"


def test_what_was_not_paid_here_is_not_disputed(merchant: Merchant) -> None:
    reply = merchant.admin_reply("payments/dispute", {"paymentRequestId": "PAY_9"})
    assert (reply.status, reply.body) == (404, {"error": "no such payment"})


def test_it_is_sent_again_until_it_is_acknowledged(merchant: Merchant, shop: Shop) -> None:
    shop.answer = lambda _: (503, b"")
    merchant.admin("payments/dispute", {"paymentRequestId": "PAY_1"})
    merchant.advance(86_400 * 2)
    assert len(shop.received) > 2
