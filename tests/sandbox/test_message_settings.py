"""How a simulator writes its messages: the zone of times, the name of the merchant, the fields of true notifications."""

import json
from datetime import datetime, timedelta

import pytest

from sandbox.alipay.__main__ import main
from tests.sandbox.conftest import Start
from tests.sandbox.merchant import Merchant, Shop, send


@pytest.mark.parametrize(("zone", "ends", "hours"), [("+08:00", "+08:00", 8), ("-07:00", "-07:00", -7), ("Z", "Z", 0)])
def test_times_are_written_in_the_zone_that_was_asked_for(
    start: Start, shop: Shop, zone: str, ends: str, hours: int
) -> None:
    merchant = Merchant(start(time_zone=zone, start=1_700_000_000.0, header_time="simulated").url)
    answer = merchant.pay(merchant.token(), "PAY-1").body
    inquired = merchant.inquire(paymentRequestId="PAY-1").body
    merchant.advance(0)
    (notified,) = shop.of("PAYMENT_RESULT")
    notified.verify()
    for body in (answer, inquired, json.loads(notified.raw)):
        for name in ("paymentTime", "paymentCreateTime"):
            assert body[name].endswith(ends)
            moment = datetime.fromisoformat(body[name])
            assert (moment.timestamp(), moment.utcoffset()) == (1_700_000_000.0, timedelta(hours=hours))


def test_an_unknown_zone_is_refused(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="time_zone"):
        start(time_zone="Mars")
    with pytest.raises(SystemExit):
        main(["--time-zone", "Mars"])
    assert "--time-zone" in capsys.readouterr().err


def test_a_payment_notification_has_the_fields_of_true_ones(merchant: Merchant, shop: Shop) -> None:
    merchant.pay(merchant.token(), "PAY-1")
    merchant.advance(0)
    (notified,) = shop.of("PAYMENT_RESULT")
    body = json.loads(notified.raw)
    assert body["actualPaymentAmount"] == body["paymentAmount"]
    assert body["paymentResultInfo"] == {}


@pytest.mark.parametrize(("named", "shown"), [("Blue Shop", "Blue Shop"), ("", "SANDBOX_")])
def test_the_wallets_page_shows_the_name_of_the_merchant(start: Start, named: str, shown: str) -> None:
    merchant = Merchant(start(merchant_name=named).url)
    url = merchant.consult("STATE-1").body["normalUrl"]
    page = send(merchant.url, "GET", url.removeprefix(merchant.url), {}, b"")
    assert f"<strong>{shown}" in page.raw.decode()
