"""What the ledger says of every payment: how often and how much was taken and given back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sandbox.alipay.ledger import Entry
from sandbox.alipay.records import Payment

Booked = defaultdict[tuple[str, str], list[int]]


def verdict(entries: Iterable[Entry], payments: Iterable[Payment]) -> dict[str, dict[str, Any]]:
    """Per paymentRequestId, counted from the entries and nothing else; who took or got nothing has 0.

    ``ID@elsewhere`` is the payment that another system made under ID. ``amount`` is what was debited; ``net`` is what is
    left of it after cancels and refunds.
    """
    booked: Booked = defaultdict(list)
    for entry in entries:
        booked[entry.kind, entry.reference].append(entry.amount.value)
    return {payment.reference: _of(payment, booked) for payment in payments}


def _of(payment: Payment, booked: Booked) -> dict[str, Any]:
    debits, cancels = booked["payment", payment.reference], booked["cancel", payment.reference]
    refunds = {refund.request_id: booked["refund", refund.request_id] for refund in payment.refunds}
    returned = sum(cancels) + sum(map(sum, refunds.values()))
    return {
        "debits": len(debits),
        "amount": str(sum(debits)),
        "currency": payment.amount.currency,
        "cancels": len(cancels),
        "refunds": {
            request_id: {"credits": len(given), "amount": str(sum(given))} for request_id, given in refunds.items()
        },
        "net": str(sum(debits) - returned),
    }
