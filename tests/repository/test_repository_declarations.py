"""Declarations in the table: written ahead once, sent again by one caller at a time, and due as long as they are open."""

from dataclasses import replace
from typing import Any

import pytest

from autodebit.clock import SECOND
from autodebit.declaration import Declaration, DeclarationFact
from autodebit.lifecycle import DeclarationState
from autodebit.repository import DueItem, Kind
from autodebit.transaction import Heard, Money, Origin, Word
from tests.repository.samples import NOW, rows, together
from tests.support.world import World

CNY = Money("23610", "CNY")
LESS = Money("23600", "CNY")


def intent(**changed: Any) -> Declaration:
    """A declaration that nobody has stored yet."""
    made = Declaration(
        declaration_request_id="DCL-1",
        state=DeclarationState.INITIATED,
        payment_id="2024A",
        customs_code="ZONGSHU",
        amount=CNY,
        amounts=(CNY,),
        body='{"a":1}',
        created_at=NOW,
    )
    return replace(made, **changed)


def opened(world: World) -> Declaration:
    claimed = world.repository.declarations.open(intent(), NOW)
    assert claimed is not None
    return claimed


def settled(world: World, word: Word, origin: Origin, at: int = NOW, **fields: Any) -> Declaration:
    settlement = world.repository.declarations.settle(
        "DCL-1", DeclarationFact(word, origin, **{"asked_at": NOW, **fields}), at
    )
    assert settlement is not None
    return settlement.item


def found(world: World) -> Declaration:
    stored = world.repository.declarations.find("DCL-1")
    assert stored is not None
    return stored


def test_a_declaration_comes_back_as_it_was_stored(store: World) -> None:
    whole = intent(
        amounts=(CNY, LESS),
        retransmitted=True,
        corrects=True,
        customs_payment_id="C-1",
        customs_order_id="O-1",
        identity_check_result="CHECK_NOT_PASSED",
        clearing_channel="NUCC",
        clearing_transaction_id="T-1",
        customs_provider_registration_id="R-1",
        customs_result_code="-621501",
        customs_result_desc="数据不符",
        customs_return_time="t",
        result_code="SUCCESS",
        answer='{"ü":"✓"}',
        closed_at=7,
    )
    claimed = store.repository.declarations.open(whole, NOW)
    assert claimed is not None
    assert claimed.version == 1
    assert found(store) == claimed
    assert store.repository.declarations.find("DCL-2") is None


def test_of_ten_threads_that_open_one_declaration_exactly_one_may_send(store: World) -> None:
    claims = together(10, lambda number: store.repository.declarations.open(intent(body=f'{{"n":{number}}}'), NOW))
    winners = [claim for claim in claims if claim is not None]
    assert winners == [found(store)]
    assert (winners[0].sends, winners[0].leased(NOW)) == (1, True)


def test_of_ten_threads_that_retransmit_exactly_one_may_send(store: World) -> None:
    opened(store)
    settled(store, Word.PENDING, Origin.DECLARE, body="S")
    before = settled(store, Word.DONE, Origin.POLL, customs_result_code="-1")
    later = NOW + 300 * SECOND

    def send_again(number: int) -> Declaration | None:
        return store.repository.declarations.send_again(before, intent(body=f'{{"n":{number}}}', amount=LESS), later)

    winners = [claim for claim in together(10, send_again) if claim is not None]
    assert winners == [found(store)]
    [winner] = winners
    assert (winner.state, winner.amount, winner.amounts) == (DeclarationState.IN_PROCESS, LESS, (CNY, LESS))
    assert (winner.sends, winner.due_at, winner.customs_result_code) == (1, later + 25 * SECOND, None)


def test_a_send_of_which_no_byte_left_is_undone(store: World) -> None:
    claimed = opened(store)
    store.repository.declarations.release_unsent(claimed, None, NOW + 1)
    assert (found(store).sends, found(store).leased(NOW + 1), found(store).due_at) == (0, False, NOW + 1 + 30 * SECOND)


def test_a_retransmission_of_which_no_byte_left_is_undone(store: World) -> None:
    opened(store)
    settled(store, Word.PENDING, Origin.DECLARE, body="S")
    before = settled(store, Word.DONE, Origin.POLL, customs_result_code="-1")
    claimed = store.repository.declarations.send_again(before, intent(body="{}", amount=LESS), NOW + 300 * SECOND)
    assert claimed is not None
    store.repository.declarations.release_unsent(claimed, before, NOW + 301 * SECOND)
    assert found(store) == replace(before, version=claimed.version + 1)
    assert store.repository.due.until(NOW * 2) == []


def test_a_claim_is_not_undone_once_somebody_has_sent_again(store: World) -> None:
    claimed = opened(store)
    again = store.repository.declarations.send_again(claimed, claimed, NOW + 1)
    store.repository.declarations.release_unsent(claimed, None, NOW + 2)
    assert found(store) == again


def test_facts_that_race_lose_none_of_what_they_tell(store: World) -> None:
    opened(store)
    facts = [
        DeclarationFact(Word.PENDING, Origin.DECLARE, asked_at=NOW, body="S", identity_check_result="CHECK_PASSED"),
        DeclarationFact(Word.DONE, Origin.POLL, asked_at=NOW, amount=CNY, customs_result_code="2"),
        DeclarationFact(Word.PENDING, Origin.INQUIRY, asked_at=NOW, customs_order_id="O-1"),
    ] * 3
    together(len(facts), lambda n: store.repository.declarations.settle("DCL-1", facts[n], NOW + n))
    then = found(store)
    assert (then.state, then.due_at, then.heard) == (DeclarationState.COMPLETED, None, Heard.ACCEPTED)
    assert (then.answer, then.identity_check_result, then.customs_result_code) == ("S", "CHECK_PASSED", "2")
    assert then.customs_order_id == "O-1"
    assert store.anomalies() == []


def test_a_fact_without_effect_writes_nothing(store: World) -> None:
    opened(store)
    versions = [
        settled(store, word, Origin.INQUIRY).version for word in (Word.PENDING, Word.PENDING, Word.DONE, Word.DONE)
    ]
    assert versions == [2, 2, 3, 3]


def test_a_record_of_another_amount_is_kept_as_an_anomaly(store: World) -> None:
    before = opened(store)
    for _ in range(2):
        assert settled(store, Word.DONE, Origin.INQUIRY, amount=LESS, customs_result_code="2") == before
    [kept] = [item for (_, sk), item in rows(store).items() if sk.startswith("anomaly#")]
    assert (kept["times_seen"], kept["amount"], kept["pk"]) == ({"N": "2"}, {"S": "23600"}, {"S": "declaration#DCL-1"})
    assert kept["customs_result_code"] == {"S": "2"}


def test_a_fact_on_a_declaration_that_is_not_known_says_so(store: World) -> None:
    assert store.repository.declarations.settle("DCL-1", DeclarationFact(Word.DONE, Origin.INQUIRY), NOW) is None
    assert rows(store) == {}


@pytest.mark.parametrize("word", [Word.PENDING, Word.NOTHING])
def test_a_declaration_is_in_the_index_while_it_is_open(store: World, word: Word) -> None:
    due = store.repository.due
    claimed = opened(store)
    at_lease_end = DueItem(Kind.DECLARATION, "DCL-1", NOW + 25 * SECOND)
    assert due.until(NOW + 25 * SECOND - 1) == []
    assert due.until(NOW + 25 * SECOND) == [at_lease_end]
    settled(store, word, Origin.DECLARE)
    assert due.until(NOW * 2) == [replace(at_lease_end, due_at=NOW + 30 * SECOND)]
    assert store.repository.declarations.claim_poll(claimed, NOW) is None
    read = found(store)
    claims = together(5, lambda _: store.repository.declarations.claim_poll(read, NOW + 30 * SECOND))
    assert [claim.polls for claim in claims if claim] == [1]
    settled(store, Word.DONE, Origin.POLL)
    assert due.until(NOW * 2) == []
