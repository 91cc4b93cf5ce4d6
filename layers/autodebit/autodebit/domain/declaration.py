"""A declaration, the status updates that Alipay reports of it, and the rules that apply them. Pure.

It moves no money and is no transaction: S says that Alipay has it, only the record that inquiries bring says what customs made
of it, and the same id may be sent again with other data (a retransmission). What it shares with transactions is that it is
written ahead, sent under a lease, and due for as long as it is open.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from autodebit.clock import Instant
from autodebit.domain import tracked_request
from autodebit.domain.declaration_states import DECLARATION, DeclarationEvent, DeclarationState
from autodebit.domain.polling_plan import Plan
from autodebit.domain.tracked_request import (
    ID_TAKEN,
    REPEAT_REQ_INCONSISTENT,
    Money,
    ReportedStatus,
    SendOutcome,
    Source,
    StatusUpdate,
    TrackedRequest,
    Transition,
    certainly_never_sent,
    lease_for_send,
    not_known,
    of_another_client,
    unheard,
)
from autodebit.domain.transitions import InvalidTransition, MoveTo

RETRANSMITTABLE = frozenset(
    {
        "customs.customsCode",
        "merchantCustomsInfo.merchantCustomsCode",
        "merchantCustomsInfo.merchantCustomsName",
        "declarationAmount.value",
        "suborderId",
        "buyerCertificate.certificateNo",
        "buyerCertificate.holderName.fullName",
    }
)
"""What a retransmission may change (section on retransmission of Alipay's declare page)."""
_ACCEPTED_BY_CUSTOMS = ("2", "120")
_INCONSISTENT = (REPEAT_REQ_INCONSISTENT, "CONTEXT_INCONSISTENT")
"""Alipay has other content under the id. An unchanged request is never inconsistent with itself, so the record is another's."""


@dataclass(frozen=True, slots=True)
class DeclarationUpdate(StatusUpdate):
    """One word of Alipay on one declaration. Fields that the message did not carry are None."""

    customs_payment_id: str | None = None
    customs_order_id: str | None = None
    identity_check_result: str | None = None
    clearing_channel: str | None = None
    clearing_transaction_id: str | None = None
    customs_provider_registration_id: str | None = None
    customs_result_code: str | None = None
    customs_result_desc: str | None = None
    customs_return_time: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration(TrackedRequest):
    """The stored intent and all that is known of it.

    *body* is what was sent last, *sends* counts the sends of it since Alipay's last word on a send, *answer* is that word if it
    was S, or an F that concerns this very body.
    """

    declaration_request_id: str
    state: DeclarationState
    payment_id: str
    customs_code: str
    amounts: tuple[Money, ...] = ()
    """Every amount that a send has named: a record must have one of them to be ours."""
    retransmitted: bool = False
    """Whether *body* is not the first transmission: a record may then speak of an earlier one."""
    corrects: bool = False
    """Whether *body* has other data than what Alipay last said it has taken."""
    over_at: Instant = 0
    """When the last send was over: with its answer, or with its lease. Alipay counts five minutes from its call."""
    customs_payment_id: str | None = None
    customs_order_id: str | None = None
    identity_check_result: str | None = None
    clearing_channel: str | None = None
    """This and the next two come with an answer to declare, and only once customs has given a receipt."""
    clearing_transaction_id: str | None = None
    customs_provider_registration_id: str | None = None
    customs_result_code: str | None = None
    """What customs says: 2 accepted and recorded, 120 the data agree, below 0 an error, success handed over."""
    customs_result_desc: str | None = None
    customs_return_time: str | None = None

    @property
    def answered(self) -> bool:
        """Whether it is known what came of the last send; if not, the same body is to be sent again."""
        return bool(self.answer) or self.heard is SendOutcome.ACCEPTED

    @property
    def refused_unchanged(self) -> bool:
        """Whether Alipay refused to transmit once more what it has: that stands, and the refusal is no word on it."""
        refused = bool(self.answer) and self.heard is not SendOutcome.ACCEPTED
        return refused and self.retransmitted and not self.corrects

    @property
    def receipt_missing(self) -> bool:
        """Whether customs has answered what was sent last, so that an answer to declare would now have the clearing data."""
        done = self.state is DeclarationState.COMPLETED and self.heard is SendOutcome.ACCEPTED
        return done and self.clearing_channel is None

    @property
    def done(self) -> bool:
        """Whether customs has accepted what was sent last and all is known, so that sending it once more has no use."""
        done = self.state is DeclarationState.COMPLETED and self.heard is SendOutcome.ACCEPTED
        return done and self.clearing_channel is not None and self.customs_result_code in _ACCEPTED_BY_CUSTOMS


def changed_fields(before: Mapping[str, object], after: Mapping[str, object], within: str = "") -> Iterator[str]:
    """The fields, by their paths, in which two requests differ."""
    for name in sorted(before.keys() | after.keys()):
        old, new, path = before.get(name), after.get(name), within + name
        if isinstance(old, Mapping) or isinstance(new, Mapping):
            yield from changed_fields(_fields(old), _fields(new), f"{path}.")
        elif old != new:
            yield path


def _fields(part: object) -> Mapping[str, object]:
    return part if isinstance(part, Mapping) else {}


def sent_again(declaration: Declaration, intent: Declaration) -> Declaration:
    """*declaration* about to be sent once more with the data of *intent*; what Alipay has already is thereby retransmitted.

    Raises:
        ValueError: the table forbids it.
    """
    step = DECLARATION[declaration.state, DeclarationEvent.SENT_AGAIN]
    if isinstance(step, InvalidTransition):
        raise ValueError(step.anomaly)  # noqa: TRY004  a rule of the table, not a type
    repeated = intent.body == declaration.body and not declaration.answered
    return replace(
        declaration,
        state=DeclarationState(step.to) if isinstance(step, MoveTo) else declaration.state,
        body=intent.body,
        amount=intent.amount,
        customs_code=intent.customs_code,
        amounts=tuple(dict.fromkeys((*declaration.amounts, intent.amount))),
        sends=declaration.sends if repeated else 0,
        retransmitted=declaration.state.at_alipay,
        body_replaced=declaration.body_replaced or intent.body != declaration.body,
        corrects=declaration.corrects or intent.body != declaration.body,
        answer="",
        closed_at=0,
        settled_by="",
        customs_result_code=None,
        customs_result_desc=None,
        customs_return_time=None,
    )


def claimed(declaration: Declaration, at: Instant, plan: Plan) -> Declaration:
    """*declaration* in the hands of a sender."""
    leased = lease_for_send(declaration, at, plan)
    return replace(leased, over_at=leased.lease_until)


def never_left(
    stored: Declaration, unsent: Declaration, before: Declaration | None, at: Instant, plan: Plan
) -> Transition[Declaration]:
    """*stored* after the send of *unsent*, of which certainly no byte left: as it was *before*, if it was sent before.

    A record that was learned while a first send was out is another's. While a repeat was out, it may be of the earlier send.
    """
    if (stored.sent_at, stored.sends) != (unsent.sent_at, unsent.sends):
        return Transition(stored)  # Somebody has sent it since.
    if before is not None and before.sends > 0:
        if stored.state.at_alipay and not unsent.state.at_alipay:
            freed = replace(stored, sends=before.sends, sent_at=before.sent_at, over_at=before.over_at, lease_until=0)
            return Transition(freed)
        return Transition(replace(before, version=stored.version))
    return tracked_request.never_left(stored, unsent, at, plan, plan.declarations)


def asked_for_receipt(declaration: Declaration, at: Instant, plan: Plan) -> Declaration:
    """*declaration* about to be called for once more, for its clearing data only: Alipay counts five minutes from that."""
    return replace(declaration, over_at=max(declaration.over_at, at + plan.send_lease))


def judge(declaration: Declaration, fact: DeclarationUpdate, at: Instant, plan: Plan) -> Transition[Declaration]:
    """Where *declaration* stands once *fact* is known at *at*."""
    if fact.source is Source.DECLARE and fact.asked_at != declaration.sent_at:
        return Transition(declaration)  # The answer to an earlier send says nothing of this one.
    if not plan.is_own_client(declaration.client_id):
        return Transition(_rescheduled(declaration, unheard(fact), at, plan), of_another_client(fact))
    if declaration.id_taken:
        return Transition(_rescheduled(declaration, fact, at, plan), ID_TAKEN if _says_something(fact) else "")
    if _of_another_request(declaration, fact, at, plan):
        taken = declaration if declaration.state is DeclarationState.FAIL else replace(declaration, id_taken=True)
        return Transition(_rescheduled(taken, fact, at, plan), ID_TAKEN)
    speaks = fact.word in (ReportedStatus.PENDING, ReportedStatus.SUCCEEDED)
    if speaks and fact.amount is not None and fact.amount not in declaration.amounts:
        return Transition(_rescheduled(declaration, fact, at, plan), "amount differs from every one that was declared")
    news, counted = _news(declaration, fact, at, plan)
    if news is None:
        return Transition(_rescheduled(counted, fact, at, plan), not_known(fact))
    step = DECLARATION[declaration.state, news]
    if isinstance(step, InvalidTransition):
        return Transition(_rescheduled(declaration, fact, at, plan), step.anomaly)
    known = _learned(counted, fact)
    if isinstance(step, MoveTo):
        return Transition(_moved(known, DeclarationState(step.to), fact, at, plan), step.anomaly)
    return Transition(_rescheduled(known, fact, at, plan))


def _says_something(fact: DeclarationUpdate) -> bool:
    return fact.word in (ReportedStatus.PENDING, ReportedStatus.SUCCEEDED, ReportedStatus.REJECTED)


def _of_another_request(declaration: Declaration, fact: DeclarationUpdate, at: Instant, plan: Plan) -> bool:
    """Whether *fact* shows that Alipay's record under this id belongs to another request than ours.

    So it is if nothing of ours has left, if Alipay finds other content under the id although ours was always the same, and if
    it refuses the only send although a record was found while that was out.
    """
    if certainly_never_sent(declaration, at, plan):
        return _says_something(fact)
    same = not declaration.body_replaced and not plan.may_have_forgotten(declaration.created_at)
    if fact.word is not ReportedStatus.REJECTED or not same:
        return False
    only = declaration.sends <= 1 and not declaration.retransmitted and not declaration.answer
    return fact.code in _INCONSISTENT or (only and declaration.state.at_alipay)


def _news(
    declaration: Declaration, fact: DeclarationUpdate, at: Instant, plan: Plan
) -> tuple[DeclarationEvent | None, Declaration]:
    """*fact* held against the declaration's history: what it comes to, if to anything, and what is counted."""
    by_send = fact.source is Source.DECLARE
    if by_send and fact.word in (ReportedStatus.PENDING, ReportedStatus.REJECTED):
        # The send is over and its outcome known: records speak of it from now on.
        declaration = replace(declaration, over_at=at)
    elif (
        fact.word in (ReportedStatus.PENDING, ReportedStatus.SUCCEEDED)
        and declaration.retransmitted
        and fact.asked_at < declaration.over_at
    ):
        return None, declaration
    match fact.word:
        case ReportedStatus.PENDING if by_send:
            taken = replace(declaration, heard=SendOutcome.ACCEPTED, corrects=False, not_found_count=0, not_found_at=0)
            return DeclarationEvent.ACCEPTED, taken
        case ReportedStatus.PENDING | ReportedStatus.SUCCEEDED:
            # A record proves that the first transmission arrived. Of a later one it may know nothing.
            heard = declaration.heard if declaration.retransmitted else SendOutcome.ACCEPTED
            news = DeclarationEvent.ACCEPTED if fact.word is ReportedStatus.PENDING else DeclarationEvent.COMPLETED
            return news, replace(declaration, heard=heard, not_found_count=0, not_found_at=0)
        case ReportedStatus.REJECTED:
            proven = declaration.heard is SendOutcome.ACCEPTED
            used = fact.code in _INCONSISTENT and not declaration.state.at_alipay
            only = declaration.sends <= 1 and not plan.may_have_forgotten(declaration.created_at)
            certain = only and not proven and not used
            return (DeclarationEvent.REFUSED if certain else None), declaration
        case ReportedStatus.NOT_FOUND if fact.source is Source.POLL:
            return _absence(declaration, min(fact.asked_at or at, at), plan)
        case _:
            return None, declaration


def _absence(declaration: Declaration, at: Instant, plan: Plan) -> tuple[DeclarationEvent | None, Declaration]:
    if at < plan.not_found_counts_from(declaration.sent_at):
        return None, declaration
    if declaration.state is not DeclarationState.INITIATED:
        return DeclarationEvent.NOT_FOUND, declaration
    if declaration.not_found_count and at < declaration.not_found_at + plan.not_found_gap:
        return None, declaration
    counted = replace(declaration, not_found_count=declaration.not_found_count + 1, not_found_at=at)
    return (DeclarationEvent.NOT_FOUND if counted.not_found_count >= plan.not_found_times else None), counted


def _learned(declaration: Declaration, fact: DeclarationUpdate) -> Declaration:
    """*declaration* with what *fact* tells besides; a record also tells which amount customs was told."""
    return replace(
        declaration,
        amount=fact.amount or declaration.amount,
        answer=fact.body or declaration.answer,
        customs_payment_id=fact.customs_payment_id or declaration.customs_payment_id,
        customs_order_id=fact.customs_order_id or declaration.customs_order_id,
        identity_check_result=fact.identity_check_result or declaration.identity_check_result,
        clearing_channel=fact.clearing_channel or declaration.clearing_channel,
        clearing_transaction_id=fact.clearing_transaction_id or declaration.clearing_transaction_id,
        customs_provider_registration_id=fact.customs_provider_registration_id
        or declaration.customs_provider_registration_id,
        customs_result_code=fact.customs_result_code or declaration.customs_result_code,
        customs_result_desc=fact.customs_result_desc or declaration.customs_result_desc,
        customs_return_time=fact.customs_return_time or declaration.customs_return_time,
    )


def _moved(
    declaration: Declaration, to: DeclarationState, fact: DeclarationUpdate, at: Instant, plan: Plan
) -> Declaration:
    if to.open:
        moved = replace(declaration, state=to, closed_at=0, settled_by="")
        if declaration.state.not_submitted:
            return replace(moved, due_at=at + plan.declarations.after(0))
        return _rescheduled(moved, fact, at, plan)
    settled = replace(declaration, state=to, lease_until=0, due_at=None, closed_at=0, settled_by=fact.source.value)
    if to is DeclarationState.FAIL:
        return replace(settled, result_code=fact.code, result_message=fact.message)
    if to.not_submitted:
        return replace(settled, closed_at=at, polls=0, due_at=at + plan.not_found_rechecks[0])
    return settled


def _rescheduled(declaration: Declaration, fact: DeclarationUpdate, at: Instant, plan: Plan) -> Declaration:
    """The next due time: moved by whoever holds the declaration (a sender or a poller), never by a bystander."""
    if declaration.id_taken and fact.source is Source.POLL and declaration.due_at is not None:
        return replace(declaration, due_at=at + plan.declarations.longest)  # Until people have decided.
    if declaration.state.not_submitted and fact.source is Source.POLL:
        if fact.word is ReportedStatus.NO_INFORMATION:
            # An inquiry without an answer is no recheck: it is made again.
            return replace(declaration, due_at=at + plan.not_found_rechecks[0])
        later = [declaration.closed_at + wait for wait in plan.not_found_rechecks]
        return replace(declaration, due_at=next((moment for moment in later if moment > at), None))
    if not declaration.state.open:
        return declaration
    if fact.source is Source.DECLARE and fact.throttled:
        again = at + plan.retry_throttled_after(declaration.throttles, at)
        due_at, throttles = at + plan.throttled_wait, declaration.throttles + 1
        return replace(declaration, lease_until=0, throttles=throttles, retry_at=again, due_at=due_at)
    if fact.source is Source.DECLARE:
        due_at = at + plan.declarations.after(0)
        return replace(declaration, lease_until=0, throttles=0, retry_at=0, due_at=due_at)
    if fact.source is Source.POLL:
        counting = fact.word is ReportedStatus.NOT_FOUND and declaration.not_found_count > 0
        wait = plan.not_found_gap if counting else plan.declarations.after(declaration.polls)
        return replace(declaration, due_at=at + (max(wait, plan.throttled_wait) if fact.throttled else wait))
    return declaration
