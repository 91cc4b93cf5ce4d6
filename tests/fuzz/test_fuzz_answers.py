"""Whatever Alipay signs: no answer of any shape makes a handler fail, and none settles money unless it says so.

FUZZ_EXAMPLES=2000 in the environment tries so many new answers for each route; without, the same few at each run.
"""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodebit.errors import GatewayError
from autodebit.gateway.client import VerifiedResponse, read_response
from autodebit.gateway.json_body import LARGEST_MESSAGE
from tests.fuzz.desk import Desk, event_with, fuzzed
from tests.fuzz.material import MARK, ROUTE, ROUTES, Body, Route, written
from tests.fuzz.told import message
from tests.fuzz.verdicts import Said, payment_states, refund_states
from tests.support.events import Event, sample
from tests.support.world import World, pay_body

PAYMENT = {"paymentRequestId": "PAY-1", "value": "1000", "currency": "JPY"}
REFUND = {"refundRequestId": "REF-1", "value": "400", "currency": "JPY"}
TOKEN = f"{MARK}-paymentMethodId-of-44-characters-00000000"
CALLS: dict[str, Body] = {
    "pay": pay_body(token=TOKEN),
    "inquiry_payment": {"paymentRequestId": "PAY-1"},
    "cancel": {"paymentRequestId": "PAY-1"},
    "refund": {
        "refundRequestId": "REF-1",
        "paymentRequestId": "PAY-1",
        "refundAmount": {"currency": "JPY", "value": "400"},
    },
    "inquiry_refund": {"refundRequestId": "REF-1"},
}
"""Calls about one payment and its refund, in the place of the contract's examples."""


def ready(route: Route) -> Event:
    """The call of *route* that every example here makes."""
    body = CALLS.get(route.function, route.bodies[0])
    return event_with(sample(route.function), written(body).encode())


def answering(world: World, said: list[Said], shape: Callable[[Route, Body], bytes]) -> None:
    """From now on every answer of Alipay is what *shape* makes of a good one; *said* remembers it."""

    def script(route: Route) -> Callable[[Mapping[str, Any]], VerifiedResponse]:
        def answer(sent: Mapping[str, Any]) -> VerifiedResponse:
            body = {name: sent.get(name, value) for name, value in route.answers[0].items() if name != "transactions"}
            if "paymentAmount" in route.answers[0]:
                body["paymentAmount"] = {"currency": "JPY", "value": "1000"}
            if "refundAmount" in route.answers[0]:
                body["refundAmount"] = {"currency": "JPY", "value": "400"}
            raw = shape(route, body)
            said.append((route.operation, raw))
            if len(raw) > LARGEST_MESSAGE:
                raise GatewayError(route.operation, "the answer is too long", may_have_acted=True)
            return read_response(route.operation, raw)

        return answer

    for route in ROUTES:
        world.alipay.will(route.called, script(route))


def as_it_is(route: Route, body: Body) -> bytes:
    return written(body).encode()


def check_money(world: World, said: list[Said]) -> None:
    """No final state but by a message that says so."""
    payment = world.repository.payments.find("PAY-1")
    if payment is not None and payment.state.final:
        assert payment.state.value in payment_states(said, PAYMENT)
    refund = world.repository.refunds.find("REF-1")
    if refund is not None and refund.state.final:
        assert refund.state.value in refund_states(said, REFUND)


@pytest.mark.parametrize("route", ROUTES, ids=[route.function for route in ROUTES])
@fuzzed(10)
@given(data=st.data())
def test_no_answer_makes_a_route_fail_or_settles_what_it_does_not_say(
    desk: Desk, route: Route, data: st.DataObject
) -> None:
    said: list[Said] = []
    desk.begin()
    desk.prepare(route)
    answering(desk.world, said, as_it_is)
    if route.function in ("refund", "inquiry_refund", "cancel"):
        assert desk.bring("pay", ready(ROUTE["pay"])).response.status == 200

    def shape(called: Route, body: Body) -> bytes:
        secrets = {
            "pay": TOKEN,
            "initAuthentication": f"{MARK}-userIdentityValue",
            "revoke": f"{MARK}-accessToken",
            "applyToken": f"{MARK}-accessToken",
        }
        raw: bytes = data.draw(message(body, called.operation, secret=secrets.get(called.operation, "")))
        return raw

    answering(desk.world, said, shape)
    for _ in range(2):
        outcome = desk.bring(route.function, ready(route))
        status, told = outcome.response.status, outcome.response.body["result"]["resultStatus"]
        # 503: what had to be asked for first could not be learned, so nothing was sent.
        assert (status, told) in ((200, "S"), (200, "F"), (200, "U"), (409, "F"), (503, "U"))
        if status != 200:
            assert {operation.label for operation, _ in outcome.sent} <= {"inquiryPayment"}
        check_money(desk.world, said)
