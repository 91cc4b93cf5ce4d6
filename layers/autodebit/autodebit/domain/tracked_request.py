"""What a payment and a refund have in common: written ahead, sent under a lease, settled by a signed message of Alipay.

Pure: no clock, no store, no network. The money rules live here: an F to a send settles only the first send; only a word on our
own request counts; what is final stays final; whatever stays open keeps a due time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Generic, Protocol, TypeVar

from autodebit.clock import HOUR, Instant, instant_of
from autodebit.domain.polling_plan import Backoff, Plan
from autodebit.domain.request_states import RequestEvent, RequestState
from autodebit.domain.stored import StoredRecord
from autodebit.domain.transitions import InvalidTransition, MoveTo, Step


@dataclass(frozen=True, slots=True)
class Money(StoredRecord):
    """An amount in the smallest unit of its currency; *value* is a whole number as text, as on the wire."""

    value: str
    currency: str

    @property
    def known(self) -> bool:
        """Whether anybody has told it; only what we were asked to cancel, and never to make, has none."""
        return bool(self.value)

    @property
    def readable(self) -> bool:
        """Whether it is a whole number, as the contract has it."""
        return self.value.isascii() and self.value.isdecimal()


NOT_KNOWN: Final = Money("", "")
REPEAT_REQ_INCONSISTENT: Final = "REPEAT_REQ_INCONSISTENT"
ID_TAKEN: Final = "Alipay's record under this id belongs to another request"
OTHER_CURRENCY: Final = "currency differs from the intent's"
OTHER_AMOUNT: Final = "amount differs from the intent's"
AMOUNT_NOT_NAMED: Final = "an outcome does not name the amount, after another amount was named"
OTHER_ACCOUNT: Final = "merchantAccountId differs from the intent's"
OTHER_REQUEST: Final = (
    "paymentRequestId differs from the intent's",
    "refundRequestId differs from the intent's",
    OTHER_ACCOUNT,
)
"""A message of another request than the one under our id: it says nothing of the record under ours."""
OLDER_RECORD: Final = "Alipay's record under this id is older than the request"
OTHER_CLIENT_ID: Final = "this was said under another client id than the one of the request"
STATUS_NOT_KNOWN: Final = "an answer whose status is not known"


_CLOCKS_AGREE_WITHIN: Final = HOUR
"""Alipay's record counts as older than our request only by more than this: clocks and daylight saving may be wrong."""


class Source(StrEnum):
    """Source of a status update. All sources are equal; the source affects scheduling only."""

    PAY = "pay"
    REFUND = "refund"
    CANCEL = "cancel"
    DECLARE = "declare"
    INQUIRY = "inquiry"
    POLL = "poll"
    NOTIFICATION = "notification"

    @property
    def send(self) -> bool:
        """Whether it is the answer to a request that moves the money of the item itself."""
        return self in (Source.PAY, Source.REFUND)


class SendOutcome(StrEnum):
    """What the last send of a transaction brought back."""

    NOTHING = "NOTHING"
    """No answer, one that we cannot trust, or a refusal that may concern a repeat: the stored body may be sent again."""
    UNKNOWN = "UNKNOWN"
    """A signed U: Alipay is to be asked, not told again."""
    ACCEPTED = "ACCEPTED"
    """Alipay has it in process: never to be sent again, and a later ORDER_NOT_EXIST is not believed."""


class ReportedStatus(StrEnum):
    """What Alipay reports, before the rules hold it against the history of the item."""

    PENDING = "PENDING"
    SUCCEEDED = "SUCCEEDED"
    """The money has moved (an answer, an inquiry or a notification says so)."""
    FAILED = "FAILED"
    """It failed (an inquiry or a notification says so)."""
    CANCELLED = "CANCELLED"
    REJECTED = "REJECTED"
    """The answer to a send was F. That fails the item only if no earlier send can have been acted on."""
    NOT_FOUND = "NOT_FOUND"
    """An inquiry answered ORDER_NOT_EXIST, once."""
    NO_INFORMATION = "NO_INFORMATION"
    """An inquiry brought no word of the item, or a send no answer."""


@dataclass(frozen=True, slots=True)
class StatusUpdate:
    """One message of Alipay on one request. Fields that it does not carry are None."""

    word: ReportedStatus
    source: Source
    code: str = ""
    message: str = ""
    amount: Money | None = None
    body: str = ""
    """The message itself, as it came: kept as the answer for repeats if it settles the item."""
    throttled: bool = False
    """Whether Alipay answered that it gets too many calls: the same request again, later."""
    asked_at: Instant = 0
    """When the request that it answers was sent; 0 if it answers none, or nobody has noted it."""
    status: str = ""
    """The status that an answer gave the item, if nobody knows it: it moves nothing, and people should look at it."""
    record_time: str | None = None
    """The earliest time that the message names of Alipay's record (creation, payment or refund), as it came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedRequest(StoredRecord):
    """A stored intent and what every kind knows of it. Times are instants (milliseconds since the epoch, UTC)."""

    state: RequestState
    amount: Money
    body: str
    """The request as first sent; a token in it is replaced by its handle."""
    created_at: Instant
    version: int = 0
    client_id: str = ""
    """The client id that it is sent under; Alipay's ids belong to one. Empty: stored by code that did not note it."""
    sends: int = 0
    """How many sends may have reached Alipay."""
    sent_at: Instant = 0
    lease_until: Instant = 0
    heard: SendOutcome = SendOutcome.NOTHING
    polls: int = 0
    not_found_count: int = 0
    not_found_at: Instant = 0
    closed_at: Instant = 0
    """When it was closed as NOT_SUBMITTED; 0 otherwise."""
    due_at: Instant | None = None
    result_code: str = ""
    result_message: str = ""
    settled_by: str = ""
    answer: str = ""
    """The body of the message that settled it."""
    id_taken: bool = False
    """Alipay's record under this id belongs to another request: no word on it counts, and nothing is sent. People decide."""
    amount_in_doubt: bool = False
    """Whether a message under this id has named another amount: an outcome counts from then on only if it names ours."""
    body_replaced: bool = False
    """Whether *body* differs from what an earlier send carried: REPEAT_REQ_INCONSISTENT may then speak of that send."""
    throttles: int = 0
    """How many sends in a row Alipay has throttled."""
    retry_at: Instant = 0
    """After a throttled send: when a repeat is sent again."""

    @property
    def imported(self) -> bool:
        """Whether it was made elsewhere, so that words on it count although nothing of it was sent here."""
        return False

    @property
    def unheard(self) -> bool:
        """Whether Alipay has said nothing of it: it may have refused it, because another system of the client has used its id."""
        return self.state.value == "INITIATED" and self.heard is SendOutcome.NOTHING and not self.imported

    def leased(self, at: Instant) -> bool:
        """Whether somebody may be sending this right now."""
        return at < self.lease_until

    def first_answer_is_out(self, at: Instant) -> bool:
        """Whether it is being sent, and the answer may say that its id is another system's. Until then no record counts."""
        return self.unheard and self.leased(at)


T = TypeVar("T", bound=TrackedRequest)
F = TypeVar("F", bound=StatusUpdate)


@dataclass(frozen=True, slots=True)
class Transition(Generic[T]):
    """What becomes of an item once a fact is known; *anomaly* says what people should look at, if anything."""

    item: T
    anomaly: str = ""


@dataclass(frozen=True, slots=True)
class TransitionRules(Generic[T, F]):
    """What differs between the kinds."""

    table: Mapping[tuple[RequestState, RequestEvent], Step]
    differs: Callable[[T, F], str]
    """How a fact's ids differ from the item's, or ""."""
    same_record: Callable[[T, F], bool]
    """Whether a fact names the id of Alipay's that is known to be the item's."""
    learned: Callable[[T, F], T]
    """The item with the ids that a fact of ours tells."""
    settled: Callable[[T, F], T]
    """The item with what a fact that settles it tells besides."""
    waits: Callable[[Plan], Backoff]


class Sent(Protocol):
    """What the rules about sends need of a stored request."""

    @property
    def sends(self) -> int:
        """How many sends may have reached Alipay."""

    @property
    def created_at(self) -> Instant:
        """When its id was first seen."""


def answers_only_send(item: Sent, code: str, at: Instant, plan: Plan) -> bool:
    """Whether an F with *code*, heard at *at*, answers the only send of *item*, so that it says what became of it.

    REPEAT_REQ_INCONSISTENT speaks of another request by its meaning. Of an id that a restored store may have forgotten nobody
    knows how often it was sent.
    """
    return code != REPEAT_REQ_INCONSISTENT and is_only_send(item, at, plan)


def is_only_send(item: Sent, at: Instant, plan: Plan) -> bool:
    """Whether the last send of *item* is the only one that Alipay can have seen."""
    return item.sends <= 1 and not _forgotten(item, at, plan)


def certainly_never_sent(item: Sent, at: Instant, plan: Plan) -> bool:
    """Whether Alipay cannot have *item*: no send was ever made, and the store has not forgotten any."""
    return item.sends == 0 and not _forgotten(item, at, plan)


def _forgotten(item: Sent, at: Instant, plan: Plan) -> bool:
    # Two functions may not agree on the time: the earlier one counts.
    return plan.may_have_forgotten(min(item.created_at, at))


def lease_for_send(item: T, at: Instant, plan: Plan) -> T:
    """*item* in the hands of a sender: lease and due time run out together, so that a crash leaves it due."""
    until = at + plan.send_lease
    return replace(
        item,
        sends=item.sends + 1,
        sent_at=at,
        lease_until=until,
        due_at=until,
        heard=SendOutcome.NOTHING,
        polls=0,
        not_found_count=0,
        not_found_at=0,
    )


def lease_for_poll(item: T, at: Instant, plan: Plan) -> T:
    """*item* in the hands of a poller: due again should the poller die."""
    return replace(item, polls=item.polls + 1, due_at=at + plan.poll_lease)


def reopen(item: T, body: str) -> T:
    """*item*, closed as NOT_SUBMITTED, open again for a caller's repeat with the times of the new *body*."""
    return replace(
        item,
        state=type(item.state)("INITIATED"),
        body=body,
        body_replaced=item.body_replaced or (item.sends > 0 and body != item.body),
        closed_at=0,
        result_code="",
        result_message="",
        settled_by="",
    )


def never_left(stored: T, unsent: T, at: Instant, plan: Plan, waits: Backoff) -> Transition[T]:
    """*stored* after the send of *unsent*, of which certainly no byte left: as if it had not been tried, and free for a repeat.

    What was learned of it while its only send was out is then another's.
    """
    if (stored.sent_at, stored.sends) != (unsent.sent_at, unsent.sends):
        return Transition(stored)  # Somebody has sent it since.
    freed = replace(stored, sends=stored.sends - 1, lease_until=0)
    if stored.state.open:
        freed = replace(freed, due_at=at + waits.after(0))
    learned = stored.state is not unsent.state and not stored.state.not_submitted
    if learned and certainly_never_sent(freed, at, plan) and not freed.imported:
        return Transition(replace(freed, id_taken=True), ID_TAKEN)
    return Transition(freed)


def apply_by_rules(rules: TransitionRules[T, F], item: T, fact: F, at: Instant, plan: Plan) -> Transition[T]:
    """Where *item* stands once *fact* is known at *at*."""
    waits = rules.waits(plan)
    if not plan.is_own_client(item.client_id):
        # Alipay's ids belong to a client id: under another one the same id is another request, or none.
        return Transition(_rescheduled(item, unheard(fact), at, plan, waits), of_another_client(fact))
    if item.id_taken:
        return Transition(_rescheduled(item, fact, at, plan, waits), ID_TAKEN if _speaks(fact) else not_known(fact))
    if anomaly := _not_ours(rules, item, fact, at, plan):
        return Transition(_rescheduled(_kept_apart(item, fact, anomaly), fact, at, plan, waits), anomaly)
    news, counted = _news(item, fact, at, plan)
    if news is None:
        return Transition(_rescheduled(counted, fact, at, plan, waits), not_known(fact))
    step = rules.table[counted.state, news]
    if isinstance(step, InvalidTransition):
        # The answer to our own send is S, but the item has failed: what failed it was a word on another request.
        doubted = fact.source.send and fact.word is ReportedStatus.SUCCEEDED and item.state.value == "FAIL"
        kept = replace(item, id_taken=True) if doubted else item
        return Transition(_rescheduled(kept, fact, at, plan, waits), step.anomaly)
    known = rules.learned(counted, fact)
    if isinstance(step, MoveTo):
        return Transition(_moved(rules, known, step.to, fact, at, plan), step.anomaly)
    return Transition(_rescheduled(known, fact, at, plan, waits))


def _speaks(fact: StatusUpdate) -> bool:
    """Whether *fact* says something of a request, and not only that there is none or that nothing was heard."""
    return fact.word not in (ReportedStatus.NOT_FOUND, ReportedStatus.NO_INFORMATION)


def not_known(fact: StatusUpdate) -> str:
    """What people should look at when an answer gave a status that nobody knows: silence would leave the item open unseen."""
    return STATUS_NOT_KNOWN if fact.status else ""


def unheard(fact: F) -> F:
    """*fact* as if it had said nothing of the item."""
    return replace(fact, word=ReportedStatus.NO_INFORMATION)


def of_another_client(fact: StatusUpdate) -> str:
    """What people should look at when *fact* came under another client id than its item's: nothing, if it says nothing."""
    return OTHER_CLIENT_ID if _speaks(fact) else ""


def _not_ours(rules: TransitionRules[T, F], item: T, fact: F, at: Instant, plan: Plan) -> str:
    """Why *fact* does not speak of our request, or "". What a message leaves out does not contradict."""
    if not _speaks(fact):
        return ""
    inconsistent = fact.word is ReportedStatus.REJECTED and fact.code == REPEAT_REQ_INCONSISTENT
    if inconsistent and not item.body_replaced and not _forgotten(item, at, plan):
        # All sends carried the same content, so the request that came first under this id is not ours.
        return ID_TAKEN
    if certainly_never_sent(item, at, plan) and not item.imported:
        return ID_TAKEN
    if differs := rules.differs(item, fact):
        return differs
    if _is_older(rules, item, fact, at, plan):
        return OLDER_RECORD
    if not item.amount.known:
        return ""
    if fact.amount is None:
        return (
            AMOUNT_NOT_NAMED
            if item.amount_in_doubt and fact.word in (ReportedStatus.SUCCEEDED, ReportedStatus.FAILED)
            else ""
        )
    if fact.amount.currency != item.amount.currency:
        return OTHER_CURRENCY
    if fact.amount.value != item.amount.value:
        return OTHER_AMOUNT
    return ""


def _is_older(rules: TransitionRules[T, F], item: T, fact: F, at: Instant, plan: Plan) -> bool:
    """Whether *fact* speaks of a record that Alipay had clearly before our request: another system's, under the same id.

    The refusal that would have said so may have been lost. An answer to our own send is about our request, and a record whose
    id is known to be ours is ours, whatever its times are.
    """
    if fact.source.send or item.imported or rules.same_record(item, fact) or _forgotten(item, at, plan):
        return False
    named = instant_of(fact.record_time, offset_needed=True) if fact.record_time else None
    return named is not None and named < item.created_at - _CLOCKS_AGREE_WITHIN


def _kept_apart(item: T, fact: F, anomaly: str) -> T:
    """*item* after a word that is not ours: if Alipay's record under its id is another request's, no later word counts either.

    Another amount leaves that open: later outcomes have to name ours. A mix-up of request ids or accounts says nothing of the
    record under this id. Of a final item only the answer to our own send can show that what settled it was not ours: a success
    then moves no money any more.
    """
    doubted = fact.source.send and item.state.value == "SUCCESS"
    if anomaly in (*OTHER_REQUEST, AMOUNT_NOT_NAMED) or (item.state.final and not doubted):
        return item
    if anomaly in (OTHER_CURRENCY, OTHER_AMOUNT):
        return replace(item, amount_in_doubt=True)
    return replace(item, id_taken=True)


def _news(item: T, fact: StatusUpdate, at: Instant, plan: Plan) -> tuple[RequestEvent | None, T]:
    """*fact* held against the item's history: what it comes to, if to anything, and the counts that it moves."""
    match fact.word:
        case ReportedStatus.REJECTED:
            only = answers_only_send(item, fact.code, at, plan)
            return (RequestEvent.FAILED if only else None), item
        case ReportedStatus.NOT_FOUND:
            return _absence(item, min(fact.asked_at or at, at), plan)
        case ReportedStatus.NO_INFORMATION:
            return None, item
        case ReportedStatus.PENDING if fact.source.send:
            return RequestEvent.PENDING, replace(item, heard=SendOutcome.UNKNOWN, not_found_count=0, not_found_at=0)
        case _:
            # A signed word of the item ends a row of ORDER_NOT_EXIST.
            return RequestEvent(fact.word.value), replace(item, not_found_count=0, not_found_at=0)


def _absence(item: T, at: Instant, plan: Plan) -> tuple[RequestEvent | None, T]:
    """ORDER_NOT_EXIST to a question of *at*. An answer that is recorded late says nothing of what came after its question."""
    if at < plan.not_found_counts_from(item.sent_at) or item.heard is SendOutcome.ACCEPTED:
        return None, item
    if not item.state.open:
        return RequestEvent.NOT_FOUND, item
    if item.not_found_count and at < item.not_found_at + plan.not_found_gap:
        return None, item
    counted = replace(item, not_found_count=item.not_found_count + 1, not_found_at=at)
    return (RequestEvent.NOT_FOUND if counted.not_found_count >= plan.not_found_times else None), counted


def _moved(rules: TransitionRules[T, F], item: T, to: str, fact: F, at: Instant, plan: Plan) -> T:
    state, waits = type(item.state)(to), rules.waits(plan)
    if state.open:
        moved = replace(item, state=state, closed_at=0, result_code=fact.code, result_message=fact.message)
        if item.state.not_submitted:
            return replace(moved, due_at=at + waits.after(0))
        return _rescheduled(moved, fact, at, plan, waits)
    settled = replace(
        rules.settled(item, fact),
        state=state,
        lease_until=0,
        result_code=fact.code,
        result_message=fact.message,
        settled_by=fact.source.value,
        answer=fact.body,
        due_at=None,
        closed_at=0,
    )
    if state.not_submitted:
        return replace(settled, answer="", closed_at=at, polls=0, due_at=at + plan.not_found_rechecks[0])
    return settled


def _rescheduled(item: T, fact: StatusUpdate, at: Instant, plan: Plan, waits: Backoff) -> T:
    """The next due time: moved by whoever holds the item (a sender or a poller), never by a bystander."""
    if item.id_taken and fact.source is Source.POLL and item.due_at is not None:
        return replace(item, due_at=at + waits.longest)  # It is looked at until people have decided.
    if item.state.not_submitted and fact.source in (Source.POLL, Source.CANCEL):
        if fact.word is ReportedStatus.NO_INFORMATION:
            # An inquiry without an answer is no recheck: it is made again.
            return replace(item, due_at=at + plan.not_found_rechecks[0])
        later = [item.closed_at + wait for wait in plan.not_found_rechecks]
        return replace(item, due_at=next((moment for moment in later if moment > at), None))
    if not item.state.open:
        return item
    if fact.source.send and fact.throttled:
        again = at + plan.retry_throttled_after(item.throttles, at)
        due_at = at + plan.throttled_wait
        return replace(item, lease_until=0, throttles=item.throttles + 1, retry_at=again, due_at=due_at)
    if fact.source.send:
        return replace(item, lease_until=0, throttles=0, retry_at=0, due_at=at + waits.after(0))
    if fact.source is Source.POLL:
        counting = fact.word is ReportedStatus.NOT_FOUND and item.not_found_count > 0
        wait = plan.not_found_gap if counting else waits.after(item.polls)
        return replace(item, due_at=at + (max(wait, plan.throttled_wait) if fact.throttled else wait))
    return item
