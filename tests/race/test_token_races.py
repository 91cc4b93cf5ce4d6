"""Many threads in several processes on one authorization, on DynamoDB Local. Judges are what arrives at Alipay, and its books."""

from typing import Any

import pytest
import requests

from autodebit.contract import NotifyAuthorizationRequest
from autodebit.domain.authorization import Grant, GrantState
from autodebit.domain.authorization_states import AuthorizationState
from autodebit.flows.authorizations.consent import notify_authorization
from autodebit.flows.authorizations.revoke import poll_grant
from tests.promises.customer import agree
from tests.promises.shop import Shop
from tests.race.arrivals import arrived, calls, latest, sent_together
from tests.race.conftest import Race
from tests.race.worker import Step
from tests.support.limit import Limit

HELD = 0.2
"""Seconds for which Alipay keeps every answer about a token, so that what is sent meanwhile is sent together with it."""
LONG = 3.0
"""The same, and long enough for six racers to come before the answer does: whoever comes later may send again."""


def customer(shop: Shop, state: str) -> Grant:
    """The grant of a customer who has just agreed, as Alipay has notified."""
    told = {
        "authorizationNotifyType": "AUTHCODE_CREATED",
        "authState": state,
        "authCode": agree(shop.runtime(), state=state),
        "result": {"resultStatus": "S", "resultCode": "SUCCESS"},
    }
    notify_authorization(NotifyAuthorizationRequest.read(told), shop.runtime())
    authorization = shop.world.repository.authorizations.find(state)
    assert authorization is not None
    assert authorization.state is AuthorizationState.ACTIVE
    return grant(shop, authorization.grant)


def grant(shop: Shop, handle: str) -> Grant:
    found = shop.world.repository.grants.find(handle)
    assert found is not None
    return found


def slowly(shop: Shop, seconds: float = HELD) -> None:
    for operation in ("applyToken", "revoke"):
        shop.fault("delay", 99, operation, seconds=seconds)


def books(shop: Shop, state: str) -> dict[str, Any]:
    """What Alipay has of this authorization."""
    entries = requests.get(f"{shop.simulator}/_sandbox/authorizations", timeout=10).json()
    (found,) = [entry for entry in entries if entry["authState"] == state]
    return dict(found)


def seen_to(shop: Shop, handle: str) -> Grant:
    """The grant after the poller has done its work."""
    limit = Limit(20)
    while (now := grant(shop, handle)).under_way:
        limit.step()
        shop.world.clock.time = max(shop.world.clock.time, now.due_at or 0)
        poll_grant(handle, shop.runtime())
    return now


@pytest.mark.parametrize("revoke_later", [0.0, 0.05, HELD + 0.05], ids=["at one moment", "during", "after"])
def test_refreshes_against_revokes_are_never_under_way_together_and_end_the_newest_token(
    shop: Shop, race: Race, revoke_later: float
) -> None:
    customers = {f"STATE-{number}": customer(shop, f"STATE-{number}") for number in range(2, 5)}
    slowly(shop)
    shop.world.clock.time = max(known.due_at or 0 for known in customers.values())
    for state, known in customers.items():
        before = latest(shop)
        refreshes = [Step("refresh", (known.refresh_handle,)), Step("renew", (known.handle,))] * 3
        told = race(*refreshes, *[Step("revoke", (known.handle,), later=revoke_later)] * 5)
        ended = seen_to(shop, known.handle)
        found, booked = calls(shop, "applyToken", "revoke", after=before), books(shop, state)
        authorization = shop.world.repository.authorizations.find(state)

        assert set(told) <= {"S", "U", "INVALID_REFRESH_TOKEN", "done"}, told
        assert sent_together(found, HELD) == []
        # Once the end has come, nothing renews: so the revoke is the last to arrive, and the only one.
        assert [call["operation"] for call in found].index("revoke") == len(found) - 1, found
        assert (booked["revoked"], {token["valid"] for token in booked["tokens"]}) == (True, {False})
        assert (ended.state, ended.newest, ended.due_at) == (GrantState.REVOKED, len(booked["tokens"]), None)
        assert authorization is not None
        assert authorization.state is AuthorizationState.REVOKED
    assert shop.world.anomalies() == []


def test_of_refreshes_from_everywhere_one_arrives_and_all_pay_with_what_it_brought(shop: Shop, race: Race) -> None:
    known = customer(shop, "STATE-2")
    slowly(shop, LONG)
    before = latest(shop)
    told = race(*[Step("refresh", (known.refresh_handle,), later=number * 0.1) for number in range(6)])
    assert sorted(told) == ["S"] + ["U"] * 5
    assert arrived(shop, "applyToken", before) == 1
    assert grant(shop, known.handle).newest == len(books(shop, "STATE-2")["tokens"]) == 2
    shop.handle = known.handle
    shop.pay()
    assert shop.debits() == 1


def test_of_daily_renewals_from_everywhere_one_arrives(shop: Shop, race: Race) -> None:
    known = customer(shop, "STATE-2")
    slowly(shop)
    shop.world.clock.time = known.due_at or 0
    before = latest(shop)
    race(*[Step("renew", (known.handle,))] * 12)
    assert arrived(shop, "applyToken", before) == 1
    assert grant(shop, known.handle).newest == 2


def test_of_revokes_from_everywhere_one_arrives_and_the_daily_renewal_keeps_away(shop: Shop, race: Race) -> None:
    known = customer(shop, "STATE-2")
    shop.fault("unknown", operation="revoke")
    race(Step("revoke", (known.handle,)))
    slowly(shop, 2 * HELD)
    shop.world.clock.time = grant(shop, known.handle).due_at or 0
    before = latest(shop)
    renewals = [Step("renew", (known.handle,))] * 3
    told = race(*renewals, *[Step(does, (known.handle,), later=0.2) for does in ("see to", "revoke")] * 4)
    assert set(told) <= {"done", "S", "U"}
    assert (arrived(shop, "revoke", before), arrived(shop, "applyToken", before)) == (1, 0)
    assert grant(shop, known.handle).state is GrantState.REVOKED
