"""Alipay's messages as facts on a refund: the one place where a status, a code or a missing field is given its meaning."""

from autodebit.contract import InquiryRefundResponse, NotifyRefundRequest, RefundResponse
from autodebit.domain.refund import RefundUpdate
from autodebit.domain.tracked_request import ReportedStatus, Source
from autodebit.flows.kept_bodies import status_to_keep
from autodebit.flows.payments.messages import (
    ORDER_NOT_EXIST,
    identity,
    is_open,
    kind_of,
    money,
    reported_by_send,
    status_in,
    throttled,
)
from autodebit.gateway.client import Operation, ResultStatus, VerifiedResponse
from autodebit.gateway.json_body import status_text
from autodebit.responses import to_json

_STATUS_WORDS = {
    "SUCCESS": ReportedStatus.SUCCEEDED,
    "FAIL": ReportedStatus.FAILED,
    "PROCESSING": ReportedStatus.PENDING,
    # The page lists three; the SDK's type, which inquiries share, has two more.
    "PENDING": ReportedStatus.PENDING,
    "CANCELLED": ReportedStatus.CANCELLED,
}
_TORN = {(ReportedStatus.SUCCEEDED, "F"), (ReportedStatus.FAILED, "S")}


def from_refund(answer: VerifiedResponse) -> RefundUpdate:
    """The answer to refund: its result is the refund's own result."""
    told = RefundResponse.read(answer.data)
    return RefundUpdate(
        word=reported_by_send(Operation.REFUND, answer),
        throttled=throttled(answer),
        source=Source.REFUND,
        code=answer.code,
        message=answer.message,
        refund_request_id=identity(told, "refund_request_id"),
        refund_id=told.refund_id,
        payment_id=told.payment_id,
        amount=money(told.refund_amount, named="refund_amount" in told.model_fields_set),
        refund_time=told.refund_time,
        record_time=told.refund_time,
        body=answer.text,
    )


def from_inquiry(answer: VerifiedResponse, source: Source) -> RefundUpdate:
    """The answer to inquiryRefund: its result speaks of the inquiry, only refundStatus speaks of the refund."""
    if answer.status is not ResultStatus.S:
        word = ReportedStatus.NOT_FOUND if answer.code == ORDER_NOT_EXIST else ReportedStatus.NO_INFORMATION
        return RefundUpdate(
            word,
            source,
            code=answer.code,
            message=answer.message,
            throttled=throttled(answer),
            asked_at=answer.sent_at,
        )
    told = InquiryRefundResponse.read(answer.data)
    word = _STATUS_WORDS.get(status_text(told.refund_status), ReportedStatus.NO_INFORMATION)
    return RefundUpdate(
        word=word,
        source=source,
        status=status_to_keep(told.refund_status) if word is ReportedStatus.NO_INFORMATION else "",
        # The inquiry has no field for the refund's own code.
        code={ReportedStatus.SUCCEEDED: "SUCCESS", ReportedStatus.PENDING: "REFUND_IN_PROCESS"}.get(word, ""),
        refund_request_id=identity(told, "refund_request_id"),
        refund_id=told.refund_id,
        amount=money(told.refund_amount, named="refund_amount" in told.model_fields_set),
        refund_time=told.refund_time,
        record_time=told.refund_time,
        body=answer.text,
    )


def from_notification(told: NotifyRefundRequest) -> RefundUpdate:
    """A notification: refundStatus speaks of the refund; where it is missing, an F of the result does. S alone means accepted.

    One that says SUCCESS and F, or FAIL and S, says nothing: an inquiry tells. A failure frees the amount for another refund.
    """
    status = status_text(told.result.result_status if told.result else None)
    if told.refund_status is None:
        # An F whose code is documented as "not known yet" is torn, too: an inquiry tells.
        open_code = is_open(Operation.REFUND, (told.result.result_code if told.result else None) or "")
        word = ReportedStatus.FAILED if status == "F" and not open_code else ReportedStatus.NO_INFORMATION
    else:
        word = _STATUS_WORDS.get(status_text(told.refund_status), ReportedStatus.NO_INFORMATION)
    if kind_of(told.notify_type) not in (None, "REFUND_RESULT") or (word, status) in _TORN:
        word = ReportedStatus.NO_INFORMATION
    return RefundUpdate(
        word=word,
        source=Source.NOTIFICATION,
        code=(told.result.result_code if told.result else None) or "",
        message=(told.result.result_message if told.result else None) or "",
        refund_request_id=identity(told, "refund_request_id"),
        refund_id=told.refund_id,
        amount=money(told.refund_amount, named="refund_amount" in told.model_fields_set),
        refund_time=told.refund_time,
        record_time=told.refund_time,
        body=to_json(told.as_it_came),
    )


def no_answer(source: Source, reason: str = "") -> RefundUpdate:
    """No answer that we may act on."""
    return RefundUpdate(ReportedStatus.NO_INFORMATION, source, message=reason, status=status_in(reason))
