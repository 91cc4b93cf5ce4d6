"""States and transition table of a refund."""

from collections.abc import Mapping
from typing import Final

from autodebit.domain.request_states import RequestEvent, RequestState
from autodebit.domain.transitions import NOTHING, InvalidTransition, MoveTo, Step


class RefundState(RequestState):
    """Where a refund stands for us and for our callers."""

    INITIATED = "INITIATED"
    """The intent is stored and its amount reserved on the payment; whether Alipay has it is not known."""
    PROCESSING = "PROCESSING"
    SUCCESS = "SUCCESS"
    FAIL = "FAIL"
    """Final; its amount is free again."""
    NOT_SUBMITTED = "NOT_SUBMITTED"
    """Alipay said three times that it does not know the refund: closed, its amount still reserved; a signed outcome wins."""


_R, _N = RefundState, RequestEvent
REFUND_NOT_SUBMITTED_ADVICE = (
    "Alipay does not know this refund. Repeat this refundRequestId; its amount stays reserved."
)
REFUND_NEVER_SENT_ADVICE = (
    "This refund was never sent, and holds no amount. Repeat this refundRequestId to send it, or take a new one."
)
_CALLERS_ACTED_ON_ABSENCE = "callers were told that this refund was not submitted"
_NEVER_CANCELLED = InvalidTransition("a cancellation was reported of a refund")

REFUND: Final[Mapping[tuple[RequestState, RequestEvent], Step]] = {
    (_R.INITIATED, _N.PENDING): MoveTo(_R.PROCESSING),
    (_R.INITIATED, _N.SUCCEEDED): MoveTo(_R.SUCCESS),
    (_R.INITIATED, _N.FAILED): MoveTo(_R.FAIL),
    (_R.INITIATED, _N.CANCELLED): _NEVER_CANCELLED,
    (_R.INITIATED, _N.NOT_FOUND): MoveTo(_R.NOT_SUBMITTED),
    (_R.PROCESSING, _N.PENDING): NOTHING,
    (_R.PROCESSING, _N.SUCCEEDED): MoveTo(_R.SUCCESS),
    (_R.PROCESSING, _N.FAILED): MoveTo(_R.FAIL),
    (_R.PROCESSING, _N.CANCELLED): _NEVER_CANCELLED,
    (_R.PROCESSING, _N.NOT_FOUND): MoveTo(_R.NOT_SUBMITTED),
    (_R.NOT_SUBMITTED, _N.PENDING): MoveTo(_R.PROCESSING, _CALLERS_ACTED_ON_ABSENCE),
    (_R.NOT_SUBMITTED, _N.SUCCEEDED): MoveTo(_R.SUCCESS, _CALLERS_ACTED_ON_ABSENCE),
    (_R.NOT_SUBMITTED, _N.FAILED): MoveTo(_R.FAIL),
    (_R.NOT_SUBMITTED, _N.CANCELLED): _NEVER_CANCELLED,
    (_R.NOT_SUBMITTED, _N.NOT_FOUND): NOTHING,
    (_R.SUCCESS, _N.PENDING): NOTHING,
    (_R.SUCCESS, _N.SUCCEEDED): NOTHING,
    (_R.SUCCESS, _N.FAILED): InvalidTransition("a failure was reported of a successful refund"),
    (_R.SUCCESS, _N.CANCELLED): _NEVER_CANCELLED,
    (_R.SUCCESS, _N.NOT_FOUND): InvalidTransition("Alipay no longer knows a successful refund"),
    (_R.FAIL, _N.PENDING): NOTHING,
    (_R.FAIL, _N.SUCCEEDED): InvalidTransition("a success was reported of a failed refund"),
    (_R.FAIL, _N.FAILED): NOTHING,
    (_R.FAIL, _N.CANCELLED): _NEVER_CANCELLED,
    (_R.FAIL, _N.NOT_FOUND): NOTHING,
}
"""SUCCESS and FAIL never change. A bank that returns the money later shows in the settlement report only."""
