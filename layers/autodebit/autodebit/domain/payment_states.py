"""States and transition table of a payment."""

from collections.abc import Mapping
from typing import Final

from autodebit.domain.request_states import RequestEvent, RequestState
from autodebit.domain.transitions import NOTHING, InvalidTransition, MoveTo, Step


class PaymentState(RequestState):
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


_P, _N = PaymentState, RequestEvent
NOT_SUBMITTED_ADVICE = (
    "Alipay does not know this payment. Repeat this paymentRequestId or cancel it before taking a new one."
)
KEPT_CANCEL_ADVICE = (
    "Alipay does not know this payment, and it is not sent again: its cancel is kept, should it turn up. "
    "To pay again take a new paymentRequestId."
)
CALLERS_ACTED_ON_ABSENCE = "callers were told that this payment was not submitted"

PAYMENT: Final[Mapping[tuple[RequestState, RequestEvent], Step]] = {
    (_P.INITIATED, _N.PENDING): MoveTo(_P.PROCESSING),
    (_P.INITIATED, _N.SUCCEEDED): MoveTo(_P.SUCCESS),
    (_P.INITIATED, _N.FAILED): MoveTo(_P.FAIL),
    (_P.INITIATED, _N.CANCELLED): MoveTo(_P.CANCELLED),
    (_P.INITIATED, _N.NOT_FOUND): MoveTo(_P.NOT_SUBMITTED),
    (_P.PROCESSING, _N.PENDING): NOTHING,
    (_P.PROCESSING, _N.SUCCEEDED): MoveTo(_P.SUCCESS),
    (_P.PROCESSING, _N.FAILED): MoveTo(_P.FAIL),
    (_P.PROCESSING, _N.CANCELLED): MoveTo(_P.CANCELLED),
    (_P.PROCESSING, _N.NOT_FOUND): MoveTo(_P.NOT_SUBMITTED),
    (_P.NOT_SUBMITTED, _N.PENDING): MoveTo(_P.PROCESSING, CALLERS_ACTED_ON_ABSENCE),
    (_P.NOT_SUBMITTED, _N.SUCCEEDED): MoveTo(_P.SUCCESS, CALLERS_ACTED_ON_ABSENCE),
    (_P.NOT_SUBMITTED, _N.FAILED): MoveTo(_P.FAIL),
    (_P.NOT_SUBMITTED, _N.CANCELLED): MoveTo(_P.CANCELLED),
    (_P.NOT_SUBMITTED, _N.NOT_FOUND): NOTHING,
    (_P.SUCCESS, _N.PENDING): NOTHING,
    (_P.SUCCESS, _N.SUCCEEDED): NOTHING,
    (_P.SUCCESS, _N.FAILED): InvalidTransition("a failure was reported of a successful payment"),
    (_P.SUCCESS, _N.CANCELLED): MoveTo(_P.CANCELLED),
    (_P.SUCCESS, _N.NOT_FOUND): InvalidTransition("Alipay no longer knows a successful payment"),
    (_P.FAIL, _N.PENDING): NOTHING,
    (_P.FAIL, _N.SUCCEEDED): InvalidTransition("a success was reported of a failed payment"),
    (_P.FAIL, _N.FAILED): NOTHING,
    (_P.FAIL, _N.CANCELLED): InvalidTransition("a cancellation was reported of a failed payment"),
    (_P.FAIL, _N.NOT_FOUND): NOTHING,
    (_P.CANCELLED, _N.PENDING): NOTHING,
    (_P.CANCELLED, _N.SUCCEEDED): InvalidTransition("a success was reported of a cancelled payment"),
    (_P.CANCELLED, _N.FAILED): InvalidTransition("a failure was reported of a cancelled payment"),
    (_P.CANCELLED, _N.CANCELLED): NOTHING,
    (_P.CANCELLED, _N.NOT_FOUND): NOTHING,
}
"""A late PENDING is old news, never a step back. FAIL and CANCELLED never change; SUCCESS changes only to CANCELLED."""
