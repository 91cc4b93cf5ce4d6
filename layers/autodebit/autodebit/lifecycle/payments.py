"""The life of a payment."""

from collections.abc import Mapping
from typing import Final

from autodebit.lifecycle.steps import NOTHING, Contradiction, Move, Step
from autodebit.lifecycle.transactions import TransactionNews, TransactionState


class PaymentState(TransactionState):
    """Where a payment stands for us and for our callers."""

    INITIATED = "INITIATED"
    """The intent is stored; whether Alipay has it is not known."""
    PROCESSING = "PROCESSING"
    """Alipay has answered, and not finally."""
    SUCCESS = "SUCCESS"
    """Final, although a confirmed cancel may still turn it to CANCELLED."""
    FAIL = "FAIL"
    CANCELLED = "CANCELLED"
    NOT_SUBMITTED = "NOT_SUBMITTED"
    """Alipay said three times that it does not know the payment: closed, yet a signed outcome still wins."""


_P, _N = PaymentState, TransactionNews
NOT_SUBMITTED_ADVICE = (
    "Alipay does not know this payment. Repeat this paymentRequestId or cancel it before taking a new one."
)
KEPT_CANCEL_ADVICE = (
    "Alipay does not know this payment, and it is not sent again: its cancel is kept, should it turn up. "
    "To pay again take a new paymentRequestId."
)
TOLD_OTHERWISE = "callers were told that this payment was not submitted"

PAYMENT: Final[Mapping[tuple[TransactionState, TransactionNews], Step]] = {
    (_P.INITIATED, _N.PENDING): Move(_P.PROCESSING),
    (_P.INITIATED, _N.DONE): Move(_P.SUCCESS),
    (_P.INITIATED, _N.FAILED): Move(_P.FAIL),
    (_P.INITIATED, _N.CANCELLED): Move(_P.CANCELLED),
    (_P.INITIATED, _N.ABSENT): Move(_P.NOT_SUBMITTED),
    (_P.PROCESSING, _N.PENDING): NOTHING,
    (_P.PROCESSING, _N.DONE): Move(_P.SUCCESS),
    (_P.PROCESSING, _N.FAILED): Move(_P.FAIL),
    (_P.PROCESSING, _N.CANCELLED): Move(_P.CANCELLED),
    (_P.PROCESSING, _N.ABSENT): Move(_P.NOT_SUBMITTED),
    (_P.NOT_SUBMITTED, _N.PENDING): Move(_P.PROCESSING, TOLD_OTHERWISE),
    (_P.NOT_SUBMITTED, _N.DONE): Move(_P.SUCCESS, TOLD_OTHERWISE),
    (_P.NOT_SUBMITTED, _N.FAILED): Move(_P.FAIL),
    (_P.NOT_SUBMITTED, _N.CANCELLED): Move(_P.CANCELLED),
    (_P.NOT_SUBMITTED, _N.ABSENT): NOTHING,
    (_P.SUCCESS, _N.PENDING): NOTHING,
    (_P.SUCCESS, _N.DONE): NOTHING,
    (_P.SUCCESS, _N.FAILED): Contradiction("a failure was reported of a successful payment"),
    (_P.SUCCESS, _N.CANCELLED): Move(_P.CANCELLED),
    (_P.SUCCESS, _N.ABSENT): Contradiction("Alipay no longer knows a successful payment"),
    (_P.FAIL, _N.PENDING): NOTHING,
    (_P.FAIL, _N.DONE): Contradiction("a success was reported of a failed payment"),
    (_P.FAIL, _N.FAILED): NOTHING,
    (_P.FAIL, _N.CANCELLED): Contradiction("a cancellation was reported of a failed payment"),
    (_P.FAIL, _N.ABSENT): NOTHING,
    (_P.CANCELLED, _N.PENDING): NOTHING,
    (_P.CANCELLED, _N.DONE): Contradiction("a success was reported of a cancelled payment"),
    (_P.CANCELLED, _N.FAILED): Contradiction("a failure was reported of a cancelled payment"),
    (_P.CANCELLED, _N.CANCELLED): NOTHING,
    (_P.CANCELLED, _N.ABSENT): NOTHING,
}
"""A late PENDING is old news, never a step back. FAIL and CANCELLED never change; SUCCESS changes only to CANCELLED."""
