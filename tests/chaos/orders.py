"""The verdict on what callers and consumers did on our word: they took new ids, delivered, and took payments for their own.

Every word is true in the end: whoever obeys our answers and events pays an order once, gives a part back once, delivers what is
paid and stays paid, and never touches the money of another system.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tests.chaos.books import Acts, Books, Told, Verdict


def check(books: Books, acts: Acts | None, told: Iterable[Told], states: Mapping[str, str], found: Verdict) -> None:
    """Add to *found* what does not agree. *states* are those of the store, by the name of the item."""
    told = list(told)
    found.mismatches += _of_others(books)
    found.mismatches += _for_whom(books, told)
    if acts is not None:
        found.double_refunds += _given_back_twice(books, acts)
        found.mismatches += _delivered(books, acts, told)
        found.mismatches += _last_events(acts, states)


def _given_back_twice(books: Books, acts: Acts) -> Iterator[str]:
    """One part of an order that was to be given back, under each id that its callers took."""
    credited: dict[str, int] = {}
    for entry in books.ledger.values():
        for identity, given in entry["refunds"].items():
            credited[identity] = credited.get(identity, 0) + given["credits"]
    for intent, identities in acts.refunds.items():
        given_back = sorted(one for one in set(identities) if credited.get(one))
        if len(given_back) > 1:
            yield f"{intent} was given back under {' and '.join(given_back)}"


def _delivered(books: Books, acts: Acts, told: Iterable[Told]) -> Iterator[str]:
    for identity in sorted(acts.delivered_in_cancel):
        yield f"payment {identity}: an event said SUCCESS (deliver), and its cancel was requested"
    heard = {word.identity for word in told if (word.function, word.status, word.http_status) == ("pay", "S", 200)}
    for identity in sorted(acts.delivered | heard):
        entry = books.ledger.get(identity, {"debits": 0, "cancels": 0})
        if identity in acts.delivered and entry["debits"] != 1:
            whose = " (another system's payment)" if identity in books.payments_elsewhere else ""
            yield f"payment {identity}: an event said SUCCESS (deliver), and it was debited {entry['debits']} times{whose}"
        if entry["cancels"] and identity not in acts.cancels_asked:
            yield f"payment {identity}: callers delivered on our word, and we cancelled it on our own account"


def _of_others(books: Books) -> Iterator[str]:
    """Money that another system of this client moved is not ours to move."""
    theirs = {str(payment["paymentId"]) for payment in books.payments_elsewhere.values()}
    for identity in sorted(books.payments_elsewhere):
        if (entry := books.ledger.get(f"{identity}@elsewhere")) and entry["cancels"]:
            yield f"payment {identity} is another system's, and we cancelled it"
    for identity, refund in sorted(books.refunds.items()):
        if refund.get("paymentId") in theirs:
            yield f"refund {identity} gave back another system's payment"


def _for_whom(books: Books, told: Iterable[Told]) -> Iterator[str]:
    """S is told of the merchant and the customer for whom it was asked."""
    users: dict[str, set[str]] = {}
    for agreement in books.authorizations:
        if agreement.get("userId"):
            users.setdefault(agreement["authState"], set()).add(agreement["userId"])
    for word in told:
        payment = books.payments.get(word.identity)
        if (word.function, word.status, word.http_status) != ("pay", "S", 200) or payment is None:
            continue
        if word.merchant is not None and word.merchant != merchant_of(payment):
            yield f"payment {word.identity}: S was told for {word.merchant}, and it was paid to {merchant_of(payment)}"
        payer = (payment.get("pspCustomerInfo") or {}).get("pspCustomerId")
        if payer and word.customer in users and payer not in users[word.customer]:
            yield f"payment {word.identity}: S was told for the customer of {word.customer}, and another one paid"


def merchant_of(fields: Mapping[str, Any]) -> str:
    """The secondary merchant and the merchant account in the fields of a request or of a record."""
    return f"{fields.get('referenceMerchantId') or '-'} in {fields.get('merchantAccountId') or '-'}"


def _last_events(acts: Acts, states: Mapping[str, str]) -> Iterator[str]:
    """Whoever ignores lower versions ends where the store ends, in whatever order events came."""
    for name, (version, state) in sorted(acts.applied.items()):
        if states.get(name) != state:
            yield f"{name}: its last event says {state} (version {version}), the store {states.get(name)}"
