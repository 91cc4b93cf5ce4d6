"""A payment, what can become known of it, and the judgement that joins the two. Pure: no clock, no store, no network."""

from dataclasses import dataclass, replace
from enum import StrEnum

from autodebit.clock import Instant
from autodebit.lifecycle import PAYMENT, Contradiction, Move, PaymentNews, PaymentState
from autodebit.schedule import Plan


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in the smallest unit of its currency; *value* is a whole number as text, as on the wire."""

    value: str
    currency: str


class Origin(StrEnum):
    """Who brought a fact. The answer to a call, a notification and a poll are equals; only the timetable differs."""

    PAY = "pay"
    INQUIRY = "inquiry"
    POLL = "poll"
    NOTIFICATION = "notification"


class Heard(StrEnum):
    """What the last send of a payment brought back."""

    NOTHING = "NOTHING"
    """No answer, one that we cannot trust, or a refusal that may concern a repeat: the stored body may be sent again."""
    UNKNOWN = "UNKNOWN"
    """A signed U: Alipay is to be asked, not told again."""


class Word(StrEnum):
    """What was said, before it is held against the history of the payment."""

    PENDING = "PENDING"
    PAID = "PAID"
    FAILED = "FAILED"
    """The payment failed (an inquiry or a notification says so)."""
    CANCELLED = "CANCELLED"
    REFUSED = "REFUSED"
    """The answer to a send was F. That fails the payment only if no earlier send can have been acted on."""
    ABSENT = "ABSENT"
    """An inquiry answered ORDER_NOT_EXIST, once."""
    NOTHING = "NOTHING"
    """An inquiry brought no word of the payment, or a send no answer."""


@dataclass(frozen=True, slots=True)
class PaymentFact:
    """One word of Alipay on one payment. Fields that the message did not carry are None."""

    word: Word
    origin: Origin
    code: str = ""
    message: str = ""
    payment_request_id: str | None = None
    payment_id: str | None = None
    amount: Money | None = None
    payment_time: str | None = None
    payment_create_time: str | None = None
    body: str = ""
    """The message itself, as it came: kept as the answer for repeats if it settles the payment."""


@dataclass(frozen=True, slots=True)
class Payment:
    """The stored intent and all that is known of it. Times are instants (milliseconds since the epoch, UTC)."""

    payment_request_id: str
    state: PaymentState
    amount: Money
    fingerprint: str
    """SHA-256 of the money content: a repeat must agree with it."""
    grant: str
    token_version: int
    """The version of the token of the first send; every repeat uses it, because Alipay compares paymentMethodId."""
    body: str
    """The request as first sent, with the handle in the place of the token."""
    created_at: Instant
    version: int = 0
    reference_order_id: str = ""
    payment_method_type: str = ""
    sends: int = 0
    """How many sends may have reached Alipay."""
    sent_at: Instant = 0
    lease_until: Instant = 0
    heard: Heard = Heard.NOTHING
    polls: int = 0
    absences: int = 0
    absent_at: Instant = 0
    closed_at: Instant = 0
    """When the payment was closed as NOT_SUBMITTED; 0 otherwise."""
    due_at: Instant | None = None
    payment_id: str | None = None
    payment_time: str | None = None
    payment_create_time: str | None = None
    result_code: str = ""
    result_message: str = ""
    settled_by: str = ""
    answer: str = ""
    """The body of the message that settled the payment."""

    def leased(self, at: Instant) -> bool:
        """Whether somebody may be sending this payment right now."""
        return at < self.lease_until


@dataclass(frozen=True, slots=True)
class Judgement:
    """What becomes of a payment once a fact is known; *anomaly* says what people should look at, if anything."""

    payment: Payment
    anomaly: str = ""


def claimed_for_send(payment: Payment, at: Instant, plan: Plan) -> Payment:
    """*payment* in the hands of a sender: lease and due time run out together, so that a crash leaves it due."""
    until = at + plan.send_lease
    return replace(
        payment,
        sends=payment.sends + 1,
        sent_at=at,
        lease_until=until,
        due_at=until,
        heard=Heard.NOTHING,
        polls=0,
        absences=0,
        absent_at=0,
    )


def claimed_for_poll(payment: Payment, at: Instant, plan: Plan) -> Payment:
    """*payment* in the hands of a poller: due again should the poller die."""
    return replace(payment, polls=payment.polls + 1, due_at=at + plan.poll_lease)


def not_sent(payment: Payment, at: Instant, plan: Plan) -> Payment:
    """*payment* after a send of which certainly no byte left: as if it had not been tried, and free for a repeat."""
    return replace(payment, sends=payment.sends - 1, lease_until=0, due_at=at + plan.poll_after(0))


def reopened(payment: Payment, body: str) -> Payment:
    """A payment that was closed as NOT_SUBMITTED, opened again by a caller's repeat with the times of the new body."""
    return replace(
        payment,
        state=PaymentState.INITIATED,
        body=body,
        closed_at=0,
        result_code="",
        result_message="",
        settled_by="",
    )


def judge(payment: Payment, fact: PaymentFact, at: Instant, plan: Plan) -> Judgement:
    """Where *payment* stands once *fact* is known at *at*.

    The money rules live here: an F to a send settles only the first send; a fact with another id, amount or currency settles
    nothing; what is final stays final; whatever stays open keeps a due time.
    """
    if fact.word not in (Word.ABSENT, Word.NOTHING) and (anomaly := _not_ours(payment, fact)):
        return Judgement(_rescheduled(payment, fact, at, plan), anomaly)
    news, counted = _news(payment, fact, at, plan)
    if news is None:
        return Judgement(_rescheduled(counted, fact, at, plan))
    step = PAYMENT[counted.state, news]
    if isinstance(step, Contradiction):
        return Judgement(payment, step.anomaly)
    known = replace(
        counted,
        payment_id=counted.payment_id or fact.payment_id,
        payment_create_time=counted.payment_create_time or fact.payment_create_time,
    )
    if isinstance(step, Move):
        return Judgement(_moved(known, PaymentState(step.to), fact, at, plan), step.anomaly)
    return Judgement(_rescheduled(known, fact, at, plan))


def _not_ours(payment: Payment, fact: PaymentFact) -> str:
    """How *fact* differs from the intent, or "". What a message leaves out does not contradict."""
    if fact.payment_request_id not in (None, payment.payment_request_id):
        return "paymentRequestId differs from the intent's"
    if payment.payment_id and fact.payment_id not in (None, payment.payment_id):
        return "paymentId differs from the one known"
    if fact.amount is not None and fact.amount.currency != payment.amount.currency:
        return "currency differs from the intent's"
    if fact.amount is not None and fact.amount.value != payment.amount.value:
        return "amount differs from the intent's"
    return ""


def _news(payment: Payment, fact: PaymentFact, at: Instant, plan: Plan) -> tuple[PaymentNews | None, Payment]:
    """*fact* held against the payment's history: what it comes to, if to anything, and the counts that it moves."""
    match fact.word:
        case Word.REFUSED:
            first = payment.sends <= 1 and fact.code != "REPEAT_REQ_INCONSISTENT"
            return (PaymentNews.FAILED if first else None), replace(payment, heard=Heard.NOTHING)
        case Word.ABSENT:
            return _absence(payment, at, plan)
        case Word.NOTHING:
            return None, payment
        case Word.PENDING if fact.origin is Origin.PAY:
            return PaymentNews.PENDING, replace(payment, heard=Heard.UNKNOWN, absences=0, absent_at=0)
        case _:
            # A signed word of the payment ends a row of ORDER_NOT_EXIST.
            return PaymentNews(fact.word.value), replace(payment, absences=0, absent_at=0)


def _absence(payment: Payment, at: Instant, plan: Plan) -> tuple[PaymentNews | None, Payment]:
    if at < plan.absent_counts_from(payment.sent_at):
        return None, payment
    if not payment.state.open:
        return PaymentNews.ABSENT, payment
    if payment.absences and at < payment.absent_at + plan.absent_gap:
        return None, payment
    counted = replace(payment, absences=payment.absences + 1, absent_at=at)
    return (PaymentNews.ABSENT if counted.absences >= plan.absent_times else None), counted


def _moved(payment: Payment, to: PaymentState, fact: PaymentFact, at: Instant, plan: Plan) -> Payment:
    if to.open:
        moved = replace(payment, state=to, closed_at=0, result_code=fact.code, result_message=fact.message)
        was_closed = payment.state is PaymentState.NOT_SUBMITTED
        return replace(moved, due_at=at + plan.poll_after(0)) if was_closed else _rescheduled(moved, fact, at, plan)
    settled = replace(
        payment,
        state=to,
        lease_until=0,
        result_code=fact.code,
        result_message=fact.message,
        settled_by=fact.origin.value,
        answer=fact.body,
        payment_time=fact.payment_time or payment.payment_time,
        due_at=None,
        closed_at=0,
    )
    if to is PaymentState.NOT_SUBMITTED:
        return replace(settled, answer="", closed_at=at, polls=0, due_at=at + plan.absent_rechecks[0])
    return settled


def _rescheduled(payment: Payment, fact: PaymentFact, at: Instant, plan: Plan) -> Payment:
    """The next due time: moved by whoever holds the payment (a sender or a poller), never by a bystander."""
    if payment.state is PaymentState.NOT_SUBMITTED and fact.origin is Origin.POLL:
        if fact.word is Word.NOTHING:
            # An inquiry without an answer is no recheck: it is made again.
            return replace(payment, due_at=at + plan.absent_rechecks[0])
        later = [payment.closed_at + wait for wait in plan.absent_rechecks]
        return replace(payment, due_at=next((moment for moment in later if moment > at), None))
    if not payment.state.open:
        return payment
    if fact.origin is Origin.PAY:
        return replace(payment, lease_until=0, due_at=at + plan.poll_after(0))
    if fact.origin is Origin.POLL:
        counting = fact.word is Word.ABSENT and payment.absences > 0
        wait = plan.absent_gap if counting else plan.poll_after(payment.polls)
        return replace(payment, due_at=at + wait)
    return payment
