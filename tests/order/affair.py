"""One payment and its refunds: what waits for Alipay, what is stored, what callers were told, and whether it all agrees."""

import itertools
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from autodebit.clock import DAY
from autodebit.domain.payment import Payment
from autodebit.domain.payment_states import PaymentState
from autodebit.domain.refund import Refund
from autodebit.domain.tracked_request import SendOutcome
from autodebit.errors import GatewayError
from autodebit.gateway.client import VerifiedResponse
from tests.chaos.ports import id_in
from tests.order.agreement import Books, Told, check_stored, check_told
from tests.order.departures import SENDS, Departures
from tests.order.errands import Errand, Request
from tests.order.merchant import Flow, Merchant
from tests.order.strange import opposite_of
from tests.order.ways import ANSWERED, DELAYED, DOZE, DOZES_AFTER, GONE, HELD, LIFE, NOT_SENT, QUIET_DAYS
from tests.support.limit import Limit
from tests.support.simulated import Killed

_numbers = itertools.count()


@dataclass
class Held:
    """A call that waits. *came* is what is on its way back; None while the request itself is on its way."""

    errand: Errand
    request: Request
    left_at: int
    seen: int
    """The sum of all versions when it began to wait: it is overtaken if that has grown."""
    came: VerifiedResponse | GatewayError | None = None


class Affair:
    """What a machine plays with. *happened* counts what has happened over all machines."""

    def __init__(self, merchant: Merchant, happened: Counter[str], course: str) -> None:
        self.merchant, self.happened = merchant, happened
        self.number = next(_numbers)
        self.identity = f"PAY-{self.number}{course}"
        self.departures = Departures()
        self.held: list[Held] = []
        self.told: list[Told] = []
        self.asked_refunds: dict[str, str] = {}
        """Every refund that was asked for, and how much."""
        self.pays = 0
        self.payment: Payment | None = None
        self.refunds: dict[str, Refund] = {}
        self.states: dict[str, str] = {}

    # --- calls

    def pay(self, way: str) -> None:
        self.pays += 1
        self._call("pay", self.identity, self.merchant.pay(self.identity, self.pays), way)

    def cancel(self, way: str) -> None:
        self._call("cancel", self.identity, self.merchant.cancel(self.identity), way)

    def inquire(self, way: str) -> None:
        self._call("inquire", self.identity, self.merchant.inquire(self.identity), way)

    def refund_more(self, course: str, value: str, way: str) -> None:
        identity = f"REF-{self.number}-{len(self.asked_refunds)}{course}"
        self.asked_refunds[identity] = value
        self.refund(identity, way)

    def refund(self, identity: str, way: str) -> None:
        flow = self.merchant.refund(identity, self.identity, self.asked_refunds[identity])
        self._call("refund", identity, flow, way)

    def _call(self, kind: str, identity: str, flow: Flow, way: str) -> None:
        self.happened[kind] += 1
        self._go_on(Errand(kind, identity, flow), way)

    def _go_on(self, errand: Errand, way: str) -> None:
        """Carry *errand* on until it waits or ends; its next request goes that *way*, further ones are answered."""
        limit = Limit(200)
        while (request := errand.request) is not None:
            limit.step()
            self.look()
            now, under_way = self.merchant.now, [(one.request, one.left_at) for one in self.held]
            self.departures.leave(errand, request, self.payment, self.refunds, under_way, now)
            self.happened[f"{errand.kind}: {request.operation.label} {way}"] += 1
            if way in (HELD, DELAYED):
                held = Held(errand, request, now, self.versions())
                self.held.append(held)
                if way == HELD:
                    self.arrive(held)
                return
            self._bring(errand, request, self._come(request, way))
            way = ANSWERED
        if errand.reply is not None:
            self.told.append(Told.of(errand.kind, errand.identity, errand.reply))
            self.happened[f"told {errand.kind} {self.told[-1].status}"] += 1

    def _come(self, request: Request, way: str) -> VerifiedResponse | GatewayError:
        if way == NOT_SENT:
            return GatewayError(request.operation.label, "ConnectionError", may_have_acted=False)
        return self.merchant.carry(request, "" if way == ANSWERED else way)

    def arrive(self, held: Held) -> None:
        """The request arrives, and its answer is on its way."""
        held.came = self.merchant.carry(held.request)

    def end(self, held: Held, came: VerifiedResponse | GatewayError | Killed) -> None:
        """*came* comes to whoever waits; of one that moves money nobody is there any more once a function's life is over."""
        self.held.remove(held)
        if held.request.operation in SENDS and self.merchant.now >= held.left_at + LIFE:
            came = Killed()
        if isinstance(came, VerifiedResponse):
            self.happened["overtaken"] += self.versions() > held.seen
            self.happened[f"waited for: {held.request.operation.label}"] += 1
        self._bring(held.errand, held.request, came)
        self._go_on(held.errand, ANSWERED)

    def _bring(self, errand: Errand, request: Request, came: VerifiedResponse | GatewayError | Killed) -> None:
        self.departures.hear(request, came, self.merchant.now)
        if errand.kind == "poll":
            self.happened["polls answered" if isinstance(came, VerifiedResponse) else "polls not answered"] += 1
        errand.bring(came)

    def deliver(self, kind: str, body: Mapping[str, object]) -> None:
        """A notification comes, and is acknowledged."""
        self.merchant.notify(kind, body)

    def forward(self, milliseconds: int) -> None:
        """Time goes by."""
        self.merchant.forward(milliseconds)
        for held in self.held:
            if held.came is None and self.merchant.now > held.left_at + GONE:
                held.came = lost(held.request)

    def poll(self, way: str) -> None:
        """The poller sees to all that is due; the first call goes that *way*."""
        self.look()
        for identity, item in self.items():
            if item.due_at is not None and item.due_at <= self.merchant.now:
                self._call("poll", identity, self.merchant.poll(identity, item), way)
                way = ANSWERED

    def look(self) -> None:
        """Read what is stored."""
        self.payment = self.merchant.payment(self.identity)
        found = {identity: self.merchant.refund_of(identity) for identity in self.asked_refunds}
        self.refunds = {identity: refund for identity, refund in found.items() if refund is not None}

    # --- what is the case

    def items(self) -> list[tuple[str, Payment | Refund]]:
        payment: list[tuple[str, Payment | Refund]] = [(self.identity, self.payment)] if self.payment else []
        return [*payment, *self.refunds.items()]

    def open_items(self) -> list[tuple[str, Payment | Refund]]:
        return [one for one in self.items() if one[1].state.open]

    def settled(self, item: Payment | Refund) -> bool:
        """Whether its outcome is known and nothing more is to be done about it; repeats of such come in the end."""
        return item.state.final and not (isinstance(item, Payment) and item.cancel_pending)

    def paid(self) -> bool:
        return self.payment is not None and self.payment.state is PaymentState.SUCCESS and self.settled(self.payment)

    def unsettled_refunds(self) -> list[str]:
        return [identity for identity, item in self.refunds.items() if not self.settled(item)]

    def unheard(self) -> list[tuple[str, Payment | Refund]]:
        return [one for one in self.open_items() if one[1].heard is SendOutcome.NOTHING]

    def versions(self) -> int:
        return sum(item.version for _, item in self.items())

    def next_due(self) -> int | None:
        """When the poller has something to do. A taken id is left to people, and only looked at until they have decided."""
        due = (item.due_at for _, item in self.items() if item.due_at is not None and not item.id_taken)
        return min(due, default=None)

    def travelling(self) -> list[Held]:
        return [held for held in self.held if held.came is None]

    def answered(self) -> list[Held]:
        return [held for held in self.held if held.came is not None]

    def notifications(self) -> list[tuple[str, Mapping[str, object]]]:
        ours = {self.identity, *self.asked_refunds}
        return [one for one in self.merchant.notifications() if id_in(one[1]) in ours]

    # --- what must hold

    def check(self) -> None:
        """What is final stays final, what is open is due, and refunds hold their amounts."""
        self.look()
        for identity, item in self.items():
            before, now = self.states.get(identity), item.state.value
            if before in ("SUCCESS", "FAIL", "CANCELLED"):
                assert before == now or (before, now) == ("SUCCESS", "CANCELLED"), f"{identity}: {before}, then {now}"
            if now == "NOT_SUBMITTED" != before and not (isinstance(item, Payment) and item.sends == 0):
                self.departures.given_up(identity)
            self.states[identity] = now
            cancelling = isinstance(item, Payment) and item.cancel_pending
            if item.state.open or (cancelling and item.state.final):
                assert item.due_at is not None, f"{identity} is open and not due"
            elif item.state.final:
                assert item.due_at is None, f"{identity} is final and due"
        if self.payment is not None:
            kept = [one.held for one in self.refunds.values()]
            assert self.payment.reserved == sum(kept), f"{self.payment.reserved} is reserved, and refunds hold {kept}"

    def finish(self) -> None:
        """Let go of all that waits, let time pass until all is quiet, and hold store, callers and ledger against each other."""
        for held in [*self.held]:
            # Those that have waited longest die; the last one hears in the end.
            last = held is self.held[-1]
            self.end(held, (held.came or lost(held.request)) if last else Killed())
        self._be_quiet()
        self._agree()
        self._hear_it_all_again()
        self._ask_once_more()
        self._be_quiet()
        books = self._agree()
        self.happened["rows"] += 1
        self.happened["debits"] += books.debits
        self.happened["credits"] += sum(books.credits.values())
        self.happened[f"ends as {self.payment.state.value if self.payment else 'nothing'}"] += 1
        for one in self.refunds.values():
            self.happened[f"a refund ends as {one.state.value}"] += 1

    def abandon(self) -> None:
        """No thread is left behind."""
        for held in self.held:
            held.errand.bring(Killed())

    def _hear_it_all_again(self) -> None:
        """Every notification once more, in another order; then the opposite of what is final."""
        states = dict(self.states)
        again = [*reversed(self.notifications())]
        opposites = [opposite_of(identity, item) for identity, item in self.items() if item.state.final]
        for kind, body in (*again, *opposites):
            self.deliver(kind, body)
            self.happened["delivered in the end"] += 1
            self.check()
        assert states == self.states, f"notifications that came again turned {states} to {self.states}"

    def _be_quiet(self) -> None:
        begun = self.merchant.now
        limit = Limit(2000)
        while (due := self.next_due()) is not None and due < begun + QUIET_DAYS * DAY:
            limit.step()
            dozing = self.merchant.now > begun + DOZES_AFTER
            self.forward(max(due - self.merchant.now, DOZE if dozing else 0))
            self.poll(ANSWERED)
            self.check()

    def _agree(self) -> Books:
        books = Books.of(self.merchant, self.identity)
        check_stored(books, self.payment, self.refunds)
        check_told(books, self.told)
        return books

    def _ask_once_more(self) -> None:
        """What is final is told to whoever asks, and nothing leaves for it."""
        final = {identity: item.state.value for identity, item in self.items() if item.state.final}
        for identity in self.asked_refunds:
            left = self.departures.count
            self.refund(identity, ANSWERED)
            self._told_finally(final.get(identity), left)
        known = self.payment is not None
        if not known:
            self.cancel(ANSWERED)
        left = self.departures.count
        self.pay(ANSWERED)
        self._told_finally(final.get(self.identity), left)
        if known:
            self.inquire(ANSWERED)
            self.cancel(ANSWERED)
        self.check()

    def _told_finally(self, state: str | None, left: int) -> None:
        self.look()
        if state is not None:
            assert self.departures.count == left, f"something leaves for what is {state}"
            told, wanted = self.told[-1], "S" if state == PaymentState.SUCCESS else "F"
            assert (told.http_status, told.status) == (200, wanted), f"{told} of what is {state}"


def lost(request: Request) -> GatewayError:
    """Nobody knows what became of *request*."""
    return GatewayError(request.operation.label, "Timeout", may_have_acted=True)
