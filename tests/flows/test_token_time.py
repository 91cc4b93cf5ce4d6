"""Whatever is sent about a token looks at the clock right before: a slow KMS and a slow store take their time first."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from autodebit.domain.authentication_states import AuthenticationState
from autodebit.domain.authorization import CodeState, Grant
from autodebit.domain.authorization_states import AuthorizationState
from autodebit.gateway.client import Operation, VerifiedResponse
from tests.flows.renewal_steps import agreed, days_pass, tokens
from tests.flows.steps import (
    CODE,
    NEW_REFRESH,
    NEW_TOKEN,
    STATE,
    ask_consent,
    auth_code,
    authentication,
    authorization,
    body_of,
    bring_code,
    end_consent,
    grant_of,
    poll,
    redirect,
    refresh,
    result_of,
    run_daily,
    send_password,
    tell,
    token_answer,
)
from tests.support.alipay import answer, no_answer
from tests.support.slow import Slow
from tests.support.world import World

APPLY, REVOKE, INIT = Operation.APPLY_TOKEN, Operation.REVOKE, Operation.INIT_AUTHENTICATION
DONE = answer("S", "SUCCESS", "Success")
RENEWED = token_answer(NEW_TOKEN, NEW_REFRESH)
NEEDED = 15_000
"""What an answer within 12 s and its record need, in milliseconds."""
LONG_ENOUGH = 2.5


@pytest.fixture
def handle(world: World) -> str:
    """The handle of a customer who has agreed."""
    world.alipay.will(APPLY, token_answer())
    handle: str = body_of(redirect(world))["accessToken"]
    world.alipay.sent.clear()
    return handle


def slow_kms(world: World, seconds: float) -> None:
    world.kms = Slow(world.kms, world.clock, seconds)


def slow_store(world: World, seconds: float) -> None:
    world.dynamodb = Slow(world.dynamodb, world.clock, seconds)


def slow_writes(world: World, seconds: float) -> None:
    world.dynamodb = Slow(world.dynamodb, world.clock, seconds, of=("put_item", "transact_write_items"))


def slow_reads(world: World, seconds: float) -> None:
    world.dynamodb = Slow(world.dynamodb, world.clock, seconds, of=("get_item",))


def at_speed(world: World) -> None:
    world.kms = getattr(world.kms, "_client", world.kms)
    world.dynamodb = getattr(world.dynamodb, "_client", world.dynamodb)


def kms_six(world: World) -> None:
    slow_kms(world, 6)


def both_three(world: World) -> None:
    slow_kms(world, 3)
    slow_writes(world, 3)


def writes_six(world: World) -> None:
    slow_writes(world, 6)


SLOWNESS = [kms_six, both_three, writes_six]


# --- exchanges


@pytest.mark.parametrize("slow", SLOWNESS)
def test_a_code_is_not_exchanged_without_the_time_to_store_its_token(world: World, slow: Callable[..., None]) -> None:
    slow(world)
    began = world.clock.now()
    world.alipay.will(APPLY, token_answer())
    reply = redirect(world, seconds=19)
    assert world.clock.now() - began <= 25_000
    assert world.alipay.sends_of(APPLY) == []
    assert result_of(reply) == (200, "U", "AUTH_IN_PROCESS")
    code = auth_code(world)
    assert (code.state, code.sends, code.lost, code.lease_until) == (CodeState.WAITING, 0, False, 0)
    at_speed(world)
    world.clock.forward(5)
    poll(world, LONG_ENOUGH)
    assert auth_code(world).state is CodeState.EXCHANGED
    assert world.anomalies() == []


def test_what_is_left_when_a_code_is_sent_is_enough_for_its_answer(world: World) -> None:
    left: list[int] = []
    slow_kms(world, 4)
    began = world.clock.now()
    world.alipay.will(APPLY, lambda _body: (left.append(25_000 - (world.clock.now() - began)), token_answer())[1])
    assert result_of(redirect(world)) == (200, "S", "SUCCESS")
    assert left[0] >= NEEDED


def test_the_exchange_of_a_notification_keeps_time_for_its_record(world: World) -> None:
    world.alipay.will(Operation.CONSULT, answer("S", "SUCCESS", normalUrl="https://wallet.example.com"))
    ask_consent(world)
    world.alipay.will(APPLY, token_answer())
    slow_writes(world, 3)
    slow_kms(world, 3)
    bring_code(world)
    assert world.alipay.sends_of(APPLY) == []
    assert auth_code(world).due_at is not None
    at_speed(world)
    world.clock.forward(5)
    poll(world, LONG_ENOUGH)
    assert authorization(world).state is AuthorizationState.ACTIVE


def test_the_exchange_of_a_notification_needs_eight_seconds_only(world: World) -> None:
    world.alipay.will(Operation.CONSULT, answer("S", "SUCCESS", normalUrl="https://wallet.example.com"))
    ask_consent(world)
    world.alipay.will(APPLY, token_answer())
    slow_kms(world, 4)
    tell(world, authorizationNotifyType="AUTHCODE_CREATED", authState=STATE, authCode=CODE)
    assert len(world.alipay.sends_of(APPLY)) == 1


def test_a_poller_whose_claim_took_long_leaves_the_code_to_the_next(world: World) -> None:
    world.alipay.will(APPLY, answer("U", "AUTH_IN_PROCESS", "wait"), token_answer())
    redirect(world)
    world.clock.forward(3)
    slow_writes(world, 12)
    poll(world, 20)
    assert len(world.alipay.sends_of(APPLY)) == 1
    at_speed(world)
    world.clock.forward(60)
    poll(world, LONG_ENOUGH)
    assert auth_code(world).state is CodeState.EXCHANGED


# --- refresh and revoke


def leases_overlap(world: World, handle: str, first: Callable[[], object], second: Callable[[], object]) -> bool:
    """Whether *second* sends while the answer to *first* may still come: its invocation lasts until 25 s after its begin."""
    began = world.clock.now()
    sent: list[int] = []

    def while_it_waits(_body: object) -> VerifiedResponse:
        sent.append(world.clock.now())
        before = len(world.alipay.sent)
        at_speed(world)
        world.clock.time = began + 24_900
        second()
        crossed.append(len(world.alipay.sent) > before)
        raise no_answer("first")

    crossed: list[bool] = []
    world.alipay.will(APPLY, while_it_waits, RENEWED)
    world.alipay.will(REVOKE, while_it_waits, DONE)
    first()
    assert sent, "nothing was sent: the test shows nothing"
    return crossed[0]


@pytest.mark.parametrize("second", ["refresh", "revoke", "poll"])
@pytest.mark.parametrize("first", ["refresh", "revoke"])
@pytest.mark.parametrize("slow", [kms_six, both_three])
def test_refresh_and_revoke_never_overlap_however_slow_kms_is(
    world: World, handle: str, slow: Callable[..., None], first: str, second: str
) -> None:
    refresh_handle = grant_of(world).refresh_handle
    steps: dict[str, Callable[[], object]] = {
        "refresh": lambda: refresh(world, refresh_handle) if not grant_of(world).revocation else None,
        "revoke": lambda: end_consent(world, handle),
        "poll": lambda: poll(world, LONG_ENOUGH),
    }
    slow(world)
    assert not leases_overlap(world, handle, steps[first], steps[second])


@pytest.mark.parametrize("slow", [kms_six, both_three, writes_six])
def test_a_refresh_is_given_back_when_no_time_is_left_to_send(
    world: World, handle: str, slow: Callable[..., None]
) -> None:
    refresh_handle = grant_of(world).refresh_handle
    slow(world)
    assert result_of(refresh(world, refresh_handle, seconds=19)) == (503, "U", "UNKNOWN_EXCEPTION")
    assert world.alipay.sent == []
    grant = grant_of(world)
    assert (grant.under_way, grant.lease_until) == (False, 0)


@pytest.mark.parametrize("slow", [kms_six, both_three, writes_six])
def test_a_revoke_is_given_back_when_no_time_is_left_to_send(
    world: World, handle: str, slow: Callable[..., None]
) -> None:
    slow(world)
    assert result_of(end_consent(world, handle, seconds=19)) == (503, "U", "UNKNOWN_EXCEPTION")
    assert world.alipay.sent == []
    grant = grant_of(world)
    assert grant.revocation is not None
    assert (grant.revocation.sends, grant.lease_until) == (0, 0)
    assert grant.due_at is not None


def claimed_by_a_poller(world: World) -> Grant:
    world.alipay.will(REVOKE, no_answer("revoke"))
    end_consent(world)
    world.clock.forward(3)
    return grant_of(world)


def test_a_poller_whose_claim_took_longer_than_its_lease_sends_nothing(world: World, handle: str) -> None:
    """A poller has a minute, its lease is shorter: what it would send could cross what the next one sends."""
    claimed_by_a_poller(world)
    slow_writes(world, 12)
    poll(world, 45)
    assert len(world.alipay.sends_of(REVOKE)) == 1
    at_speed(world)
    world.alipay.will(REVOKE, DONE)
    world.clock.forward(60)
    poll(world, LONG_ENOUGH)
    assert grant_of(world).revocation is None


def test_a_daily_run_whose_claim_took_long_renews_the_next_day(world: World) -> None:
    agreed(world, tokens(world, 20))
    days_pass(world, 11)
    world.alipay.will(APPLY, tokens(world, 300, access=NEW_TOKEN, token=NEW_REFRESH))
    slow_writes(world, 12)
    run_daily(world)
    assert world.alipay.sent == []
    assert not grant_of(world).under_way
    at_speed(world)
    run_daily(world)
    assert grant_of(world, NEW_TOKEN).newest == 2


# --- consult and passwords


@pytest.mark.parametrize("slow", [slow_writes, slow_store])
def test_a_consult_is_not_sent_without_time_for_its_answer(world: World, slow: Callable[..., None]) -> None:
    world.alipay.will(Operation.CONSULT, answer("F", "PROCESS_FAIL", "no"))
    slow(world, 6)
    assert result_of(ask_consent(world, seconds=20)) == (503, "U", "UNKNOWN_EXCEPTION")
    assert world.alipay.sent == []
    at_speed(world)
    assert result_of(ask_consent(world)) == (200, "F", "PROCESS_FAIL")
    assert authorization(world).state is AuthorizationState.FAILED


@pytest.mark.parametrize("slow", [kms_six, both_three, writes_six])
def test_a_password_is_not_sent_without_time_for_its_answer(
    world: World, handle: str, slow: Callable[..., None]
) -> None:
    slow(world)
    assert result_of(send_password(world, handle, seconds=19)) == (503, "U", "UNKNOWN_EXCEPTION")
    assert world.alipay.sent == []
    stored = authentication(world)
    assert (stored.state, stored.sends, stored.lease_until) == (AuthenticationState.INITIATED, 0, 0)


def test_a_password_is_leased_until_its_sender_has_certainly_ended(world: World, handle: str) -> None:
    crossed: list[tuple[int, str, str]] = []
    slow_kms(world, 6)
    began = world.clock.now()

    def while_it_waits(_body: object) -> VerifiedResponse:
        at_speed(world)
        world.clock.time = began + 24_900
        crossed.append(result_of(send_password(world, handle)))
        raise no_answer("initAuthentication")

    world.alipay.will(INIT, while_it_waits, answer("S", "SUCCESS"))
    send_password(world, handle)
    assert crossed == [(200, "U", "UNKNOWN_EXCEPTION")]
    assert len(world.alipay.sends_of(INIT)) == 1


def test_a_short_lease_of_the_plan_sends_nothing_rather_than_too_long(world: World, handle: str) -> None:
    world.settings = replace(world.settings, plan=replace(world.settings.plan, send_lease=10_000))
    assert result_of(end_consent(world, handle)) == (503, "U", "UNKNOWN_EXCEPTION")
    assert world.alipay.sent == []
