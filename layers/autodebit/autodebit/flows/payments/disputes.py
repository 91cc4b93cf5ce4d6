"""How a dispute becomes known, and how people are warned before the time for its defence is over.

Nothing is sent to Alipay: a dispute is defended or accepted in the Dashboard.
"""

from dataclasses import replace

from autodebit import telemetry
from autodebit.clock import instant_of
from autodebit.contract import NotifyDisputeRequest, NotifyPaymentRequest, ResponseAmount
from autodebit.domain.dispute import DisputeUpdate
from autodebit.domain.dispute_states import DisputeEvent
from autodebit.domain.tracked_request import Money
from autodebit.flows.kept_bodies import NOT_UNDERSTOOD, code_of, kept_body, unread
from autodebit.runtime import Runtime

NOT_KNOWN = "a dispute of a payment that is not known"
NOT_NAMED = "a notification that does not tell which dispute it speaks of"
OTHER_PAYMENT_ID = "a dispute names a paymentId that is not its payment's"
_EVENTS = {event.value: event for event in DisputeEvent}
_OF_PAYMENTS = frozenset({"PAYMENT_RESULT", "PAYMENT_PENDING", "PAYMENT_REVERSAL"})


def notify_dispute(notification: NotifyDisputeRequest, runtime: Runtime) -> None:
    """Record what Alipay says of a dispute. Returns once it is stored, whether or not its payment is known here.

    What cannot be understood is kept as an anomaly with its body; the dispute that it names is stored all the same.
    """
    update, now, body = _read(notification), runtime.clock.now(), kept_body(notification)
    if not update.dispute_id:
        runtime.repository.disputes.record_unknown(update, NOT_NAMED, now, body)
        _note_anomaly(NOT_NAMED, update)
        return
    update, doubts = _with_its_payment(update, runtime)
    misread = [] if _understood(notification, update) else [NOT_UNDERSTOOD]
    transition, reasons = runtime.repository.disputes.apply(update, now, body, if_new=doubts, always=misread)
    telemetry.log(
        "dispute",
        dispute_id=update.dispute_id,
        payment_request_id=update.payment_request_id,
        state=transition.dispute.state.value,
        code=_type_of(update),
        source="notification",
    )
    for reason in reasons:
        _note_anomaly(reason, update)


def dispute_in(notification: NotifyPaymentRequest) -> NotifyDisputeRequest | None:
    """The dispute that came to the address of payments, or None if *notification* speaks of a payment."""
    more = notification.model_extra or {}
    names_one = "disputeId" in more or "disputeNotificationType" in more or notification.notify_type in _EVENTS
    if not names_one or notification.notify_type in _OF_PAYMENTS:
        return None
    kind = {"disputeNotificationType": notification.notify_type} if notification.notify_type in _EVENTS else {}
    return NotifyDisputeRequest.read({**kind, **notification.model_dump(mode="json", by_alias=True, exclude_none=True)})


def poll_dispute(dispute_id: str, runtime: Runtime) -> None:
    """Warn people of a dispute whose defence is due: an alarm counts these. Told first, noted then: never the reverse."""
    now = runtime.clock.now()
    dispute = runtime.repository.disputes.find(dispute_id)
    if dispute is None or dispute.due_at is None or dispute.due_at > now:
        return
    telemetry.log(
        "a dispute is to be defended in the Dashboard",
        level="ERROR",
        dispute_id=dispute_id,
        payment_request_id=dispute.payment_request_id,
        state=dispute.state.value,
        reason=dispute.defense_due_time or "its due time is not known",
    )
    telemetry.metric("DisputesDue")
    runtime.repository.disputes.note_warned(dispute, now)


def _read(told: NotifyDisputeRequest) -> DisputeUpdate:
    """The one place where the fields of a notification are given their meaning. Texts that people wrote are left out."""
    return DisputeUpdate(
        dispute_id=_plain(told.dispute_id),
        event=_EVENTS.get(_plain(told.dispute_notification_type).upper()),
        payment_request_id=_plain(told.payment_request_id),
        payment_id=_plain(told.payment_id),
        amount=_money(told.dispute_amount),
        dispute_time=_time(told.dispute_time),
        reason_code=code_of(told.dispute_reason_code) or _number(told.dispute_reason_code),
        dispute_type=code_of(told.dispute_type),
        source=code_of(told.dispute_source),
        capture_id=_plain(told.capture_id),
        arn=_plain(told.arn),
        defendable=_flag(told.defendable),
        defense_due_time=_time(told.defense_due_time),
        judged_time=_time(told.dispute_judged_time),
        judged_amount=_money(told.dispute_judged_amount),
        judged_result=code_of(told.dispute_judged_result),
        accept_time=_time(told.dispute_accept_time),
        accept_reason=code_of(told.dispute_accept_reason),
    )


def _with_its_payment(update: DisputeUpdate, runtime: Runtime) -> tuple[DisputeUpdate, list[str]]:
    """*update* with the ids of its payment, as far as it is known here, and what is odd about that."""
    payments = runtime.repository.payments
    identity = update.payment_request_id or (update.payment_id and payments.id_of(update.payment_id)) or ""
    payment = payments.find(identity) if identity else None
    if payment is None:
        return update, [NOT_KNOWN]
    odd = bool(update.payment_id and payment.payment_id and update.payment_id != payment.payment_id)
    named = replace(update, payment_request_id=identity, payment_id=update.payment_id or payment.payment_id or "")
    return named, [OTHER_PAYMENT_ID] if odd else []


def _understood(told: NotifyDisputeRequest, update: DisputeUpdate) -> bool:
    """Whether its type is known, and what moves money or has to be met in time could be read."""
    read = (
        (told.defense_due_time, update.defense_due_time),
        (told.dispute_judged_time, update.judged_time),
        (told.dispute_amount, update.amount),
        (told.dispute_judged_amount, update.judged_amount),
    )
    return update.event is not None and not unread(told) and all(meaning for came, meaning in read if came)


def _plain(text: str | None) -> str:
    return (text or "").strip()


def _time(text: str | None) -> str:
    """A time as it came, if it is one."""
    plain = _plain(text)
    return plain if instant_of(plain) is not None else ""


def _number(text: str | None) -> str:
    """A card scheme's reason codes are numbers: 10.4, 4853."""
    plain = _plain(text)
    return plain if len(plain) <= 16 and plain.replace(".", "", 1).isdecimal() else ""


def _flag(value: bool | None) -> str:
    return "" if value is None else str(value).lower()


def _money(amount: ResponseAmount | None) -> Money | None:
    if amount is None or not amount.value or not amount.currency:
        return None
    return Money(amount.value.strip(), amount.currency.strip())


def _type_of(update: DisputeUpdate) -> str:
    return update.event.value if update.event else ""


def _note_anomaly(reason: str, update: DisputeUpdate) -> None:
    telemetry.anomaly(
        reason,
        dispute_id=update.dispute_id,
        payment_request_id=update.payment_request_id,
        payment_id=update.payment_id,
        code=_type_of(update),
        source="notification",
    )
