"""More words for flow tests: tokens near their end."""

from datetime import UTC, datetime, timedelta

from autodebit.domain.authorization import Grant, GrantState
from autodebit.domain.authorization_states import AuthorizationState
from autodebit.gateway.client import Operation, VerifiedResponse
from tests.flows.steps import (
    REFRESH,
    authorization,
    bring_code,
    grant_of,
    open_consent_page,
)
from tests.support.alipay import answer
from tests.support.world import TOKEN, World


def in_days(world: World, days: float, zone: str = "+00:00") -> str:
    moment = datetime.fromtimestamp(world.clock.now() / 1_000, UTC) + timedelta(days=days)
    return moment.strftime(f"%Y-%m-%dT%H:%M:%S{zone}")


def tokens(
    world: World, days: float, *, access: str = TOKEN, token: str | None = REFRESH, refresh_days: float = 400
) -> VerifiedResponse:
    """An answer to applyToken whose access token lives for so many days from now."""
    told = {"accessToken": access, "accessTokenExpiryTime": in_days(world, days)}
    if token is not None:
        told |= {"refreshToken": token, "refreshTokenExpiryTime": in_days(world, refresh_days)}
    return answer("S", "SUCCESS", "ok", **told)


def agreed(world: World, told: VerifiedResponse, wallet: str = "GCASH") -> Grant:
    """A customer agrees and gets the tokens of *told*."""
    open_consent_page(world, merchantAccountId="SHOP-7", merchantRegion="JP", customerBelongsTo=wallet)
    world.alipay.will(Operation.APPLY_TOKEN, told)
    bring_code(world)
    world.alipay.sent.clear()
    return grant_of(world)


def days_pass(world: World, days: float) -> None:
    world.clock.forward(days * 86_400)


def standing(world: World) -> tuple[GrantState, AuthorizationState]:
    return grant_of(world).state, authorization(world).state
