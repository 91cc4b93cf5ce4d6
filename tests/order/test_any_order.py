"""Any interleaving of answers, notifications, polls, repeats, cancels and refunds ends where the simulator's ledger ends.

Hypothesis plays caller, network and time. Answers get lost, notifications come twice, late, in any order or never. After each
step nothing final has changed and whatever is open is due; in the end everything is quiet, and store and ledger say the same.
With ORDER_EXAMPLES=1000 in the environment it tries so many new rows of events; without, the same few at each run.
"""

import itertools
import json
import os
from collections.abc import Callable, Iterator

import pytest
import requests
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from autodebit.clock import DAY, SECOND
from autodebit.contract import NotifyPaymentRequest, NotifyRefundRequest
from autodebit.errors import Refused
from autodebit.flows.outcomes import notify_payment, poll_payment
from autodebit.flows.refund_outcomes import notify_refund, poll_refund
from autodebit.lifecycle import PaymentState, RefundState
from autodebit.payment import Payment
from autodebit.refund import Refund
from tests.promises.shop import Shop, shop_on
from tests.sandbox.merchant import Shop as Mailbox
from tests.support.world import World

FAULTS = (
    "",
    "",
    "act_then_cut",
    "cut_before",
    "act_then_http_500",
    "unsigned",
    "act_then_unknown",
    "wrong_signature",
    "traffic_limit",
)
COURSES = ("paid", "pending", "declined", "unpaid", "answer-lost", "late-success")
_numbers = itertools.count()


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """Where Alipay's notifications arrive: acknowledged, and kept until somebody delivers them."""
    box = Mailbox()
    yield box
    box.close()


@pytest.fixture
def shop(world: World, mailbox: Mailbox) -> Iterator[Shop]:
    """A shop whose simulator's clock stands still until it is moved together with our own."""
    url = f"http://{mailbox.address}/payment"
    object.__setattr__(world.settings, "payment_notify_url", url)
    start, refunds = world.clock.time / SECOND, f"http://{mailbox.address}/refund"
    with shop_on(world, start=start, speed=0, refund_notify_url=refunds) as made:
        yield made


class Dealings(RuleBasedStateMachine):
    """One payment and its refunds, in the hands of a caller, a network and a clock that do what they like."""

    def __init__(self, shop: Shop, mailbox: Mailbox) -> None:
        super().__init__()
        self.shop, self.mailbox = shop, mailbox
        self.run = next(_numbers)
        self.final: dict[str, str] = {}
        self.refunds: set[str] = set()

    @initialize(course=st.sampled_from(COURSES))
    def begin(self, course: str) -> None:
        self.identity = f"PAY-{self.run}-{course}"
        self.mailbox.received.clear()

    # --- the caller

    @rule(fault=st.sampled_from(FAULTS))
    def pay(self, fault: str) -> None:
        self._with(fault, "pay", lambda: self.shop.pay(self.identity))

    @rule(fault=st.sampled_from(FAULTS))
    def cancel(self, fault: str) -> None:
        if self._payment() is not None:
            self._with(fault, "cancel", lambda: self.shop.cancel(self.identity))

    @rule(fault=st.sampled_from(FAULTS), number=st.integers(1, 2), value=st.sampled_from(["400", "600", "1000"]))
    def refund(self, fault: str, number: int, value: str) -> None:
        if self._payment() is not None:
            identity = f"REF-{self.run}-{number}-{('paid', 'pending')[number - 1]}"
            self._with(fault, "refund", lambda: self.shop.refund(value, identity, of=self.identity))
            if self.shop.world.repository.refunds.find(identity):
                self.refunds.add(identity)

    # --- Alipay's notifications: any, again, late or never

    @rule(pick=st.integers(0, 5))
    def deliver(self, pick: int) -> None:
        if self.mailbox.received:
            self._deliver(pick % len(self.mailbox.received))

    # --- time and the pollers

    @rule(seconds=st.sampled_from([1, 5, 26, 90]))
    def wait(self, seconds: int) -> None:
        self._forward(seconds)

    @rule()
    def poll(self) -> None:
        for item, step in self._due():
            if item.due_at is not None and item.due_at <= self.shop.world.clock.now():
                step()

    @invariant()
    def what_is_final_stays_final_and_what_is_open_is_due(self) -> None:
        for identity, item in self._items():
            before, now = self.final.get(identity), item.state.value
            if before is not None and before != now:
                assert (before, now) == ("SUCCESS", "CANCELLED"), f"{identity} went from {before} to {now}"
            if item.state.final:
                self.final[identity] = now
            wanted = item.state.open or (isinstance(item, Payment) and item.being_cancelled and item.state.final)
            assert item.due_at is not None or not wanted, f"{identity} is open and not due"
            if item.state.final and not (isinstance(item, Payment) and item.being_cancelled):
                assert item.due_at is None, f"{identity} is final and due"

    def teardown(self) -> None:
        """Let time pass until everything is quiet, and hold the store against the ledger."""
        if not hasattr(self, "identity"):
            return
        until = self.shop.world.clock.now() + 4 * DAY
        while due := [(item, step) for item, step in self._due() if item.due_at is not None and item.due_at < until]:
            item, step = min(due, key=lambda pair: pair[0].due_at or 0)
            self._forward(max((item.due_at or 0) - self.shop.world.clock.now(), 0) / SECOND)
            step()
            self.what_is_final_stays_final_and_what_is_open_is_due()
        self._agree()

    # --- how it is done

    def _agree(self) -> None:
        payment, booked = self._payment(), self.shop.booked(self.identity)
        if payment is None:
            assert not booked
            return
        listed = requests.get(f"{self.shop.simulator}/_sandbox/payments", timeout=10).json()
        theirs = {one["paymentRequestId"]: one["paymentStatus"] for one in listed}
        if payment.state.open:
            assert theirs[self.identity] == "PROCESSING", f"{payment.state} after four quiet days; Alipay has {theirs}"
            return
        expected = {
            PaymentState.SUCCESS: (1, 0),
            PaymentState.FAIL: (0, 0),
            PaymentState.NOT_SUBMITTED: (0, 0),
            PaymentState.CANCELLED: (booked.get("debits", 0), booked.get("debits", 0)),
        }
        found = (booked.get("debits", 0), booked.get("cancels", 0))
        assert found == expected[payment.state], f"{payment.state} and {booked}"
        credited = booked.get("refunds", {})
        for identity, item in self._items():
            if isinstance(item, Refund):
                times = credited.get(identity, {}).get("credits", 0)
                assert times == int(item.state is RefundState.SUCCESS), f"{identity} is {item.state} and {credited}"
        assert set(credited) <= self.refunds
        assert int(booked.get("net", "0")) >= 0

    def _with(self, fault: str, operation: str, step: Callable[[], object]) -> None:
        if fault:
            self.shop.fault(fault, operation=operation)
        try:
            step()
        except Refused:
            pass
        finally:
            requests.delete(f"{self.shop.simulator}/_sandbox/faults", timeout=10)

    def _deliver(self, number: int) -> None:
        told = self.mailbox.received[number]
        body = json.loads(told.raw)
        if told.path == "/refund":
            notify_refund(NotifyRefundRequest.read(body), self.shop.runtime())
        else:
            notify_payment(NotifyPaymentRequest.read(body), self.shop.runtime())

    def _forward(self, seconds: float) -> None:
        self.shop.world.clock.forward(seconds)
        order = {"advance": seconds}
        requests.post(f"{self.shop.simulator}/_sandbox/clock", json=order, timeout=30).raise_for_status()

    def _payment(self) -> Payment | None:
        return self.shop.world.repository.payments.find(self.identity)

    def _items(self) -> list[tuple[str, Payment | Refund]]:
        payment = self._payment() if hasattr(self, "identity") else None
        found: list[tuple[str, Payment | Refund]] = [(self.identity, payment)] if payment else []
        for identity in sorted(self.refunds):
            refund = self.shop.world.repository.refunds.find(identity)
            if refund is not None:
                found.append((identity, refund))
        return found

    def _due(self) -> list[tuple[Payment | Refund, Callable[[], None]]]:
        steps: list[tuple[Payment | Refund, Callable[[], None]]] = []
        for identity, item in self._items():
            poll = poll_payment if isinstance(item, Payment) else poll_refund
            steps.append((item, lambda poll=poll, identity=identity: poll(identity, self.shop.runtime())))
        return steps


def test_any_order_of_events_ends_where_the_ledger_ends(shop: Shop, mailbox: Mailbox) -> None:
    run_state_machine_as_test(
        lambda: Dealings(shop, mailbox),
        settings=settings(
            max_examples=int(os.environ.get("ORDER_EXAMPLES", "60")),
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.explicit, Phase.generate, Phase.shrink),
            derandomize="ORDER_EXAMPLES" not in os.environ,
        ),
    )
