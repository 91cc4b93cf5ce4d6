"""poll_payments on declarations: it asks until customs has answered, and never sends one."""

from itertools import pairwise

import pytest

from autodebit.domain.declaration_states import DECLARATION_NOT_SUBMITTED_ADVICE, DeclarationState
from autodebit.flows.customs.declare import poll_declaration
from tests.flows.customs_steps import (
    DECLARE,
    INQUIRY,
    declaration,
    hand_over,
    handed_over,
    on_record,
    poll_customs_when_due,
    record,
)
from tests.flows.steps import poll, result_of
from tests.support.alipay import answer, no_answer, not_reached, unsigned
from tests.support.limit import Limit
from tests.support.world import World

S = DeclarationState


def opened(world: World, said: object = None) -> None:
    world.alipay.will(DECLARE, said or handed_over())  # type: ignore[arg-type]
    hand_over(world)


def test_what_is_due_is_asked_for_and_settled(world: World) -> None:
    opened(world)
    poll(world)
    assert world.alipay.sends_of(INQUIRY) == []
    world.alipay.will(INQUIRY, on_record(record(code="-621501")))
    world.clock.forward(30)
    poll(world)
    then = declaration(world)
    assert (then.state, then.settled_by, then.due_at) == (S.COMPLETED, "poll", None)
    assert (then.customs_result_code, then.customs_result_desc) == ("-621501", "received")
    assert then.customs_return_time == "2024-06-20T15:21:40+08:00"
    world.clock.forward(4_000)
    poll(world)
    assert world.alipay.sends_of(INQUIRY) == [{"declarationRequestIds": ["DCL-1"]}]


SILENCE = {
    "in process": on_record(record(code=None)),
    "a status of next year": on_record(record(declarationRequestStatus="ON_PAPER")),
    "no word of it": on_record(record("DCL-9")),
    "nothing at all": on_record(),
    "F": answer("F", "SYSTEM_ERROR"),
    "an F that payments count": answer("F", "ORDER_NOT_EXIST"),
    "U": answer("U", "REQUEST_TRAFFIC_EXCEED_LIMIT"),
    "no answer": no_answer(INQUIRY.label),
    "unsigned": unsigned(INQUIRY.label),
    "not reached": not_reached(INQUIRY.label),
}


@pytest.mark.parametrize("lost", [False, True], ids=["handed over", "answer lost"])
@pytest.mark.parametrize("said", SILENCE.values(), ids=SILENCE)
def test_without_outcome_it_is_asked_for_again_by_the_plan_and_never_sent(world: World, said, lost: bool) -> None:
    opened(world, no_answer("declare") if lost else None)
    world.alipay.will(INQUIRY, said)
    moments = [world.clock.now()]
    for _ in range(9):
        poll_customs_when_due(world)
        assert declaration(world).state.open
        moments.append(world.clock.now())
    waits = [(later - earlier) // 1_000 for earlier, later in pairwise(moments)]
    assert waits == [30, 60, 120, 300, 600, 1_200, 2_400, 3_600, 3_600]
    assert len(world.alipay.sends_of(DECLARE)) == 1


def test_another_amount_settles_nothing_and_it_stays_due(world: World) -> None:
    opened(world)
    world.alipay.will(INQUIRY, on_record(record(declarationAmount={"currency": "CNY", "value": "1"})))
    poll_customs_when_due(world)
    assert declaration(world).state is S.IN_PROCESS
    assert declaration(world).due_at == world.clock.now() + 60_000
    assert len(world.anomalies()) == 1


def test_exhaustion_is_told_and_it_stays_due_at_the_longest_interval(world: World, logged) -> None:
    opened(world)
    world.alipay.will(INQUIRY, on_record(record(code=None)))
    limit = Limit()
    while "PollsExhausted" not in logged():
        limit.step()
        poll_customs_when_due(world)
    for _ in range(2):
        assert declaration(world).due_at == world.clock.now() + 3_600_000
        poll_customs_when_due(world)
    assert declaration(world).state is S.IN_PROCESS


def not_submitted(world: World) -> None:
    """The answer to declare was lost, and Alipay has no record."""
    opened(world, no_answer("declare"))
    world.alipay.will(INQUIRY, on_record(missing=("DCL-1",)))
    limit = Limit()
    while declaration(world).state.open:
        limit.step()
        poll_customs_when_due(world)


def test_a_missing_record_is_believed_the_third_time_after_the_grace(world: World) -> None:
    not_submitted(world)
    then = declaration(world)
    assert then.state is S.NOT_SUBMITTED
    assert then.closed_at - then.sent_at >= 85_000 + 2 * 15_000
    assert len(world.alipay.sends_of(DECLARE)) == 1
    assert "Repeat this declarationRequestId unchanged" in DECLARATION_NOT_SUBMITTED_ADVICE


def test_what_was_not_submitted_is_asked_for_four_times_more(world: World) -> None:
    not_submitted(world)
    closed_at, waits = world.clock.now(), []
    limit = Limit()
    while (due_at := declaration(world).due_at) is not None:
        limit.step()
        waits.append((due_at - closed_at) // 60_000)
        poll_customs_when_due(world)
    assert waits == [15, 60, 360, 1440]


def test_a_record_that_turns_up_wins_over_not_submitted(world: World) -> None:
    not_submitted(world)
    world.alipay.will(INQUIRY, on_record(record()))
    poll_customs_when_due(world)
    assert declaration(world).state is S.COMPLETED
    assert world.anomalies() == ["callers were told that this declaration was not submitted"]


def test_what_was_not_submitted_is_sent_by_a_repeat(world: World) -> None:
    not_submitted(world)
    world.alipay.will(DECLARE, handed_over())
    assert result_of(hand_over(world)) == (200, "S", "SUCCESS")
    first, second = world.alipay.sends_of(DECLARE)
    assert first == second
    assert declaration(world).state is S.IN_PROCESS
    assert world.anomalies() == []


def test_what_alipay_accepted_cannot_be_forgotten(world: World) -> None:
    opened(world)
    world.alipay.will(INQUIRY, on_record(missing=("DCL-1",)))
    for _ in range(5):
        poll_customs_when_due(world)
    assert declaration(world).state is S.IN_PROCESS
    assert world.anomalies() == ["Alipay no longer knows a declaration that it accepted"]


def test_a_poller_that_dies_leaves_it_due(world: World) -> None:
    opened(world)
    world.alipay.will(INQUIRY, lambda _body: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        poll_customs_when_due(world)
    assert declaration(world).due_at == world.clock.now() + 20_000


def test_a_claim_holds_while_the_other_poller_asks(world: World) -> None:
    opened(world)

    def meanwhile(_body: object):
        world.clock.forward(12)
        poll_declaration("DCL-1", world.runtime(58))
        return on_record(record())

    world.alipay.will(INQUIRY, meanwhile)
    poll_customs_when_due(world)
    assert len(world.alipay.sends_of(INQUIRY)) == 1


def test_what_is_not_there_or_not_due_is_not_asked_for(world: World) -> None:
    poll_declaration("DCL-1", world.runtime(58))
    opened(world)
    poll_declaration("DCL-1", world.runtime(58))
    assert world.alipay.sends_of(INQUIRY) == []
