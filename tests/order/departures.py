"""What may leave for Alipay, held against the store at the very moment at which it leaves; and what Alipay has said before.

The ledger shows what was done wrong with money. Alipay's own checks would hide some of it: it debits an id once, and refuses a
refund that is too large. So we look at what is sent, too.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from autodebit.clock import SECOND
from autodebit.domain.payment import Payment
from autodebit.domain.payment_states import PaymentState
from autodebit.domain.refund import Refund
from autodebit.gateway.client import Operation, ResultStatus, VerifiedResponse
from tests.order.errands import Came, Errand, Request
from tests.order.ways import LIFE

_SENDERS = {
    Operation.PAY: ("pay",),
    Operation.REFUND: ("refund",),
    Operation.CANCEL: ("cancel", "poll"),
    Operation.INQUIRY_PAYMENT: ("pay", "cancel", "refund", "inquire", "poll"),
    Operation.INQUIRY_REFUND: ("refund", "poll"),
}
"""Promise 8: pollers ask, and repeat cancels."""
_MOVING = (Operation.PAY, Operation.REFUND)
SENDS = (*_MOVING, Operation.CANCEL)
"""Those under a lease."""
_MAY_STILL_ARRIVE = 85 * SECOND
"""After a send nobody believes ORDER_NOT_EXIST for so long: the lease, and a minute."""
_APART = 15 * SECOND
_TIMES = 3


class Departures:
    """What has left and what was heard, for one payment and its refunds."""

    def __init__(self) -> None:
        self.count = 0
        self._bodies: dict[str, Mapping[str, Any]] = {}
        self._left: dict[str, int] = {}
        self._known_there: set[str] = set()
        """What Alipay has called U: it is asked for, not sent again."""
        self._absent: defaultdict[str, list[int]] = defaultdict(list)

    def leave(
        self,
        errand: Errand,
        request: Request,
        payment: Payment | None,
        refunds: Mapping[str, Refund],
        under_way: Iterable[tuple[Request, int]],
        now: int,
    ) -> None:
        """*request* leaves now, with *payment* and *refunds* stored, and other requests *under_way* since then."""
        self.count += 1
        operation, identity = request.operation, request.identity
        assert errand.kind in _SENDERS[operation], f"{errand.kind} sends {operation.label}"
        if operation in (Operation.INQUIRY_PAYMENT, Operation.INQUIRY_REFUND):
            return
        assert payment is not None, f"{operation.label} leaves, and no payment is stored"
        held = [one.held for one in refunds.values() if one.held]
        if operation is Operation.CANCEL:
            assert not held, f"a cancel leaves, and refunds hold {held}"
            assert payment.cancel is not None
            assert payment.cancel.leased(now), "a cancel leaves without a lease"
            assert not payment.id_taken, "a cancel leaves, and the id belongs to another request"
            assert payment.state not in (PaymentState.CANCELLED, PaymentState.FAIL), "a cancel of what is final leaves"
            assert payment.due_at is not None, "a cancel leaves and is not due"
        else:
            item = payment if operation is Operation.PAY else refunds.get(identity)
            assert item is not None, f"{operation.label} leaves, and its intent is not stored"
            assert item.state.open, f"{operation.label} leaves, and is {item.state.value} already"
            assert not item.id_taken, f"{operation.label} leaves, and its id belongs to another request"
            assert item.leased(now), f"{operation.label} leaves without a lease"
            assert item.due_at is not None, f"{operation.label} leaves and is not due"
            assert not payment.cancel_pending, f"{operation.label} leaves while a cancel is wanted"
            self._leave_once(request, now)
        if operation is Operation.REFUND:
            assert payment.state is PaymentState.SUCCESS, f"a refund leaves of what is {payment.state.value}"
            assert sum(held) <= int(payment.amount.value), f"refunds of {held} are too much"
        for other, since in under_way:
            same = (other.operation, other.identity) == (operation, identity)
            assert not same or now >= since + LIFE, f"two of {operation.label} {identity} are under way at once"

    def hear(self, request: Request, came: Came, now: int) -> None:
        """What came of *request* is handed to whoever waits for it."""
        if not isinstance(came, VerifiedResponse):
            return
        throttled = came.code == "REQUEST_TRAFFIC_EXCEED_LIMIT"
        sent = request.operation in _MOVING and came.status is ResultStatus.U and not throttled
        in_process = request.operation is Operation.INQUIRY_REFUND and came.data.get("refundStatus") == "PROCESSING"
        if sent or in_process:
            self._known_there.add(request.identity)
        if came.code == "ORDER_NOT_EXIST":
            seen = self._absent[request.identity]
            late = now >= self._left.get(request.identity, now) + _MAY_STILL_ARRIVE
            if late and (not seen or now >= seen[-1] + _APART):
                seen.append(now)
        elif came.status is ResultStatus.S:
            self._absent[request.identity].clear()

    def given_up(self, identity: str) -> None:
        """*identity* was just closed as NOT_SUBMITTED: Alipay must have said often and late enough that it is not there."""
        said = self._absent[identity]
        assert len(said) >= _TIMES, f"{identity} was given up after {len(said)} words of ORDER_NOT_EXIST that count"
        said.clear()
        self._bodies.pop(identity, None)
        self._known_there.discard(identity)

    def _leave_once(self, request: Request, now: int) -> None:
        identity = request.identity
        first = self._bodies.setdefault(identity, request.body)
        assert first == request.body, f"another body leaves for {identity}"
        assert identity not in self._known_there, f"{identity} is sent again although Alipay has called it U"
        self._left[identity] = now
        self._absent[identity].clear()
