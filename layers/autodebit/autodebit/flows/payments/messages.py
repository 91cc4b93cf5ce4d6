"""Alipay's messages as facts on a payment: the one place where a status, a code or a missing field is given its meaning."""

from collections.abc import Mapping
from typing import Any

from autodebit.clock import Instant
from autodebit.contract import (
    CancelResponse,
    InquiryPaymentResponse,
    NotifyPaymentRequest,
    PayResponse,
    ResponseAmount,
    ResponseModel,
)
from autodebit.domain.cancellation import NextStep
from autodebit.domain.payment import PaymentUpdate
from autodebit.domain.result_codes import Action, find_result_code
from autodebit.domain.tracked_request import Money, ReportedStatus, Source
from autodebit.flows.kept_bodies import status_to_keep
from autodebit.gateway.client import UNKNOWN_STATUS, Operation, ResultStatus, VerifiedResponse
from autodebit.gateway.json_body import status_text
from autodebit.responses import to_json

ORDER_NOT_EXIST = "ORDER_NOT_EXIST"
_STATUS_WORDS = {
    "SUCCESS": ReportedStatus.SUCCEEDED,
    "FAIL": ReportedStatus.FAILED,
    "CANCELLED": ReportedStatus.CANCELLED,
    "PROCESSING": ReportedStatus.PENDING,
    "PENDING": ReportedStatus.PENDING,
}
_UNREADABLE = "unreadable"
REVERSAL = "PAYMENT_REVERSAL"
"""The customer paid a payment that was closed for want of a success; the money lies with the merchant (notify_reversal)."""
_SEND_WORDS = {
    ResultStatus.S: ReportedStatus.SUCCEEDED,
    ResultStatus.F: ReportedStatus.REJECTED,
    ResultStatus.U: ReportedStatus.PENDING,
}


def from_pay(answer: VerifiedResponse) -> PaymentUpdate:
    """The answer to pay: its result is the payment's own result."""
    told = PayResponse.read(answer.data)
    return PaymentUpdate(
        word=reported_by_send(Operation.PAY, answer),
        throttled=throttled(answer),
        source=Source.PAY,
        code=answer.code,
        message=answer.message,
        payment_request_id=identity(told, "payment_request_id"),
        payment_id=told.payment_id,
        amount=money(told.payment_amount, named="payment_amount" in told.model_fields_set),
        payment_time=told.payment_time,
        payment_create_time=told.payment_create_time,
        record_time=told.payment_create_time or told.payment_time,
        body=answer.text,
        needs_customer=bool(told.normal_url or told.scheme_url or told.applink_url),
    )


def reported_by_send(operation: Operation, answer: VerifiedResponse) -> ReportedStatus:
    """What the answer to a send says of the item.

    That Alipay gets too many calls says no more than silence, and so does an F whose code is documented as "not known yet".
    """
    torn = answer.status is ResultStatus.F and is_open(operation, answer.code)
    return ReportedStatus.NO_INFORMATION if torn or throttled(answer) else _SEND_WORDS[answer.status]


def is_open(operation: Operation, code: str) -> bool:
    """Whether Alipay documents *code* as an outcome that is not known yet."""
    meaning = find_result_code(operation.label, code)
    return meaning is not None and meaning.status == "U"


def throttled(answer: VerifiedResponse) -> bool:
    """Whether Alipay answered that it gets too many calls."""
    return answer.status is ResultStatus.U and answer.code == "REQUEST_TRAFFIC_EXCEED_LIMIT"


def from_inquiry(answer: VerifiedResponse, source: Source, asked_at: Instant = 0) -> PaymentUpdate:
    """The answer to inquiryPayment: its result speaks of the inquiry, only paymentStatus speaks of the payment.

    An F or U of the inquiry says nothing of the payment (SYSTEM_ERROR and PROCESS_FAIL included); ORDER_NOT_EXIST is counted.
    """
    if answer.status is not ResultStatus.S:
        word = ReportedStatus.NOT_FOUND if answer.code == ORDER_NOT_EXIST else ReportedStatus.NO_INFORMATION
        return PaymentUpdate(
            word,
            source,
            code=answer.code,
            message=answer.message,
            throttled=throttled(answer),
            asked_at=asked_at or answer.sent_at,
        )
    told = InquiryPaymentResponse.read(answer.data)
    word = _STATUS_WORDS.get(status_text(told.payment_status), ReportedStatus.NO_INFORMATION)
    return PaymentUpdate(
        word=word,
        source=source,
        status=status_to_keep(told.payment_status) if word is ReportedStatus.NO_INFORMATION else "",
        code=told.payment_result_code or "",
        message=told.payment_result_message or "",
        payment_request_id=identity(told, "payment_request_id"),
        payment_id=told.payment_id,
        amount=money(told.payment_amount, named="payment_amount" in told.model_fields_set),
        payment_time=told.payment_time,
        payment_create_time=told.payment_create_time,
        record_time=told.payment_create_time or told.payment_time,
        body=answer.text,
        account=_account(answer.data),
        asked_at=asked_at or answer.sent_at,
    )


def from_notification(told: NotifyPaymentRequest) -> PaymentUpdate:
    """A notification: with PAYMENT_PENDING an S means no more than in process, with PAYMENT_RESULT it means paid."""
    status = status_text(told.result.result_status if told.result else None)
    return PaymentUpdate(
        word=_notified_word(kind_of(told.notify_type), status),
        source=Source.NOTIFICATION,
        code=(told.result.result_code if told.result else None) or "",
        message=(told.result.result_message if told.result else None) or "",
        payment_request_id=identity(told, "payment_request_id"),
        payment_id=told.payment_id,
        amount=money(told.payment_amount, named="payment_amount" in told.model_fields_set),
        payment_time=told.payment_time,
        payment_create_time=told.payment_create_time,
        record_time=told.payment_create_time or told.payment_time,
        body=to_json(told.as_it_came),
        account=_account(told.as_it_came),
    )


def _account(data: Mapping[str, Any]) -> str | None:
    """The merchantAccountId that a message names, if it is a text."""
    account = data.get("merchantAccountId")
    return account.strip() if isinstance(account, str) else None


def from_cancel(answer: VerifiedResponse) -> PaymentUpdate:
    """The answer to cancel. Only S says something of the payment; an F says why it was not cancelled, and what comes next.

    ORDER_NOT_EXIST is counted like an inquiry's: it settles nothing while a pay may be in flight.
    """
    told = CancelResponse.read(answer.data)
    words = {
        ResultStatus.S: ReportedStatus.CANCELLED,
        ResultStatus.F: ReportedStatus.REJECTED,
        ResultStatus.U: ReportedStatus.NO_INFORMATION,
    }
    absent = answer.status is ResultStatus.F and answer.code == ORDER_NOT_EXIST
    return PaymentUpdate(
        word=ReportedStatus.NOT_FOUND if absent else words[answer.status],
        source=Source.CANCEL,
        code=answer.code,
        message=answer.message,
        throttled=throttled(answer),
        payment_request_id=identity(told, "payment_request_id"),
        payment_id=told.payment_id,
        cancel_time=told.cancel_time,
        asked_at=answer.sent_at,
        body=answer.text,
        then=_after_refusal(answer.code),
    )


def _after_refusal(code: str) -> NextStep:
    """What an F to a cancel asks for. A code that nobody knows is no more than F: not cancelled."""
    meaning = find_result_code(Operation.CANCEL.label, code)
    match meaning.action if meaning else None:
        case Action.SAME_AGAIN:
            return NextStep.RETRY
        case Action.INQUIRE:
            return NextStep.INQUIRE
        case Action.USE_REFUND:
            return NextStep.REFUND
        case _:
            return NextStep.STOP


def no_answer(source: Source, reason: str = "") -> PaymentUpdate:
    """No answer that we may act on."""
    return PaymentUpdate(ReportedStatus.NO_INFORMATION, source, message=reason, status=status_in(reason))


def status_in(reason: str) -> str:
    """What a fact keeps of a status where *reason* is why an answer could not be used: a proven one whose status nobody knows."""
    return status_to_keep(None) if reason == UNKNOWN_STATUS else ""


def kind_of(notify_type: str | None) -> str | None:
    """The kind of a notification, as documented; None if it names none."""
    return None if notify_type is None else status_text(notify_type)


def _notified_word(kind: str | None, status: str) -> ReportedStatus:
    if kind == "PAYMENT_PENDING":
        return ReportedStatus.PENDING
    if kind in (None, "PAYMENT_RESULT"):
        return {"S": ReportedStatus.SUCCEEDED, "F": ReportedStatus.FAILED}.get(status, ReportedStatus.NO_INFORMATION)
    return ReportedStatus.NO_INFORMATION


def identity(told: ResponseModel, name: str) -> str | None:
    """The id of ours that a message names. One that is there and cannot be read must not pass for absent: it is not ours."""
    value: str | None = getattr(told, name)
    return _UNREADABLE if value is None and name in told.model_fields_set else value


def money(amount: ResponseAmount | None, *, named: bool) -> Money | None:
    """The amount that a message names. One that is there and cannot be read must not pass for absent: it is not ours."""
    if amount is None or amount.value is None or amount.currency is None:
        return Money(_UNREADABLE, _UNREADABLE) if named else None
    return Money(amount.value, amount.currency)
