"""During a deployment two versions of the code write one table: what the older does not know survives its writes."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from autodebit.clock import SECOND
from autodebit.domain.authentication import Authentication
from autodebit.domain.authentication_states import AuthenticationEvent, AuthenticationState
from autodebit.domain.authorization import Token
from autodebit.domain.authorization_states import AuthorizationEvent
from autodebit.domain.cancellation import NextStep
from autodebit.domain.declaration import Declaration
from autodebit.domain.declaration_states import DeclarationState
from autodebit.domain.grant_lifecycle import revoke_wanted
from autodebit.domain.registration import RegistrationReport, RegistrationSource, RegistrationUpdate, WalletResult
from autodebit.domain.tracked_request import ReportedStatus, Source
from autodebit.repository import new_grant
from tests.repository import refund_samples
from tests.repository.samples import JPY, NOW, consulted, fact, intent, rows
from tests.repository.test_repository_registrations import intent as registration_intent
from tests.support.world import World

LATER = NOW + 30 * SECOND
NEWER = {"S": "of a newer version"}
NESTED = {"M": {"flag": {"BOOL": False}, "rate": {"N": "1.5"}, "empty": {"S": ""}, "none": {"NULL": True}}}
NEW_TOKEN = Token("the-new-token", "the-new-refresh-token")


def marked(world: World, pk: str, sk: str = "item", within: str = "") -> None:
    """A newer version of the code has written attributes that ours does not know."""
    item = rows(world)[pk, sk]
    place = item[within]["M"] if within else item
    place |= {"newer": NEWER, "of_tomorrow": NESTED}
    world.dynamodb.put_item(TableName=world.table, Item=item)


def marks(world: World, pk: str, sk: str = "item", within: str = "") -> tuple[Any, Any]:
    item = rows(world)[pk, sk]
    place = item[within]["M"] if within else item
    return place.get("newer"), place.get("of_tomorrow")


def payment(world: World) -> Callable[[], object]:
    world.repository.payments.open(intent(), NOW)
    told = fact(ReportedStatus.SUCCEEDED, payment_id="2024P", amount=JPY)
    return lambda: world.repository.payments.settle("PAY-1", told, LATER)


def refund(world: World) -> Callable[[], object]:
    refund_samples.paid(world)
    refund_samples.begun(world)
    told = refund_samples.said(ReportedStatus.REJECTED, code="PROCESS_FAIL")
    return lambda: world.repository.refunds.settle("REF-1", told, LATER)


def payment_of_a_refund(world: World) -> Callable[[], object]:
    """The refund's failure writes the payment, too."""
    return refund(world)


def declaration(world: World) -> Callable[[], object]:
    made = Declaration(
        declaration_request_id="DCL-1",
        state=DeclarationState.INITIATED,
        payment_id="2024P",
        customs_code="C",
        amount=JPY,
        amounts=(JPY,),
        body="{}",
        created_at=NOW,
    )
    claimed = world.repository.declarations.open(made, NOW)
    assert claimed is not None

    def write() -> object:
        read = world.repository.declarations.find("DCL-1")
        assert read is not None
        return world.repository.declarations.send_again(read, made, LATER)

    return write


def registration(world: World) -> Callable[[], object]:
    world.repository.registrations.open(registration_intent(), NOW)
    told = RegistrationUpdate(RegistrationReport.PENDING, RegistrationSource.POLL)
    return lambda: world.repository.registrations.settle("REG-1", told, LATER)


def authentication(world: World) -> Callable[[], object]:
    made = Authentication("AUTHN-1", AuthenticationState.INITIATED, "f", "tok_1", 1, "{}", NOW)
    world.repository.authentications.claim(made, LATER)
    return lambda: world.repository.authentications.settle(
        "AUTHN-1", AuthenticationEvent.SENT, NOW, code="SUCCESS", answer="{}"
    )


def authorization(world: World) -> Callable[[], object]:
    world.repository.authorizations.replaced(consulted())
    return lambda: world.repository.authorizations.advance("STATE-1", AuthorizationEvent.CODE, NOW)


def code(world: World) -> Callable[[], object]:
    world.repository.authorizations.replaced(consulted())
    world.repository.codes.receive_code("STATE-1", "the-code", "{}", "GCASH", NOW)
    return lambda: world.repository.codes.claim_code("the-code", "{}", "GCASH", NOW, 1000)


def grant(world: World) -> Callable[[], object]:
    held = world.repository.grants.adopt(new_grant("GCASH", NOW), Token("the-token", "the-refresh-token"))
    return lambda: world.repository.grants.renewed(held, NEW_TOKEN, LATER)


BEFORE = {
    "payment#": payment,
    "refund#": refund,
    "payment#PAY-1": payment_of_a_refund,
    "declaration#": declaration,
    "registration#": registration,
    "authentication#": authentication,
    "authorization#": authorization,
    "code#": code,
    "grant#": grant,
}


@pytest.mark.parametrize(("kind", "prepared"), BEFORE.items(), ids=[made.__name__ for made in BEFORE.values()])
def test_attributes_of_a_newer_version_survive_a_write(store: World, kind: str, prepared: Any) -> None:
    write = prepared(store)
    place = next(key for key in rows(store) if key[0].startswith(kind) and key[1] == "item")
    marked(store, *place)
    before = rows(store)[place]
    write()
    after = rows(store)[place]
    assert after["attempt"] != before["attempt"]
    assert marks(store, *place) == (NEWER, NESTED)


def test_they_survive_a_change_that_is_given_back(store: World) -> None:
    """A send that never left restores what was read before it."""
    store.repository.payments.open(intent(), NOW)
    marked(store, "payment#PAY-1")
    read = store.repository.payments.find("PAY-1")
    assert read is not None
    claimed = store.repository.payments.claim_send(read, LATER)
    assert claimed is not None
    store.repository.payments.release_unsent(claimed, LATER)
    assert marks(store, "payment#PAY-1") == (NEWER, NESTED)


def test_they_survive_in_the_cancel_of_a_payment_and_in_the_next_one(store: World) -> None:
    store.repository.payments.open(intent(), NOW)
    read = store.repository.payments.find("PAY-1")
    assert read is not None
    store.repository.payments.claim_cancel(read, NOW)
    marked(store, "payment#PAY-1", within="cancel")
    refused = fact(ReportedStatus.REJECTED, Source.CANCEL, code="CANCEL_WINDOW_EXCEED", then=NextStep.STOP)
    store.repository.payments.settle("PAY-1", refused, LATER)
    assert marks(store, "payment#PAY-1", within="cancel") == (NEWER, NESTED)
    once_more = store.repository.payments.find("PAY-1")
    assert once_more is not None
    store.repository.payments.claim_cancel(once_more, LATER)
    assert marks(store, "payment#PAY-1", within="cancel") == (NEWER, NESTED)


def test_they_survive_in_an_amount(store: World) -> None:
    store.repository.payments.open(intent(), NOW)
    marked(store, "payment#PAY-1", within="amount")
    store.repository.payments.settle("PAY-1", fact(ReportedStatus.SUCCEEDED, amount=JPY), LATER)
    assert marks(store, "payment#PAY-1", within="amount") == (NEWER, NESTED)


def test_they_survive_in_a_revocation(store: World) -> None:
    held = store.repository.grants.adopt(new_grant("GCASH", NOW), Token("the-token", "the-refresh-token"))
    store.repository.grants.changed(held.handle, lambda grant: revoke_wanted(grant, "{}", NOW))
    marked(store, f"grant#{held.handle}", within="revocation")
    store.repository.grants.renewed(held, NEW_TOKEN, LATER)
    assert marks(store, f"grant#{held.handle}", within="revocation") == (NEWER, NESTED)


def test_they_survive_in_a_wallet_of_a_registration(store: World) -> None:
    store.repository.registrations.open(registration_intent(), NOW)
    heard = RegistrationUpdate(RegistrationReport.PENDING, RegistrationSource.POLL, wallets=(WalletResult("GCASH"),))
    store.repository.registrations.settle("REG-1", heard, LATER)
    item = rows(store)["registration#REG-1", "item"]
    item["wallets"]["L"][0]["M"]["newer"] = NEWER
    store.dynamodb.put_item(TableName=store.table, Item=item)
    decided = replace(heard, wallets=(WalletResult("GCASH", "APPROVED"),))
    store.repository.registrations.settle("REG-1", decided, LATER)
    wallet = rows(store)["registration#REG-1", "item"]["wallets"]["L"][0]["M"]
    assert (wallet["status"], wallet["newer"]) == ({"S": "APPROVED"}, NEWER)


def test_they_survive_in_pointers(store: World) -> None:
    held = store.repository.grants.adopt(new_grant("GCASH", NOW), Token("the-token", "the-refresh-token"))
    store.repository.registrations.open(registration_intent(), NOW)
    pointers = [key for key in rows(store) if key[1] == "pointer" or key[0].startswith("merchant#")]
    assert len(pointers) == 4
    for key in pointers:
        marked(store, *key)
    store.repository.grants.renewed(held, Token("the-token", "the-refresh-token"), LATER)
    store.repository.registrations.open(registration_intent("REG-2"), LATER)
    assert [marks(store, *key) for key in pointers] == [(NEWER, NESTED)] * 4
    assert store.repository.grants.find_by_secret("the-token") == (store.repository.grants.find(held.handle), 2)


def test_they_are_no_part_of_a_records_value(store: World) -> None:
    store.repository.payments.open(intent(), NOW)
    before = store.repository.payments.find("PAY-1")
    marked(store, "payment#PAY-1")
    after = store.repository.payments.find("PAY-1")
    assert before == after
    assert after is not None
    assert after.unknown_attributes["newer"] == "of a newer version"
    assert "newer" not in repr(after)


def test_what_the_store_writes_itself_is_not_taken_for_unknown(store: World) -> None:
    """Else a due time that is gone would leave its entry in the index of due work."""
    store.repository.payments.open(intent(), NOW)
    read = store.repository.payments.find("PAY-1")
    assert read is not None
    assert read.unknown_attributes == {}
    store.repository.payments.settle("PAY-1", fact(ReportedStatus.SUCCEEDED, amount=JPY), LATER)
    assert "due_key" not in rows(store)["payment#PAY-1", "item"]
