"""Who tells a story: an order, the payments and refunds that are made for it, and the ids that they take on our word."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.chaos.callers import Merchant, SendOutcome
from tests.chaos.customers import Customer
from tests.chaos.errands import run_errand
from tests.chaos.ports import TAKEN

Story = Callable[["Teller"], Awaitable[None]]
_TRAITS: dict[Story, frozenset[str]] = {}
PAYMENTS_EACH = 25
"""How many payments a customer makes."""
_COURSES = {
    "": 0.31, "-pending": 0.1, "-declined": 0.03, "-unpaid": 0.03, "-answer-lost": 0.04, "-unknown": 0.03, "-late-success": 0.03,
    "-stuck": 0.07, "-held": 0.03, "-forgotten": 0.03, "-forgotten-RISK_REJECT": 0.01, "-throttled": 0.03, "-taken": 0.09,
    "-two-merchants": 0.05, "-cancel-late": 0.04, "-cancel-late-lost": 0.05, "-cancel-late-unclear": 0.03,
}  # fmt: skip
_REFUND_COURSES = {
    "": 0.28, "-pending": 0.11, "-quiet": 0.06, "-failed-late": 0.06, "-declined": 0.04, "-answer-lost": 0.06, "-unknown": 0.05,
    "-executed-late": 0.04, "-executed-late-lost": 0.05, "-executed-late-unclear": 0.04, "-held": 0.04, "-forgotten": 0.03,
    "-throttled": 0.03, "-taken": 0.11,
}  # fmt: skip
_HOUR = 3600
_TWO_MERCHANTS, _OUR_ACCOUNT = "-two-merchants", "OUR_ACCOUNT"
"""The end of ids that another merchant account uses, too, and the account that is ours then."""
_IDS_EACH = 3
"""How many paymentRequestIds an order may come to."""


def traits(*names: str) -> Callable[[Story], Story]:
    """What is to be known of a story: it "pays first" (its first call is pay), is "plain" (its payments go as usual), or is
    "stuck" more often than others.
    """

    def mark(story: Story) -> Story:
        _TRAITS[story] = frozenset(names)
        return story

    return mark


def traits_of(story: Story) -> frozenset[str]:
    """What was said of *story*."""
    return _TRAITS.get(story, frozenset())


@dataclass(frozen=True)
class _Part:
    """What is to be given back once: its name, how much, and of which payment."""

    intent: str
    value: int
    payment: Mapping[str, str]


class Teller:
    """One order, the payments that are made for it, and what belongs to them."""

    def __init__(
        self, merchant: Merchant, seed: int, number: int, customer: Customer, stories: Mapping[Story, float]
    ) -> None:
        self.merchant, self.customer, self.seed, self._number = merchant, customer, seed, number
        self.chance = random.Random(f"{seed}:payment:{number}")
        self.story: Story = self._drawn(stories)
        stuck = "stuck" in traits_of(self.story) and self.chance.random() < 0.1
        self._ids = [f"PAY-{seed}-{number:05d}{'-stuck' if stuck else self._course()}"]
        self._refunds: dict[str, _Part] = {}
        """By refundRequestId: what is given back under it."""
        merchant.payers[self.identity] = self
        self.refund_prefix = f"REF-{seed}-{number:05d}"
        self.value = self.chance.randrange(100, 9_900)

    @property
    def identity(self) -> str:
        """The paymentRequestId that the order is paid under now."""
        return self._ids[-1]

    async def tell(self) -> None:
        """The payment's story, and the errand beside it if it has one."""
        self.merchant.deeds[f"story: {self.story.__name__.strip('_').replace('_', ' ')}"] += 1
        errand = run_errand(self.merchant, self.seed, self._number, self.customer)
        await asyncio.gather(self.story(self), errand)

    async def come_back(self) -> None:
        """Some callers repeat much later."""
        if self.chance.random() < 0.06:
            await self.wait(0.2 * _HOUR, 30 * _HOUR)
            await self.pay()

    async def wait(self, least: float, most: float) -> None:
        await self.merchant.time.wait(self.chance.uniform(least, most))

    async def pay(self, *, more: int = 0, patience: int | None = None) -> SendOutcome:
        """Pay, repeat with some patience, and with a new id if the answer invites that; *more* is another amount."""
        while True:
            identity = self.identity
            tries = self.chance.randrange(1, 8) if patience is None else patience
            heard = await self.merchant.insist("pay", self.request(identity, more), self.chance, patience=tries)
            if not (invites_another(heard) and self.chance.random() < 0.6 and self.take_another(identity)):
                return heard

    def take_another(self, instead_of: str) -> bool:
        """Take a new id, unless somebody else of this order has, or there were enough; whether there is one now."""
        if self.identity == instead_of and len(self._ids) < _IDS_EACH:
            self._ids.append(f"PAY-{self.seed}-{self._number:05d}-again{len(self._ids)}{self._course()}")
            self.merchant.payers[self.identity] = self
            self.merchant.deeds["a new id for an order"] += 1
        return self.identity != instead_of

    async def repeat(self, identity: str) -> None:
        """See chaos.callers.Payer: an event says that Alipay does not know it."""
        if identity in self._refunds:
            await self._give_back(identity)
        elif identity == self.identity:
            await self.pay()

    async def move_on(self, identity: str) -> None:
        """See chaos.callers.Payer: an event says that nothing was or stays taken under it, or given back."""
        if identity in self._refunds:
            if other := self._another_refund(identity):
                await self._give_back(other)
        elif identity == self.identity and self.take_another(identity):
            await self.pay()

    async def cancel(self) -> SendOutcome:
        """Cancel, with some patience; whoever hears that it is not there takes a new id for whatever comes later."""
        identity = self.identity
        request, patience = self.named(identity), self.chance.randrange(0, 4)
        heard = await self.merchant.insist("cancel", request, self.chance, patience=patience)
        if is_not_there(heard):
            self.take_another(identity)
        return heard

    async def inquire(self) -> SendOutcome:
        return await self.merchant.call("inquiry_payment", self.named(self.identity))

    async def refund(
        self, number: int, value: int, payment: Mapping[str, str] | None = None, *, course: str | None = None
    ) -> SendOutcome:
        """Refund part *number* of *value*, and repeat with some patience."""
        end = self._drawn(_REFUND_COURSES) if course is None else course
        intent = f"{self.refund_prefix}-{number}"
        identity = f"{intent}{end}"
        part = _Part(intent, value, payment or {"paymentRequestId": self.identity})
        self._note_refund(identity, part)
        while True:
            heard = await self._give_back(identity, value)
            invited = (heard.http_status, heard.status) == (200, "F") and self.chance.random() < 0.8
            other = self._another_refund(identity) if invited else ""
            if not other:
                return heard
            identity = other

    async def _give_back(self, identity: str, value: int = 0) -> SendOutcome:
        """Refund under *identity*, and repeat with some patience; *value* is another amount than what belongs to it."""
        part = self._refunds[identity]
        request: dict[str, Any] = {
            "refundRequestId": identity,
            "refundAmount": {"currency": "JPY", "value": str(value or part.value)},
            **part.payment,
        }
        heard = await self.merchant.insist("refund", request, self.chance, patience=self.chance.randrange(1, 8))
        if self.chance.random() < 0.3:
            await self.merchant.call("inquiry_refund", {"refundRequestId": identity})
        return heard

    def _another_refund(self, instead_of: str) -> str:
        """A new id for what was to be given back under *instead_of*; "" if there were enough, or somebody took one before."""
        part = self._refunds[instead_of]
        taken = self.merchant.acts.refunds[part.intent]
        if taken[-1] != instead_of or len(taken) >= _IDS_EACH:
            return ""
        identity = f"{part.intent}-again{len(taken)}{self._drawn(_REFUND_COURSES)}"
        self._note_refund(identity, part)
        self.merchant.deeds["a new id for a refund"] += 1
        return identity

    def _note_refund(self, identity: str, part: "_Part") -> None:
        self._refunds.setdefault(identity, part)
        self.merchant.payers[identity] = self
        taken = self.merchant.acts.refunds.setdefault(part.intent, [])
        if identity not in taken:
            taken.append(identity)

    def named(self, identity: str) -> dict[str, str]:
        """What an inquiry or a cancel names a payment by."""
        account = {"merchantAccountId": _OUR_ACCOUNT} if identity.endswith(_TWO_MERCHANTS) else {}
        return {"paymentRequestId": identity, **account}

    def parts(self, whole: int) -> list[int]:
        """*whole* in two or three parts."""
        first = self.chance.randrange(1, whole)
        rest = whole - first
        second = self.chance.randrange(0, rest)
        return [part for part in (first, rest - second, second) if part]

    def request(self, identity: str, more: int = 0) -> dict[str, Any]:
        """The request that pays under *identity*; *more* is another amount than the order's."""
        amount = {"currency": "JPY", "value": str(self.value + more)}
        order = {"referenceOrderId": f"ORDER-{self._number}", "orderDescription": "Monthly plan", "orderAmount": amount}
        return {
            "productCode": "AGREEMENT_PAYMENT",
            "paymentRequestId": identity,
            "order": order,
            "paymentAmount": amount,
            "paymentMethod": {
                "paymentMethodType": self.customer.wallet,
                "paymentMethodId": self.customer.handle,
            },
            "settlementStrategy": {"settlementCurrency": "USD"},
            **({"merchantAccountId": _OUR_ACCOUNT} if identity.endswith(_TWO_MERCHANTS) else {}),
        }

    def _course(self) -> str:
        """How the next payment goes."""
        if "plain" in traits_of(self.story):
            return ""
        course = str(self._drawn(_COURSES))
        # Whoever asks or cancels before Alipay has refused the id cannot know that it speaks of another's payment.
        return "" if course == TAKEN and "pays first" not in traits_of(self.story) else course

    def _drawn(self, weights: Mapping[Any, float]) -> Any:
        return self.chance.choices(list(weights), list(weights.values()))[0]


def invites_another(heard: SendOutcome) -> bool:
    """Whether an answer to pay says: to try again take a new paymentRequestId."""
    if heard.status != "F":
        return False
    return heard.http_status == 200 or "take a new paymentRequestId" in heard.message


def is_not_there(heard: SendOutcome) -> bool:
    """Whether an answer to cancel says: nothing was taken; to pay again take a new paymentRequestId."""
    return (heard.http_status, heard.status, heard.code) == (200, "F", "ORDER_NOT_EXIST")
