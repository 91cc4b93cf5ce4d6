"""A dispute of a payment, what a notification says of it, and the update that joins the two.

Pure: no clock, no store, no network. A dispute begins with whichever notification comes first. Nothing is sent for it, and it
never changes its payment: the money moves in the settlement. What awaits a defence is due, so that people are warned in time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from autodebit.clock import DAY, Instant, instant_of
from autodebit.domain.dispute_states import DISPUTE, DisputeEvent, DisputeState
from autodebit.domain.stored import StoredRecord
from autodebit.domain.tracked_request import Money
from autodebit.domain.transitions import NOTHING, InvalidTransition, MoveTo

WARN_BEFORE: Final = 3 * DAY
"""How long before the end of the time for a defence people are warned for the first time."""
WARN_EVERY: Final = DAY
OTHER_PAYMENT: Final = "a dispute's notification names another payment than the ones before it"
DIFFERS: Final = "a dispute's notification differs from an earlier one of its type"
JUDGED_AGAIN: Final = "a dispute was judged again with another result"

_FACTS: Final = (
    "amount",
    "dispute_time",
    "reason_code",
    "dispute_type",
    "source",
    "capture_id",
    "arn",
    "defendable",
    "defense_due_time",
    "judged_time",
    "judged_amount",
    "judged_result",
    "accept_time",
    "accept_reason",
)
_COMPARED: Final = ("amount", "defense_due_time", "judged_amount", "judged_result")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts(StoredRecord):
    """What notifications say of a dispute; times and codes are Alipay's text. What was not said is empty."""

    payment_request_id: str = ""
    payment_id: str = ""
    amount: Money | None = None
    dispute_time: str = ""
    reason_code: str = ""
    dispute_type: str = ""
    source: str = ""
    capture_id: str = ""
    arn: str = ""
    defendable: str = ""
    """Alipay's "true" or "false": whether it can be defended at all."""
    defense_due_time: str = ""
    judged_time: str = ""
    judged_amount: Money | None = None
    judged_result: str = ""
    accept_time: str = ""
    accept_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeUpdate(_Facts):
    """One notification. *event* is None if its type is not known."""

    dispute_id: str
    event: DisputeEvent | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute(_Facts):
    """The dispute and all that is known of it. Instants are milliseconds since the epoch, UTC."""

    dispute_id: str
    created_at: Instant
    """When the first notification of it was stored."""
    state: DisputeState = DisputeState.CREATED
    version: int = 0
    ranks: Mapping[str, int] = field(default_factory=dict)
    """Of each fact: the rank of the event that told it."""
    alerts: tuple[str, ...] = ()
    """Which notifications that move no state have come."""
    warnings: int = 0
    """How often people were warned that its defence is due."""
    due_at: Instant | None = None
    """When they are to be warned (again)."""

    @property
    def awaits_defence(self) -> bool:
        """Whether the merchant may still have something to do."""
        settled = DisputeEvent.RDR_RESOLVED in self.alerts or self.defendable == "false"
        return self.state is DisputeState.CREATED and not settled


@dataclass(frozen=True, slots=True)
class DisputeTransition:
    """What becomes of a dispute; *anomaly* says what people should look at, if anything."""

    dispute: Dispute
    anomaly: str = ""


def new_dispute(update: DisputeUpdate, at: Instant) -> Dispute:
    """A dispute of which nothing is known yet but its id and its payment."""
    return Dispute(
        dispute_id=update.dispute_id,
        created_at=at,
        payment_request_id=update.payment_request_id,
        payment_id=update.payment_id,
    )


def apply_update(dispute: Dispute, update: DisputeUpdate, at: Instant) -> DisputeTransition:
    """Where *dispute* stands once *update* is known at *at*. A repetition changes nothing."""
    if _other_payment(dispute, update):
        return DisputeTransition(dispute, OTHER_PAYMENT)
    step = DISPUTE[dispute.state, update.event] if update.event else NOTHING
    if isinstance(step, InvalidTransition):
        return DisputeTransition(dispute, step.anomaly)
    anomaly, overwrites = _compared(dispute, update)
    after = _merged(dispute, update, overwrites=overwrites)
    if isinstance(step, MoveTo):
        after, anomaly = replace(after, state=DisputeState(step.to)), step.anomaly or anomaly
    if update.event and update.event.alert and update.event not in after.alerts:
        after = replace(after, alerts=tuple(sorted((*after.alerts, update.event.value))))
    return DisputeTransition(_scheduled(dispute, after, at), anomaly)


def warned(dispute: Dispute, at: Instant) -> Dispute:
    """*dispute* after a warning at *at*: due again a day later, while the time for its defence is not over."""
    ends = instant_of(dispute.defense_due_time)
    again = at + WARN_EVERY
    return replace(dispute, warnings=dispute.warnings + 1, due_at=again if ends is not None and again < ends else None)


def _other_payment(dispute: Dispute, update: DisputeUpdate) -> bool:
    ids = ((getattr(dispute, name), getattr(update, name)) for name in ("payment_request_id", "payment_id"))
    return any(known and told and known != told for known, told in ids)


def _compared(dispute: Dispute, update: DisputeUpdate) -> tuple[str, bool]:
    """The anomaly if *update* differs from what an event of its own rank has told, and whether it stands above that."""
    if update.event is None or not any(_differ(dispute, update, name) for name in _COMPARED):
        return "", False
    if update.event is not DisputeEvent.JUDGED:
        return DIFFERS, False
    known, told = instant_of(dispute.judged_time), instant_of(update.judged_time)
    return JUDGED_AGAIN, known is not None and told is not None and told > known


def _differ(dispute: Dispute, update: DisputeUpdate, name: str) -> bool:
    known, told = getattr(dispute, name), getattr(update, name)
    return bool(known and told and known != told and dispute.ranks.get(name, 0) == _rank(update))


def _merged(dispute: Dispute, update: DisputeUpdate, *, overwrites: bool) -> Dispute:
    """*dispute* with what *update* says of facts that no event of its rank, or of a higher one, has told.

    What it leaves out stays. *overwrites*: it goes before an event of its own rank.
    """
    rank = _rank(update)
    ids = {name: getattr(dispute, name) or getattr(update, name) for name in ("payment_request_id", "payment_id")}
    taken: dict[str, Any] = {}
    for name in _FACTS:
        told, known_rank = getattr(update, name), dispute.ranks.get(name, 0)
        if told and (not getattr(dispute, name) or rank > known_rank or (overwrites and rank == known_rank)):
            taken[name] = told
    return replace(dispute, **ids, **taken, ranks={**dispute.ranks, **dict.fromkeys(taken, rank)})


def _rank(update: DisputeUpdate) -> int:
    return update.event.rank if update.event else 0


def _scheduled(before: Dispute, after: Dispute, at: Instant) -> Dispute:
    """*after* with the moment at which people are to be warned: none once there is nothing to defend.

    Alipay's own alert, and a dispute whose due time is not known, are worth a warning at once.
    """
    if not after.awaits_defence:
        return replace(after, due_at=None)
    alerted = DisputeEvent.DUE_ALERT in after.alerts and DisputeEvent.DUE_ALERT not in before.alerts
    new = before.version == 0 or (not before.awaits_defence)
    if not (new or alerted or after.defense_due_time != before.defense_due_time):
        return after
    ends = instant_of(after.defense_due_time)
    return replace(after, due_at=at if alerted or ends is None else max(at, ends - WARN_BEFORE))
