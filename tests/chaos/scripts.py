"""The stories of a run: what each payment goes through, as a function of the seed and a number.

A new function gets a step here: a caller that calls it, and repeats it.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from tests.chaos.customers import authorise
from tests.chaos.errands import renewal
from tests.chaos.teller import Story, Teller, is_not_there, traits


@traits("pays first")
async def _pay_only(teller: Teller) -> None:
    await teller.pay()


@traits("pays first")
async def _callers_at_once(teller: Teller) -> None:
    """Whoever comes while the first send is out must not send; of three, two would meet even if they missed the first."""
    await asyncio.gather(*(teller.pay() for _ in range(teller.chance.randrange(2, 5))))


async def _another_amount(teller: Teller) -> None:
    """A repeat that asks for other money, beside the first request or after it."""

    async def wrong() -> None:
        await teller.wait(0, 4)
        await teller.pay(more=1, patience=2)

    await asyncio.gather(teller.pay(), wrong())


@traits("pays first")
async def _renew_between(teller: Teller) -> None:
    """The token is renewed between a payment that was perhaps not answered and its repeat."""
    await teller.pay(patience=0)
    if request := renewal(teller.customer):
        known = teller.customer.auth_state
        await teller.merchant.insist("apply_token", request, teller.chance, patience=6, about=known)
    await teller.pay()


@traits("stuck")
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


@traits("pays first")
async def _cancel_afterwards(teller: Teller) -> None:
    await teller.pay()
    await teller.wait(0, 30)
    await teller.cancel()


@traits("pays first")
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
        if not (told.status == "S" or is_not_there(told)):
            return
    await teller.pay()


@traits("pays first")
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


@traits("pays first")
async def _refund_too_much(teller: Teller) -> None:
    await teller.pay()
    most = teller.value
    values = [teller.chance.randrange(most // 3, most) for _ in range(4)]
    await asyncio.gather(*(teller.refund(number, value) for number, value in enumerate(values)))


@traits("pays first")
async def _refund_another_amount(teller: Teller) -> None:
    """One refundRequestId with two amounts, of which one at most may reach Alipay."""
    await teller.pay()
    values = teller.value // 2, teller.value // 3
    await asyncio.gather(*(teller.refund(0, value, course="-answer-lost") for value in values))


@traits("pays first")
async def _refund_against_cancel(teller: Teller) -> None:
    await teller.pay()
    await asyncio.gather(teller.refund(0, teller.value // 2), teller.cancel())


async def _ask(teller: Teller) -> None:
    async def asked() -> None:
        for _ in range(teller.chance.randrange(1, 4)):
            await teller.wait(0, 20)
            await teller.inquire()

    await asyncio.gather(teller.pay(), asked())


@traits("plain")
async def _two_merchants(teller: Teller) -> None:
    """One id for two merchants of a platform, or for two accounts, with the same money: one of the two is refused."""
    if teller.chance.random() < 0.5:
        asked: list[dict[str, Any]] = [{"merchantAccountId": name} for name in ("ACCOUNT-A", "ACCOUNT-B")]
    else:
        order = teller.request(teller.identity)["order"]
        asked = [{"order": {**order, "merchant": {"referenceMerchantId": name}}} for name in ("M-A", "M-B")]
    await _twice_under_one_id(teller, *asked)


@traits("plain")
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
    _pay_only: 0.075,
    _two_merchants: 0.05,
    _two_customers: 0.06,
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
