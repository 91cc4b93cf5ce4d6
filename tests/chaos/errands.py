"""What some customers and merchants do besides paying: tokens are renewed and revoked, payments declared, merchants registered,
passwords sent and typed. One payment in eight has such an errand beside it, each kind in turn.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from tests.chaos.callers import Merchant, SendOutcome
from tests.chaos.customers import Customer, authorise

ONE_IN = 8
_PATIENCE = 25
_RETRANSMISSION = 330
_SHARES: Mapping[str, float] = {"": 0.5, "-quiet": 0.15, "-rejected": 0.15, "-two-wallets": 0.2}
"""How registrations go."""


class Errand:
    """One errand: its callers are patient, because what they leave open nobody else ends."""

    def __init__(self, merchant: Merchant, seed: int, number: int, customer: Customer) -> None:
        self.merchant, self.seed, self.customer = merchant, seed, customer
        self.identity = f"{seed}-{number:05d}"
        self.chance = random.Random(f"{seed}:errand:{number}")

    async def ask(
        self, function: str, body: Mapping[str, Any], patience: int = _PATIENCE, *, about: str = ""
    ) -> SendOutcome:
        """Call, and repeat the same request until S or F."""
        return await self.merchant.insist(function, body, self.chance, patience=patience, about=about)

    async def stranger(self, wallet: str) -> Customer:
        """A customer who is here for this errand only."""
        return await authorise(self.merchant, self.seed, f"E{self.identity}", wallet)

    async def pay(self, customer: Customer, amount: Mapping[str, str]) -> SendOutcome:
        """A payment that goes as payments go."""
        order = {"referenceOrderId": f"E-{self.identity}", "orderDescription": "Tea", "orderAmount": amount}
        body = {
            "productCode": "AGREEMENT_PAYMENT",
            "paymentRequestId": f"PAY-{self.identity}-errand",
            "order": order,
            "paymentAmount": amount,
            "paymentMethod": {"paymentMethodType": customer.wallet, "paymentMethodId": customer.handle},
            "settlementStrategy": {"settlementCurrency": "USD"},
        }
        return await self.ask("pay", body)


def renewal(customer: Customer) -> dict[str, str]:
    """The request that renews a customer's token; empty for a wallet that renews none."""
    if not customer.refresh_handle:
        return {}
    named = {"customerBelongsTo": customer.wallet, "refreshToken": customer.refresh_handle}
    return {"grantType": "REFRESH_TOKEN", **named}


async def renew(errand: Errand) -> None:
    """A caller renews the token with which others pay meanwhile, or two callers do at once."""
    customer, request = errand.customer, renewal(errand.customer)
    if request:
        times = errand.chance.randrange(1, 3)
        await asyncio.gather(*(errand.ask("apply_token", request, 6, about=customer.auth_state) for _ in range(times)))


async def revoke(errand: Errand) -> None:
    """A customer of its own is charged and revoked at once; the token may be renewed in between."""
    customer = await errand.stranger("GCASH")

    async def end() -> None:
        await errand.merchant.time.wait(errand.chance.uniform(0, 4))
        request, patience = {"accessToken": customer.handle}, errand.chance.randrange(1, 6)
        await errand.ask("revoke", request, patience, about=customer.auth_state)

    errand.customer = customer
    renewed = renew(errand) if errand.chance.random() < 0.5 else asyncio.sleep(0)
    await asyncio.gather(errand.pay(customer, {"currency": "JPY", "value": "700"}), end(), renewed)


async def declare(errand: Errand) -> None:
    """A payment is declared to customs; what customs rejects, and some of the rest, is declared once more with less."""
    paid = await errand.pay(await errand.stranger("ALIPAY_CN"), {"currency": "CNY", "value": "23610"})
    if paid.status != "S":
        return
    rejected = errand.chance.random() < 0.3
    identity = f"DCL-{errand.identity}{'-rejected' if rejected else ''}"
    body = {
        "declarationRequestId": identity,
        "paymentId": paid.body["paymentId"],
        "declarationAmount": {"currency": "CNY", "value": "23610"},
        "customs": {"customsCode": "ZONGSHU", "region": "CN"},
        "merchantCustomsInfo": {"merchantCustomsCode": "4401960ABC", "merchantCustomsName": "Example Trading"},
        "splitOrder": "true",
        "suborderId": "SO-A",
        "buyerCertificate": {
            "certificateType": "ID_CARD",
            "certificateNo": "110101199003070000",
            "holderName": {"fullName": "Zhang San"},
        },
    }
    declared = await errand.ask("declare", body)
    if errand.chance.random() < 0.5:
        await errand.merchant.call("inquiry_declaration_requests", {"declarationRequestIds": [identity]})
    if declared.status == "S" and (rejected or errand.chance.random() < 0.2):
        await errand.merchant.time.wait(_RETRANSMISSION)
        await errand.ask("declare", {**body, "declarationAmount": {"currency": "CNY", "value": "23600"}})


async def register(errand: Errand) -> None:
    """A secondary merchant is registered; wallets answer one after the other."""
    course = errand.chance.choices(list(_SHARES), list(_SHARES.values()))[0]
    identity, address = (
        f"REG-{errand.identity}{course}",
        {"region": "HK", "city": "Hong Kong", "address1": "1 Example Road"},
    )
    merchant = {
        "referenceMerchantId": f"MERCHANT-{errand.identity}",
        "merchantDisplayName": "Harbour Books",
        "merchantMCC": "5942",
        "logo": {"logoName": "Harbour Books", "logoUrl": "https://cdn.example.com/harbour.png"},
        "websites": [{"name": "Harbour Books", "url": "https://harbourbooks.example", "desc": "online bookshop"}],
        "merchantAddress": address,
        "registrationDetail": {
            "legalName": "Harbour Books Limited",
            "registrationType": "ENTERPRISE_REGISTRATION_NO",
            "registrationNo": "1234567",
            "registrationAddress": address,
            "businessType": "ENTERPRISE",
        },
    }
    body = {"registrationRequestId": identity, "productCodes": ["AGREEMENT_PAYMENT"], "merchantInfo": merchant}
    await errand.ask("registration", body)
    if errand.chance.random() < 0.5:
        await errand.merchant.call("inquiry_registration_status", {"registrationRequestId": identity})


async def show_presence(errand: Errand) -> None:
    """A one-time password is sent, mistyped, typed, and typed again."""
    identity = f"OTP-{errand.identity}"
    asked = {
        "authenticationType": "OTP",
        "authenticationRequestId": identity,
        "authenticationChannelType": "SMS",
        "userIdentityType": "WALLET_TOKEN",
        "userIdentityValue": errand.customer.handle,
    }
    await asyncio.gather(*(errand.ask("init_authentication", asked) for _ in range(errand.chance.randrange(1, 3))))
    received = await errand.merchant.phone(identity)
    typed = {"authenticationType": "OTP", "authenticationRequestId": identity}
    for password in ("000000", received, received):
        if password:
            await errand.ask("verify_authentication", {**typed, "authenticationValue": password}, 4)


ERRANDS: tuple[Callable[[Errand], Awaitable[None]], ...] = (renew, revoke, declare, register, show_presence)


async def run_errand(merchant: Merchant, seed: int, number: int, customer: Customer) -> None:
    """The errand beside payment *number*, if it has one."""
    turn, rest = divmod(number, ONE_IN)
    if rest == 1:
        errand = ERRANDS[turn % len(ERRANDS)]
        merchant.deeds[f"errand: {errand.__name__.replace('_', ' ')}"] += 1
        await errand(Errand(merchant, seed, number, customer))
