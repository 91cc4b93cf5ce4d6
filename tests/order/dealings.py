"""One payment and its refunds in the hands of callers, a network, a poller and a clock that do what they like.

A call goes one of many ways: it is answered, its answer is held back until another event lets it come, or it meets a fault.
What becomes of a held one is an event, too: the request arrives late, the answer comes or is lost, or who waits for it dies.
"""

import sys
from collections import Counter
from collections.abc import Sequence
from typing import TypeVar

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from autodebit.clock import DAY, SECOND
from autodebit.domain.payment import Payment
from autodebit.domain.payment_states import PaymentState
from tests.order.affair import Affair, lost
from tests.order.merchant import Merchant
from tests.order.strange import NOT_OURS, known_by_id, success_of_another
from tests.order.ways import (
    ANSWERED,
    BEGINNINGS,
    COURSES,
    EVENING,
    HELD,
    INSISTING,
    MORNING,
    MOST_REFUNDS,
    REFUND_COURSES,
    VALUES,
    WANTS,
    WAYS,
)
from tests.support.simulated import Killed

_T = TypeVar("_T")
_PICK = st.integers(0, 5)
_WAY = st.sampled_from(WAYS)
_COURSE = st.sampled_from(REFUND_COURSES)
_VALUE = st.sampled_from(VALUES)


class Dealings(RuleBasedStateMachine):
    """See above. *happened* counts what has happened over all machines."""

    def __init__(self, merchant: Merchant, happened: Counter[str]) -> None:
        super().__init__()
        self._merchant, self._happened = merchant, happened
        self.affair: Affair | None = None

    @initialize(
        course=st.sampled_from(("", *COURSES)),
        way=st.sampled_from(BEGINNINGS),
        wants=st.sampled_from(WANTS),
        late=st.sampled_from([False, False, True]),
    )
    def begin(self, course: str, way: str, wants: str, late: bool) -> None:
        """Most machines begin with a payment, some of them shortly before Alipay's day and with it the time for a cancel ends."""
        assume(course)  # the row that Hypothesis tries first is the same for every seed
        self._merchant.forward((EVENING if late else MORNING) - self._merchant.now % DAY + DAY)
        self.affair = Affair(self._merchant, self._happened, course)
        self.wants = wants
        if way == "cancel first":
            self.affair.cancel(ANSWERED)
            self._happened["begins with its cancel"] += 1
        elif way != "nothing":
            self.affair.pay(way)

    # --- callers

    @precondition(lambda self: self.affair.payment is None or not self.affair.settled(self.affair.payment))
    @rule(way=_WAY)
    def pay(self, way: str) -> None:
        self.affair.pay(way)

    @precondition(lambda self: self.wants != "refunds" and _may_be_cancelled(self.affair.payment))
    @rule(way=_WAY)
    def cancel(self, way: str) -> None:
        self.affair.cancel(way)

    @precondition(
        lambda self: self.wants != "cancel" and self.affair.paid() and len(self.affair.asked_refunds) < MOST_REFUNDS
    )
    @rule(course=_COURSE, value=_VALUE, way=_WAY)
    def refund(self, course: str, value: str, way: str) -> None:
        self.affair.refund_more(course, value, way)

    @precondition(
        lambda self: self.wants != "cancel" and self.affair.paid() and len(self.affair.asked_refunds) < MOST_REFUNDS
    )
    @rule(courses=st.tuples(_COURSE, _COURSE), values=st.tuples(_VALUE, _VALUE))
    def refund_twice(self, courses: tuple[str, str], values: tuple[str, str]) -> None:
        """Two refunds are on their way at once."""
        for course, value in zip(courses, values, strict=True):
            self.affair.refund_more(course, value, HELD)

    @precondition(
        lambda self: self.affair.payment is not None and not self.affair.paid() and not self.affair.asked_refunds
    )
    @rule(course=_COURSE, value=_VALUE, way=_WAY)
    def refund_what_is_not_known_to_be_paid(self, course: str, value: str, way: str) -> None:
        self.affair.refund_more(course, value, way)

    @precondition(lambda self: self.affair.unsettled_refunds())
    @rule(pick=_PICK, way=_WAY)
    def refund_again(self, pick: int, way: str) -> None:
        self.affair.refund(_one_of(self.affair.unsettled_refunds(), pick), way)

    @precondition(lambda self: self.affair.unheard())
    @rule(pick=_PICK, way=st.sampled_from(INSISTING))
    def insist(self, pick: int, way: str) -> None:
        """A caller who has heard nothing sends the same once more, as soon as nobody else can be sending it."""
        identity, item = _one_of(self.affair.unheard(), pick)
        self.affair.forward(item.lease_until - self._merchant.now)
        if isinstance(item, Payment):
            self.affair.pay(way)
        else:
            self.affair.refund(identity, way)

    @precondition(lambda self: self.affair.payment is not None)
    @rule(way=_WAY)
    def inquire(self, way: str) -> None:
        self.affair.inquire(way)

    # --- the network

    @precondition(lambda self: self.affair.travelling())
    @rule(pick=_PICK)
    def a_request_arrives(self, pick: int) -> None:
        self.affair.arrive(_one_of(self.affair.travelling(), pick))

    @precondition(lambda self: self.affair.answered())
    @rule(pick=_PICK)
    def an_answer_arrives(self, pick: int) -> None:
        held = _one_of(self.affair.answered(), pick)
        self.affair.end(held, held.came or lost(held.request))

    @precondition(lambda self: self.affair.held)
    @rule(pick=_PICK, dies=st.booleans())
    def an_answer_is_lost(self, pick: int, dies: bool) -> None:
        """The call goes on without it, or who waits for it dies."""
        held = _one_of(self.affair.held, pick)
        self.affair.end(held, Killed() if dies else lost(held.request))

    @precondition(lambda self: self.affair.notifications())
    @rule(pick=_PICK)
    def deliver(self, pick: int) -> None:
        """Any notification: again, late, or never."""
        self.affair.deliver(*_one_of(self.affair.notifications(), pick))
        self._happened["delivered"] += 1
        self._happened["delivered while somebody waits"] += bool(self.affair.held)

    @precondition(lambda self: self.affair.open_items())
    @rule(pick=_PICK, how=st.sampled_from(NOT_OURS))
    def hear_of_another_ones_success(self, pick: int, how: str) -> None:
        identity, item = _one_of(self.affair.open_items(), pick)
        how = how if known_by_id(item) else NOT_OURS[0]
        self.affair.deliver(*success_of_another(identity, item, how))
        self.affair.look()
        now = dict(self.affair.items())[identity].state
        assert now is item.state, f"{how} made {identity} {now.value}"

    # --- time and the poller

    @rule(seconds=st.sampled_from([1, 2, 5, 12, 26, 90]))
    def wait(self, seconds: int) -> None:
        self.affair.forward(seconds * SECOND)

    @precondition(lambda self: self.affair.next_due() is not None)
    @rule(way=_WAY)
    def poll(self, way: str) -> None:
        """The poller wakes as soon as anything is due."""
        self.affair.forward((self.affair.next_due() or 0) - self._merchant.now)
        self.affair.poll(way)

    @invariant()
    def what_is_final_stays_final_and_what_is_open_is_due(self) -> None:
        self.affair.check()

    def teardown(self) -> None:
        """The end, unless something has failed already; no thread is left behind."""
        if self.affair is None:
            return
        try:
            if sys.exc_info()[0] is None:
                self.affair.finish()
        finally:
            self.affair.abandon()


def _may_be_cancelled(payment: Payment | None) -> bool:
    return payment is None or payment.state not in (PaymentState.CANCELLED, PaymentState.FAIL)


def _one_of(listed: Sequence[_T], pick: int) -> _T:
    return listed[pick % len(listed)]
