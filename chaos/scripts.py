"""The stories of a run: what each payment goes through, as a function of the seed and a number.

A new function gets a step here: a caller that calls it, and repeats it.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from chaos.callers import Heard, Merchant
from chaos.customers import Customer
from chaos.errands import run_errand

Story = Callable[["Teller"], Awaitable[None]]
PAYMENTS_EACH = 25
"""How many payments a customer makes."""
_COURSES = {
    "": 0.66, "-pending": 0.12, "-declined": 0.04, "-unpaid": 0.04, "-answer-lost": 0.05, "-unknown": 0.04, "-late-success": 0.03,
    "-stuck": 0.02,
}  # fmt: skip
_REFUND_COURSES = {
    "": 0.5, "-pending": 0.15, "-quiet": 0.08, "-failed-late": 0.08, "-declined": 0.05, "-answer-lost": 0.08, "-unknown": 0.06,
}  # fmt: skip
_HOUR = 3600


class Teller:
    """One payment and what belongs to it."""

    def __init__(self, merchant: Merchant, seed: int, number: int, customer: Customer) -> None:
        self.merchant, self.customer, self._seed, self._number = merchant, customer, seed, number
        self.chance = random.Random(f"{seed}:payment:{number}")  # noqa: S311  a seeded choice, not a secret
        self.story = self._drawn(_STORIES)
        course = "-stuck" if self.story is _cancel_in_the_race and self.chance.random() < 0.1 else self._drawn(_COURSES)
        self.identity = f"PAY-{seed}-{number:05d}{course}"
        self.refund_prefix = f"REF-{seed}-{number:05d}"
        self.value = self.chance.randrange(100, 9_900)
        self._pay = {
            "productCode": "AGREEMENT_PAYMENT",
            "paymentRequestId": self.identity,
            "order": {
                "referenceOrderId": f"ORDER-{number}",
                "orderDescription": "Monthly plan",
                "orderAmount": {"currency": "JPY", "value": str(self.value)},
            },
            "paymentAmount": {"currency": "JPY", "value": str(self.value)},
            "paymentMethod": {"paymentMethodType": customer.wallet, "paymentMethodId": customer.handle},
            "settlementStrategy": {"settlementCurrency": "USD"},
        }

    async def tell(self) -> None:
        """The payment's story, and the errand beside it if it has one."""
        errand = run_errand(self.merchant, self._seed, self._number, self.customer)
        await asyncio.gather(self.story(self), errand)

    async def come_back(self) -> None:
        """Some callers repeat much later."""
        if self.chance.random() < 0.06:
            await self.wait(0.2 * _HOUR, 30 * _HOUR)
            await self.pay()

    async def wait(self, least: float, most: float) -> None:
        await self.merchant.time.wait(self.chance.uniform(least, most))

    async def pay(self) -> Heard:
        """Pay, and repeat with some patience."""
        return await self.merchant.insist("pay", self._pay, self.chance, patience=self.chance.randrange(1, 8))

    async def cancel(self) -> Heard:
        request = {"paymentRequestId": self.identity}
        return await self.merchant.insist("cancel", request, self.chance, patience=self.chance.randrange(0, 4))

    async def inquire(self) -> Heard:
        return await self.merchant.call("inquiry_payment", {"paymentRequestId": self.identity})

    async def refund(self, number: int, value: int, payment: Mapping[str, str] | None = None) -> Heard:
        """Refund part *number* of *value*, and repeat with some patience."""
        request: dict[str, Any] = {
            "refundRequestId": f"{self.refund_prefix}-{number}{self._drawn(_REFUND_COURSES)}",
            "refundAmount": {"currency": "JPY", "value": str(value)},
            **(payment or {"paymentRequestId": self.identity}),
        }
        heard = await self.merchant.insist("refund", request, self.chance, patience=self.chance.randrange(1, 8))
        if self.chance.random() < 0.3:
            await self.merchant.call("inquiry_refund", {"refundRequestId": request["refundRequestId"]})
        return heard

    def parts(self, whole: int) -> list[int]:
        """*whole* in two or three parts."""
        first = self.chance.randrange(1, whole)
        rest = whole - first
        second = self.chance.randrange(0, rest)
        return [part for part in (first, rest - second, second) if part]

    def _drawn(self, weights: Mapping[Any, float]) -> Any:
        return self.chance.choices(list(weights), list(weights.values()))[0]


async def _pay_only(teller: Teller) -> None:
    await teller.pay()


async def _two_callers(teller: Teller) -> None:
    await asyncio.gather(teller.pay(), teller.pay())


async def _cancel_in_the_race(teller: Teller) -> None:
    async def cancelled() -> None:
        await teller.wait(0, 6)
        await teller.cancel()

    await asyncio.gather(teller.pay(), cancelled())


async def _cancel_afterwards(teller: Teller) -> None:
    await teller.pay()
    await teller.wait(0, 30)
    await teller.cancel()


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


async def _refund_against_cancel(teller: Teller) -> None:
    await teller.pay()
    await asyncio.gather(teller.refund(0, teller.value // 2), teller.cancel())


async def _ask(teller: Teller) -> None:
    async def asked() -> None:
        for _ in range(teller.chance.randrange(1, 4)):
            await teller.wait(0, 20)
            await teller.inquire()

    await asyncio.gather(teller.pay(), asked())


_STORIES: Mapping[Story, float] = {
    _pay_only: 0.3,
    _two_callers: 0.1,
    _cancel_in_the_race: 0.12,
    _cancel_afterwards: 0.08,
    _refund_in_parts: 0.18,
    _refund_too_much: 0.05,
    _refund_against_cancel: 0.05,
    _ask: 0.12,
}
