"""Authentications in the table: one sender at a time, no news lost, nothing due."""

from dataclasses import replace

from autodebit.clock import DAY
from autodebit.domain.authentication import Authentication
from autodebit.domain.authentication_states import AuthenticationEvent, AuthenticationState
from tests.repository.samples import NOW, rows, together
from tests.support.world import World

INTENT = Authentication("AUTHN-1", AuthenticationState.INITIATED, "f", "tok_1", 1, '{"a":1}', NOW)


def claimed(store: World, before: Authentication = INTENT) -> Authentication:
    made = store.repository.authentications.claim(before, NOW + 9)
    assert made is not None
    return made


def test_of_twenty_threads_that_begin_one_authentication_one_may_send(store: World) -> None:
    made = together(20, lambda _: store.repository.authentications.claim(INTENT, NOW + 9))
    winners = [item for item in made if item]
    assert len(winners) == 1
    assert store.repository.authentications.find("AUTHN-1") == winners[0]
    assert winners[0] == replace(INTENT, version=1, sends=1, lease_until=NOW + 9)


def test_it_is_never_due(store: World) -> None:
    claimed(store)
    assert store.repository.due.until(NOW + 400 * DAY) == []
    assert "due_at" not in rows(store)["authentication#AUTHN-1", "item"]


def test_a_lease_is_given_back_by_whoever_holds_it(store: World) -> None:
    first = claimed(store)
    second = claimed(store, first)
    store.repository.authentications.release(first, unsent=True)
    assert store.repository.authentications.find("AUTHN-1") == second
    store.repository.authentications.release(second, unsent=True)
    found = store.repository.authentications.find("AUTHN-1")
    assert found is not None
    assert (found.sends, found.lease_until) == (1, 0)


def test_news_that_races_is_all_counted(store: World) -> None:
    claimed(store)
    together(
        8, lambda _: store.repository.authentications.settle("AUTHN-1", AuthenticationEvent.WRONG, NOW, code="SUCCESS")
    )
    found = store.repository.authentications.find("AUTHN-1")
    assert found is not None
    assert (found.state, found.wrong_tries) == (AuthenticationState.SENT, 8)


def test_news_without_effect_writes_nothing_and_news_of_nobody_is_none(store: World) -> None:
    authentications = store.repository.authentications
    claimed(store)
    passed, _ = authentications.settle("AUTHN-1", AuthenticationEvent.RIGHT, NOW, code="SUCCESS")
    assert passed is not None
    assert authentications.settle("AUTHN-1", AuthenticationEvent.USELESS, NOW, code="USER_NOT_EXIST") == (passed, "")
    assert authentications.find("AUTHN-1") == passed
    assert authentications.settle("NOBODY", AuthenticationEvent.RIGHT, NOW, code="SUCCESS") == (None, "")


def test_news_that_contradicts_is_counted_not_applied(store: World) -> None:
    authentications = store.repository.authentications
    claimed(store)
    failed, _ = authentications.settle("AUTHN-1", AuthenticationEvent.REFUSED, NOW, code="PROCESS_FAIL", answer="no")
    for _ in range(2):
        after = authentications.settle("AUTHN-1", AuthenticationEvent.RIGHT, NOW, code="SUCCESS")
        assert after == (failed, "an authentication that had failed was passed")
    [kept] = [item for (_, sk), item in rows(store).items() if sk.startswith("anomaly#")]
    assert (kept["pk"], kept["times_seen"]) == ({"S": "authentication#AUTHN-1"}, {"N": "2"})
