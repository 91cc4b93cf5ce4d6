"""Money content: a repeat of an id must agree with the first request, in the form that its fingerprint was made in."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from autodebit.contract import RefundRequest
from autodebit.flows.payments.fingerprints import fingerprint_of, same_money_content
from autodebit.flows.payments.refund import refund
from autodebit.gateway.client import Operation
from tests.flows import refund_steps
from tests.flows.steps import grant_of, paid, payment, result_of, send
from tests.support.world import World, pay_body

PAY, REFUND = Operation.PAY, Operation.REFUND
RequestRejected = Callable[[Callable[[], object]], tuple[int, str]]


def of_merchant(merchant: str) -> dict[str, Any]:
    return {**pay_body()["order"], "merchant": {"referenceMerchantId": merchant}}


MERCHANTS = {
    "another secondary merchant": ({"order": of_merchant("M-A")}, {"order": of_merchant("M-B")}),
    "a secondary merchant that was not named": ({}, {"order": of_merchant("M-B")}),
    "none any more": ({"order": of_merchant("M-A")}, {}),
    "another account": ({"merchantAccountId": "ACC-A"}, {"merchantAccountId": "ACC-B"}),
    "an account that was not named": ({}, {"merchantAccountId": "ACC-B"}),
    "no account any more": ({"merchantAccountId": "ACC-A"}, {}),
    "the same texts in each other's place": (
        {"order": of_merchant("X"), "merchantAccountId": "Y"},
        {"order": of_merchant("Y"), "merchantAccountId": "X"},
    ),
}


@pytest.mark.parametrize(("first", "second"), MERCHANTS.values(), ids=MERCHANTS)
def test_another_merchant_under_one_id_is_refused(
    world: World, refused: RequestRejected, first: dict[str, Any], second: dict[str, Any]
) -> None:
    world.alipay.will(PAY, paid())
    assert result_of(send(world, **first)) == (200, "S", "SUCCESS")
    assert refused(lambda: send(world, **second)) == (409, "REPEAT_REQ_INCONSISTENT")
    assert len(world.alipay.sends_of(PAY)) == 1


def test_a_repeat_for_the_same_merchant_agrees(world: World) -> None:
    same = {"order": of_merchant("M-A"), "merchantAccountId": "ACC-A"}
    world.alipay.will(PAY, paid())
    send(world, **same)
    told = {**same, "order": {**of_merchant("M-A"), "orderDescription": "in other words"}}
    assert result_of(send(world, **told)) == (200, "S", "SUCCESS")
    assert payment(world).fingerprint.startswith("2:")


def stored_by_older_code(world: World) -> None:
    """PAY-1 is paid, and stored as the code before the forms stored it."""
    world.alipay.will(PAY, paid())
    send(world, merchantAccountId="ACC-A")
    content = ["1000", "JPY", "GCASH", grant_of(world).handle, "ORDER-1", "USD"]
    fingerprint = hashlib.sha256(json.dumps(content).encode()).hexdigest()
    world.dynamodb.update_item(
        TableName=world.table,
        Key={"pk": {"S": "payment#PAY-1"}, "sk": {"S": "item"}},
        UpdateExpression="SET fingerprint = :old",
        ExpressionAttributeValues={":old": {"S": fingerprint}},
    )


def test_a_fingerprint_of_the_old_form_stays_valid_and_is_compared_in_it(
    world: World, refused: RequestRejected
) -> None:
    stored_by_older_code(world)
    assert result_of(send(world, merchantAccountId="ACC-A")) == (200, "S", "SUCCESS")
    # The old form does not tell merchants apart; the stored request does.
    assert refused(lambda: send(world, merchantAccountId="ACC-B")) == (409, "REPEAT_REQ_INCONSISTENT")
    other = {**pay_body()["order"], "referenceOrderId": "ORDER-2"}
    assert refused(lambda: send(world, order=other)) == (409, "REPEAT_REQ_INCONSISTENT")
    assert refused(lambda: send(world, settlementStrategy={"settlementCurrency": "EUR"}))[0] == 409


@pytest.mark.parametrize("changed", [{}, {"settlementStrategy": None}, {"merchantAccountId": "A"}])
def test_no_fingerprint_of_one_form_passes_for_one_of_the_other(changed: dict[str, Any]) -> None:
    body = {name: value for name, value in pay_body(**changed).items() if value is not None}
    new = fingerprint_of(body)
    assert same_money_content(new, body, body)
    assert not same_money_content(new.removeprefix("2:"), body, body)


def test_a_refund_with_another_account_under_one_id_is_refused(world: World, refused: RequestRejected) -> None:
    """The contract has no such field: it comes where unknown fields are forwarded."""
    refund_steps.buy(world)
    world.alipay.will(REFUND, refund_steps.refunded())

    def give_back(account: str | None) -> object:
        request = RefundRequest.model_validate(
            {"refundRequestId": "REF-1", "paymentId": payment(world).payment_id}
            | {"refundAmount": {"currency": "JPY", "value": "300"}}
        )
        wire = request.to_wire() | ({"merchantAccountId": account} if account else {})
        object.__setattr__(request, "to_wire", lambda: wire)
        return refund(request, world.runtime())

    assert result_of(give_back("ACC-A")) == (200, "S", "SUCCESS")  # type: ignore[arg-type]
    assert result_of(give_back("ACC-A")) == (200, "S", "SUCCESS")  # type: ignore[arg-type]
    assert refused(lambda: give_back("ACC-B")) == (409, "REPEAT_REQ_INCONSISTENT")
    assert len(world.alipay.sends_of(REFUND)) == 1
