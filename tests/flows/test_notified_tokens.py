"""notifyAuthorization with a token: one that comes after the end of its authorization ends, too."""

from autodebit.domain.authorization import GrantState
from autodebit.domain.authorization_states import AuthorizationEvent, AuthorizationState
from autodebit.gateway.client import Operation
from tests.flows.conftest import Logged
from tests.flows.renewal_steps import agreed, days_pass, tokens
from tests.flows.steps import (
    NEW_TOKEN,
    STATE,
    ask_consent,
    authorization,
    cancel_token,
    grant_of,
    poll,
    run_daily,
    tell,
)
from tests.support.alipay import answer
from tests.support.world import TOKEN, World

LONG_ENOUGH = 2.5


def bring_token(world: World, token: str = NEW_TOKEN, state: str = STATE) -> None:
    tell(world, authorizationNotifyType="TOKEN_CREATED", authState=state, accessToken=token)


def ask_again(world: World) -> None:
    """Another authorization of the same customer, STATE-2, waits for its token."""
    world.alipay.will(Operation.CONSULT, answer("S", "SUCCESS", normalUrl="https://wallet.example.com"))
    ask_consent(world, authState="STATE-2")


def test_a_token_notified_after_the_end_is_revoked(world: World, logged: Logged) -> None:
    """Nobody may pay with it, and Alipay is told so: the customer has ended this authorization."""
    agreed(world, tokens(world, 30))
    cancel_token(world)
    bring_token(world)
    late = grant_of(world, NEW_TOKEN)
    assert (late.state, late.usable, late.revocation is not None) == (GrantState.REVOKED, False, True)
    assert authorization(world).state is AuthorizationState.REVOKED
    assert world.anomalies() == ["a token came for a revoked authorization"]
    assert '"Anomalies"' in logged()
    world.alipay.will(Operation.REVOKE, answer("S", "SUCCESS"))
    poll(world, LONG_ENOUGH)
    assert world.alipay.sends_of(Operation.REVOKE) == [{"accessToken": NEW_TOKEN, "merchantAccountId": "SHOP-7"}]
    assert not grant_of(world, NEW_TOKEN).under_way


def test_a_token_that_others_hold_is_not_revoked_for_an_authorization_that_ended(world: World) -> None:
    agreed(world, tokens(world, 30))
    cancel_token(world)
    ask_again(world)
    bring_token(world, state="STATE-2")
    bring_token(world)
    assert grant_of(world, NEW_TOKEN).usable
    assert authorization(world, "STATE-2").state is AuthorizationState.ACTIVE


def test_a_notified_token_whose_time_is_over_ends_its_authorization_as_expired(world: World) -> None:
    agreed(world, tokens(world, 30, token=None))
    days_pass(world, 31)
    run_daily(world)
    assert grant_of(world).state is GrantState.EXPIRED
    ask_again(world)
    bring_token(world, TOKEN, "STATE-2")
    assert authorization(world, "STATE-2").state is AuthorizationState.EXPIRED


def test_a_token_for_a_failed_authorization_is_kept_and_is_an_anomaly(world: World, logged: Logged) -> None:
    ask_again(world)
    world.repository.authorizations.advance("STATE-2", AuthorizationEvent.REFUSED, world.clock.now())
    bring_token(world, state="STATE-2")
    assert world.anomalies() == ["a token came for a failed authorization"]
    assert '"Anomalies"' in logged()
    assert grant_of(world, NEW_TOKEN).state is GrantState.ACTIVE
