"""Declarations, judged by the simulator's books: transmitted once, retransmitted when asked for, never by a poller."""

import json
from typing import Any

import pytest
import requests

from autodebit.contract import DeclareRequest, PayRequest
from autodebit.domain.declaration_states import DeclarationState
from autodebit.flows.customs.declare import declare, poll_declaration
from autodebit.flows.payments.pay import pay
from tests.flows.customs_steps import declaration, declare_body
from tests.flows.steps import body_of, result_of
from tests.promises.customer import authorise
from tests.promises.shop import Shop
from tests.support.limit import Limit
from tests.support.world import pay_body

CNY = {"currency": "CNY", "value": "23610"}
LESS = {"currency": "CNY", "value": "23600"}


@pytest.fixture
def payment_id(shop: Shop) -> str:
    """A payment in CNY by an AlipayCN customer."""
    method = {"paymentMethodType": "ALIPAY_CN", "paymentMethodId": authorise(shop.runtime(), "ALIPAY_CN", "STATE-2")}
    order = {"orderAmount": CNY, "referenceOrderId": "ORDER-1", "orderDescription": "Tea"}
    body = pay_body("PAY-CN", paymentAmount=CNY, paymentMethod=method, order=order)
    return str(body_of(pay(PayRequest.model_validate(body), shop.runtime()))["paymentId"])


def hand_over(shop: Shop, payment_id: str, identity: str = "DCL-1", **changed: Any) -> tuple[tuple, dict[str, Any]]:
    body = declare_body(identity, paymentId=payment_id, **changed)
    reply = declare(DeclareRequest.model_validate(body), shop.runtime())
    return result_of(reply), json.loads(reply.text)


def advance(shop: Shop, seconds: int) -> None:
    """Let time pass, here and there."""
    requests.post(f"{shop.simulator}/_sandbox/clock", json={"advance": seconds}, timeout=10).raise_for_status()
    shop.world.clock.forward(seconds)


def transmissions(shop: Shop, identity: str = "DCL-1") -> int:
    books = requests.get(f"{shop.simulator}/_sandbox/declarations", timeout=10).json()
    return int(next((one["transmissions"] for one in books if one["declarationRequestId"] == identity), 0))


def poll(shop: Shop, identity: str = "DCL-1") -> None:
    """One inquiry of the poller, at the time at which it is due; customs has answered by then."""
    due_at = declaration(shop.world, identity).due_at
    assert due_at is not None
    advance(shop, max(due_at - shop.world.clock.now(), 0) // 1_000 + 1)
    poll_declaration(identity, shop.runtime())


def test_a_declaration_reaches_customs_once_however_often_it_is_repeated(shop: Shop, payment_id: str) -> None:
    assert hand_over(shop, payment_id)[0] == (200, "S", "SUCCESS")
    poll(shop)
    then = declaration(shop.world)
    assert (then.state, then.customs_result_code) == (DeclarationState.COMPLETED, "2")
    for _ in range(3):
        told = hand_over(shop, payment_id)[1]
        assert told["clearingChannel"] == "NUCC"
    assert transmissions(shop) == 1


@pytest.mark.parametrize(
    "fault", ["cut_before", "http_500", "unknown", "act_then_cut", "act_then_http_500", "act_then_unknown", "unsigned"]
)
def test_after_a_lost_answer_a_repeat_declares_nothing_twice(shop: Shop, payment_id: str, fault: str) -> None:
    shop.fault(fault, operation="declare")
    first = hand_over(shop, payment_id)[0]
    assert first[:2] == (200, "U")
    assert hand_over(shop, payment_id)[0][:2] == (200, "S")
    assert transmissions(shop) == 1
    poll(shop)
    assert declaration(shop.world).state is DeclarationState.COMPLETED


def test_after_a_lost_answer_the_poller_finds_it_and_sends_nothing(shop: Shop, payment_id: str) -> None:
    shop.fault("act_then_cut", operation="declare")
    hand_over(shop, payment_id)
    poll(shop)
    assert declaration(shop.world).state is DeclarationState.COMPLETED
    assert transmissions(shop) == 1


def test_what_customs_rejected_is_mended_by_a_retransmission(shop: Shop, payment_id: str) -> None:
    identity = "DCL-1-rejected"
    hand_over(shop, payment_id, identity)
    poll(shop, identity)
    assert declaration(shop.world, identity).customs_result_code == "-1"
    advance(shop, 300)
    assert hand_over(shop, payment_id, identity, declarationAmount=LESS)[0] == (200, "S", "SUCCESS")
    assert declaration(shop.world, identity).state is DeclarationState.IN_PROCESS
    poll(shop, identity)
    then = declaration(shop.world, identity)
    assert (then.state, then.customs_result_code) == (DeclarationState.COMPLETED, "2")
    assert (then.amount.value, transmissions(shop, identity)) == ("23600", 2)


def test_a_refused_retransmission_leaves_what_customs_has(shop: Shop, payment_id: str) -> None:
    hand_over(shop, payment_id)
    poll(shop)
    advance(shop, 300)
    more = {"currency": "CNY", "value": "9999999"}
    assert hand_over(shop, payment_id, declarationAmount=more)[0] == (200, "F", "TOTAL_DECLARATION_AMOUNT_EXCEED")
    poll(shop)
    then = declaration(shop.world)
    assert (then.state, then.amount.value, transmissions(shop)) == (DeclarationState.COMPLETED, "23610", 1)


def test_what_never_arrived_is_not_submitted_until_it_is_repeated(shop: Shop, payment_id: str) -> None:
    shop.fault("cut_before", operation="declare")
    hand_over(shop, payment_id)
    limit = Limit()
    while declaration(shop.world).state.open:
        limit.step()
        poll(shop)
    assert declaration(shop.world).state is DeclarationState.NOT_SUBMITTED
    assert transmissions(shop) == 0
    assert hand_over(shop, payment_id)[0] == (200, "S", "SUCCESS")
    assert transmissions(shop) == 1
