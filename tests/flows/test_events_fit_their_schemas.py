"""Every event that is published fits the schema that docs/events promises for it."""

import json

import pytest

from autodebit.flows.outcomes import poll_payment
from autodebit.flows.publishing import publish_events
from autodebit.gateway import Operation
from autodebit.lifecycle import AuthorizationState, PaymentState
from tests.flows.conftest import Logged
from tests.flows.customs_steps import (
    DECLARE,
    FIVE_MINUTES,
    INQUIRY,
    NAME,
    NUMBER,
    declaration,
    hand_over,
    handed_over,
    on_record,
    poll_customs_when_due,
    record,
)
from tests.flows.steps import (
    absent,
    ask_consent,
    authorization,
    bring_code,
    cancel_token,
    grant_of,
    notify,
    paid,
    payment,
    send,
    token_answer,
)
from tests.flows.test_publish_events import Bus, as_lambda_has_it, records_of
from tests.support.alipay import answer, no_answer
from tests.support.schemas import faults_of, validator_of
from tests.support.world import TOKEN, World


def test_every_event_fits_its_schema(world: World) -> None:
    world.alipay.will(Operation.CONSULT, answer("S", "SUCCESS", normalUrl="https://wallet.example.com"))
    world.alipay.will(Operation.APPLY_TOKEN, token_answer())
    ask_consent(world)
    bring_code(world)
    handle = grant_of(world).handle
    world.alipay.will(Operation.PAY, paid())
    send(world, token=handle)
    notify(world, "F", "RISK_REJECT")
    world.alipay.will(Operation.PAY, answer("F", "USER_BALANCE_NOT_ENOUGH", "too little"))
    send(world, token=handle, payment_request_id="PAY-2")
    world.alipay.will(Operation.PAY, no_answer())
    send(world, token=handle, payment_request_id="PAY-3")
    world.clock.forward(100)
    world.alipay.will(Operation.INQUIRY_PAYMENT, absent())
    for _ in range(3):
        world.clock.forward(20)
        poll_payment("PAY-3", world.runtime(58))
    cancel_token(world, TOKEN)
    cancel_token(world, "a-token-that-is-not-known")
    assert payment(world, "PAY-3").state is PaymentState.NOT_SUBMITTED
    assert authorization(world).state is AuthorizationState.REVOKED

    bus = Bus()
    assert publish_events([as_lambda_has_it(record) for record in records_of(world)], bus.publisher) == []
    told = [(entry["DetailType"], json.loads(entry["Detail"])) for entry in bus.entries]
    assert {kind for kind, _ in told} == {
        "Payment State Changed",
        "Authorization State Changed",
        "Anomaly Recorded",
    }
    assert [fault for kind, detail in told for fault in faults_of(kind, detail)] == []
    assert "advice" in next(detail for _, detail in told if detail.get("state") == "NOT_SUBMITTED")


def test_every_event_of_a_declaration_fits_its_schema(world: World, logged: Logged) -> None:
    world.alipay.will(DECLARE, handed_over(), answer("F", "RISK_REJECT", "no"), no_answer("declare"))
    for identity in ("DCL-1", "DCL-2", "DCL-3"):
        hand_over(world, identity)
    world.alipay.will(INQUIRY, on_record(record(code="-621501")), on_record(missing=("DCL-3",)))
    poll_customs_when_due(world)
    while declaration(world, "DCL-3").state.open:
        poll_customs_when_due(world, "DCL-3")
    world.clock.forward(FIVE_MINUTES)
    world.alipay.will(DECLARE, handed_over())
    hand_over(world, declarationAmount={"currency": "CNY", "value": "23600"})
    world.alipay.will(INQUIRY, on_record(record(declarationAmount={"currency": "CNY", "value": "1"})))
    poll_customs_when_due(world)

    bus = Bus()
    assert publish_events([as_lambda_has_it(told) for told in records_of(world)], bus.publisher) == []
    told = [(entry["DetailType"], json.loads(entry["Detail"])) for entry in bus.entries]
    assert [fault for kind, detail in told for fault in faults_of(kind, detail)] == []
    assert {kind for kind, _ in told} == {"Declaration State Changed", "Anomaly Recorded"}
    assert [detail["state"] for _, detail in told if detail.get("declarationRequestId") == "DCL-1"] == [
        "INITIATED",
        "IN_PROCESS",
        "COMPLETED",
        "IN_PROCESS",
    ]
    completed = next(detail for _, detail in told if detail.get("state") == "COMPLETED")
    assert completed["declarationAmount"] == {"currency": "CNY", "value": "23610"}
    assert completed["customsDeclarationResultCode"] == "-621501"
    assert told[-2][1]["declarationAmount"]["value"] == "23600"
    assert "customsDeclarationResultCode" not in told[-2][1]
    assert next(detail for _, detail in told if detail.get("state") == "FAIL")["resultCode"] == "RISK_REJECT"
    assert "advice" in next(detail for _, detail in told if detail.get("state") == "NOT_SUBMITTED")
    published = json.dumps(bus.entries, ensure_ascii=False)
    assert NAME not in published
    assert NUMBER not in published + logged()


@pytest.mark.parametrize(
    "kind",
    [
        "Payment State Changed",
        "Authorization State Changed",
        "Declaration State Changed",
        "Anomaly Recorded",
    ],
)
def test_a_schema_is_sound_and_refuses_what_it_does_not_name(kind: str) -> None:
    validator_of(kind).check_schema(validator_of(kind).schema)
    assert any("accessTokenInClear" in fault for fault in faults_of(kind, {"accessTokenInClear": "x"}))
