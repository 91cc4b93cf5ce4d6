"""What becomes of a declaration that is transmitted once more: answered, refused, lost, or overtaken."""

import pytest

from autodebit.domain.declaration_states import DeclarationState
from tests.flows.customs_steps import (
    DECLARE,
    FIVE_MINUTES,
    INQUIRY,
    LESS,
    UNANSWERED,
    accepted,
    ask_customs,
    declaration,
    declare_body,
    hand_over,
    handed_over,
    on_record,
    poll_customs_when_due,
    record,
    sends,
)
from tests.flows.steps import message_of, result_of
from tests.support.alipay import answer, no_answer, not_reached
from tests.support.world import World

S = DeclarationState


def test_the_verdict_on_a_retransmission_is_a_new_one(world: World) -> None:
    accepted(world, "-621501")
    hand_over(world, declarationAmount=LESS)
    world.alipay.will(INQUIRY, on_record(record(code=None)), on_record(record(declarationAmount=LESS)))
    poll_customs_when_due(world)
    assert declaration(world).state is S.IN_PROCESS
    poll_customs_when_due(world)
    then = declaration(world)
    assert (then.state, then.customs_result_code, then.amount.value, then.due_at) == (S.COMPLETED, "2", "23600", None)
    assert world.anomalies() == []


@pytest.mark.parametrize("code", ["CONTEXT_INCONSISTENT", "TOTAL_DECLARATION_AMOUNT_EXCEED", "SYSTEM_ERROR"])
def test_an_f_to_a_retransmission_is_passed_on_and_the_declaration_stands_as_it_stood(world: World, code: str) -> None:
    accepted(world, "2")
    told = answer("F", code, "not retransmitted")
    world.alipay.will(DECLARE, told)
    assert hand_over(world, declarationAmount=LESS).text == told.text
    assert declaration(world).state is S.IN_PROCESS
    poll_customs_when_due(world)
    then = declaration(world)
    assert (then.state, then.customs_result_code, then.amount.value) == (S.COMPLETED, "2", "23610")
    assert hand_over(world, declarationAmount=LESS).text == told.text
    assert len(sends(world)) == 2
    world.clock.forward(FIVE_MINUTES)
    world.alipay.will(DECLARE, handed_over())
    assert result_of(hand_over(world, declarationAmount=LESS)) == (200, "S", "SUCCESS")


def test_an_f_to_what_alipay_has_already_is_no_f(world: World) -> None:
    """Whoever never heard the first answer, and comes after five minutes, would take a new id and declare a second time."""
    accepted(world)
    world.alipay.will(DECLARE, answer("F", "PROCESS_FAIL"), handed_over())
    for _ in range(2):  # the second one is answered from the store
        reply = hand_over(world)
        assert result_of(reply) == (200, "U", "UNKNOWN_EXCEPTION")
        assert "PROCESS_FAIL" in message_of(reply)
        assert "what was transmitted before stands" in message_of(reply)
        assert len(sends(world)) == 2
    world.clock.forward(FIVE_MINUTES)
    assert result_of(hand_over(world)) == (200, "S", "SUCCESS")
    world.alipay.will(INQUIRY, on_record(record(code="2")))
    poll_customs_when_due(world)
    assert (declaration(world).state, declaration(world).customs_result_code) == (S.COMPLETED, "2")
    assert world.anomalies() == []


def test_a_correction_that_was_refused_is_f_whenever_it_is_sent(world: World) -> None:
    accepted(world)
    for _ in range(2):
        world.alipay.will(DECLARE, answer("F", "PROCESS_FAIL"))
        assert result_of(hand_over(world, declarationAmount=LESS)) == (200, "F", "PROCESS_FAIL")
        world.clock.forward(FIVE_MINUTES)
    assert len(sends(world)) == 3


def test_an_f_to_a_correction_that_was_taken_before_is_no_f(world: World) -> None:
    accepted(world)
    world.alipay.will(DECLARE, handed_over(), answer("F", "PROCESS_FAIL"))
    assert result_of(hand_over(world, declarationAmount=LESS)) == (200, "S", "SUCCESS")
    world.clock.forward(FIVE_MINUTES)
    assert result_of(hand_over(world, declarationAmount=LESS))[1] == "U"


@pytest.mark.parametrize("said", UNANSWERED.values(), ids=UNANSWERED)
def test_a_retransmission_without_answer_is_sent_again_at_once(world: World, said) -> None:
    accepted(world, "-621501")
    world.alipay.will(DECLARE, said, handed_over())
    assert result_of(hand_over(world, declarationAmount=LESS))[1] == "U"
    assert declaration(world).state is S.IN_PROCESS
    assert result_of(hand_over(world, declarationAmount=LESS)) == (200, "S", "SUCCESS")
    assert sends(world)[1:] == [declare_body(declarationAmount=LESS)] * 2


@pytest.mark.parametrize("said", UNANSWERED.values(), ids=UNANSWERED)
def test_a_record_that_may_be_the_earlier_transmissions_does_not_answer_a_repeat(world: World, said) -> None:
    accepted(world, "-621501")
    world.alipay.will(DECLARE, said, handed_over())
    hand_over(world, suborderId="SO-B")
    poll_customs_when_due(world)
    assert (declaration(world).state, declaration(world).customs_result_code) == (S.COMPLETED, "-621501")
    hand_over(world, suborderId="SO-B")
    assert len(sends(world)) == 3
    assert declaration(world).state is S.IN_PROCESS


def test_an_f_after_an_unanswered_retransmission_settles_nothing_and_is_told_as_u(world: World) -> None:
    accepted(world)
    world.alipay.will(DECLARE, no_answer("declare"), answer("F", "CONTEXT_INCONSISTENT"))
    hand_over(world, declarationAmount=LESS)
    reply = hand_over(world, declarationAmount=LESS)
    assert result_of(reply) == (200, "U", "UNKNOWN_EXCEPTION")
    assert "CONTEXT_INCONSISTENT" in message_of(reply)


@pytest.mark.parametrize("code", [None, "-621501"])
def test_a_retransmission_of_which_no_byte_left_is_undone(world: World, code: str | None) -> None:
    accepted(world, code)
    before = declaration(world)
    world.alipay.will(DECLARE, not_reached("declare"), handed_over())
    assert result_of(hand_over(world, declarationAmount=LESS)) == (200, "U", "UNKNOWN_EXCEPTION")
    then = declaration(world)
    assert (then.state, then.body, then.sent_at, then.amounts) == (
        before.state,
        before.body,
        before.sent_at,
        before.amounts,
    )
    assert result_of(hand_over(world, declarationAmount=LESS)) == (200, "S", "SUCCESS")


def test_an_inquiry_that_was_under_way_does_not_end_a_retransmission(world: World) -> None:
    """Its record is the earlier transmission's, however late it is recorded."""
    accepted(world, "-621501")

    def retransmit_meanwhile(_body: object):
        world.clock.forward(1)
        hand_over(world, suborderId="SO-B")
        world.clock.forward(1)
        return on_record(record(code="-621501"))

    world.alipay.will(INQUIRY, retransmit_meanwhile)
    ask_customs(world)
    assert (declaration(world).state, declaration(world).customs_result_code) == (S.IN_PROCESS, None)
