"""declare: written ahead, sent once, S is handed over, the first F is final, everything else stays open."""

import json

import pytest

from autodebit.contract import DeclareRequest
from autodebit.domain.declaration_states import DeclarationState
from autodebit.errors import StoreUnavailable
from autodebit.flows.customs.declare import declare
from autodebit.gateway.client import Operation
from tests.contract.documents import document, examples
from tests.flows.customs_steps import (
    DECLARE,
    INQUIRY,
    NAME,
    NUMBER,
    ask_customs,
    declaration,
    declare_body,
    hand_over,
    handed_over,
    on_record,
    record,
)
from tests.flows.steps import PAYMENT_ID, body_of, message_of, notify, outage, paid, result_of, send
from tests.support.alipay import answer, no_answer, not_reached, unsigned
from tests.support.world import World

CODES = {row["code"]: row for row in document("declare")["result_codes"]}
USED_BEFORE = {"REPEAT_REQ_INCONSISTENT", "CONTEXT_INCONSISTENT"}
FINAL_F = [code for code, row in CODES.items() if row["status"] == "F" and code not in USED_BEFORE]
U = [code for code, row in CODES.items() if row["status"] == "U"]


def test_the_lists_of_codes_are_complete() -> None:
    """What is tested below is the whole table of the operation, every class of what callers do about an F included."""
    assert len(FINAL_F) + len(U) + len(USED_BEFORE) + 1 == len(CODES)
    classes = {CODES[code]["action_kind"] for code in (*FINAL_F, *USED_BEFORE)}
    assert classes == {"support", "fix_request", "final", "inquire", "new_request_id"}


def test_s_is_handed_over_and_the_outcome_is_asked_for(world: World) -> None:
    told = handed_over(somethingNew={"kept": 1})
    world.alipay.will(DECLARE, told)
    assert hand_over(world).text == told.text
    stored = declaration(world)
    assert (stored.state, stored.due_at) == (DeclarationState.IN_PROCESS, world.clock.now() + 30_000)
    assert (stored.customs_payment_id, stored.customs_order_id) == ("C-1", "SO-A")
    assert stored.identity_check_result == "CHECK_PASSED"
    assert world.alipay.sends_of(DECLARE) == [declare_body()]


def test_the_documented_example_is_sent_as_documented(world: World) -> None:
    [body] = examples("declare", "request").values()
    [told] = examples("declare", "response").values()
    world.alipay.will(DECLARE, answer("S", "SUCCESS", "Success", **{k: v for k, v in told.items() if k != "result"}))
    reply = declare(DeclareRequest.model_validate(body), world.runtime())
    assert body_of(reply) == told
    assert world.alipay.sends_of(DECLARE) == [{**body, "splitOrder": "true"}]


def test_the_other_spelling_of_the_suborder_is_understood_and_not_sent(world: World) -> None:
    world.alipay.will(DECLARE, handed_over())
    body = {("subOrderId" if name == "suborderId" else name): value for name, value in declare_body().items()}
    declare(DeclareRequest.model_validate(body), world.runtime())
    assert world.alipay.sends_of(DECLARE) == [declare_body()]


def test_a_buyer_who_is_not_the_payer_is_handed_over_all_the_same(world: World) -> None:
    world.alipay.will(DECLARE, handed_over(identityCheckResult="CHECK_NOT_PASSED"))
    assert result_of(hand_over(world)) == (200, "S", "SUCCESS")
    assert declaration(world).identity_check_result == "CHECK_NOT_PASSED"


@pytest.mark.parametrize("code", FINAL_F)
def test_the_first_f_is_final_and_replayed(world: World, code: str) -> None:
    told = answer("F", code, "refused", extra=1)
    world.alipay.will(DECLARE, told)
    assert hand_over(world).text == told.text
    stored = declaration(world)
    assert (stored.state, stored.result_code, stored.due_at) == (DeclarationState.FAIL, code, None)
    world.clock.forward(3_600)
    assert hand_over(world).text == told.text
    assert len(world.alipay.sends_of(DECLARE)) == 1


UNKNOWN = {
    **{code: (answer("U", code, "again"), (200, "U", code)) for code in U},
    "a U of next year": (answer("U", "HOLD_THE_LINE"), (200, "U", "HOLD_THE_LINE")),
    "no answer": (no_answer("declare"), (200, "U", "UNKNOWN_EXCEPTION")),
    "unsigned": (unsigned("declare", "SUCCESS"), (200, "U", "UNKNOWN_EXCEPTION")),
    "unsigned F": (unsigned("declare", "DUPLICATED_DECLARATIONS"), (200, "U", "UNKNOWN_EXCEPTION")),
}


@pytest.mark.parametrize(("said", "told"), UNKNOWN.values(), ids=UNKNOWN)
def test_what_is_not_known_stays_open_and_due(world: World, said, told: tuple) -> None:
    world.alipay.will(DECLARE, said)
    assert result_of(hand_over(world)) == told
    stored = declaration(world)
    wait = 60_000 if told[2] == "REQUEST_TRAFFIC_EXCEED_LIMIT" else 30_000
    assert (stored.state, stored.due_at) == (DeclarationState.INITIATED, world.clock.now() + wait)


@pytest.mark.parametrize(("said", "told"), UNKNOWN.values(), ids=UNKNOWN)
def test_what_is_not_known_is_sent_again_by_a_repeat(world: World, said, told: tuple) -> None:
    """U, too: Alipay's table asks for the same call, and a declaration moves no money."""
    world.alipay.will(DECLARE, said, handed_over())
    hand_over(world)
    world.clock.forward(5)  # after a throttled send a repeat waits
    assert result_of(hand_over(world)) == (200, "S", "SUCCESS")
    first, second = world.alipay.sends_of(DECLARE)
    assert list(first.items()) == list(second.items())
    assert declaration(world).state is DeclarationState.IN_PROCESS


@pytest.mark.parametrize(("said", "told"), UNKNOWN.values(), ids=UNKNOWN)
@pytest.mark.parametrize("code", ["DUPLICATED_DECLARATIONS", "SYSTEM_ERROR", "CONTEXT_INCONSISTENT"])
def test_an_f_to_a_later_send_settles_nothing_and_is_told_as_u(world: World, said, told: tuple, code: str) -> None:
    world.alipay.will(DECLARE, said, answer("F", code))
    hand_over(world)
    world.clock.forward(5)  # after a throttled send a repeat waits
    reply = hand_over(world)
    assert result_of(reply) == (200, "U", "UNKNOWN_EXCEPTION")
    assert code in message_of(reply)
    assert declaration(world).state is DeclarationState.INITIATED
    assert declaration(world).due_at == world.clock.now() + 30_000


def test_a_repeat_with_its_unknown_fields_in_another_order_is_the_same_declaration(world: World) -> None:
    def forwarded(*names: str) -> DeclareRequest:
        body = {**declare_body(), **dict.fromkeys(names, "1")}
        return DeclareRequest.model_validate(body, context={"unknown_fields": "forward"})

    world.alipay.will(DECLARE, no_answer("declare"), answer("F", "SYSTEM_ERROR"))
    declare(forwarded("newA", "newB"), world.runtime())
    assert result_of(declare(forwarded("newB", "newA"), world.runtime())) == (200, "U", "UNKNOWN_EXCEPTION")
    first, second = world.alipay.sends_of(DECLARE)
    assert list(first.items()) == list(second.items())


def test_what_certainly_did_not_leave_is_503_and_no_send(world: World) -> None:
    world.alipay.will(DECLARE, not_reached("declare"), answer("F", "SYSTEM_ERROR"))
    assert result_of(hand_over(world)) == (503, "U", "UNKNOWN_EXCEPTION")
    assert declaration(world).due_at == world.clock.now() + 30_000
    hand_over(world)
    assert declaration(world).state is DeclarationState.FAIL


def test_a_repeat_while_the_send_is_under_way_is_u_without_a_call(world: World) -> None:
    replies = []

    def meanwhile(_body: object):
        world.clock.forward(10)
        replies.append(hand_over(world))
        return handed_over()

    world.alipay.will(DECLARE, meanwhile)
    hand_over(world)
    assert [result_of(reply) for reply in replies] == [(200, "U", "UNKNOWN_EXCEPTION")]
    assert len(world.alipay.sends_of(DECLARE)) == 1


def test_a_sender_that_died_leaves_it_due_and_its_lease_runs_out(world: World) -> None:
    world.alipay.will(DECLARE, lambda _body: 1 // 0, handed_over())
    with pytest.raises(ZeroDivisionError):
        hand_over(world)
    assert declaration(world).due_at == world.clock.now() + 25_000
    world.clock.forward(24.9)
    assert result_of(hand_over(world)) == (200, "U", "UNKNOWN_EXCEPTION")
    world.clock.forward(0.1)
    assert result_of(hand_over(world)) == (200, "S", "SUCCESS")


def test_an_inquiry_that_finds_it_while_the_answer_is_lost_is_the_answer(world: World) -> None:
    def meanwhile(_body: object):
        world.clock.forward(1)
        world.alipay.will(INQUIRY, on_record(record(code=None)))
        ask_customs(world)
        raise no_answer("declare")

    world.alipay.will(DECLARE, meanwhile)
    body = body_of(hand_over(world))
    assert body["result"]["resultStatus"] == "S"
    assert (body["customsPaymentId"], body["customsOrderId"]) == ("C-1", "SO-A")
    assert hand_over(world).text == json.dumps(body, separators=(",", ":"))
    assert len(world.alipay.sends_of(DECLARE)) == 1


# --- the payment


def pay_for_it(world: World, outcome: object) -> None:
    world.alipay.will(Operation.PAY, outcome)  # type: ignore[arg-type]
    send(world)


def test_a_payment_of_ours_that_is_paid_is_declared(world: World) -> None:
    pay_for_it(world, paid())
    world.alipay.will(DECLARE, handed_over())
    assert result_of(hand_over(world, paymentId=PAYMENT_ID)) == (200, "S", "SUCCESS")


def test_a_payment_of_ours_that_is_not_paid_is_refused_and_nothing_is_stored(world: World, refused) -> None:
    pay_for_it(world, answer("U", "PAYMENT_IN_PROCESS", paymentId=PAYMENT_ID))
    assert refused(lambda: hand_over(world, paymentId=PAYMENT_ID)) == (409, "ORDER_STATUS_INVALID")
    assert world.repository.declarations.find("DCL-1") is None
    notify(world, "F", "RISK_REJECT")
    assert refused(lambda: hand_over(world, paymentId=PAYMENT_ID)) == (409, "ORDER_STATUS_INVALID")
    assert world.alipay.sends_of(DECLARE) == []


# --- trouble of ours


def test_the_intent_is_stored_and_leased_before_a_byte_goes_out(world: World) -> None:
    seen = []

    def look(_body: object):
        seen.append(declaration(world))
        return handed_over()

    world.alipay.will(DECLARE, look)
    hand_over(world)
    [ahead] = seen
    assert (ahead.state, ahead.sends, ahead.leased(world.clock.now())) == (DeclarationState.INITIATED, 1, True)
    assert json.loads(ahead.body) == declare_body()
    assert ahead.due_at == world.clock.now() + 25_000


def test_with_the_store_down_nothing_is_sent(world: World) -> None:
    outage(world).on = True
    with pytest.raises(StoreUnavailable):
        hand_over(world)
    assert world.alipay.sent == []


def test_with_too_little_time_nothing_is_stored_or_sent(world: World) -> None:
    assert result_of(hand_over(world, seconds=14.9)) == (503, "U", "UNKNOWN_EXCEPTION")
    assert world.repository.declarations.find("DCL-1") is None
    assert world.alipay.sent == []


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (handed_over(), (200, "S", "SUCCESS")),
        (answer("F", "RISK_REJECT"), (200, "U", "UNKNOWN_EXCEPTION")),
        (answer("U", "UNKNOWN_EXCEPTION"), (200, "U", "UNKNOWN_EXCEPTION")),
        (no_answer("declare"), (200, "U", "UNKNOWN_EXCEPTION")),
        (not_reached("declare"), (503, "U", "UNKNOWN_EXCEPTION")),
    ],
)
def test_with_the_store_down_after_the_answer_the_caller_is_still_answered(world: World, said, told) -> None:
    store = outage(world)

    def and_then_the_store_is_gone(_body: object):
        store.on = True
        if isinstance(said, Exception):
            raise said
        return said

    world.alipay.will(DECLARE, and_then_the_store_is_gone)
    assert result_of(hand_over(world)) == told
    store.on = False
    assert declaration(world).state is DeclarationState.INITIATED
    assert declaration(world).due_at is not None


def test_the_buyer_is_in_no_log(world: World, logged) -> None:
    world.alipay.will(DECLARE, handed_over(), answer("F", "SYSTEM_ERROR"), no_answer("declare"))
    for identity in ("DCL-1", "DCL-2", "DCL-3"):
        hand_over(world, identity)
    assert "DCL-3" in logged()
    assert NAME[:2] not in logged()
    assert NUMBER not in logged()
