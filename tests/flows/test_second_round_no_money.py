"""Declarations and registrations: F only once stored, 503 only if nothing left, no word on another request, throttling."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from autodebit.domain.declaration_states import DeclarationState
from autodebit.domain.registration_states import RegistrationState
from autodebit.domain.tracked_request import ID_TAKEN
from autodebit.gateway.client import Operation, VerifiedResponse
from autodebit.responses import Response
from tests.flows.customs_steps import (
    LESS,
    ask_customs,
    declaration,
    hand_over,
    handed_over,
    on_record,
    poll_customs_when_due,
    record,
)
from tests.flows.registering import (
    accepted,
    inquire_status,
    notify_review,
    poll_registration_when_due,
    register,
    registered,
    stands,
)
from tests.flows.steps import message_of, outage, result_of
from tests.support.alipay import answer, no_answer, not_reached, unsigned
from tests.support.world import World


@dataclass(frozen=True)
class Kind:
    """What the two kinds have in common, in the words of these tests."""

    operation: Operation
    inquiry: Operation
    send: Callable[..., Response]
    stored: Callable[[World], Any]
    poll: Callable[[World], None]
    ask: Callable[[World], Response]
    accepted: VerifiedResponse
    done: VerifiedResponse
    """An inquiry that finds it finished."""
    first_f: str


DECLARATION = Kind(
    Operation.DECLARE,
    Operation.INQUIRY_DECLARATION_REQUESTS,
    hand_over,
    declaration,
    poll_customs_when_due,
    ask_customs,
    handed_over(),
    on_record(record()),
    "RISK_REJECT",
)
REGISTRATION = Kind(
    Operation.REGISTRATION,
    Operation.INQUIRY_REGISTRATION_STATUS,
    register,
    registered,
    poll_registration_when_due,
    inquire_status,
    accepted(),
    stands("COMPLETED"),
    "PARAM_ILLEGAL",
)
both = pytest.mark.parametrize("kind", [DECLARATION, REGISTRATION], ids=["declare", "registration"])
LOST = {"no answer": no_answer(), "unsigned": unsigned()}
THROTTLED = answer("U", "REQUEST_TRAFFIC_EXCEED_LIMIT", "slow down")


def sends(world: World, kind: Kind) -> int:
    return len(world.alipay.sends_of(kind.operation))


# --- F is told once it is stored


@both
@pytest.mark.parametrize("later", ["S", "F"])
def test_an_f_that_could_not_be_stored_is_u_and_a_repeat_tells(world: World, kind: Kind, later: str) -> None:
    store = outage(world)

    def and_then_the_store_is_gone(_body: object) -> VerifiedResponse:
        store.on = True
        return answer("F", kind.first_f)

    world.alipay.will(kind.operation, and_then_the_store_is_gone)
    assert result_of(kind.send(world)) == (200, "U", "UNKNOWN_EXCEPTION")
    store.on = False
    assert kind.stored(world).state.open
    world.clock.forward(60)
    world.alipay.will(kind.operation, kind.accepted if later == "S" else answer("F", kind.first_f))
    # F again may speak of the first send, which Alipay may have kept; it is told as U.
    assert result_of(kind.send(world))[:2] == (200, "S" if later == "S" else "U")


@both
def test_an_f_that_is_stored_at_the_last_try_is_told(world: World, kind: Kind) -> None:
    store = outage(world)

    def and_then_the_store_is_away_for_a_moment(_body: object) -> VerifiedResponse:
        store.on, store.ends_after = True, store.calls + 3
        return answer("F", kind.first_f)

    world.alipay.will(kind.operation, and_then_the_store_is_away_for_a_moment)
    assert result_of(kind.send(world)) == (200, "F", kind.first_f)
    assert kind.stored(world).state.value == "FAIL"


def test_the_f_of_a_retransmission_that_could_not_be_stored_is_u(world: World) -> None:
    world.alipay.will(Operation.DECLARE, handed_over())
    hand_over(world)
    world.clock.forward(300)
    store = outage(world)

    def and_then_the_store_is_gone(_body: object) -> VerifiedResponse:
        store.on = True
        return answer("F", "TOTAL_DECLARATION_AMOUNT_EXCEED")

    world.alipay.will(Operation.DECLARE, and_then_the_store_is_gone)
    assert result_of(hand_over(world, declarationAmount=LESS)) == (200, "U", "UNKNOWN_EXCEPTION")
    store.on = False
    assert declaration(world).state is DeclarationState.IN_PROCESS


@both
def test_an_s_that_could_not_be_stored_is_still_told(world: World, kind: Kind) -> None:
    store = outage(world)

    def and_then_the_store_is_gone(_body: object) -> VerifiedResponse:
        store.on = True
        return kind.accepted

    world.alipay.will(kind.operation, and_then_the_store_is_gone)
    assert kind.send(world).text == kind.accepted.text


# --- 503 speaks of the id, not of one request


@both
@pytest.mark.parametrize("first", LOST.values(), ids=LOST)
def test_a_repeat_that_never_left_after_a_send_that_may_have_is_200_u(world: World, kind: Kind, first: Any) -> None:
    world.alipay.will(kind.operation, first, not_reached())
    kind.send(world)
    assert result_of(kind.send(world)) == (200, "U", "UNKNOWN_EXCEPTION")
    assert kind.stored(world).sends == 1


@both
@pytest.mark.parametrize("first", LOST.values(), ids=LOST)
def test_a_repeat_without_time_after_a_send_that_may_have_left_is_200_u(world: World, kind: Kind, first: Any) -> None:
    world.alipay.will(kind.operation, first)
    kind.send(world)
    assert result_of(kind.send(world, seconds=14)) == (200, "U", "UNKNOWN_EXCEPTION")
    assert sends(world, kind) == 1


@both
def test_a_second_request_that_never_left_after_one_that_never_left_is_503(world: World, kind: Kind) -> None:
    world.alipay.will(kind.operation, not_reached())
    for _ in range(2):
        assert result_of(kind.send(world)) == (503, "U", "UNKNOWN_EXCEPTION")
    assert kind.stored(world).sends == 0
    assert result_of(kind.send(world, seconds=14))[0] == 503


@pytest.mark.parametrize("seconds", [25, 14], ids=["not reached", "no time"])
def test_a_retransmission_that_never_left_is_200_u_for_the_first_one_did(world: World, seconds: float) -> None:
    world.alipay.will(Operation.DECLARE, handed_over(), not_reached())
    hand_over(world)
    world.clock.forward(300)
    assert result_of(hand_over(world, seconds=seconds, declarationAmount=LESS)) == (200, "U", "UNKNOWN_EXCEPTION")


@both
@pytest.mark.parametrize(("lost", "status"), [(False, 503), (True, 200)], ids=["first", "repeat"])
def test_time_that_the_claim_took_is_seen_and_the_claim_given_back(
    world: World, kind: Kind, lost: bool, status: int
) -> None:
    if lost:
        world.alipay.will(kind.operation, no_answer())
        kind.send(world)
    world.dynamodb = Slow(world, "put_item", "transact_write_items")
    before = sends(world, kind)
    assert result_of(kind.send(world)) == (status, "U", "UNKNOWN_EXCEPTION")
    assert sends(world, kind) == before
    assert (kind.stored(world).sends, kind.stored(world).leased(world.clock.now())) == (int(lost), False)


class Slow:
    """A table of which the first write takes eleven seconds."""

    def __init__(self, world: World, *methods: str) -> None:
        self._world, self._client, self._methods, self._done = world, world.dynamodb, methods, False

    def __getattr__(self, name: str) -> Any:
        if name in self._methods and not self._done:
            self._done = True
            self._world.clock.forward(11)
        return getattr(self._client, name)


# --- another request of the id


@both
@pytest.mark.parametrize("first", [None, *LOST.values()], ids=["first send", *LOST])
def test_after_repeat_req_inconsistent_no_word_settles_and_nothing_is_sent(
    world: World, kind: Kind, first: Any
) -> None:
    """No send of ours ever carried other content, so the request that came first under this id is not ours."""
    if first is not None:
        world.alipay.will(kind.operation, first)
        kind.send(world)
    world.alipay.will(kind.operation, answer("F", "REPEAT_REQ_INCONSISTENT"))
    assert result_of(kind.send(world)) == (200, "U", "UNKNOWN_EXCEPTION")
    assert kind.stored(world).id_taken
    assert world.anomalies() == [ID_TAKEN]
    count, asked = sends(world, kind), len(world.alipay.sends_of(kind.inquiry))
    world.alipay.will(kind.inquiry, kind.done)
    for _ in range(3):
        kind.poll(world)
    assert "another request" in message_of(kind.send(world))
    assert kind.stored(world).state.value == "INITIATED"
    assert kind.stored(world).due_at is not None
    assert (sends(world, kind), len(world.alipay.sends_of(kind.inquiry))) == (count, asked)
    assert "another request" in message_of(kind.ask(world))
    assert kind.stored(world).state.value == "INITIATED"


def test_a_notification_of_another_requests_registration_settles_nothing(world: World) -> None:
    world.alipay.will(Operation.REGISTRATION, answer("F", "REPEAT_REQ_INCONSISTENT"))
    register(world)
    notify_review(world, "COMPLETED", GCASH="APPROVED")
    stored = registered(world)
    assert (stored.state, stored.wallets) == (RegistrationState.INITIATED, ())
    assert world.anomalies() == [ID_TAKEN, ID_TAKEN]


def test_a_taken_registration_does_not_hide_the_one_before_it(pending: World) -> None:
    pending.alipay.will(Operation.REGISTRATION, answer("F", "REPEAT_REQ_INCONSISTENT"))
    register(pending, request_id="REG-2")
    notify_review(pending, "COMPLETED", request_id=None)
    assert registered(pending).state is RegistrationState.COMPLETED


@both
def test_a_word_on_what_never_left_settles_nothing(world: World, kind: Kind) -> None:
    world.alipay.will(kind.operation, not_reached())
    kind.send(world)
    world.alipay.will(kind.inquiry, kind.done)
    kind.poll(world)
    assert kind.stored(world).state.value == "INITIATED"
    assert world.anomalies() == [ID_TAKEN]


def test_repeat_req_inconsistent_to_a_retransmission_with_other_data_is_about_our_own_first(world: World) -> None:
    world.alipay.will(Operation.DECLARE, handed_over(), answer("F", "REPEAT_REQ_INCONSISTENT"))
    hand_over(world)
    world.clock.forward(300)
    hand_over(world, declarationAmount=LESS)
    assert (declaration(world).state, declaration(world).id_taken) == (DeclarationState.IN_PROCESS, False)


# --- throttled


@both
def test_a_throttled_send_is_sent_again_by_a_repeat_after_a_short_wait(world: World, kind: Kind) -> None:
    world.alipay.will(kind.operation, THROTTLED, kind.accepted)
    assert result_of(kind.send(world)) == (200, "U", "REQUEST_TRAFFIC_EXCEED_LIMIT")
    assert result_of(kind.send(world)) == (200, "U", "REQUEST_TRAFFIC_EXCEED_LIMIT")
    assert sends(world, kind) == 1
    world.clock.forward(3)
    assert result_of(kind.send(world))[1] == "S"
    assert sends(world, kind) == 2
    assert world.alipay.sends_of(kind.inquiry) == []


@both
def test_the_wait_grows_with_each_throttled_send(world: World, kind: Kind) -> None:
    world.alipay.will(kind.operation, THROTTLED)
    waits = []
    for _ in range(5):
        kind.send(world)
        waits.append(kind.stored(world).retry_at - world.clock.now())
        world.clock.time = kind.stored(world).retry_at
    assert sends(world, kind) == 5
    assert min(waits) > 0
    assert waits[4] > 4 * waits[0]
    assert max(waits) <= 60_000


@both
def test_polls_wait_a_minute_after_throttling(world: World, kind: Kind) -> None:
    world.alipay.will(kind.operation, THROTTLED)
    world.alipay.will(kind.inquiry, THROTTLED)
    kind.send(world)
    assert kind.stored(world).due_at >= world.clock.now() + 60_000
    kind.poll(world)
    assert kind.stored(world).due_at >= world.clock.now() + 60_000


@both
def test_another_answer_ends_the_row_of_throttled_sends(world: World, kind: Kind) -> None:
    world.alipay.will(kind.operation, THROTTLED, no_answer(), kind.accepted)
    kind.send(world)
    world.clock.forward(30)
    kind.send(world)
    assert (kind.stored(world).throttles, kind.stored(world).retry_at) == (0, 0)
    assert result_of(kind.send(world))[1] == "S"
