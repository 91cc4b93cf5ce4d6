"""The stories of a run: what each payment goes through, as a function of the seed and a number.

A new function gets a step here: a caller that calls it, and repeats it.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chaos.callers import Heard, Merchant
from chaos.customers import Customer, authorise
from chaos.errands import renewal, run_errand
from chaos.ports import TAKEN

Story = Callable[["Teller"], Awaitable[None]]
PAYMENTS_EACH = 25
"""How many payments a customer makes."""
_COURSES = {
    "": 0.46, "-pending": 0.1, "-declined": 0.03, "-unpaid": 0.03, "-answer-lost": 0.04, "-unknown": 0.03, "-late-success": 0.03,
    "-stuck": 0.02, "-held": 0.03, "-forgotten": 0.03, "-forgotten-RISK_REJECT": 0.01, "-throttled": 0.03, "-taken": 0.05,
    "-two-merchants": 0.04, "-cancel-late": 0.02, "-cancel-late-lost": 0.03, "-cancel-late-unclear": 0.02,
}  # fmt: skip
_REFUND_COURSES = {
    "": 0.32, "-pending": 0.11, "-quiet": 0.06, "-failed-late": 0.06, "-declined": 0.04, "-answer-lost": 0.06, "-unknown": 0.05,
    "-executed-late": 0.04, "-executed-late-lost": 0.05, "-executed-late-unclear": 0.04, "-held": 0.04, "-forgotten": 0.03,
    "-throttled": 0.03, "-taken": 0.07,
}  # fmt: skip
_HOUR = 3600
_TWO_MERCHANTS, _OUR_ACCOUNT = "-two-merchants", "OUR_ACCOUNT"
"""The end of ids that another merchant account uses, too, and the account that is ours then."""
_IDS_EACH = 3
"""How many paymentRequestIds an order may come to."""


@dataclass(frozen=True)
class _Part:
    """What is to be given back once: its name, how much, and of which payment."""

    intent: str
    value: int
    payment: Mapping[str, str]


class Teller:
    """One order, the payments that are made for it, and what belongs to them."""

    def __init__(self, merchant: Merchant, seed: int, number: int, customer: Customer) -> None:
        self.merchant, self.customer, self.seed, self._number = merchant, customer, seed, number
        self.chance = random.Random(f"{seed}:payment:{number}")  # noqa: S311  a seeded choice, not a secret
        self.story = self._drawn(STORIES)
        stuck = self.story is _cancel_in_the_race and self.chance.random() < 0.1
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

    async def pay(self, *, more: int = 0, patience: int | None = None) -> Heard:
        """Pay, repeat with some patience, and with a new id if the answer invites that; *more* is another amount."""
        while True:
            identity = self.identity
            tries = self.chance.randrange(1, 8) if patience is None else patience
            heard = await self.merchant.insist("pay", self.request(identity, more), self.chance, patience=tries)
            if not (_invites_another(heard) and self.chance.random() < 0.6 and self.take_another(identity)):
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

    async def cancel(self) -> Heard:
        """Cancel, with some patience; whoever hears that it is not there takes a new id for whatever comes later."""
        identity = self.identity
        request, patience = self.named(identity), self.chance.randrange(0, 4)
        heard = await self.merchant.insist("cancel", request, self.chance, patience=patience)
        if _is_not_there(heard):
            self.take_another(identity)
        return heard

    async def inquire(self) -> Heard:
        return await self.merchant.call("inquiry_payment", self.named(self.identity))

    async def refund(
        self, number: int, value: int, payment: Mapping[str, str] | None = None, *, course: str | None = None
    ) -> Heard:
        """Refund part *number* of *value*, and repeat with some patience."""
        end = self._drawn(_REFUND_COURSES) if course is None else course
        intent = f"{self.refund_prefix}-{number}"
        identity = f"{intent}{end}"
        part = _Part(intent, value, payment or {"paymentRequestId": self.identity})
        self._note_refund(identity, part)
        while True:
            heard = await self._give_back(identity, value)
            invited = (heard.http_status, heard.status) == (200, "F") and self.chance.random() < 0.5
            other = self._another_refund(identity) if invited else ""
            if not other:
                return heard
            identity = other

    async def _give_back(self, identity: str, value: int = 0) -> Heard:
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
        if self.story in (_two_merchants, _two_customers):
            return ""
        course = str(self._drawn(_COURSES))
        # Whoever asks or cancels before Alipay has refused the id cannot know that it speaks of another's payment.
        return "" if course == TAKEN and self.story not in _TAKEN_STORIES else course

    def _drawn(self, weights: Mapping[Any, float]) -> Any:
        return self.chance.choices(list(weights), list(weights.values()))[0]


def _invites_another(heard: Heard) -> bool:
    """Whether an answer to pay says: to try again take a new paymentRequestId."""
    if heard.status != "F":
        return False
    return heard.http_status == 200 or "take a new paymentRequestId" in heard.message


def _is_not_there(heard: Heard) -> bool:
    """Whether an answer to cancel says: nothing was taken; to pay again take a new paymentRequestId."""
    return (heard.http_status, heard.status, heard.code) == (200, "F", "ORDER_NOT_EXIST")


async def _pay_only(teller: Teller) -> None:
    await teller.pay()


async def _callers_at_once(teller: Teller) -> None:
    """Whoever comes while the first send is out must not send; of three, two would meet even if they missed the first."""
    await asyncio.gather(*(teller.pay() for _ in range(teller.chance.randrange(2, 5))))


async def _another_amount(teller: Teller) -> None:
    """A repeat that asks for other money, beside the first request or after it."""

    async def wrong() -> None:
        await teller.wait(0, 4)
        await teller.pay(more=1, patience=2)

    await asyncio.gather(teller.pay(), wrong())


async def _renew_between(teller: Teller) -> None:
    """The token is renewed between a payment that was perhaps not answered and its repeat."""
    await teller.pay(patience=0)
    if request := renewal(teller.customer):
        known = teller.customer.auth_state
        await teller.merchant.insist("apply_token", request, teller.chance, patience=6, about=known)
    await teller.pay()


async def _cancel_in_the_race(teller: Teller) -> None:
    async def cancelled() -> None:
        await teller.wait(0, 6)
        await teller.cancel()

    await asyncio.gather(teller.pay(), cancelled())


async def _cancel_overtakes(teller: Teller) -> None:
    """Whoever is told that nothing was taken pays again under a new id; a pay of the old one may still be on its way."""
    if teller.chance.random() < 0.5:
        late = teller.request(teller.identity)
        await teller.cancel()
        await teller.merchant.insist("pay", late, teller.chance, patience=3)
        await teller.pay()
    else:
        await asyncio.gather(teller.cancel(), teller.pay())


async def _cancel_afterwards(teller: Teller) -> None:
    await teller.pay()
    await teller.wait(0, 30)
    await teller.cancel()


async def _follow_the_advice(teller: Teller) -> None:
    """What was not answered is asked for later: what is not there is repeated, or cancelled and paid under a new id."""
    heard = await teller.pay(patience=0)
    if heard.settled:
        return
    await teller.wait(200, 900)
    heard = await teller.inquire()
    if (heard.status, heard.code) != ("F", "ORDER_NOT_EXIST"):
        return
    teller.merchant.deeds["an advice that was followed"] += 1
    if teller.chance.random() < 0.7:
        told = await teller.cancel()
        if not (told.status == "S" or _is_not_there(told)):
            return
    await teller.pay()


async def _refund_in_parts(teller: Teller) -> None:
    paid = await teller.pay()
    known = {"paymentId": paid.body["paymentId"]} if paid.status == "S" and "paymentId" in paid.body else None
    whole = teller.value if teller.chance.random() < 0.6 else teller.value // 2
    parts = [teller.refund(number, part, known) for number, part in enumerate(teller.parts(max(whole, 2)))]
    if teller.chance.random() < 0.6:
        await asyncio.gather(*parts)
    else:
        for part in parts:
            await part


async def _refund_too_much(teller: Teller) -> None:
    await teller.pay()
    most = teller.value
    values = [teller.chance.randrange(most // 3, most) for _ in range(4)]
    await asyncio.gather(*(teller.refund(number, value) for number, value in enumerate(values)))


async def _refund_another_amount(teller: Teller) -> None:
    """One refundRequestId with two amounts, of which one at most may reach Alipay."""
    await teller.pay()
    values = teller.value // 2, teller.value // 3
    await asyncio.gather(*(teller.refund(0, value, course="-answer-lost") for value in values))


async def _refund_against_cancel(teller: Teller) -> None:
    await teller.pay()
    await asyncio.gather(teller.refund(0, teller.value // 2), teller.cancel())


async def _ask(teller: Teller) -> None:
    async def asked() -> None:
        for _ in range(teller.chance.randrange(1, 4)):
            await teller.wait(0, 20)
            await teller.inquire()

    await asyncio.gather(teller.pay(), asked())


async def _two_merchants(teller: Teller) -> None:
    """One id for two merchants of a platform, or for two accounts, with the same money: one of the two is refused."""
    if teller.chance.random() < 0.5:
        first, second = ({"merchantAccountId": name} for name in ("ACCOUNT-A", "ACCOUNT-B"))
    else:
        order = teller.request(teller.identity)["order"]
        first, second = ({"order": {**order, "merchant": {"referenceMerchantId": name}}} for name in ("M-A", "M-B"))
    await _twice_under_one_id(teller, first, second)


async def _two_customers(teller: Teller) -> None:
    """One id for two customers with the same money: one of the two is refused."""
    name = f"T{teller.identity}"
    other = await authorise(teller.merchant, teller.seed, name, teller.customer.wallet)
    method = {"paymentMethodType": other.wallet, "paymentMethodId": other.handle}
    await _twice_under_one_id(teller, {}, {"paymentMethod": method})


async def _twice_under_one_id(teller: Teller, first: Mapping[str, Any], second: Mapping[str, Any]) -> None:
    request = teller.request(teller.identity)

    async def paid(changed: Mapping[str, Any], *, later: bool) -> None:
        if later:
            await teller.wait(0, 60)
        await teller.merchant.insist("pay", {**request, **changed}, teller.chance, patience=4)

    await asyncio.gather(paid(first, later=False), paid(second, later=teller.chance.random() < 0.7))


STORIES: Mapping[Story, float] = {
    _pay_only: 0.1,
    _two_merchants: 0.04,
    _two_customers: 0.03,
    _callers_at_once: 0.08,
    _another_amount: 0.04,
    _renew_between: 0.06,
    _cancel_in_the_race: 0.1,
    _cancel_overtakes: 0.06,
    _cancel_afterwards: 0.06,
    _follow_the_advice: 0.1,
    _refund_in_parts: 0.14,
    _refund_too_much: 0.05,
    _refund_another_amount: 0.03,
    _refund_against_cancel: 0.05,
    _ask: 0.1,
}
_TAKEN_STORIES = (
    _pay_only, _callers_at_once, _renew_between, _cancel_afterwards, _follow_the_advice, _refund_in_parts, _refund_too_much,
    _refund_another_amount, _refund_against_cancel,
)  # fmt: skip
"""In which an id may be one that another system uses: the first that they do is to pay."""
