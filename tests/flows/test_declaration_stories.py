"""Stories that the explorer told of declarations: whose record an id has, and what a call for the receipt is to Alipay."""

import json

import pytest

from autodebit.domain.declaration import Declaration
from autodebit.domain.declaration_states import DeclarationState
from autodebit.domain.tracked_request import ID_TAKEN
from autodebit.errors import RequestRejected
from autodebit.flows.outbox import publish_events
from tests.flows.customs_steps import (
    CLEARED,
    DECLARE,
    FIVE_MINUTES,
    INQUIRY,
    LESS,
    ask_customs,
    declaration,
    hand_over,
    handed_over,
    on_record,
    poll_customs_when_due,
    record,
    sends,
)
from tests.flows.steps import result_of
from tests.flows.test_publish_events import Bus, as_lambda_has_it, records_of
from tests.support.alipay import answer, no_answer, not_reached
from tests.support.world import World

S = DeclarationState
INCONSISTENT = ["REPEAT_REQ_INCONSISTENT", "CONTEXT_INCONSISTENT"]
UNKNOWN = (200, "U", "UNKNOWN_EXCEPTION")


def found_meanwhile(world: World, then, code: str | None = "2"):
    """A send during which somebody asks for the declaration and finds a record; *then* is what comes of the send."""

    def call(_body: object):
        world.alipay.will(INQUIRY, on_record(record(code=code)))
        ask_customs(world)
        if isinstance(then, Exception):
            raise then
        return then

    return call


# --- whose record it is


@pytest.mark.parametrize("code", INCONSISTENT)
def test_what_is_inconsistent_with_an_unchanged_request_is_anothers(world: World, code: str) -> None:
    world.alipay.will(DECLARE, answer("F", code))
    assert result_of(hand_over(world)) == UNKNOWN
    world.alipay.will(INQUIRY, on_record(record()))
    poll_customs_when_due(world)
    assert result_of(ask_customs(world)) == UNKNOWN
    assert (declaration(world).state, declaration(world).id_taken) == (S.INITIATED, True)
    assert result_of(hand_over(world)) == UNKNOWN
    assert len(sends(world)) == 1
    assert set(world.anomalies()) == {ID_TAKEN}


@pytest.mark.parametrize("code", [*INCONSISTENT, "DUPLICATED_DECLARATIONS"])
@pytest.mark.parametrize(("customs", "state"), [(None, S.IN_PROCESS), ("2", S.COMPLETED)])
def test_a_record_found_while_the_first_send_was_out_that_is_refused_is_anothers(
    world: World, code: str, customs: str | None, state: S
) -> None:
    world.alipay.will(DECLARE, found_meanwhile(world, answer("F", code), customs))
    assert result_of(hand_over(world)) == UNKNOWN
    assert (declaration(world).state, declaration(world).id_taken) == (state, True)
    assert world.anomalies() == [ID_TAKEN]
    assert result_of(hand_over(world)) == UNKNOWN
    assert len(sends(world)) == 1


@pytest.mark.parametrize(("customs", "state"), [(None, S.IN_PROCESS), ("2", S.COMPLETED)])
def test_a_record_found_while_the_first_send_never_left_is_anothers(
    world: World, customs: str | None, state: S
) -> None:
    world.alipay.will(DECLARE, found_meanwhile(world, not_reached("declare"), customs))
    assert result_of(hand_over(world)) == (503, "U", "UNKNOWN_EXCEPTION")
    stored = declaration(world)
    assert (stored.state, stored.id_taken, stored.sends, stored.lease_until) == (state, True, 0, 0)
    assert world.anomalies() == [ID_TAKEN]
    assert result_of(hand_over(world)) == UNKNOWN


@pytest.mark.parametrize("then", [not_reached("declare"), answer("F", "SYSTEM_ERROR")], ids=["never left", "F"])
def test_a_record_found_while_a_repeat_was_out_may_be_the_first_sends(world: World, then) -> None:
    world.alipay.will(DECLARE, no_answer("declare"))
    hand_over(world)
    world.alipay.will(DECLARE, found_meanwhile(world, then))
    hand_over(world)
    stored = declaration(world)
    assert (stored.state, stored.id_taken) == (S.COMPLETED, False)
    assert world.anomalies() == []
    assert result_of(hand_over(world)) == (200, "S", "SUCCESS")


def test_a_first_send_that_never_left_frees_the_id_although_somebody_has_polled_meanwhile(world: World) -> None:
    def call(_body: object):
        world.alipay.will(INQUIRY, on_record(missing=("DCL-1",)))
        poll_customs_when_due(world)
        raise not_reached("declare")

    world.alipay.will(DECLARE, call)
    hand_over(world)
    assert (declaration(world).sends, declaration(world).lease_until) == (0, 0)
    world.alipay.will(DECLARE, answer("F", "RISK_REJECT"))
    assert result_of(hand_over(world)) == (200, "F", "RISK_REJECT")
    assert declaration(world).state is S.FAIL


def test_the_event_of_anothers_outcome_says_that_it_is_open(world: World) -> None:
    world.alipay.will(DECLARE, found_meanwhile(world, answer("F", "CONTEXT_INCONSISTENT")))
    hand_over(world)
    bus = Bus()
    assert publish_events([as_lambda_has_it(told) for told in records_of(world)], bus.publisher) == []
    details = [json.loads(entry["Detail"]) for entry in bus.entries]
    assert [detail["state"] for detail in details if "state" in detail] == ["INITIATED", "COMPLETED", "IN_PROCESS"]


# --- the receipt


def completed(world: World) -> Declaration:
    """DCL-1 is declared and completed at once; its clearing data are not known yet."""
    world.alipay.will(DECLARE, handed_over())
    hand_over(world)
    world.alipay.will(INQUIRY, on_record(record()))
    ask_customs(world)
    return declaration(world)


def test_a_call_for_the_receipt_is_noted_ahead(world: World) -> None:
    completed(world)
    world.clock.forward(30)
    noted = []

    def look(_body: object):
        noted.append(declaration(world).over_at)
        raise no_answer("declare")

    world.alipay.will(DECLARE, look)
    assert result_of(hand_over(world))[1] == "S"
    assert noted == [world.clock.now() + 25_000]
    assert "too soon" in refusal_after(world, FIVE_MINUTES + 24)
    world.clock.forward(1)
    world.alipay.will(DECLARE, handed_over())
    assert result_of(hand_over(world, declarationAmount=LESS)) == (200, "S", "SUCCESS")


def refusal_after(world: World, seconds: float) -> str:
    """What a correction hears so many seconds later."""
    world.clock.forward(seconds)
    with pytest.raises(RequestRejected) as caught:
        hand_over(world, declarationAmount=LESS)
    return caught.value.message


def test_five_minutes_begin_anew_with_the_answer_that_has_the_receipt(world: World) -> None:
    completed(world)
    world.clock.forward(30)
    world.alipay.will(DECLARE, handed_over(**CLEARED))
    assert hand_over(world).text == handed_over(**CLEARED).text
    assert "too soon" in refusal_after(world, FIVE_MINUTES - 1)
    assert len(sends(world)) == 2


@pytest.mark.parametrize(("since", "calls"), [(287, 2), (289, 1), (299, 1), (310, 1)])
def test_a_receipt_is_asked_for_only_while_the_call_is_certainly_a_repeat(world: World, since: int, calls: int) -> None:
    """Its first answer was lost, so the send counts as over only with its lease; Alipay counts from the call."""
    world.alipay.will(DECLARE, no_answer("declare"))
    hand_over(world)
    world.alipay.will(INQUIRY, on_record(record()))
    ask_customs(world)
    world.clock.time = declaration(world).sent_at + since * 1_000
    world.alipay.will(DECLARE, handed_over(**CLEARED))
    assert result_of(hand_over(world)) == (200, "S", "SUCCESS")
    assert len(sends(world)) == calls
    assert declaration(world).state is S.COMPLETED


def test_a_declaration_that_moved_before_the_call_for_its_receipt_is_read_again(world: World) -> None:
    stored = completed(world)
    moved = world.repository.declarations.claim_receipt(stored, world.clock.now())
    assert moved is not None
    assert world.repository.declarations.claim_receipt(stored, world.clock.now()) is None
