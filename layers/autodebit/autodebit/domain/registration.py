"""A secondary merchant's registration, the status updates that Alipay reports of it, and the rules that apply them.

Pure: no clock, no store, no network. No money moves here, so this is no transaction: nothing is compared with an amount, and what
wallets say may change after the end. The rest is as everywhere: an F settles only the first send, what is final stays final,
whatever is open is due.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from autodebit.clock import DAY, Instant
from autodebit.domain.polling_plan import Plan
from autodebit.domain.registration_states import REGISTRATION, RegistrationEvent, RegistrationState
from autodebit.domain.stored import StoredRecord
from autodebit.domain.tracked_request import ID_TAKEN, OTHER_CLIENT_ID, REPEAT_REQ_INCONSISTENT, STATUS_NOT_KNOWN
from autodebit.domain.transitions import NOTHING, InvalidTransition, MoveTo

REVIEW_TAKES = 7 * DAY
"""How long wallets normally need at most, as the documents of a sister product say; ours name no time."""
OF_AN_EARLIER_SEND: Final = {"REGISTRATION_UNDER_REVIEW", "REPEAT_REGISTRATION"}
"""Refusals of a repeat that may speak of what an earlier send of the same id has begun."""


class RegistrationSource(StrEnum):
    """Who brought a fact."""

    REGISTRATION = "registration"
    """The answer to a send."""
    INQUIRY = "inquiry"
    POLL = "poll"
    NOTIFICATION = "notification"


class RegistrationReport(StrEnum):
    """What was said, before it is held against the history of the registration."""

    ACCEPTED = "ACCEPTED"
    """The answer to a send was S: received, no more."""
    UNKNOWN = "UNKNOWN"
    """The answer to a send was U."""
    REFUSED = "REFUSED"
    """The answer to a send was F."""
    PENDING = "PENDING"
    COMPLETED = "COMPLETED"
    REJECTED = "REJECTED"
    NOT_FOUND = "NOT_FOUND"
    """An inquiry answered RECORD_NOT_FOUND, once."""
    NO_INFORMATION = "NO_INFORMATION"
    """No answer, or one without a word on the whole; it may still tell of wallets."""


@dataclass(frozen=True, slots=True)
class WalletResult(StoredRecord):
    """What one wallet says: PENDING, APPROVED, REJECTED, or something that we do not know yet."""

    name: str
    status: str = ""
    reject_reasons: str = ""

    @property
    def decided(self) -> bool:
        """Whether the wallet has made up its mind."""
        return self.status in ("APPROVED", "REJECTED")


@dataclass(frozen=True, slots=True)
class RegistrationUpdate:
    """One word of Alipay on one registration. Ids that the message did not carry are None."""

    word: RegistrationReport
    source: RegistrationSource
    code: str = ""
    message: str = ""
    status: str = ""
    """The status that an answer gave the registration, if nobody knows it."""
    registration_request_id: str | None = None
    reference_merchant_id: str | None = None
    reference_store_id: str | None = None
    reject_reasons: str = ""
    wallets: tuple[WalletResult, ...] = ()
    asked_at: Instant = 0
    """When the inquiry that it answers was sent; 0 if it answers none, or nobody has noted it."""
    body: str = ""
    """The answer to a send as it came: kept for repeats."""
    throttled: bool = False
    """Whether Alipay answered that it gets too many calls: the same request again, later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration(StoredRecord):
    """The stored intent and all that is known of it. Times are instants (milliseconds since the epoch, UTC)."""

    registration_request_id: str
    reference_merchant_id: str
    state: RegistrationState
    body: str
    """The request as first sent."""
    created_at: Instant
    reference_store_id: str = ""
    supersedes: str = ""
    """The registrationRequestId of the registration before it, for the same merchant and store, that Alipay had not refused."""
    version: int = 0
    client_id: str = ""
    """The client id that it is sent under. Empty: stored by code that did not note it."""
    sends: int = 0
    """How many sends may have reached Alipay."""
    disproved: int = 0
    """How many of them Alipay knows nothing of, as it said often enough to be believed."""
    sent_at: Instant = 0
    lease_until: Instant = 0
    told_unknown: bool = False
    """The last send was answered U: Alipay is to be asked, not told again."""
    polls: int = 0
    not_found_count: int = 0
    not_found_at: Instant = 0
    due_at: Instant | None = None
    result_code: str = ""
    result_message: str = ""
    reject_reasons: str = ""
    settled_by: str = ""
    answer: str = ""
    """Alipay's own answer to the request: its S, or the F that made it FAIL."""
    wallets: tuple[WalletResult, ...] = ()
    id_taken: bool = False
    """Alipay's record under this id belongs to another request: no word on it counts, and nothing is sent. People decide."""
    throttles: int = 0
    """How many sends in a row Alipay has throttled."""
    retry_at: Instant = 0
    """After a throttled send: when a repeat is sent again."""

    def leased(self, at: Instant) -> bool:
        """Whether somebody may be sending this right now."""
        return at < self.lease_until


@dataclass(frozen=True, slots=True)
class RegistrationTransition:
    """What becomes of a registration once a fact is known; *anomaly* says what people should look at, if anything."""

    registration: Registration
    anomaly: str = ""


def lease_for_send(registration: Registration, at: Instant, plan: Plan) -> Registration:
    """*registration* in the hands of a sender: lease and due time run out together, so that a crash leaves it due."""
    until = at + plan.send_lease
    return replace(
        registration,
        sends=registration.sends + 1,
        sent_at=at,
        lease_until=until,
        due_at=until,
        told_unknown=False,
        polls=0,
        not_found_count=0,
        not_found_at=0,
    )


def lease_for_poll(registration: Registration, at: Instant, plan: Plan) -> Registration:
    """*registration* in the hands of a poller: due again should the poller die."""
    return replace(registration, polls=registration.polls + 1, due_at=at + plan.poll_lease)


def not_sent(registration: Registration, at: Instant, plan: Plan) -> Registration:
    """*registration* after a send of which certainly no byte left: as if it had not been tried, and free for a repeat."""
    return replace(registration, sends=registration.sends - 1, lease_until=0, due_at=at + plan.registrations.after(0))


def never_left(stored: Registration, unsent: Registration, at: Instant, plan: Plan) -> RegistrationTransition:
    """*stored* after the send of *unsent*, of which certainly no byte left.

    A review that was learned while the first send was out is another's. While a repeat was out, it may be of the earlier send.
    """
    if (stored.sent_at, stored.sends) != (unsent.sent_at, unsent.sends):
        return RegistrationTransition(stored)  # Somebody has sent it since.
    freed = replace(not_sent(stored, at, plan), due_at=at + plan.registrations.after(0) if stored.state.open else None)
    if stored.state is RegistrationState.INITIATED or freed.sends > 0 or plan.may_have_forgotten(stored.created_at):
        return RegistrationTransition(freed)
    return RegistrationTransition(replace(freed, id_taken=True), ID_TAKEN)


def overdue(registration: Registration, at: Instant, plan: Plan) -> bool:
    """Whether people should hear that it is still open: wallets take days, but Alipay's receipt does not."""
    patience = 0 if registration.state is RegistrationState.INITIATED else REVIEW_TAKES
    exhausted = plan.registrations.exhausted(registration.polls)
    return registration.state.open and exhausted and at >= registration.created_at + patience


def meant(newest: Registration, earlier: Registration | None, word: RegistrationReport) -> Registration | None:
    """Which of a merchant's registrations a word speaks of that names the merchant only; None if that cannot be told.

    What may be a late word on the *earlier* one must not accept, complete or reject the *newest*.
    """
    if earlier is None:
        return newest
    if earlier.state.open or word not in (RegistrationReport.COMPLETED, RegistrationReport.REJECTED):
        return None
    return earlier if word.value == earlier.state.value else newest


def judge(registration: Registration, fact: RegistrationUpdate, at: Instant, plan: Plan) -> RegistrationTransition:
    """Where *registration* stands once *fact* is known at *at*."""
    if not plan.is_own_client(registration.client_id):
        silent = fact.word in (RegistrationReport.NOT_FOUND, RegistrationReport.NO_INFORMATION)
        unheard = replace(fact, word=RegistrationReport.NO_INFORMATION)
        return RegistrationTransition(_rescheduled(registration, unheard, at, plan), "" if silent else OTHER_CLIENT_ID)
    if differs := _differs(registration, fact):
        return RegistrationTransition(_rescheduled(registration, fact, at, plan), differs)
    if registration.id_taken or (registration.sends == 0 and registration.state.open):
        # Nothing of ours stands under this id: what Alipay says of it is said of another request.
        return RegistrationTransition(
            _rescheduled(registration, fact, at, plan), ID_TAKEN if _says_something(fact) else ""
        )
    if fact.word is RegistrationReport.REFUSED and _of_another_request(registration, fact.code, plan):
        taken = replace(registration, id_taken=True)
        return RegistrationTransition(_rescheduled(taken, fact, at, plan), ID_TAKEN)
    news, counted = _news(registration, fact, at, plan)
    step = REGISTRATION[counted.state, news] if news else NOTHING
    if isinstance(step, InvalidTransition):
        return RegistrationTransition(_rescheduled(counted, fact, at, plan), step.anomaly)
    known = _learned(counted, fact)
    if isinstance(step, MoveTo):
        known = _moved(known, RegistrationState(step.to), fact)
    return RegistrationTransition(_rescheduled(known, fact, at, plan), STATUS_NOT_KNOWN if fact.status else "")


def _of_another_request(registration: Registration, code: str, plan: Plan) -> bool:
    """Whether an F with *code* to a send shows that Alipay's record under this id belongs to another request.

    Every send carries the first body, so the request that it is inconsistent with is not ours. What was learned of a review while
    the only send was out, which is then refused, was said of another's.
    """
    if registration.state is RegistrationState.FAIL:
        return False
    only = registration.sends <= 1 and not registration.answer and not plan.may_have_forgotten(registration.created_at)
    return code == REPEAT_REQ_INCONSISTENT or (only and registration.state is not RegistrationState.INITIATED)


def _says_something(fact: RegistrationUpdate) -> bool:
    silent = (RegistrationReport.NO_INFORMATION, RegistrationReport.NOT_FOUND, RegistrationReport.UNKNOWN)
    return fact.word not in silent or bool(fact.wallets)


def _differs(registration: Registration, fact: RegistrationUpdate) -> str:
    """How *fact* differs from the intent, or "". What a message leaves out does not contradict."""
    if fact.registration_request_id not in (None, registration.registration_request_id):
        return "registrationRequestId differs from the intent's"
    if fact.reference_merchant_id not in (None, registration.reference_merchant_id):
        return "referenceMerchantId differs from the intent's"
    if registration.reference_store_id and fact.reference_store_id not in (None, registration.reference_store_id):
        return "referenceStoreId differs from the intent's"
    return ""


_NEWS: Final[Mapping[RegistrationReport, RegistrationEvent]] = {
    RegistrationReport.ACCEPTED: RegistrationEvent.UNDER_REVIEW,
    RegistrationReport.PENDING: RegistrationEvent.UNDER_REVIEW,
    RegistrationReport.COMPLETED: RegistrationEvent.COMPLETED,
    RegistrationReport.REJECTED: RegistrationEvent.REJECTED,
}


def _news(
    registration: Registration, fact: RegistrationUpdate, at: Instant, plan: Plan
) -> tuple[RegistrationEvent | None, Registration]:
    """*fact* held against the history: what it comes to, if to anything, and the counts that it moves."""
    match fact.word:
        case RegistrationReport.REFUSED:
            return (RegistrationEvent.REFUSED if _refuses(registration, fact.code, plan) else None), registration
        case RegistrationReport.UNKNOWN:
            return None, replace(registration, told_unknown=True)
        case RegistrationReport.NOT_FOUND:
            return _absence(registration, min(fact.asked_at or at, at), plan)
        case RegistrationReport.NO_INFORMATION:
            return None, registration
        case word:
            # A signed word on the registration ends a row of RECORD_NOT_FOUND.
            return _NEWS[word], replace(registration, not_found_count=0, not_found_at=0)


def _refuses(registration: Registration, code: str, plan: Plan) -> bool:
    """Whether an F refuses the registration, and not just a repeat of what an earlier send has begun."""
    if registration.sends - registration.disproved > 1 or plan.may_have_forgotten(registration.created_at):
        return False
    return registration.sends <= 1 or code not in OF_AN_EARLIER_SEND


def _absence(registration: Registration, at: Instant, plan: Plan) -> tuple[RegistrationEvent | None, Registration]:
    if at < plan.not_found_counts_from(registration.sent_at):
        return None, registration
    if not registration.state.open:
        return RegistrationEvent.NOT_FOUND, registration
    if registration.not_found_count >= plan.not_found_times or (
        registration.not_found_count and at < registration.not_found_at + plan.not_found_gap
    ):
        return None, registration
    counted = replace(registration, not_found_count=registration.not_found_count + 1, not_found_at=at)
    if counted.not_found_count < plan.not_found_times:
        return None, counted
    if counted.state is RegistrationState.INITIATED:
        # Nothing came of any send: a repeat may send it again, and an F to that is a first answer.
        counted = replace(counted, disproved=counted.sends, told_unknown=False)
    return RegistrationEvent.NOT_FOUND, counted


def _learned(registration: Registration, fact: RegistrationUpdate) -> Registration:
    """*registration* with what its wallets say now, and with Alipay's own acceptance."""
    accepted = fact.body if fact.word is RegistrationReport.ACCEPTED else ""
    return replace(
        registration, wallets=_updated(registration.wallets, fact.wallets), answer=registration.answer or accepted
    )


def _updated(known: Iterable[WalletResult], told: Iterable[WalletResult]) -> tuple[WalletResult, ...]:
    """The wallets by name, each with its latest word; one that has decided does not become undecided by late news."""
    wallets = {wallet.name: wallet for wallet in known}
    for wallet in told:
        before = wallets.get(wallet.name)
        if before is None or wallet.decided or (wallet.status and not before.decided):
            wallets[wallet.name] = replace(wallet, unknown_attributes=before.unknown_attributes if before else {})
    return tuple(wallets.values())


def _moved(registration: Registration, state: RegistrationState, fact: RegistrationUpdate) -> Registration:
    moved = replace(registration, state=state, told_unknown=False, result_code=fact.code, result_message=fact.message)
    if state.open:
        return moved
    return replace(
        moved,
        reject_reasons=fact.reject_reasons,
        answer=fact.body if state is RegistrationState.FAIL else moved.answer,
        settled_by=fact.source.value,
        lease_until=0,
        due_at=None,
    )


def _rescheduled(registration: Registration, fact: RegistrationUpdate, at: Instant, plan: Plan) -> Registration:
    """The next due time: moved by whoever holds the registration (a sender or a poller), never by a bystander."""
    if not registration.state.open:
        return registration
    if fact.source is RegistrationSource.REGISTRATION and fact.throttled:
        again = at + plan.retry_throttled_after(registration.throttles, at)
        due_at, throttles = at + plan.throttled_wait, registration.throttles + 1
        return replace(registration, lease_until=0, throttles=throttles, retry_at=again, due_at=due_at)
    if fact.source is RegistrationSource.REGISTRATION:
        due_at = at + plan.registrations.after(0)
        return replace(registration, lease_until=0, throttles=0, retry_at=0, due_at=due_at)
    if fact.source is RegistrationSource.POLL:
        waits = plan.registrations
        wait = waits.longest if registration.id_taken else waits.after(registration.polls)
        return replace(registration, due_at=at + (max(wait, plan.throttled_wait) if fact.throttled else wait))
    return registration
