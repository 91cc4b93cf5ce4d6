"""A refund, the status updates that Alipay reports of it, and the rules that apply them. Pure."""

from dataclasses import dataclass, replace

from autodebit.clock import Instant
from autodebit.domain import tracked_request
from autodebit.domain.polling_plan import Plan
from autodebit.domain.refund_states import REFUND, RefundState
from autodebit.domain.tracked_request import (
    ReportedStatus,
    SendOutcome,
    Source,
    StatusUpdate,
    TrackedRequest,
    Transition,
    TransitionRules,
    apply_by_rules,
    certainly_never_sent,
)

FORGOTTEN = "Alipay no longer knows a refund that it had in process"


@dataclass(frozen=True, slots=True)
class RefundUpdate(StatusUpdate):
    """One word of Alipay on one refund. Fields that the message did not carry are None."""

    refund_request_id: str | None = None
    refund_id: str | None = None
    payment_id: str | None = None
    refund_time: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund(TrackedRequest):
    """The stored intent and all that is known of it."""

    refund_request_id: str
    state: RefundState
    payment_request_id: str
    """The payment on which the amount is reserved."""
    payment_id: str
    """What Alipay is told: a refund is asked for by paymentId only."""
    refund_id: str | None = None
    refund_time: str | None = None
    account: str = ""
    """The merchantAccountId that the payment was made for, if any: inquiries carry it."""
    made_elsewhere: bool = False
    """Whether it was not asked for here, and was found at Alipay when its payment was imported."""
    amount_released: bool = False
    """Whether its amount is free again because no request has ever left; a repeat reserves it again before it sends."""

    @property
    def imported(self) -> bool:
        return self.made_elsewhere

    @property
    def held(self) -> int:
        """What it holds of the payment's amount, in the smallest unit of the currency."""
        return 0 if self.amount_released or self.state is RefundState.FAIL else int(self.amount.value)


def never_left(stored: Refund, unsent: Refund, at: Instant, plan: Plan) -> Transition[Refund]:
    """*stored* after the send of *unsent*, of which certainly no byte left; if none ever left, it holds no amount any more."""
    judgement = tracked_request.never_left(stored, unsent, at, plan, plan.refunds)
    freed = judgement.item
    return replace(judgement, item=replace(freed, amount_released=certainly_never_sent(freed, at, plan)))


def judge(refund: Refund, fact: RefundUpdate, at: Instant, plan: Plan) -> Transition[Refund]:
    """Where *refund* stands once *fact* is known at *at*. What Alipay had in process is never sent again, nor forgotten."""
    judgement = apply_by_rules(_RULES, refund, fact, at, plan)
    item, anomaly = judgement.item, judgement.anomaly
    if item.state.open and (refund.heard is SendOutcome.ACCEPTED or _in_process(fact)):
        item = replace(item, heard=SendOutcome.ACCEPTED)
    if item.state in (RefundState.PROCESSING, RefundState.SUCCESS):
        item = replace(item, amount_released=False)
    known = refund.state.open and refund.heard is SendOutcome.ACCEPTED
    asked_at = min(fact.asked_at or at, at)
    if known and fact.word is ReportedStatus.NOT_FOUND and asked_at >= plan.not_found_counts_from(refund.sent_at):
        anomaly = FORGOTTEN
    return Transition(item, anomaly)


def _in_process(fact: RefundUpdate) -> bool:
    """Whether it is the answer that forbids another send (refund.json: REFUND_IN_PROCESS), whatever else stands in it."""
    return fact.source is Source.REFUND and fact.word is ReportedStatus.PENDING and fact.code == "REFUND_IN_PROCESS"


def _differs(refund: Refund, fact: RefundUpdate) -> str:
    if fact.refund_request_id not in (None, refund.refund_request_id):
        return "refundRequestId differs from the intent's"
    if refund.refund_id and fact.refund_id not in (None, refund.refund_id):
        return "refundId differs from the one known"
    if fact.payment_id not in (None, refund.payment_id):
        return "paymentId differs from the intent's"
    return ""


def _same_record(refund: Refund, fact: RefundUpdate) -> bool:
    return refund.refund_id is not None and fact.refund_id == refund.refund_id


def _learned(refund: Refund, fact: RefundUpdate) -> Refund:
    # PROCESSING of an inquiry says what REFUND_IN_PROCESS says; any other U to a send leaves open whether Alipay has it.
    has_it = fact.word is ReportedStatus.PENDING and not fact.source.send and not refund.state.final
    heard = SendOutcome.ACCEPTED if has_it else refund.heard
    return replace(refund, refund_id=refund.refund_id or fact.refund_id, heard=heard)


def _settled(refund: Refund, fact: RefundUpdate) -> Refund:
    return replace(refund, refund_time=fact.refund_time or refund.refund_time)


_RULES = TransitionRules[Refund, RefundUpdate](
    REFUND, _differs, _same_record, _learned, _settled, lambda plan: plan.refunds
)
