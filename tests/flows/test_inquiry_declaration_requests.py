"""inquiry_declaration_requests: Alipay's own words on up to ten declarations, recorded where they are ours."""

import pytest

from autodebit.domain.declaration_states import DeclarationState
from autodebit.gateway.client import Operation
from tests.contract.documents import document
from tests.flows.customs_steps import (
    DECLARE,
    INQUIRY,
    ask_customs,
    declaration,
    hand_over,
    handed_over,
    on_record,
    record,
)
from tests.flows.steps import outage, result_of
from tests.support.alipay import answer, no_answer, not_reached, unsigned
from tests.support.world import World

S = DeclarationState
CODES = {row["code"]: row["status"] for row in document("inquiry_declaration_requests")["result_codes"]}


def opened(world: World, *identities: str, said: object = None) -> None:
    world.alipay.will(DECLARE, said or handed_over())  # type: ignore[arg-type]
    for identity in identities or ("DCL-1",):
        hand_over(world, identity)
    world.clock.forward(1)


RECORDS = {
    "accepted and recorded": ({"code": "2"}, S.COMPLETED, "2"),
    "the data agree": ({"code": "120"}, S.COMPLETED, "120"),
    "handed over": ({"code": "success"}, S.COMPLETED, "success"),
    "an error": ({"code": "-621501"}, S.COMPLETED, "-621501"),
    "an error as a number": ({"code": "x", "customsDeclarationResultCode": -1}, S.COMPLETED, "-1"),
    "completed without a receipt": (
        {"code": None, "declarationRequestStatus": "CUSTOMS_PROCESSING_COMPLETED"},
        S.COMPLETED,
        None,
    ),
    "in process": ({"code": None}, S.IN_PROCESS, None),
    "in process, with a receipt": ({"code": "2", "declarationRequestStatus": "IN_PROCESS"}, S.IN_PROCESS, "2"),
    "a status of next year": ({"code": "2", "declarationRequestStatus": "ON_PAPER"}, S.IN_PROCESS, None),
    "without an amount": ({"code": "2", "declarationAmount": None}, S.COMPLETED, "2"),
    "somebody else's": ({"identity": "DCL-9", "code": "2"}, S.IN_PROCESS, None),
}


@pytest.mark.parametrize(("told", "state", "code"), RECORDS.values(), ids=RECORDS)
def test_every_record_is_passed_on_byte_for_byte_and_recorded(
    world: World, told: dict, state: DeclarationState, code: str | None
) -> None:
    opened(world)
    said = on_record(record(**told))
    world.alipay.will(INQUIRY, said)
    assert ask_customs(world).text == said.text
    stored = declaration(world)
    assert (stored.state, stored.customs_result_code) == (state, code)
    assert (stored.due_at is None) == state.final
    assert world.repository.declarations.find("DCL-9") is None


def test_up_to_ten_are_asked_for_in_one_call_in_any_order(world: World) -> None:
    names = [f"DCL-{number}" for number in range(10)]
    opened(world, *names[:8])
    records = [record(name, code=None if name == "DCL-3" else "2") for name in reversed(names[:7])]
    world.alipay.will(INQUIRY, on_record(*records, missing=("DCL-7", "DCL-8", "DCL-9")))
    assert result_of(ask_customs(world, *names)) == (200, "S", "SUCCESS")
    assert world.alipay.sends_of(INQUIRY) == [{"declarationRequestIds": names}]
    found = {name: declaration(world, name).state for name in names[:8]}
    assert found == {name: S.IN_PROCESS if name in ("DCL-3", "DCL-7") else S.COMPLETED for name in names[:8]}


def test_a_lost_answer_to_declare_is_found_by_an_inquiry(world: World) -> None:
    opened(world, said=no_answer("declare"))
    world.alipay.will(INQUIRY, on_record(record(code=None)))
    ask_customs(world)
    assert declaration(world).state is S.IN_PROCESS
    assert result_of(hand_over(world)) == (200, "S", "SUCCESS")
    assert len(world.alipay.sends_of(DECLARE)) == 1


def test_a_callers_inquiry_that_does_not_find_it_counts_for_nothing(world: World) -> None:
    opened(world, said=no_answer("declare"))
    world.alipay.will(INQUIRY, on_record(missing=("DCL-1",)))
    before = declaration(world)
    for _ in range(4):
        world.clock.forward(100)
        ask_customs(world)
    assert declaration(world) == before


@pytest.mark.parametrize("amount", [{"currency": "CNY", "value": "1"}, {"currency": "USD", "value": "23610"}, "23610"])
def test_a_record_of_another_amount_settles_nothing_and_is_an_anomaly(world: World, amount: object, logged) -> None:
    opened(world)
    before = declaration(world)
    said = on_record(record(declarationAmount=amount))
    world.alipay.will(INQUIRY, said)
    assert ask_customs(world).text == said.text
    assert declaration(world) == before
    assert world.anomalies() == ["amount differs from every one that was declared"]
    assert '"Anomalies"' in logged()


def test_a_record_that_names_no_declaration_or_no_status_settles_nothing(world: World) -> None:
    opened(world, "DCL-1", "DCL-2", "DCL-3")
    answered = on_record(
        record(declarationRequestId=None),
        record("DCL-2", declarationRequestStatus=None),
        record("DCL-3"),
    )
    world.alipay.will(INQUIRY, answered)
    assert ask_customs(world, "DCL-1", "DCL-2", "DCL-3").text == answered.text
    assert [declaration(world, f"DCL-{n}").state for n in (1, 2, 3)] == [S.IN_PROCESS, S.IN_PROCESS, S.COMPLETED]
    assert world.anomalies() == ["an answer whose status is not known"]  # of the record without one


def test_an_id_not_found_that_is_no_text_does_not_hide_the_others(world: World) -> None:
    opened(world)
    world.alipay.will(INQUIRY, answer("S", "SUCCESS", declarationRequestsNotFound=[None, {"id": "DCL-1"}]))
    assert result_of(ask_customs(world)) == (200, "S", "SUCCESS")
    assert declaration(world).state is S.IN_PROCESS


def test_a_record_of_what_was_refused_is_an_anomaly(world: World) -> None:
    opened(world, said=answer("F", "RISK_REJECT"))
    world.alipay.will(INQUIRY, on_record(record()))
    ask_customs(world)
    assert declaration(world).state is S.FAIL
    assert world.anomalies() == ["Alipay has a declaration that it refused"]


@pytest.mark.parametrize("code", [code for code, status in CODES.items() if status != "S"])
def test_an_f_or_a_u_of_the_inquiry_says_nothing_of_the_declarations(world: World, code: str) -> None:
    opened(world)
    before = declaration(world)
    said = answer(CODES[code], code, "of the inquiry", declarationRecords=[record()])
    world.alipay.will(INQUIRY, said)
    assert ask_customs(world).text == said.text
    assert declaration(world) == before


@pytest.mark.parametrize(
    ("error", "http_status"),
    [(no_answer(INQUIRY.label), 200), (unsigned(INQUIRY.label), 200), (not_reached(INQUIRY.label), 503)],
)
def test_without_a_trusted_answer_it_is_u(world: World, error, http_status: int) -> None:
    opened(world)
    before = declaration(world)
    world.alipay.will(INQUIRY, error)
    assert result_of(ask_customs(world)) == (http_status, "U", "UNKNOWN_EXCEPTION")
    assert declaration(world) == before


def test_with_too_little_time_nothing_is_asked(world: World) -> None:
    assert result_of(ask_customs(world, seconds=14.9)) == (503, "U", "UNKNOWN_EXCEPTION")
    assert world.alipay.sent == []


def test_with_the_store_down_after_the_answer_the_caller_is_still_answered(world: World) -> None:
    opened(world, "DCL-1", "DCL-2")
    store, said = outage(world), on_record(record(), record("DCL-2"))

    def and_then_the_store_is_gone(_body: object):
        store.on = True
        return said

    world.alipay.will(INQUIRY, and_then_the_store_is_gone)
    assert ask_customs(world).text == said.text
    store.on = False
    assert [declaration(world, name).state for name in ("DCL-1", "DCL-2")] == [S.IN_PROCESS] * 2
    assert world.alipay.sends_of(Operation.DECLARE) != []


def test_with_the_store_back_in_time_all_is_recorded(world: World) -> None:
    opened(world, "DCL-1", "DCL-2")
    store = outage(world)

    def and_then_the_store_is_away_for_a_moment(_body: object):
        store.on, store.ends_after = True, 3
        return on_record(record(), record("DCL-2"))

    world.alipay.will(INQUIRY, and_then_the_store_is_away_for_a_moment)
    ask_customs(world)
    assert [declaration(world, name).state for name in ("DCL-1", "DCL-2")] == [S.COMPLETED] * 2
