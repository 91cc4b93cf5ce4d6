"""Steps of revokes: where a customer's authorization stands, and what is said of it."""

from autodebit.domain.authorization import GrantState
from autodebit.domain.authorization_states import AuthorizationState
from tests.flows.steps import NEW_REFRESH, NEW_TOKEN, authorization, grant_of, token_answer
from tests.support.alipay import answer
from tests.support.world import World

DONE = answer("S", "SUCCESS", "Success")
RENEWED = token_answer(NEW_TOKEN, NEW_REFRESH)
LONG_ENOUGH = 2.5


def standing(world: World) -> tuple[GrantState, AuthorizationState, bool]:
    """State of the grant and of its authorization, and whether a revoke is wanted."""
    grant = grant_of(world)
    return grant.state, authorization(world).state, grant.revocation is not None


ENDED = (GrantState.REVOKED, AuthorizationState.REVOKED, False)
WANTED = (GrantState.ACTIVE, AuthorizationState.ACTIVE, True)
AS_BEFORE = (GrantState.ACTIVE, AuthorizationState.ACTIVE, False)
