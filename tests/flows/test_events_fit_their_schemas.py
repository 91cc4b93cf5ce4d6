"""Every event that is published fits the schema that docs/events promises for it."""

import json

import pytest

from autodebit.domain.authorization_states import AuthorizationState
from autodebit.domain.payment_states import PaymentState
from autodebit.flows.outbox import publish_events
from autodebit.flows.payments.sync import poll_payment
from autodebit.gateway.client import Operation
from tests.flows.refund_steps import (
    REFUND_ID,
    buy,
    give_back,
    notify_of,
    poll_refund_when_due,
    refunded,
    stored,
    told,
    unknown_refund,
)
from tests.flows.registering import accepted, in_store, notify_review, register
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
from tests.support.limit import Limit
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
    published = [(entry["DetailType"], json.loads(entry["Detail"])) for entry in bus.entries]
    assert {kind for kind, _ in published} == {
        "Payment State Changed",
        "Authorization State Changed",
        "Anomaly Recorded",
    }
    assert [fault for kind, detail in published for fault in faults_of(kind, detail)] == []
    assert "advice" in next(detail for _, detail in published if detail.get("state") == "NOT_SUBMITTED")


def test_every_event_of_a_registration_fits_its_schema_and_tells_what_wallets_say(world: World) -> None:
    kind = "Registration State Changed"
    world.alipay.will(Operation.REGISTRATION, answer("F", "PARAM_ILLEGAL", "no"), accepted())
    register(world, request_id="REG-0", merchant="M-0")
    register(world, **in_store("S-1"))
    notify_review(world, "PENDING", GCASH="PENDING", DANA=None)
    notify_review(world, "PENDING", GCASH="PENDING", DANA=None)
    notify_review(world, "COMPLETED", GCASH="APPROVED")
    notify_review(world, "COMPLETED", DANA="REJECTED")
    notify_review(world, "REJECTED", "late", GCASH="REJECTED")
    notify_review(world, request_id=None, merchant="M-9", store="S-9")

    bus = Bus()
    assert publish_events([as_lambda_has_it(record) for record in records_of(world)], bus.publisher) == []
    told = [(entry["DetailType"], json.loads(entry["Detail"])) for entry in bus.entries]
    assert [fault for name, detail in told for fault in faults_of(name, detail)] == []
    assert [name for name, _ in told].count("Anomaly Recorded") == 2
    ours = [detail for name, detail in told if name == kind and detail["registrationRequestId"] == "REG-1"]
    assert [(detail["previousState"], detail["state"]) for detail in ours] == [
        (None, "INITIATED"),
        ("INITIATED", "PENDING"),
        ("PENDING", "PENDING"),
        ("PENDING", "COMPLETED"),
        ("COMPLETED", "COMPLETED"),
    ]
    assert ours[2]["pspRegistrationResultList"] == [
        {"pspName": "GCASH", "registrationResult": {"registrationStatus": "PENDING"}},
        {"pspName": "DANA"},
    ]
    assert ours[-1] == {
        "version": 5,
        "previousState": "COMPLETED",
        "state": "COMPLETED",
        "registrationRequestId": "REG-1",
        "referenceMerchantId": "M-1",
        "referenceStoreId": "S-1",
        "settledBy": "notification",
        "pspRegistrationResultList": [
            {"pspName": "GCASH", "registrationResult": {"registrationStatus": "APPROVED"}},
            {"pspName": "DANA", "registrationResult": {"registrationStatus": "REJECTED"}},
        ],
    }
    refused = [detail for _, detail in told if detail.get("registrationRequestId") == "REG-0"]
    assert [(detail["state"], detail.get("resultCode")) for detail in refused] == [
        ("INITIATED", None),
        ("FAIL", "PARAM_ILLEGAL"),
    ]


def test_every_event_of_a_refund_fits_its_schema(world: World) -> None:
    buy(world)
    first = {
        "REF-1": refunded(value="100"),
        "REF-2": answer("F", "MERCHANT_BALANCE_NOT_ENOUGH", "fund it"),
        "REF-3": no_answer(),
    }
    first |= {"REF-4": answer("U", "REFUND_IN_PROCESS", "wait"), "REF-5": no_answer()}
    for name, said in first.items():
        world.alipay.will(Operation.REFUND, said)
        give_back(world, name, "100")
    notify_of(world, "FAIL", "RISK_REJECT", refundAmount={"currency": "JPY", "value": "100"})
    notify_of(world, refundRequestId="REF-4")
    notify_of(world, refundRequestId="REF-9")
    world.alipay.will(Operation.INQUIRY_REFUND, unknown_refund())
    limit = Limit()
    while stored(world, "REF-3").state.open:
        limit.step()
        poll_refund_when_due(world, "REF-3")
    # Alipay's answers to inquiries carry no code of the refund.
    world.alipay.will(Operation.INQUIRY_REFUND, told("FAIL", "REF-5", refundAmount=None))
    poll_refund_when_due(world, "REF-5")
    world.alipay.will(
        Operation.INQUIRY_REFUND, told("SUCCESS", "REF-4", refundAmount={"currency": "JPY", "value": "100"})
    )
    poll_refund_when_due(world, "REF-4")

    bus = Bus()
    assert publish_events([as_lambda_has_it(record) for record in records_of(world)], bus.publisher) == []
    published = [(entry["DetailType"], json.loads(entry["Detail"])) for entry in bus.entries]
    assert [fault for kind, detail in published for fault in faults_of(kind, detail)] == []
    refunds = [detail for kind, detail in published if kind == "Refund State Changed"]
    assert [(detail["refundRequestId"], detail["previousState"], detail["state"]) for detail in refunds] == [
        ("REF-1", None, "INITIATED"),
        ("REF-1", "INITIATED", "SUCCESS"),
        ("REF-2", None, "INITIATED"),
        ("REF-2", "INITIATED", "FAIL"),
        ("REF-3", None, "INITIATED"),
        ("REF-4", None, "INITIATED"),
        ("REF-4", "INITIATED", "PROCESSING"),
        ("REF-5", None, "INITIATED"),
        ("REF-3", "INITIATED", "NOT_SUBMITTED"),
        ("REF-5", "INITIATED", "FAIL"),
        ("REF-4", "PROCESSING", "SUCCESS"),
    ]
    assert {detail["refundAmount"]["value"] for detail in refunds} == {"100"}
    assert [detail["refundRequestId"] for detail in refunds if "advice" in detail] == ["REF-3"]
    assert (
        next(detail for detail in refunds if detail["state"] == "FAIL")["resultCode"] == "MERCHANT_BALANCE_NOT_ENOUGH"
    )
    anomalies = {detail["beside"]: detail for kind, detail in published if kind == "Anomaly Recorded"}
    assert set(anomalies) == {"refund#REF-1", "refund#REF-4", "refund#REF-9"}
    assert anomalies["refund#REF-1"]["refund_id"] == REFUND_ID
    # A payment whose refunds come and go does not change its state.
    assert [detail["state"] for kind, detail in published if kind == "Payment State Changed"] == [
        "INITIATED",
        "SUCCESS",
    ]


KINDS = [
    "Payment State Changed",
    "Refund State Changed",
    "Declaration State Changed",
    "Authorization State Changed",
    "Authorization Expiring",
    "Registration State Changed",
    "Dispute State Changed",
    "Anomaly Recorded",
]


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_is_sound_and_refuses_what_it_does_not_name(kind: str) -> None:
    validator_of(kind).check_schema(validator_of(kind).schema)
    assert any("accessTokenInClear" in fault for fault in faults_of(kind, {"accessTokenInClear": "x"}))
