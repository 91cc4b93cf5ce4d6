"""Currencies and the exchange rates of the simulator. Amounts are whole numbers of the smallest unit."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

_EXPONENT_0 = ("CLP", "JPY", "KRW", "VND")
# Units of each currency for one US dollar: invented, fixed, of a plausible size.
_PER_USD = {
    "AUD": "1.52", "BDT": "119.8", "BRL": "5.43", "CAD": "1.38", "CLP": "944", "CNY": "7.18", "EUR": "0.92",
    "GBP": "0.78", "HKD": "7.79", "IDR": "15980", "JPY": "151.4", "KRW": "1384", "MXN": "18.6", "MYR": "4.42",
    "NZD": "1.66", "PEN": "3.74", "PHP": "57.3", "PKR": "278.5", "PLN": "3.95", "SGD": "1.34", "THB": "34.9",
    "TWD": "32.2", "USD": "1", "VND": "25310",
}  # fmt: skip


@dataclass(frozen=True)
class Money:
    """An amount in the smallest unit of its currency."""

    currency: str
    value: int

    def wire(self) -> dict[str, str]:
        return {"currency": self.currency, "value": str(self.value)}


def supported(currency: str) -> bool:
    return currency in _PER_USD


def quote_price(source: str, target: str) -> Decimal:
    """Units of *target* for one unit of *source*, at most six decimals (eight for very small rates)."""
    price = Decimal(_PER_USD[target]) / Decimal(_PER_USD[source])
    places = Decimal("0.000001") if price >= Decimal("0.001") else Decimal("0.00000001")
    return price.quantize(places, ROUND_HALF_EVEN)


def convert(amount: Money, currency: str) -> Money:
    """*amount* in *currency* at the fixed rate, rounded half to even."""
    shift = _exponent(currency) - _exponent(amount.currency)
    value = (amount.value * quote_price(amount.currency, currency)).scaleb(shift)
    return Money(currency, int(value.quantize(Decimal(1), ROUND_HALF_EVEN)))


def in_words(amount: Money) -> str:
    """As people write it: ``JPY 1,000``, ``PHP 10.00``."""
    places = _exponent(amount.currency)
    return f"{amount.currency} {Decimal(amount.value).scaleb(-places):,.{places}f}"


def settlement(amount: Money, currency: str | None) -> dict[str, Any]:
    """``grossSettlementAmount`` and ``settlementQuote``, empty where nothing is exchanged.

    The price and ``guaranteed`` are bare JSON values, as on the real wire, although the pages ask for
    strings.
    """
    if currency is None or currency == amount.currency:
        return {}
    return {
        "grossSettlementAmount": convert(amount, currency).wire(),
        "settlementQuote": {
            "guaranteed": False,
            "quoteCurrencyPair": f"{amount.currency}/{currency}",
            "quotePrice": float(quote_price(amount.currency, currency)),
        },
    }


def _exponent(currency: str) -> int:
    return 0 if currency in _EXPONENT_0 else 2
