"""Whatever is posted to an SPI: unsigned it changes nothing; signed it is acknowledged or refused, and never believed too much.

FUZZ_EXAMPLES=2000 in the environment tries so many new notifications for each SPI; without, the same few at each run.
"""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alipay_signing import LocalSigner, canonical
from tests.fuzz.desk import Desk, event_with, fuzzed
from tests.fuzz.material import ROUTE, SPIS, Body, Route
from tests.fuzz.mutations import any_body
from tests.fuzz.test_fuzz_answers import TOKEN, answering, as_it_is, check_money, ready
from tests.fuzz.told import message
from tests.fuzz.verdicts import Said
from tests.support.alipay import no_answer
from tests.support.events import Event, sample, set_header
from tests.support.keys import alipay_key
from tests.support.world import CLIENT_ID, World, paid_fields

RESULT = {"resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "success"}
OF_OURS: dict[str, Body] = {
    "notify_payment": {"notifyType": "PAYMENT_RESULT", "result": RESULT, **paid_fields()},
    "notify_refund": {
        "notifyType": "REFUND_RESULT",
        "result": RESULT,
        "refundStatus": "SUCCESS",
        "refundRequestId": "REF-1",
        "refundId": "20240701REF-1",
        "refundAmount": {"currency": "JPY", "value": "400"},
    },
}
"""Notifications of the payment and the refund of these tests, in the place of the contract's examples."""
every_spi = pytest.mark.parametrize("route", SPIS, ids=[route.function for route in SPIS])


def signed(world: World, route: Route, content: bytes) -> Event:
    """*content* posted to *route* as Alipay posts it, whatever it is."""
    event = event_with(sample(route.function), content)
    at = str(world.clock.now())
    signature = LocalSigner(alipay_key()).sign(
        canonical("POST", event["requestContext"]["path"], CLIENT_ID, at, content)
    )
    set_header(event, "Request-Time", at)
    set_header(event, "Signature", signature)
    return event


@every_spi
@fuzzed(20)
@given(data=st.data())
def test_what_is_not_signed_changes_nothing(desk: Desk, route: Route, data: st.DataObject) -> None:
    event = event_with(sample(route.function), data.draw(any_body(route)).content)
    assert desk.refuses(route.function, event).status == 401


@every_spi
@fuzzed(15)
@given(data=st.data())
def test_what_is_signed_is_acknowledged_or_refused_and_settles_only_what_it_says(
    desk: Desk, route: Route, data: st.DataObject
) -> None:
    said: list[Said] = []
    desk.begin()
    answering(desk.world, said, as_it_is)
    if route.function == "notify_payment":
        desk.world.alipay.will(ROUTE["pay"].called, no_answer())
    desk.bring("pay", ready(ROUTE["pay"]))
    if route.function == "notify_refund":
        desk.world.alipay.will(ROUTE["refund"].called, no_answer("refund"))
        desk.bring("refund", ready(ROUTE["refund"]))
    if route.function == "notify_authorization":
        assert desk.bring("consult", ready(ROUTE["consult"])).response.status == 200
    if route.function == "notify_registration_status":
        assert desk.bring("registration", ready(ROUTE["registration"])).response.status == 200
    for _ in range(2):
        base = OF_OURS.get(route.function, data.draw(st.sampled_from(route.bodies)))
        raw = data.draw(message(base, route.operation, "request", secret=TOKEN))
        said.append((route.operation, raw))
        response = desk.bring(route.function, signed(desk.world, route, raw)).response
        assert response.status in (200, 400)
        assert json.loads(response.text)["result"]["resultStatus"] == ("S" if response.status == 200 else "F")
        check_money(desk.world, said)
