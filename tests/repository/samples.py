"""Records and facts to store, and threads that start together."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any, TypeVar

from autodebit.domain.authorization import Authorization
from autodebit.domain.authorization_states import AuthorizationState
from autodebit.domain.payment import Payment, PaymentUpdate
from autodebit.domain.payment_states import PaymentState
from autodebit.domain.tracked_request import Money, ReportedStatus, Source
from tests.support.world import World

NOW = 1_800_000_000_000
JPY = Money("1000", "JPY")
_T = TypeVar("_T")


def intent(payment_request_id: str = "PAY-1", **changed: Any) -> Payment:
    """A payment that nobody has stored yet."""
    made = Payment(
        payment_request_id=payment_request_id,
        state=PaymentState.INITIATED,
        amount=JPY,
        fingerprint="fingerprint",
        grant="tok_1",
        token_version=1,
        body='{"a":1}',
        created_at=NOW,
    )
    return replace(made, **changed)


def opened(world: World, payment_request_id: str = "PAY-1") -> Payment:
    """A payment that is stored and leased to its first sender."""
    claimed = world.repository.payments.open(intent(payment_request_id), NOW)
    assert claimed is not None
    return claimed


def fact(word: ReportedStatus, source: Source = Source.PAY, **fields: Any) -> PaymentUpdate:
    """One word of Alipay."""
    return PaymentUpdate(word, source, **fields)


def consulted(auth_state: str = "STATE-1", **changed: Any) -> Authorization:
    """An authorization that nobody has stored yet."""
    made = Authorization(auth_state, AuthorizationState.CONSULTED, "f", '{"b":1}', "GCASH", NOW, sends=1, due_at=NOW)
    return replace(made, **changed)


def together(count: int, work: Callable[[int], _T]) -> list[_T]:
    """What *work* returns in *count* threads that start at one moment, each with its number."""
    start = Barrier(count)

    def run(number: int) -> _T:
        start.wait()
        return work(number)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(run, range(count)))


def rows(world: World) -> dict[tuple[str, str], dict[str, Any]]:
    """The whole table in DynamoDB's own form, by key."""
    pages = world.dynamodb.get_paginator("scan").paginate(TableName=world.table, ConsistentRead=True)
    return {(item["pk"]["S"], item["sk"]["S"]): item for page in pages for item in page["Items"]}
