"""What a caller hears of a payment or a refund once Alipay's word on it is recorded.

Whoever reads F takes a new id, and with it moves money once more. So a caller reads no more from an answer than our rules do:
Alipay's words are passed on where they agree with what is stored, and are U, or what is stored, where they do not.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Generic, TypeVar

from autodebit.domain.payment_states import KEPT_CANCEL_ADVICE, NOT_SUBMITTED_ADVICE
from autodebit.domain.refund_states import REFUND_NEVER_SENT_ADVICE, REFUND_NOT_SUBMITTED_ADVICE
from autodebit.domain.tracked_request import ReportedStatus, StatusUpdate, TrackedRequest, is_only_send
from autodebit.flows.payments.final_responses import inquiry_answer, inquiry_refund_answer, pay_answer, refund_answer
from autodebit.flows.payments.messages import ORDER_NOT_EXIST
from autodebit.gateway.client import ResultStatus, VerifiedResponse
from autodebit.repository import RecordedUpdate
from autodebit.responses import NO_TIME, Response, built, not_sent, passthrough, result, unknown
from autodebit.runtime import Runtime

CANCELLING: Final = "A cancel of this payment was requested; it is not sent again. Its outcome is being asked for."
BEING_SENT: Final = "It is being sent right now, and Alipay has not answered yet. Ask again."
T = TypeVar("T", bound=TrackedRequest)


@dataclass(frozen=True, slots=True)
class ResponseTexts(Generic[T]):
    """How one kind is spoken of."""

    noun: str
    in_process: str
    """The code of U."""
    not_submitted: Callable[[T], str]
    """What to do about one that Alipay does not know."""
    send_answer: Callable[[T], Response]
    """What the call that moves the money answers for a final one."""
    inquiry_answer: Callable[[T], Response]
    """What its inquiry answers for a final one."""


def response_to_send(
    kind: ResponseTexts[T], status: ResultStatus, text: str, fact: StatusUpdate, settlement: RecordedUpdate[T]
) -> Response:
    """The reply to a send that Alipay answered with *text*."""
    item = settlement.item
    if item.id_taken and item.state.final:
        return id_taken(kind)
    if item.state.final:
        agrees = (item.state.value, status) in (("SUCCESS", ResultStatus.S), ("FAIL", ResultStatus.F))
        return passthrough(text) if agrees and not settlement.anomaly else kind.send_answer(item)
    if status is ResultStatus.U:
        return passthrough(text)
    if settlement.anomaly:
        return _does_not_fit(kind, settlement)
    return unknown(
        f"Alipay answered {fact.code}, which does not tell what became of this {kind.noun}; the outcome is being asked for.",
        code=kind.in_process,
    )


def not_recorded(kind: ResponseTexts[T], status: ResultStatus, text: str, judged: RecordedUpdate[T]) -> Response:
    """The reply to a send whose answer the store could not take: *judged* is what it would have come to.

    F invites a new id, so it is passed on only once it is stored: until then a repeat and the poller may move the money.
    """
    paid = status is ResultStatus.S and judged.item.state.value == "SUCCESS" and not judged.anomaly
    if paid or (status is ResultStatus.U and not judged.item.state.final):
        return passthrough(text)
    return outcome_not_recorded(kind)


def outcome_not_recorded(kind: ResponseTexts[T]) -> Response:
    """The reply where Alipay told an outcome that callers would act on, and the store could not take it."""
    return unknown(
        f"Alipay's answer could not be recorded; the outcome of this {kind.noun} is being asked for.",
        code=kind.in_process,
    )


def id_taken(kind: ResponseTexts[T]) -> Response:
    """The reply to a repeat of an id whose record at Alipay belongs to another request."""
    return unknown(
        f"Alipay holds this id for another request, so this {kind.noun} is not sent; it was flagged for review.",
        code=kind.in_process,
    )


def throttled() -> Response:
    """The reply to a repeat that comes too soon after a throttled send."""
    return unknown(
        "Alipay gets too many calls; nothing was sent now. Send the same request again, later.",
        code="REQUEST_TRAFFIC_EXCEED_LIMIT",
    )


def sent_before(claimed: TrackedRequest, runtime: Runtime) -> bool:
    """Whether another request of the same id than the one that is claimed may have been acted on."""
    return not is_only_send(claimed, runtime.clock.now(), runtime.settings.plan)


def no_time(item: TrackedRequest, runtime: Runtime, *, sending: bool = False) -> Response:
    """The reply to a repeat for which too little time is left; with *sending* the unsent request is counted already."""
    if sent_before(item if sending else replace(item, sends=item.sends + 1), runtime):
        return unknown(f"{NO_TIME} An earlier request may have been acted on.")
    return not_sent(NO_TIME)


def response_to_inquiry(
    kind: ResponseTexts[T], answer: VerifiedResponse, fact: StatusUpdate, settlement: RecordedUpdate[T]
) -> Response:
    """The reply to an inquiry that Alipay answered with *answer*."""
    item = settlement.item
    if item.id_taken:
        return id_taken(kind)
    if item.state.final:
        behind = fact.word in (ReportedStatus.PENDING, ReportedStatus.NO_INFORMATION, ReportedStatus.NOT_FOUND)
        return kind.inquiry_answer(item) if behind or settlement.anomaly else passthrough(answer.text)
    if settlement.anomaly and fact.word in (ReportedStatus.SUCCEEDED, ReportedStatus.FAILED, ReportedStatus.CANCELLED):
        return _does_not_fit(kind, settlement)
    # A bare ORDER_NOT_EXIST would invite a new id.
    absent = answer.status is ResultStatus.F and answer.code == ORDER_NOT_EXIST
    if absent and item.state.not_submitted:
        return built({"result": result("F", ORDER_NOT_EXIST, kind.not_submitted(item))})
    if absent:
        return unknown(f"Alipay does not know this {kind.noun} yet; it is asked again.", code=kind.in_process)
    return passthrough(answer.text)


def response_for_unknown(kind: ResponseTexts[T], answer: VerifiedResponse, fact: StatusUpdate) -> Response:
    """The reply to an inquiry by a request id that we do not know: the request itself may still be on its way."""
    if fact.word is not ReportedStatus.NOT_FOUND:
        return passthrough(answer.text)
    told = (
        f"Neither we nor Alipay know this {kind.noun}. "
        "If you asked for it, send the same request again before you take a new id."
    )
    return built({"result": result("F", ORDER_NOT_EXIST, told)})


def _does_not_fit(kind: ResponseTexts[T], settlement: RecordedUpdate[T]) -> Response:
    return unknown(
        f"Alipay's answer does not fit this {kind.noun} ({settlement.anomaly}); it is kept open and looked at."
    )


PAYMENT: Final = ResponseTexts(
    noun="payment",
    in_process="PAYMENT_IN_PROCESS",
    not_submitted=lambda payment: KEPT_CANCEL_ADVICE if payment.cancel_kept else NOT_SUBMITTED_ADVICE,
    send_answer=pay_answer,
    inquiry_answer=inquiry_answer,
)
REFUND: Final = ResponseTexts(
    noun="refund",
    in_process="REFUND_IN_PROCESS",
    not_submitted=lambda refund: REFUND_NEVER_SENT_ADVICE if refund.amount_released else REFUND_NOT_SUBMITTED_ADVICE,
    send_answer=refund_answer,
    inquiry_answer=inquiry_refund_answer,
)
