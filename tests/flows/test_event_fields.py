"""Every attribute of an item that an event tells, under the name that docs/events promises for it."""

import json
from dataclasses import replace
from typing import Any

import pytest
from boto3.dynamodb.types import TypeSerializer

from autodebit.domain.authorization import Authorization, Grant, GrantState
from autodebit.domain.authorization_states import AuthorizationState
from autodebit.domain.cancellation import Cancel, CancelState
from autodebit.domain.declaration import Declaration
from autodebit.domain.declaration_states import DeclarationState
from autodebit.domain.payment import Payment
from autodebit.domain.payment_states import PaymentState
from autodebit.domain.refund import Refund
from autodebit.domain.refund_states import RefundState
from autodebit.domain.registration import Registration, WalletResult
from autodebit.domain.registration_states import RegistrationState
from autodebit.domain.tracked_request import Money
from autodebit.flows.outbox import entry_of
from autodebit.repository import Kind, state_changes
from autodebit.repository.serialization import Record, item_of
from tests.support.schemas import faults_of, validator_of

NOW = 1_800_000_000_000
HANDLE = "tok_" + 32 * "0"
JPY = Money("1000", "JPY")
TYPED = TypeSerializer().serialize


def record(kind: Kind, after: Record, before: Record | None = None) -> dict[str, Any]:
    """A record of the stream: *after* was stored over *before*."""

    def image(stored: Record) -> dict[str, Any]:
        item = {"pk": f"{kind}#1", "sk": "item", **item_of(kind, "1", stored)}
        return {name: TYPED(value) for name, value in item.items()}

    images = {"NewImage": image(after), **({"OldImage": image(before)} if before else {})}
    return {"dynamodb": {**images, "SequenceNumber": "1"}}


def told(kind: Kind, after: Record, before: Record | None = None) -> tuple[str, dict[str, Any]]:
    """Kind and detail of the event that tells of *after*."""
    change = state_changes(record(kind, after, before))
    assert change is not None
    entry = entry_of(change, "bus")
    return entry["DetailType"], json.loads(entry["Detail"])  # type: ignore[typeddict-item]


PAYMENT = Payment(
    payment_request_id="PAY-1",
    state=PaymentState.CANCELLED,
    amount=JPY,
    fingerprint="f",
    grant=HANDLE,
    token_version=2,
    body="{}",
    created_at=NOW,
    version=7,
    reference_order_id="ORDER-1",
    payment_method_type="GCASH",
    payment_id="2024P",
    payment_time="t1",
    cancel_time="t2",
    needs_customer=True,
    cancel=Cancel(CancelState.DONE, NOW),
    result_code="CODE",
    result_message="message",
    settled_by="cancel",
)
REFUND = Refund(
    refund_request_id="REF-1",
    state=RefundState.SUCCESS,
    payment_request_id="PAY-1",
    payment_id="2024P",
    amount=JPY,
    body="{}",
    created_at=NOW,
    version=3,
    refund_id="2024R",
    refund_time="t1",
    result_code="CODE",
    result_message="message",
    settled_by="poll",
)
DECLARATION = Declaration(
    declaration_request_id="DCL-1",
    state=DeclarationState.COMPLETED,
    payment_id="2024P",
    customs_code="ZONGSHU",
    amount=JPY,
    amounts=(JPY,),
    body="{}",
    created_at=NOW,
    version=4,
    customs_payment_id="C-1",
    customs_order_id="C-2",
    identity_check_result="CHECK_PASSED",
    clearing_channel="NUCC",
    clearing_transaction_id="C-3",
    customs_provider_registration_id="C-4",
    customs_result_code="2",
    customs_result_desc="received",
    customs_return_time="t1",
    result_code="CODE",
    result_message="message",
    settled_by="poll",
)
AUTHORIZATION = Authorization(
    auth_state="STATE-1",
    state=AuthorizationState.EXPIRED,
    fingerprint="f",
    body="{}",
    wallet="GCASH",
    created_at=NOW,
    version=5,
    grant=HANDLE,
    result_code="CODE",
    result_message="message",
)
REGISTRATION = Registration(
    registration_request_id="REG-1",
    reference_merchant_id="M-1",
    reference_store_id="S-1",
    state=RegistrationState.REJECTED,
    body="{}",
    created_at=NOW,
    version=6,
    result_code="CODE",
    result_message="message",
    reject_reasons="reasons",
    settled_by="notification",
    wallets=(WalletResult("GCASH", "REJECTED", "why"), WalletResult("DANA")),
)
MONEY = {"currency": "JPY", "value": "1000"}
RESULT = {"resultCode": "CODE", "resultMessage": "message"}
EVENTS: dict[str, tuple[Kind, Record, str, dict[str, Any]]] = {
    "payment": (
        Kind.PAYMENT,
        PAYMENT,
        "Payment State Changed",
        {
            **RESULT,
            "version": 7,
            "state": "CANCELLED",
            "cancel": "DONE",
            "paymentRequestId": "PAY-1",
            "paymentId": "2024P",
            "referenceOrderId": "ORDER-1",
            "paymentMethodType": "GCASH",
            "paymentMethodId": HANDLE,
            "paymentAmount": MONEY,
            "settledBy": "cancel",
            "paymentTime": "t1",
            "cancelTime": "t2",
            "customerActionNeeded": True,
        },
    ),
    "refund": (
        Kind.REFUND,
        REFUND,
        "Refund State Changed",
        {
            **RESULT,
            "version": 3,
            "state": "SUCCESS",
            "refundRequestId": "REF-1",
            "refundId": "2024R",
            "paymentRequestId": "PAY-1",
            "paymentId": "2024P",
            "refundAmount": MONEY,
            "settledBy": "poll",
            "refundTime": "t1",
        },
    ),
    "declaration": (
        Kind.DECLARATION,
        DECLARATION,
        "Declaration State Changed",
        {
            **RESULT,
            "version": 4,
            "state": "COMPLETED",
            "declarationRequestId": "DCL-1",
            "paymentId": "2024P",
            "customsCode": "ZONGSHU",
            "customsPaymentId": "C-1",
            "customsOrderId": "C-2",
            "identityCheckResult": "CHECK_PASSED",
            "clearingChannel": "NUCC",
            "clearingTransactionId": "C-3",
            "customsProviderRegistrationId": "C-4",
            "customsDeclarationResultCode": "2",
            "customsDeclarationResultDesc": "received",
            "customsDeclarationReturnTime": "t1",
            "declarationAmount": MONEY,
            "settledBy": "poll",
        },
    ),
    "authorization": (
        Kind.AUTHORIZATION,
        AUTHORIZATION,
        "Authorization State Changed",
        {
            **RESULT,
            "version": 5,
            "state": "EXPIRED",
            "authState": "STATE-1",
            "customerBelongsTo": "GCASH",
            "accessToken": HANDLE,
        },
    ),
    "registration": (
        Kind.REGISTRATION,
        REGISTRATION,
        "Registration State Changed",
        {
            **RESULT,
            "version": 6,
            "state": "REJECTED",
            "registrationRequestId": "REG-1",
            "referenceMerchantId": "M-1",
            "referenceStoreId": "S-1",
            "rejectReasons": "reasons",
            "settledBy": "notification",
            "pspRegistrationResultList": [
                {
                    "pspName": "GCASH",
                    "registrationResult": {"registrationStatus": "REJECTED", "rejectReasons": "why"},
                },
                {"pspName": "DANA"},
            ],
        },
    ),
}


@pytest.mark.parametrize(("kind", "stored", "detail_type", "detail"), EVENTS.values(), ids=EVENTS)
def test_an_event_tells_every_field_that_is_known(
    kind: Kind, stored: Record, detail_type: str, detail: dict[str, Any]
) -> None:
    assert told(kind, stored) == (detail_type, {**detail, "previousState": None})


@pytest.mark.parametrize(("detail_type", "detail"), [event[2:] for event in EVENTS.values()], ids=EVENTS)
def test_every_field_that_a_schema_promises_is_tested_here(detail_type: str, detail: dict[str, Any]) -> None:
    """Beside the advice, which comes with NOT_SUBMITTED only."""
    promised = set(validator_of(detail_type).schema["properties"])
    assert promised - {"advice"} == {*detail, "previousState"}


GRANT = Grant(
    HANDLE, "rtk_1", "GCASH", GrantState.ACTIVE, NOW, version=8, newest=1, access_until=NOW, auth_state="STATE-1"
)


def test_a_token_that_is_not_renewed_is_told_with_its_end() -> None:
    near = replace(GRANT, not_renewed="NO_REFRESH_TOKEN")
    assert told(Kind.GRANT, near, GRANT) == (
        "Authorization Expiring",
        {
            "version": 8,
            "authState": "STATE-1",
            "customerBelongsTo": "GCASH",
            "accessToken": HANDLE,
            "accessTokenExpiryTime": "2027-01-15T08:00:00+00:00",
            "resultCode": "NO_REFRESH_TOKEN",
        },
    )
    assert state_changes(record(Kind.GRANT, near, near)) is None


def test_a_grant_without_an_authorization_tells_its_own_end_with_the_reason() -> None:
    alone = replace(GRANT, auth_state="")
    ended = replace(alone, state=GrantState.REVOKED, reason="TOKEN_CANCELED")
    detail_type, detail = told(Kind.GRANT, ended, alone)
    assert (detail_type, faults_of(detail_type, detail)) == ("Authorization State Changed", [])
    assert detail == {
        "version": 8,
        "previousState": "ACTIVE",
        "state": "REVOKED",
        "customerBelongsTo": "GCASH",
        "accessToken": HANDLE,
        "resultMessage": "TOKEN_CANCELED",
    }


ADVICE = {
    "payment": (Kind.PAYMENT, PaymentState.NOT_SUBMITTED, PAYMENT, "before taking a new one"),
    "refund": (Kind.REFUND, RefundState.NOT_SUBMITTED, REFUND, "its amount stays reserved"),
    "declaration": (Kind.DECLARATION, DeclarationState.NOT_SUBMITTED, DECLARATION, "nothing is declared twice"),
}


@pytest.mark.parametrize(("kind", "state", "stored", "advice"), ADVICE.values(), ids=ADVICE)
def test_what_was_not_submitted_comes_with_its_own_advice(kind: Kind, state: Any, stored: Any, advice: str) -> None:
    assert advice in told(kind, replace(stored, state=state))[1]["advice"]


def test_wallets_alone_are_news_and_a_moved_due_time_is_none() -> None:
    before = replace(REGISTRATION, wallets=(WalletResult("GCASH", "PENDING"),))
    assert told(Kind.REGISTRATION, REGISTRATION, before)[1]["previousState"] == "REJECTED"
    assert state_changes(record(Kind.REGISTRATION, replace(REGISTRATION, due_at=NOW), REGISTRATION)) is None
