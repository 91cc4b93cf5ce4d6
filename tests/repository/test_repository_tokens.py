"""Grants in the table: every version kept, the newest one wins, none in clear and none that opens elsewhere."""

from dataclasses import replace

import pytest

from autodebit.domain.authorization import GrantState, Token
from autodebit.domain.authorization_states import AuthorizationEvent
from autodebit.domain.tracked_request import ReportedStatus, Source
from autodebit.errors import StoreUnavailable
from autodebit.repository import ACCESS_PREFIX, REFRESH_PREFIX, DueItem, Kind, new_grant
from tests.repository.samples import JPY, NOW, consulted, fact, opened, rows, together
from tests.support.world import World

FIRST = Token("first-access-token", "first-refresh-token", "2030-01-01T00:00:00Z", "2031-01-01T00:00:00Z")
SECOND = Token("second-access-token", "second-refresh-token")
CODE = "the-authorization-code"


def test_handles_are_fresh_and_have_128_random_bits() -> None:
    grants = [new_grant("GCASH", NOW) for _ in range(50)]
    assert len({grant.handle for grant in grants} | {grant.refresh_handle for grant in grants}) == 100
    assert all(grant.handle.startswith(ACCESS_PREFIX) and len(grant.handle) == 4 + 32 for grant in grants)
    assert all(grant.refresh_handle.startswith(REFRESH_PREFIX) for grant in grants)


def test_of_ten_threads_that_bring_one_token_all_get_one_grant(store: World) -> None:
    held = together(10, lambda _: store.repository.grants.adopt(new_grant("GCASH", NOW), Token("the-token")))
    assert len({grant.handle for grant in held}) == 1
    assert {(grant.version, grant.newest) for grant in held} == {(1, 1)}
    grants = [pk for pk, sk in rows(store) if pk.startswith("grant#") and sk == "item"]
    assert grants == [f"grant#{held[0].handle}"]
    assert store.repository.grants.token(held[0].handle, 1) == Token("the-token")


def test_a_refresh_token_alone_is_adopted_as_a_grant_that_is_not_usable_yet(store: World) -> None:
    grants = store.repository.grants
    held = grants.adopt(new_grant("GCASH", NOW, state=GrantState.PENDING), Token("", "the-refresh-token"))
    assert not held.usable
    assert grants.find_by_secret("the-refresh-token") == (held, 1)
    assert grants.token(held.handle, 1) == Token("", "the-refresh-token")


def test_a_renewed_token_is_the_newest_and_the_older_version_stays_readable(store: World) -> None:
    grants = store.repository.grants
    held = grants.adopt(new_grant("GCASH", NOW), FIRST)
    renewed = grants.renewed(held, SECOND, NOW)
    assert (renewed.newest, renewed.version, renewed.handle) == (2, 2, held.handle)
    assert grants.find(held.handle) == renewed
    assert grants.token(held.handle, 1) == FIRST
    assert grants.token(held.handle, 2) == SECOND
    assert grants.find_by_secret(FIRST.access) == (renewed, 1)
    assert grants.find_by_secret(SECOND.access) == (renewed, 2)
    assert grants.find_by_refresh_handle(held.refresh_handle) == renewed


def test_a_renewal_that_keeps_the_token_moves_its_pointer_to_the_newest_version(store: World) -> None:
    grants = store.repository.grants
    held = grants.adopt(new_grant("GCASH", NOW), FIRST)
    renewed = grants.renewed(held, replace(FIRST, access_expires="2032-01-01T00:00:00Z"), NOW)
    assert grants.find_by_secret(FIRST.access) == (renewed, 2)
    assert grants.token(held.handle, 2).access_expires == "2032-01-01T00:00:00Z"


def test_renewals_that_race_are_all_kept_under_numbers_of_their_own(store: World) -> None:
    grants = store.repository.grants
    held = grants.adopt(new_grant("GCASH", NOW), FIRST)
    made = together(6, lambda n: store.repository.grants.renewed(held, Token(f"access-{n}", f"refresh-{n}"), NOW))
    assert sorted(grant.newest for grant in made) == [2, 3, 4, 5, 6, 7]
    found = grants.find(held.handle)
    assert found is not None
    assert (found.newest, found.version) == (7, 7)
    assert {grants.token(held.handle, number).access for number in range(2, 8)} == {f"access-{n}" for n in range(6)}


@pytest.mark.parametrize("end", [GrantState.REVOKED, GrantState.EXPIRED])
def test_a_token_that_arrives_after_the_end_is_kept_and_the_grant_stays_ended(store: World, end: GrantState) -> None:
    grants = store.repository.grants
    held = grants.adopt(new_grant("GCASH", NOW), FIRST)
    store.repository.authorizations.close_grant(held, end, AuthorizationEvent.CANCELED, NOW, "TOKEN_CANCELED")
    grants.renewed(held, SECOND, NOW)
    found = grants.find(held.handle)
    assert found is not None
    assert (found.state, found.reason, found.newest) == (end, "TOKEN_CANCELED", 2)
    # After a revoke the new token has to be revoked, too.
    to_revoke = [DueItem(Kind.GRANT, held.handle, NOW)] if end is GrantState.REVOKED else []
    assert store.repository.due.until(NOW) == to_revoke
    assert grants.token(held.handle, 2) == SECOND


def test_a_link_to_the_authorization_that_came_during_a_refresh_is_not_lost(store: World) -> None:
    grants = store.repository.grants
    held = grants.adopt(new_grant("GCASH", NOW), FIRST)
    grants.replaced(replace(held, auth_state="STATE-1"))
    assert grants.renewed(held, SECOND, NOW).auth_state == "STATE-1"


def test_a_renewed_token_that_another_grant_has_is_stored_all_the_same(store: World) -> None:
    grants = store.repository.grants
    by_access = grants.adopt(new_grant("GCASH", NOW), Token("the-token"))
    by_refresh = grants.adopt(new_grant("GCASH", NOW, state=GrantState.PENDING), Token("", "the-refresh-token"))
    renewed = grants.renewed(by_refresh, Token("the-token", "newer-refresh-token"), NOW)
    assert (renewed.handle, renewed.newest) == (by_refresh.handle, 2)
    assert grants.token(by_refresh.handle, 2) == Token("the-token", "newer-refresh-token")
    assert grants.find_by_secret("the-token") == (by_access, 1)


def test_whoever_read_an_older_version_of_a_grant_changes_nothing(store: World) -> None:
    grants = store.repository.grants
    held = grants.adopt(new_grant("GCASH", NOW), FIRST)
    assert [grant for grant in together(8, lambda _: grants.replaced(replace(held, refreshes=1))) if grant] == [
        replace(held, refreshes=1, version=2)
    ]


def test_a_version_that_is_not_stored_is_an_error_not_an_empty_token(store: World) -> None:
    with pytest.raises(LookupError):
        store.repository.grants.token("tok_unknown", 1)


def test_a_token_in_memory_does_not_show_itself() -> None:
    assert repr(FIRST) == "Token(...)"


# --- nothing in clear, nothing that opens elsewhere


def test_no_token_and_no_code_stands_in_clear_anywhere_in_the_table(store: World) -> None:
    repository = store.repository
    repository.authorizations.replaced(consulted())
    repository.codes.receive_code("STATE-1", CODE, "{}", "GCASH", NOW)
    claim = repository.codes.claim_code(CODE, "{}", "GCASH", NOW, 1_000)
    grant = new_grant("GCASH", NOW)
    done, _ = repository.codes.exchanged(claim.code, grant, FIRST, lambda held: held.handle, NOW)
    repository.grants.renewed(grant, SECOND, NOW)
    held = repository.grants.adopt(new_grant("GCASH", NOW), Token("brought-token"))
    repository.authorizations.record_grant_anomaly(held, "superseded", "TOKEN_CANCELED", NOW)
    opened(store)
    repository.payments.settle("PAY-1", fact(ReportedStatus.SUCCEEDED, Source.PAY, payment_id="A", amount=JPY), NOW)
    assert repository.grants.token(done.grant, 2) == SECOND
    text = store.all_text()
    assert done.grant in text
    for secret in (CODE, "brought-token", FIRST.access, FIRST.refresh, SECOND.access, SECOND.refresh):
        assert secret not in text
        assert secret.encode().hex() not in text


def copied(store: World, source: tuple[str, str], target: tuple[str, str], **names: str) -> None:
    """Copy attributes (target name: source name) from one item to another, as a thief with write access would."""
    stored = rows(store)
    item = {**stored[target], **{name: stored[source][taken] for name, taken in names.items()}}
    store.dynamodb.put_item(TableName=store.table, Item=item)


def test_a_token_copied_to_another_grant_does_not_open(store: World) -> None:
    grants = store.repository.grants
    mine = grants.adopt(new_grant("GCASH", NOW), Token("token-of-a-thief"))
    victim = grants.adopt(new_grant("GCASH", NOW), Token("token-of-a-victim"))
    copied(store, (f"grant#{victim.handle}", "token#000001"), (f"grant#{mine.handle}", "token#000001"), access="access")
    with pytest.raises(StoreUnavailable, match="KMS decrypt"):
        grants.token(mine.handle, 1)


@pytest.mark.parametrize(("version", "taken"), [("token#000001", "access"), ("token#000002", "refresh")])
def test_a_token_copied_to_another_version_or_place_of_its_grant_does_not_open(
    store: World, version: str, taken: str
) -> None:
    grants = store.repository.grants
    held = grants.adopt(new_grant("GCASH", NOW), FIRST)
    grants.renewed(held, SECOND, NOW)
    pk = f"grant#{held.handle}"
    copied(store, (pk, version), (pk, "token#000002"), access=taken)
    with pytest.raises(StoreUnavailable, match="KMS decrypt"):
        grants.token(held.handle, 2)


def test_a_code_copied_to_another_item_does_not_open(store: World) -> None:
    codes = store.repository.codes
    mine = codes.claim_code("code-of-a-thief", "{}", "GCASH", NOW, 1_000).code
    victim = codes.claim_code("code-of-a-victim", "{}", "GCASH", NOW, 1_000).code
    copied(store, (f"code#{victim.digest}", "item"), (f"code#{mine.digest}", "item"), code="code")
    with pytest.raises(StoreUnavailable, match="KMS decrypt"):
        codes.secret_of(mine)
