"""Messages as documents and SDKs show them, through models and flows: one row each, with what has to be stored.

Forms are as recorded (fields, order, types, nulls, blanks, times in Z and with offsets); ids, amounts and names are replaced.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from autodebit.contract import (
    NotifyAuthorizationRequest,
    NotifyPaymentRequest,
    NotifyRefundRequest,
    NotifyRegistrationStatusRequest,
    ResponseModel,
)
from autodebit.flows.authorizations.consent import notify_authorization
from autodebit.flows.merchants.sync import notify_registration_status
from autodebit.flows.payments.refund_sync import notify_refund
from autodebit.flows.payments.sync import notify_payment
from autodebit.gateway.client import Operation, read_response
from autodebit.gateway.json_body import json_message
from tests.flows import customs_steps as customs
from tests.flows import refund_steps as refunds
from tests.flows import registering
from tests.flows.cancel_steps import call_off, stored_cancel
from tests.flows.steps import (
    CODE,
    ask_consent,
    auth_code,
    authentication,
    authorization,
    body_of,
    bring_code,
    end_consent,
    grant_of,
    inquire,
    paid,
    payment,
    redirect,
    send,
    send_password,
    token_answer,
    type_password,
)
from tests.support.alipay import answer, no_answer
from tests.support.world import World

ROWS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "recorded_messages.json").read_text())
Step = Callable[[World], Any]


def lost(world: World) -> None:
    world.alipay.will(Operation.PAY, no_answer())
    send(world)


def bought(world: World) -> None:
    world.alipay.will(Operation.PAY, paid())
    send(world)


def refund_lost(world: World) -> None:
    bought(world)
    world.alipay.will(Operation.REFUND, no_answer("refund"))
    refunds.give_back(world)


def consulted(world: World) -> None:
    world.alipay.will(Operation.CONSULT, answer("S", "SUCCESS", normalUrl="https://wallet.example.com/"))
    ask_consent(world)


def agreed(world: World) -> None:
    consulted(world)
    world.alipay.will(Operation.APPLY_TOKEN, token_answer())
    bring_code(world)


def password_sent(world: World) -> None:
    agreed(world)
    world.alipay.will(Operation.INIT_AUTHENTICATION, answer("S", "SUCCESS", authenticationRequestId="AUTHN-1"))
    send_password(world)


def registration_sent(world: World) -> None:
    world.alipay.will(Operation.REGISTRATION, registering.accepted())
    registering.register(world)


def nothing(world: World) -> None:
    del world


CALLS: dict[str, tuple[Operation, Step, Step]] = {
    "consult": (Operation.CONSULT, nothing, ask_consent),
    "applyToken": (Operation.APPLY_TOKEN, consulted, redirect),
    "revoke": (Operation.REVOKE, agreed, end_consent),
    "pay": (Operation.PAY, nothing, send),
    "inquiryPayment": (Operation.INQUIRY_PAYMENT, lost, inquire),
    "cancel": (Operation.CANCEL, bought, call_off),
    "refund": (Operation.REFUND, bought, refunds.give_back),
    "inquiryRefund": (Operation.INQUIRY_REFUND, refund_lost, refunds.inquire_refund),
    "declare": (Operation.DECLARE, nothing, customs.hand_over),
    "inquiryDeclarationRequests": (Operation.INQUIRY_DECLARATION_REQUESTS, customs.accepted, customs.ask_customs),
    "initAuthentication": (Operation.INIT_AUTHENTICATION, agreed, send_password),
    "verifyAuthentication": (Operation.VERIFY_AUTHENTICATION, password_sent, type_password),
    "registration": (Operation.REGISTRATION, nothing, registering.register),
    "inquiryRegistrationStatus": (
        Operation.INQUIRY_REGISTRATION_STATUS,
        registration_sent,
        registering.inquire_status,
    ),
    "inquiryRegistrationInfo": (Operation.INQUIRY_REGISTRATION_INFO, nothing, registering.inquire_info),
}
"""By operation: what is there before, and the call that the message answers."""
NOTIFICATIONS: dict[str, tuple[Step, type[ResponseModel], Callable[..., None]]] = {
    "notifyPayment": (lost, NotifyPaymentRequest, notify_payment),
    "notifyRefund": (refund_lost, NotifyRefundRequest, notify_refund),
    "notifyAuthorization": (agreed, NotifyAuthorizationRequest, notify_authorization),
    "notifyRegistrationStatus": (registration_sent, NotifyRegistrationStatusRequest, notify_registration_status),
}
STORED: Mapping[str, Step] = {
    "payment": payment,
    "cancel": stored_cancel,
    "refund": refunds.stored,
    "authorization": authorization,
    "code": lambda world: auth_code(world, CODE),
    "grant": grant_of,
    "declaration": customs.declaration,
    "authentication": authentication,
    "registration": registering.registered,
}


def feed(world: World, operation: str, message: bytes) -> Any:
    """The reply to the caller whose call Alipay answers with *message*; None for a notification."""
    if operation in NOTIFICATIONS:
        before, model, flow = NOTIFICATIONS[operation]
        before(world)
        flow(model.read(json_message(message)[0]), world.runtime(15))
        return None
    called, before, call = CALLS[operation]
    before(world)
    world.alipay.will(called, read_response(operation, message))
    return call(world)


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['operation']}: {row['name']}" for row in ROWS])
def test_what_a_recorded_message_leaves(world: World, row: dict[str, Any]) -> None:
    reply = feed(world, row["operation"], json.dumps(row["message"], ensure_ascii=False).encode())
    for kind, attributes in row["stored"].items():
        item = STORED[kind](world)
        for name, value in attributes.items():
            found = getattr(item, name)
            found = json.loads(found) if name == "answer" and isinstance(value, dict) else found
            assert (kind, name, found) == (kind, name, value)
    assert world.anomalies() == row.get("anomalies", [])
    if "told" in row:
        assert body_of(reply)["result"]["resultStatus"] == row["told"]


def test_every_operation_has_a_row() -> None:
    assert {row["operation"] for row in ROWS} == {*CALLS, *NOTIFICATIONS}
