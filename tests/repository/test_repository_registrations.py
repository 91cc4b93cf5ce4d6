"""Registrations in the table: written ahead once, settled whatever races, and found by their merchant."""

from dataclasses import replace
from typing import Any

import pytest

from autodebit.clock import SECOND
from autodebit.domain.registration import Registration, RegistrationUpdate, WalletResult
from autodebit.domain.registration import RegistrationReport as ReportedStatus
from autodebit.domain.registration import RegistrationSource as Source
from autodebit.domain.registration_states import RegistrationState
from autodebit.repository import DueItem, Kind
from tests.repository.samples import NOW, rows, together
from tests.support.world import World

LATER = NOW + 30 * SECOND


def intent(request_id: str = "REG-1", **changed: Any) -> Registration:
    """A registration that nobody has stored yet."""
    made = Registration(
        registration_request_id=request_id,
        reference_merchant_id="M-1",
        state=RegistrationState.INITIATED,
        body='{"a":1}',
        created_at=NOW,
    )
    return replace(made, **changed)


def opened(world: World, request_id: str = "REG-1", **changed: Any) -> Registration:
    """A registration that is stored and leased to its first sender."""
    claimed = world.repository.registrations.open(intent(request_id, **changed), NOW)
    assert claimed is not None
    return claimed


def told(world: World, word: ReportedStatus, request_id: str = "REG-1", **fields: Any) -> None:
    fact = RegistrationUpdate(word, fields.pop("source", Source.NOTIFICATION), **fields)
    assert world.repository.registrations.settle(request_id, fact, NOW) is not None


def test_a_registration_comes_back_as_it_was_stored(store: World) -> None:
    whole = intent(
        reference_store_id="S-1",
        result_code="SUCCESS",
        result_message="成功",
        reject_reasons="無",
        settled_by="poll",
        told_unknown=True,
        disproved=2,
        answer='{"ü":"✓"}',
        wallets=(WalletResult("GCASH", "REJECTED", "unreadable"), WalletResult("DANA")),
    )
    claimed = store.repository.registrations.open(whole, NOW)
    assert claimed == replace(
        whole, version=1, sends=1, sent_at=NOW, lease_until=NOW + 25_000, due_at=NOW + 25_000, told_unknown=False
    )
    assert store.repository.registrations.find("REG-1") == claimed
    assert store.repository.registrations.find("REG-2") is None


def test_of_ten_threads_that_open_one_registration_exactly_one_may_send(store: World) -> None:
    claims = together(10, lambda number: store.repository.registrations.open(intent(body=f'{{"n":{number}}}'), NOW))
    winners = [claim for claim in claims if claim is not None]
    assert len(winners) == 1
    assert store.repository.registrations.find("REG-1") == winners[0]


def test_of_ten_threads_that_claim_a_repeat_or_a_poll_exactly_one_may(store: World) -> None:
    registrations, stored = store.repository.registrations, opened(store)
    sends = [claim for claim in together(10, lambda _: registrations.claim_send(stored, LATER)) if claim]
    assert [claim.sends for claim in sends] == [2]
    polls = [claim for claim in together(10, lambda _: registrations.claim_poll(sends[0], LATER)) if claim]
    assert [claim.polls for claim in polls] == [1]
    registrations.release_unsent(stored, LATER)  # an older version: nothing happens
    assert registrations.find("REG-1") == polls[0]


def test_what_is_open_is_due_and_what_is_final_is_not(store: World) -> None:
    opened(store)
    due = store.repository.due
    assert due.until(LATER, [Kind.REGISTRATION]) == [DueItem(Kind.REGISTRATION, "REG-1", NOW + 25 * SECOND)]
    assert due.until(LATER, [kind for kind in Kind if kind is not Kind.REGISTRATION]) == []
    told(store, ReportedStatus.PENDING)
    assert len(due.until(LATER, [Kind.REGISTRATION])) == 1
    told(store, ReportedStatus.COMPLETED)
    assert due.until(LATER, [Kind.REGISTRATION]) == []
    assert "due_at" not in rows(store)["registration#REG-1", "item"]


def test_facts_that_race_are_all_judged_and_none_is_lost(store: World) -> None:
    opened(store)
    names = [f"WALLET_{number}" for number in range(12)]

    def tell(number: int) -> None:
        word = ReportedStatus.COMPLETED if number == 5 else ReportedStatus.PENDING
        told(store, word, wallets=(WalletResult(names[number], "APPROVED"),))

    together(12, tell)
    stored = store.repository.registrations.find("REG-1")
    assert stored is not None
    assert stored.state is RegistrationState.COMPLETED
    assert sorted(wallet.name for wallet in stored.wallets) == sorted(names)


def test_a_fact_without_effect_writes_nothing_and_a_contradiction_only_its_anomaly(store: World) -> None:
    opened(store)
    told(store, ReportedStatus.COMPLETED)
    before = rows(store)
    told(store, ReportedStatus.COMPLETED)
    assert rows(store) == before
    for _ in range(2):
        told(store, ReportedStatus.REJECTED, wallets=(WalletResult("GCASH", "REJECTED"),))
    now = rows(store)
    assert now["registration#REG-1", "item"] == before["registration#REG-1", "item"]
    ((place, item),) = ((key, item) for key, item in now.items() if key not in before)
    assert place[0] == "registration#REG-1"
    assert (item["times_seen"], item["wallets"]) == ({"N": "2"}, {"S": "GCASH REJECTED"})


def test_no_fact_makes_a_registration(store: World) -> None:
    fact = RegistrationUpdate(ReportedStatus.COMPLETED, Source.NOTIFICATION)
    assert store.repository.registrations.settle("REG-1", fact, NOW) is None
    assert rows(store) == {}


# --- by merchant


def standing(world: World, store_id: str = "") -> list[str]:
    """The newest registration of M-1 and the one before it."""
    found = world.repository.registrations.of_merchant("M-1", store_id) or ()
    return [registration.registration_request_id for registration in found if registration]


def test_a_merchant_points_to_its_newest_registration_and_that_to_the_one_before(store: World) -> None:
    assert standing(store) == []
    for number in (1, 2, 3):
        opened(store, f"REG-{number}")
        assert standing(store) == [f"REG-{n}" for n in (number, number - 1) if n]
    opened(store, "REG-4", reference_store_id="S-1")
    opened(store, "REG-5", reference_merchant_id="M-2")
    assert standing(store) == ["REG-3", "REG-2"]
    assert standing(store, "S-1") == ["REG-4"]


def test_what_alipay_refused_is_passed_over(store: World) -> None:
    for number in (1, 2, 3):
        opened(store, f"REG-{number}")
    refused = {"source": Source.REGISTRATION, "code": "PARAM_ILLEGAL"}
    told(store, ReportedStatus.REFUSED, "REG-3", **refused)
    assert standing(store) == ["REG-2", "REG-1"]
    told(store, ReportedStatus.REFUSED, "REG-1", **refused)
    assert standing(store) == ["REG-2"]
    opened(store, "REG-4")
    assert standing(store) == ["REG-4", "REG-2"]
    for number in (4, 2):
        told(store, ReportedStatus.REFUSED, f"REG-{number}", **refused)
    assert standing(store) == []


def test_registrations_of_one_merchant_that_race_stand_in_one_row(store: World) -> None:
    def open_until_stored(number: int) -> None:
        for _ in range(50):
            if store.repository.registrations.open(intent(f"REG-{number}"), NOW):
                return
        pytest.fail("never stored")

    together(6, open_until_stored)
    before = [row.get("supersedes", {}).get("S") for (_, sk), row in rows(store).items() if sk == "item"]
    assert len(before) == len(set(before)) == 6
