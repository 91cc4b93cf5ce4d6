"""Our store beside the simulator's books: do they say the same of everything that was done?"""

from collections.abc import Iterator, Mapping
from typing import Any

import requests

from sandbox.demo.journey import FINAL, Journey
from sandbox.stack import LocalStack


def verdict(journey: Journey) -> dict[str, Any]:
    """What became of everything, the simulator's ledger, and whether the two agree; what does not is named."""
    ledger = journey.stack.ledger()
    differences = list(_differences(journey, ledger))
    return {
        "authorization": journey.stack.state_of("authorization", journey.auth_state) or "",
        "payments": dict(journey.payments),
        "refunds": dict(journey.refunds),
        "declarations": dict(journey.declarations),
        "registrations": dict(journey.registrations),
        "tokens": dict(journey.tokens),
        "ledger": ledger,
        "consistent": not differences,
        **({"differences": differences} if differences else {}),
    }


def _differences(journey: Journey, ledger: Mapping[str, Any]) -> Iterator[str]:
    stack = journey.stack
    for identity, state in journey.payments.items():
        yield from _payment(stack, identity, state, ledger.get(identity, {}))
    yield from (f"nobody of ours made {identity}" for identity in set(ledger) - set(journey.payments))
    booked = {name: entry for one in ledger.values() for name, entry in one.get("refunds", {}).items()}
    for identity, state in journey.refunds.items():
        if booked.get(identity, {}).get("credits", 0) != int(state == "SUCCESS"):
            yield f"refund {identity} is {state} here and {booked.get(identity)} there"
    yield from (f"nobody of ours refunded {identity}" for identity in set(booked) - set(journey.refunds))
    for kind, items, theirs in (
        ("declaration", journey.declarations, _listed(stack, "declarations", "declarationRequestId")),
        ("registration", journey.registrations, _listed(stack, "registrations", "registrationRequestId")),
    ):
        for identity, state in items.items():
            if state not in FINAL[kind] or state not in str(theirs.get(identity)):
                yield f"{kind} {identity} is {state} here and {theirs.get(identity)} there"
    living = {entry["authState"] for entry in _admin(stack, "authorizations") if _lives(entry)}
    for handle, state in journey.tokens.items():
        if state != (stack.state_of("grant", handle) or ""):
            yield f"{handle} is {stack.state_of('grant', handle)}"
    for auth_state in (journey.auth_state, f"STATE-{journey.run}-ALIPAY_CN"):
        state_here = stack.state_of("authorization", auth_state)
        if state_here is not None and (state_here == "ACTIVE") != (auth_state in living):
            yield f"authorization {auth_state} is {state_here} here"


def _payment(stack: LocalStack, identity: str, state: str, booked: Mapping[str, Any]) -> Iterator[str]:
    debits = 1 if state == "SUCCESS" else 0
    net = booked.get("debits", 0) - booked.get("cancels", 0)
    if state not in FINAL["payment"] or net != debits or booked.get("debits", 0) > 1:
        yield f"payment {identity} is {state} here and {dict(booked)} there"
    money = (booked.get("amount"), booked.get("currency"))
    if booked.get("debits") and money != stack.amount_of(identity):
        yield f"payment {identity} is {stack.amount_of(identity)} here and {money} there"


def _lives(entry: Mapping[str, Any]) -> bool:
    return not entry["revoked"] and any(token["valid"] for token in entry["tokens"])


def _listed(stack: LocalStack, what: str, name: str) -> dict[str, Any]:
    return {entry[name]: entry for entry in _admin(stack, what)}


def _admin(stack: LocalStack, what: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = requests.get(f"{stack.simulator}/_sandbox/{what}", timeout=10).json()
    return found
