"""Alipay's messages as facts on a refund: the one place where a status, a code or a missing field is given its meaning."""

from autodebit.contract import InquiryRefundResponse, NotifyRefundRequest, RefundResponse
from autodebit.flows.kept_bodies import status_to_keep
from autodebit.flows.words import (
    ORDER_NOT_EXIST,
    identity,
    is_open,
    kind_of,
    money,
    status_in,
    throttled,
    word_of_send,
)
from autodebit.gateway import Answer, Operation, Status
from autodebit.reading import status_text
from autodebit.refund import RefundFact
from autodebit.replies import dumped
from autodebit.transaction import Origin, Word

_STATUS_WORDS = {
    "SUCCESS": Word.DONE,
    "FAIL": Word.FAILED,
    "PROCESSING": Word.PENDING,
    # The page lists three; the SDK's type, which inquiries share, has two more.
    "PENDING": Word.PENDING,
    "CANCELLED": Word.CANCELLED,
}
_TORN = {(Word.DONE, "F"), (Word.FAILED, "S")}


def of_refund(answer: Answer) -> RefundFact:
    """The answer to refund: its result is the refund's own result."""
    told = RefundResponse.read(answer.data)
    return RefundFact(
        word=word_of_send(Operation.REFUND, answer),
        throttled=throttled(answer),
        origin=Origin.REFUND,
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


def of_inquiry(answer: Answer, origin: Origin) -> RefundFact:
    """The answer to inquiryRefund: its result speaks of the inquiry, only refundStatus speaks of the refund."""
    if answer.status is not Status.S:
        word = Word.ABSENT if answer.code == ORDER_NOT_EXIST else Word.NOTHING
        return RefundFact(
            word,
            origin,
            code=answer.code,
            message=answer.message,
            throttled=throttled(answer),
            asked_at=answer.sent_at,
        )
    told = InquiryRefundResponse.read(answer.data)
    word = _STATUS_WORDS.get(status_text(told.refund_status), Word.NOTHING)
    return RefundFact(
        word=word,
        origin=origin,
        status=status_to_keep(told.refund_status) if word is Word.NOTHING else "",
        # The inquiry has no field for the refund's own code.
        code={Word.DONE: "SUCCESS", Word.PENDING: "REFUND_IN_PROCESS"}.get(word, ""),
        refund_request_id=identity(told, "refund_request_id"),
        refund_id=told.refund_id,
        amount=money(told.refund_amount, named="refund_amount" in told.model_fields_set),
        refund_time=told.refund_time,
        record_time=told.refund_time,
        body=answer.text,
    )


def of_notification(told: NotifyRefundRequest) -> RefundFact:
    """A notification: refundStatus speaks of the refund; where it is missing, an F of the result does. S alone means accepted.

    One that says SUCCESS and F, or FAIL and S, says nothing: an inquiry tells. A failure frees the amount for another refund.
    """
    status = status_text(told.result.result_status if told.result else None)
    if told.refund_status is None:
        # An F whose code is documented as "not known yet" is torn, too: an inquiry tells.
        open_code = is_open(Operation.REFUND, (told.result.result_code if told.result else None) or "")
        word = Word.FAILED if status == "F" and not open_code else Word.NOTHING
    else:
        word = _STATUS_WORDS.get(status_text(told.refund_status), Word.NOTHING)
    if kind_of(told.notify_type) not in (None, "REFUND_RESULT") or (word, status) in _TORN:
        word = Word.NOTHING
    return RefundFact(
        word=word,
        origin=Origin.NOTIFICATION,
        code=(told.result.result_code if told.result else None) or "",
        message=(told.result.result_message if told.result else None) or "",
        refund_request_id=identity(told, "refund_request_id"),
        refund_id=told.refund_id,
        amount=money(told.refund_amount, named="refund_amount" in told.model_fields_set),
        refund_time=told.refund_time,
        record_time=told.refund_time,
        body=dumped(told.as_it_came),
    )


def of_silence(origin: Origin, reason: str = "") -> RefundFact:
    """No answer that we may act on."""
    return RefundFact(Word.NOTHING, origin, message=reason, status=status_in(reason))
