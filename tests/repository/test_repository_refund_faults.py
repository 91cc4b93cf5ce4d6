"""Replies that are lost while an amount is held or freed: it is held once, and freed once."""

from collections.abc import Callable
from typing import Any

import pytest

from autodebit.domain.polling_plan import Plan
from autodebit.domain.tracked_request import ReportedStatus, Source
from autodebit.errors import StoreUnavailable
from autodebit.repository import Repository
from tests.repository.faults import ONCE, LostReply, out_of_reach, refusing
from tests.repository.refund_samples import begun, held_by, intent, paid, reserved, said, state_of
from tests.repository.samples import NOW, rows
from tests.support.world import World

FAILED = said(ReportedStatus.FAILED, Source.NOTIFICATION, code="PROCESS_FAIL", refund_id="2024R")


def repository(world: World, client: Any) -> Repository:
    return Repository(client, world.kms, table=world.table, token_key=world.token_key, plan=Plan())


@pytest.mark.parametrize("forgets_tokens", [False, True])
def test_a_write_ahead_whose_reply_was_lost_is_recognised_and_holds_the_amount_once(
    store: World, forgets_tokens: bool
) -> None:
    payment = paid(store)
    line = LostReply(store.engine, "TransactWriteItems", forgets_tokens=forgets_tokens)
    claimed = repository(store, line.client).refunds.open(intent(), payment, NOW)
    assert line.sends == 2
    assert claimed is not None
    assert store.repository.refunds.find("REF-1") == claimed
    assert reserved(store) == 300


def test_a_write_ahead_that_nobody_confirmed_counts_as_unavailable_and_the_next_caller_finds_the_refund(
    store: World,
) -> None:
    payment = paid(store)
    with pytest.raises(StoreUnavailable):
        repository(store, LostReply(store.engine, "TransactWriteItems", ONCE).client).refunds.open(
            intent(), payment, NOW
        )
    stored = store.repository.refunds.find("REF-1")
    assert stored is not None
    assert (stored.due_at, stored.lease_until) == (NOW + 25_000, NOW + 25_000)
    assert store.repository.refunds.open(intent(), held_by(store.repository), NOW) is None
    assert reserved(store) == 300


@pytest.mark.parametrize("forgets_tokens", [False, True])
def test_a_failure_whose_reply_was_lost_is_recognised_and_frees_the_amount_once(
    store: World, forgets_tokens: bool
) -> None:
    paid(store)
    begun(store)
    begun(store, "REF-2", 500)
    line = LostReply(store.engine, "TransactWriteItems", forgets_tokens=forgets_tokens)
    settlement = repository(store, line.client).refunds.settle("REF-1", FAILED, NOW)
    assert line.sends == 2
    assert settlement is not None
    assert store.repository.refunds.find("REF-1") == settlement.item
    assert (settlement.item.version, reserved(store)) == (2, 500)
    assert store.anomalies() == []


def test_a_failure_that_nobody_confirmed_frees_the_amount_once_however_often_it_is_told(store: World) -> None:
    paid(store)
    begun(store)
    begun(store, "REF-2", 500)
    with pytest.raises(StoreUnavailable):
        repository(store, LostReply(store.engine, "TransactWriteItems", ONCE).client).refunds.settle(
            "REF-1", FAILED, NOW
        )
    for moment in (NOW + 1, NOW + 2):
        store.repository.refunds.settle("REF-1", FAILED, moment)
    assert (state_of(store), reserved(store)) == ("FAIL", 500)
    assert store.anomalies() == []


def test_a_refund_that_meets_another_transaction_is_told_from_one_that_met_an_outage(store: World) -> None:
    payment = paid(store)
    busy = {
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict"}],
    }
    throttled = {**busy, "CancellationReasons": [{"Code": "None"}, {"Code": "ThrottlingError"}]}
    assert (
        repository(store, refusing(store.engine, "TransactWriteItems", busy)).refunds.open(intent(), payment, NOW)
        is None
    )
    with pytest.raises(StoreUnavailable):
        repository(store, refusing(store.engine, "TransactWriteItems", throttled)).refunds.open(intent(), payment, NOW)
    assert ("refund#REF-1", "item") not in rows(store)
    assert reserved(store) == 0


@pytest.mark.parametrize(
    "use",
    [
        lambda refunds: refunds.find("REF-1"),
        lambda refunds: refunds.id_of("2024R"),
        lambda refunds: refunds.claim_send(intent(version=1), NOW),
        lambda refunds: refunds.claim_poll(intent(version=1), NOW),
        lambda refunds: refunds.release_unsent(intent(version=1), NOW),
        lambda refunds: refunds.settle("REF-1", FAILED, NOW),
        lambda refunds: refunds.record_unknown("REF-1", "reason", FAILED, NOW),
    ],
)
def test_a_table_that_does_not_answer_is_unavailable_never_empty(kms: Any, use: Callable[[Any], object]) -> None:
    away = Repository(out_of_reach("dynamodb"), kms, table="t", token_key="k", plan=Plan())
    with pytest.raises(StoreUnavailable):
        use(away.refunds)
