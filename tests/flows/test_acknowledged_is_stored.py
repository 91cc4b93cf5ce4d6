"""Acknowledged means stored, literally: what a proven notification says and nobody understands is kept, and published."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from autodebit.contract import NotifyPaymentRequest
from autodebit.domain.authorization_states import AuthorizationState
from autodebit.domain.payment_states import PaymentState
from autodebit.domain.refund_states import RefundState
from autodebit.domain.registration_states import RegistrationState
from autodebit.errors import StoreUnavailable
from autodebit.flows.outbox import publish_events
from autodebit.flows.payments.sync import notify_payment
from autodebit.gateway.client import Operation
from tests.flows.conftest import Logged
from tests.flows.refund_steps import REFUND_ID, buy, give_back, notify_of, refunded, stored
from tests.flows.registering import notify_review, registered
from tests.flows.steps import (
    CODE,
    PAYMENT_ID,
    SECRETS,
    STATE,
    ask_consent,
    authorization,
    bring_code,
    grant_of,
    notify,
    outage,
    paid,
    payment,
    send,
    tell,
    token_answer,
)
from tests.flows.test_publish_events import Bus, as_lambda_has_it, records_of
from tests.support.alipay import answer, no_answer
from tests.support.schemas import faults_of
from tests.support.world import TOKEN, World, paid_fields

NOT_UNDERSTOOD = "a notification whose type, status or content is not known"
REVERSED = "the customer paid a payment that was closed; the money is with the merchant"
PERSONAL = ("ZhangSan-7788", "zhang@example.com")
"""What describes a customer, where the contract has it; it may stand neither in the table nor in an event."""


@pytest.fixture
def opened(world: World) -> World:
    """A payment whose first answer was lost."""
    world.alipay.will(Operation.PAY, no_answer())
    send(world)
    return world


def anomaly_events(world: World) -> list[dict[str, Any]]:
    """The details of all anomalies that are published; each fits its schema."""
    bus = Bus()
    publish_events([as_lambda_has_it(record) for record in records_of(world)], bus.publisher)
    details = [json.loads(entry["Detail"]) for entry in bus.entries if entry["DetailType"] == "Anomaly Recorded"]
    for detail in details:
        assert faults_of("Anomaly Recorded", detail) == []
    return details


def only_anomaly(world: World) -> dict[str, Any]:
    (detail,) = anomaly_events(world)
    return detail


# --- payments

UNKNOWN_WORDS: dict[str, dict[str, Any]] = {
    "a status of next year": {"status": "X"},
    "U": {"status": "U", "code": "PAYMENT_IN_PROCESS"},
    "another type": {"kind": "CAPTURE_RESULT"},
    "a type of next year": {"kind": "PAYMENT_RESULT_V2"},
    "no result": {"result": None},
    "a result that is no object": {"result": "SUCCESS"},
}


@pytest.mark.parametrize("said", UNKNOWN_WORDS.values(), ids=UNKNOWN_WORDS)
def test_a_payments_notification_that_says_nothing_known_is_kept(
    opened: World, said: dict[str, Any], logged: Logged
) -> None:
    before = payment(opened)
    notify(opened, **said)
    assert payment(opened) == before
    assert opened.anomalies() == [NOT_UNDERSTOOD]
    assert '"Anomalies"' in logged()
    told = only_anomaly(opened)
    assert (told["beside"], told["payment_request_id"], told["payment_id"]) == ("payment#PAY-1", "PAY-1", PAYMENT_ID)
    body = json.loads(told["body"])
    assert body["paymentAmount"] == {"currency": "JPY", "value": "1000"}
    assert body.get("notifyType") == said.get("notifyType", said.get("kind", "PAYMENT_RESULT"))


@pytest.mark.parametrize("ending", [None, "F", "S"], ids=["open", "failed", "paid"])
def test_a_reversal_has_a_reason_of_its_own_and_the_state_stays(opened: World, ending: str | None) -> None:
    if ending:
        notify(opened, ending, "ORDER_IS_CLOSED" if ending == "F" else "SUCCESS")
    before = payment(opened)
    notify(opened, kind="PAYMENT_REVERSAL")
    assert payment(opened) == before
    assert opened.anomalies() == [REVERSED]
    assert json.loads(only_anomaly(opened)["body"])["notifyType"] == "PAYMENT_REVERSAL"


def test_a_reversal_of_a_payment_that_is_not_known_is_told_as_one(world: World) -> None:
    notify(world, kind="PAYMENT_REVERSAL", payment_request_id="PAY-9")
    assert world.anomalies() == [REVERSED]


def test_the_same_one_again_is_counted_and_not_repeated(opened: World) -> None:
    for _ in range(8):
        notify(opened, kind="PAYMENT_REVERSAL")
    assert opened.anomalies() == [REVERSED]
    assert anomaly_events(opened)[-1]["timesSeen"] == 8


@pytest.mark.parametrize(("status", "state"), [("S", PaymentState.SUCCESS), ("F", PaymentState.FAIL)])
def test_a_notification_with_only_a_payment_id_of_ours_is_applied(
    opened: World, status: str, state: PaymentState
) -> None:
    notify(opened, kind="PAYMENT_PENDING")  # its paymentId is known from here on
    notify(opened, status, paymentRequestId=None)
    assert payment(opened).state is state
    assert opened.anomalies() == []


def test_a_notification_with_only_a_payment_id_and_another_amount_is_not_applied(opened: World) -> None:
    notify(opened, kind="PAYMENT_PENDING")
    notify(opened, paymentRequestId=None, paymentAmount={"currency": "JPY", "value": "999"})
    assert payment(opened).state is PaymentState.PROCESSING
    assert opened.anomalies() == ["amount differs from the intent's"]


def test_an_unreadable_payment_request_id_is_not_replaced_by_the_payment_id(opened: World) -> None:
    """It is there, so it is not known to be ours, whatever stands beside it."""
    notify(opened, kind="PAYMENT_PENDING")
    notify(opened, paymentRequestId={"id": "PAY-1"})
    assert payment(opened).state is PaymentState.PROCESSING
    assert opened.anomalies() == ["a notification for a payment that is not known"]


def test_a_payment_id_that_nobody_knows_is_kept_with_its_body(world: World) -> None:
    notify(world, paymentRequestId=None)
    assert world.anomalies() == ["a notification for a payment that is not known"]
    assert json.loads(only_anomaly(world)["body"])["paymentId"] == PAYMENT_ID


@pytest.mark.parametrize("kind", ["PAYMENT_REVERSAL", "PAYMENT_RESULT_V2"])
def test_what_is_not_understood_and_cannot_be_stored_is_not_acknowledged(opened: World, kind: str) -> None:
    store = outage(opened)
    store.on, store.hits = True, lambda method, _request: method != "get_item"
    with pytest.raises(StoreUnavailable):
        notify(opened, kind=kind)


def test_of_a_body_only_ids_codes_amounts_and_times_are_kept(opened: World, logged: Logged) -> None:
    notify(
        opened,
        kind="PAYMENT_REVERSAL",
        pspCustomerInfo={"pspName": "GCASH", "pspCustomerId": PERSONAL[0], "displayCustomerId": PERSONAL[1]},
        accessToken=TOKEN,
        extendInfo=json.dumps({"token": TOKEN}),
        echo=[TOKEN, {TOKEN: TOKEN}],
        paymentMethod={"paymentMethodId": TOKEN},
        captureId="C-1",
        **{TOKEN: "1"},
    )
    body = json.loads(only_anomaly(opened)["body"])
    assert body["pspCustomerInfo"] == body["extendInfo"] == body["echo"] == body["accessToken"] == "***"
    assert body["captureId"] == "C-1"
    assert "resultMessage" not in body["result"] or body["result"]["resultMessage"] == "***"
    assert [text for text in (TOKEN, *PERSONAL) if text in opened.all_text() + logged()] == []


def test_a_long_body_is_cut(opened: World) -> None:
    notify(opened, kind="PAYMENT_REVERSAL", captureId="9" * 100_000, **{"more" + "x" * n: "1" for n in range(36)})
    assert len(only_anomaly(opened)["body"]) <= 2_000


def test_what_nobody_can_read_at_all_is_kept(world: World) -> None:
    notify_payment(NotifyPaymentRequest.read({"notifyType": ["PAYMENT_RESULT"], "result": 1}), world.runtime(15))
    assert world.anomalies() == [NOT_UNDERSTOOD]
    assert json.loads(only_anomaly(world)["body"]) == {"notifyType": "***"}


# --- refunds


@pytest.fixture
def refunding(world: World) -> World:
    """A refund of a paid payment whose first answer was lost."""
    buy(world)
    world.alipay.will(Operation.REFUND, no_answer("refund"))
    give_back(world)
    return world


REFUND_WORDS: dict[str, dict[str, Any]] = {
    "another type": {"notifyType": "CAPTURE_RESULT"},
    "a reversal of the refund": {"notifyType": "REFUND_REVERSAL"},
    "a status of next year": {"refundStatus": "PARTLY"},
    "SUCCESS, but F": {"result": {"resultStatus": "F", "resultCode": "RISK_REJECT"}},
    "S without a status": {"refundStatus": None},
    "neither": {"refundStatus": None, "result": None},
    "a status that is no text": {"refundStatus": ["SUCCESS"]},
}


@pytest.mark.parametrize("said", REFUND_WORDS.values(), ids=REFUND_WORDS)
def test_a_refunds_notification_that_says_nothing_known_is_kept(refunding: World, said: dict[str, Any]) -> None:
    before = stored(refunding)
    notify_of(refunding, **said)
    assert stored(refunding) == before
    assert refunding.anomalies() == [NOT_UNDERSTOOD]
    told = only_anomaly(refunding)
    assert (told["refund_request_id"], told["refund_id"]) == ("REF-1", REFUND_ID)
    assert json.loads(told["body"])["refundAmount"] == {"currency": "JPY", "value": "300"}


@pytest.mark.parametrize(("status", "state"), [("SUCCESS", RefundState.SUCCESS), ("FAIL", RefundState.FAIL)])
def test_a_notification_with_only_a_refund_id_of_ours_is_applied(
    refunding: World, status: str, state: RefundState
) -> None:
    notify_of(refunding, "PROCESSING")
    notify_of(refunding, status, refundRequestId=None)
    assert stored(refunding).state is state
    assert refunding.anomalies() == []


def test_a_refund_that_is_not_known_is_kept_with_its_body(refunding: World) -> None:
    refunding.alipay.will(Operation.REFUND, refunded())
    notify_of(refunding, refundRequestId="REF-9", refundId="R-9")
    assert json.loads(only_anomaly(refunding)["body"])["refundStatus"] == "SUCCESS"


# --- registrations


@pytest.mark.parametrize("status", ["ON_HOLD", "APPROVED", ""])
@pytest.mark.parametrize("request_id", ["REG-1", None], ids=["by its id", "by its merchant"])
def test_a_registrations_notification_with_an_unknown_status_is_kept(
    pending: World, status: str, request_id: str | None
) -> None:
    notify_review(pending, status, request_id=request_id, GCASH="APPROVED")
    assert registered(pending).state is RegistrationState.PENDING
    assert [wallet.name for wallet in registered(pending).wallets] == ["GCASH"]
    assert pending.anomalies() == [NOT_UNDERSTOOD]
    told = only_anomaly(pending)
    assert told["beside"] == "registration#REG-1"
    assert json.loads(told["body"])["pspRegistrationResultList"] == [
        {"pspName": "GCASH", "registrationResult": {"registrationStatus": "APPROVED"}}
    ]


def test_a_word_on_wallets_alone_is_a_fact_and_no_anomaly(pending: World) -> None:
    notify_review(pending, None, GCASH="APPROVED")
    assert pending.anomalies() == []


def test_a_word_on_nothing_is_kept(pending: World) -> None:
    notify_review(pending, None)
    assert pending.anomalies() == [NOT_UNDERSTOOD]


@pytest.mark.parametrize("request_id", ["REG-9", None])
def test_a_registration_that_is_not_known_is_kept_with_its_body(pending: World, request_id: str | None) -> None:
    notify_review(pending, "COMPLETED", request_id=request_id, merchant="M-9", GCASH="APPROVED")
    assert json.loads(only_anomaly(pending)["body"])["registrationResult"] == {"registrationStatus": "COMPLETED"}


# --- authorizations


@pytest.fixture
def consulted(world: World) -> World:
    world.alipay.will(Operation.CONSULT, answer("S", "SUCCESS", normalUrl="https://wallet.example.com"))
    ask_consent(world)
    return world


ODD: dict[str, dict[str, str]] = {
    "a type of next year, a code": {"authorizationNotifyType": "CODE_AGAIN", "authState": STATE, "authCode": CODE},
    "a type of next year, a token": {"authorizationNotifyType": "TOKEN_PAUSED", "accessToken": TOKEN},
    "no type": {"authState": STATE, "authCode": CODE},
    "a code without an authState": {"authorizationNotifyType": "AUTHCODE_CREATED", "authCode": CODE},
    "a type that is a token": {"authorizationNotifyType": TOKEN, "authState": STATE},
}


@pytest.mark.parametrize("said", ODD.values(), ids=ODD)
def test_an_authorizations_notification_that_is_not_understood_is_kept_without_its_secrets(
    consulted: World, said: dict[str, str], logged: Logged
) -> None:
    tell(consulted, **said, userLoginId=PERSONAL[1], userId=PERSONAL[0])
    assert authorization(consulted).state is AuthorizationState.CONSULTED
    told = only_anomaly(consulted)
    assert json.loads(told["body"])["userLoginId"] == "***"
    assert ("code_sha256" in told, "token_sha256" in told) == ("authCode" in said, "accessToken" in said)
    everything = consulted.all_text() + logged() + json.dumps(told)
    assert [text for text in (*SECRETS, *PERSONAL) if text in everything] == []


def test_an_unknown_word_on_a_token_of_ours_names_its_handle(consulted: World) -> None:
    consulted.alipay.will(Operation.APPLY_TOKEN, token_answer())
    bring_code(consulted)
    tell(consulted, authorizationNotifyType="TOKEN_PAUSED", accessToken=TOKEN)
    assert authorization(consulted).state is AuthorizationState.ACTIVE
    assert only_anomaly(consulted)["handle"] == grant_of(consulted).handle


# --- a paid payment is never moved by what is not understood

MOVES: dict[str, Callable[[World], None]] = {
    "another type with F": lambda world: notify(world, "F", kind="CAPTURE_RESULT"),
    "U": lambda world: notify(world, "U"),
    "by its paymentId": lambda world: notify(world, "F", kind="VOID_RESULT", paymentRequestId=None),
}


@pytest.mark.parametrize("bring", MOVES.values(), ids=MOVES)
def test_what_is_not_understood_moves_nothing(world: World, bring: Callable[[World], None]) -> None:
    world.alipay.will(Operation.PAY, paid())
    send(world)
    before = payment(world)
    bring(world)
    assert payment(world) == before
    assert world.anomalies() == [NOT_UNDERSTOOD]
    assert paid_fields()["paymentId"] == only_anomaly(world)["payment_id"]
