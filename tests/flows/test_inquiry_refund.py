"""inquiry_refund: Alipay's own words, unless they are older than what is known or would invite a second refund."""

import pytest

from autodebit.domain.refund_states import RefundState
from autodebit.domain.tracked_request import SendOutcome
from autodebit.errors import StoreUnavailable
from autodebit.gateway.client import Operation
from tests.flows.conftest import Logged
from tests.flows.refund_steps import (
    REFUND_ID,
    buy,
    give_back,
    inquire_refund,
    notify_of,
    refunded,
    refunded_fields,
    reserved,
    stored,
    told,
    unknown_refund,
)
from tests.flows.steps import body_of, message_of, outage, result_of
from tests.support.alipay import answer, no_answer, not_reached, unsigned
from tests.support.world import World

REFUND, INQUIRY = Operation.REFUND, Operation.INQUIRY_REFUND


@pytest.fixture
def world(world: World) -> World:
    """A world in which the answer to the refund of a paid payment was lost."""
    buy(world)
    world.alipay.will(REFUND, no_answer("refund"))
    give_back(world)
    world.clock.forward(1)
    return world


STATUSES = {
    "SUCCESS": (RefundState.SUCCESS, 300),
    "FAIL": (RefundState.FAIL, 0),
    "PROCESSING": (RefundState.PROCESSING, 300),
    "PENDING": (RefundState.PROCESSING, 300),
    "A_STATUS_OF_NEXT_YEAR": (RefundState.INITIATED, 300),
}


@pytest.mark.parametrize(("status", "state", "held"), [(name, *row) for name, row in STATUSES.items()], ids=STATUSES)
def test_every_refund_status_is_recorded_and_passed_on(
    world: World, status: str, state: RefundState, held: int
) -> None:
    said = told(status, arn="A-1", somethingNew=1)
    world.alipay.will(INQUIRY, said)
    assert inquire_refund(world).text == said.text
    assert (stored(world).state, reserved(world)) == (state, held)
    assert (stored(world).due_at is None) == state.final
    assert world.alipay.sends_of(INQUIRY) == [{"refundRequestId": "REF-1"}]


def test_a_cancelled_refund_does_not_exist_and_is_looked_at(world: World) -> None:
    """Only the SDK's shared type knows the status."""
    world.alipay.will(INQUIRY, told("CANCELLED"))
    assert result_of(inquire_refund(world)) == (200, "U", "UNKNOWN_EXCEPTION")
    assert (stored(world).state, reserved(world)) == (RefundState.INITIATED, 300)
    assert world.anomalies() == ["a cancellation was reported of a refund"]


def test_a_status_that_is_missing_says_nothing(world: World) -> None:
    world.alipay.will(INQUIRY, answer("S", "SUCCESS", **refunded_fields()))
    inquire_refund(world)
    assert stored(world).state is RefundState.INITIATED


OF_THE_INQUIRY = [
    ("F", "SYSTEM_ERROR"),
    ("F", "PROCESS_FAIL"),
    ("F", "ACCESS_DENIED"),
    ("F", "PARAM_ILLEGAL"),
    ("U", "UNKNOWN_EXCEPTION"),
    ("U", "REQUEST_TRAFFIC_EXCEED_LIMIT"),
]


@pytest.mark.parametrize(("status", "code"), OF_THE_INQUIRY)
def test_the_result_of_the_inquiry_itself_says_nothing_of_the_refund(world: World, status: str, code: str) -> None:
    before, said = stored(world), answer(status, code, "of the inquiry")
    world.alipay.will(INQUIRY, said)
    assert inquire_refund(world).text == said.text
    assert (stored(world), reserved(world)) == (before, 300)


def test_an_inquiry_leaves_the_timetable_alone(world: World) -> None:
    due_at = stored(world).due_at
    world.alipay.will(INQUIRY, told("PROCESSING"))
    inquire_refund(world)
    assert stored(world).due_at == due_at


# --- ORDER_NOT_EXIST


def test_an_open_refund_that_alipay_does_not_know_yet_invites_no_new_id(world: World) -> None:
    world.alipay.will(INQUIRY, unknown_refund())
    assert result_of(inquire_refund(world)) == (200, "U", "REFUND_IN_PROCESS")


def test_a_refund_that_was_not_submitted_is_answered_with_what_to_do(world: World) -> None:
    world.alipay.will(INQUIRY, unknown_refund())
    world.clock.forward(100)
    for _ in range(3):
        reply = inquire_refund(world)
        world.clock.forward(15)
    assert (stored(world).state, reserved(world)) == (RefundState.NOT_SUBMITTED, 300)
    assert result_of(reply) == (200, "F", "ORDER_NOT_EXIST")
    assert "Repeat this refundRequestId; its amount stays reserved" in message_of(reply)


def test_inquiries_in_quick_succession_count_once(world: World) -> None:
    world.alipay.will(INQUIRY, unknown_refund())
    world.clock.forward(100)
    for _ in range(7):
        inquire_refund(world)
        world.clock.forward(2)
    assert (stored(world).state, stored(world).not_found_count) == (RefundState.INITIATED, 1)


def test_a_refund_that_was_in_process_is_not_believed_to_be_absent(world: World) -> None:
    world.alipay.will(INQUIRY, told("PROCESSING"), unknown_refund())
    inquire_refund(world)
    world.clock.forward(100)
    for _ in range(4):
        assert result_of(inquire_refund(world)) == (200, "U", "REFUND_IN_PROCESS")
        world.clock.forward(20)
    assert (stored(world).state, stored(world).heard) == (RefundState.PROCESSING, SendOutcome.ACCEPTED)
    assert world.anomalies() == ["Alipay no longer knows a refund that it had in process"]


SPEAKING_OF_OTHERS = {
    "an unknown refundId": {"refundRequestId": "REF-1", "refundId": "a-typo"},
    "another account": {"refundRequestId": "REF-1", "merchantAccountId": "SHOP-2"},
}


@pytest.mark.parametrize("ids", SPEAKING_OF_OTHERS.values(), ids=SPEAKING_OF_OTHERS)
def test_order_not_exist_of_something_else_says_nothing_of_a_refund_of_ours(world: World, ids: dict) -> None:
    world.alipay.will(INQUIRY, unknown_refund())
    world.clock.forward(200)
    for _ in range(4):
        world.clock.forward(16)
        assert result_of(inquire_refund(world, **ids)) == (200, "U", "REFUND_IN_PROCESS")
    assert (stored(world).state, stored(world).not_found_count) == (RefundState.INITIATED, 0)
    assert world.alipay.sends_of(INQUIRY)[-1] == ids


# --- which refund


def test_a_refund_is_found_by_alipays_id(world: World) -> None:
    notify_of(world, "PROCESSING")
    world.alipay.will(INQUIRY, told("SUCCESS", refundRequestId=None))
    inquire_refund(world, refundId=REFUND_ID)
    assert stored(world).state is RefundState.SUCCESS
    assert world.alipay.sends_of(INQUIRY) == [{"refundId": REFUND_ID}]


def test_a_refund_is_found_by_the_answer_if_alipays_id_is_new_to_us(world: World) -> None:
    world.alipay.will(INQUIRY, told("FAIL"))
    inquire_refund(world, refundId=REFUND_ID)
    assert (stored(world).state, reserved(world)) == (RefundState.FAIL, 0)
    assert world.repository.refunds.id_of(REFUND_ID) == "REF-1"


@pytest.mark.parametrize("status", ["SUCCESS", "FAIL"])
def test_with_both_ids_alipays_id_tells_which_refund_is_meant(world: World, status: str) -> None:
    """The caller names REF-1, and would take the outcome of another refund for its own."""
    world.alipay.will(INQUIRY, told(status, "REF-9", refundId="OTHER"))
    assert result_of(inquire_refund(world, refundId="OTHER", refundRequestId="REF-1")) == (
        200,
        "U",
        "UNKNOWN_EXCEPTION",
    )
    assert (stored(world).state, reserved(world), world.anomalies()) == (RefundState.INITIATED, 300, [])


def test_an_answer_for_an_unknown_refund_id_that_names_no_refund_settles_none_of_ours(world: World) -> None:
    world.alipay.will(INQUIRY, told("FAIL", refundRequestId=None, refundId="of-somebody-else"))
    inquire_refund(world, refundRequestId="REF-1", refundId="of-somebody-else")
    assert (stored(world).state, reserved(world)) == (RefundState.INITIATED, 300)


@pytest.mark.parametrize("ids", [{"refundRequestId": "REF-9"}, {"refundId": "R-9"}], ids=["ours", "alipays"])
def test_an_unknown_refund_passes_through_unchanged(world: World, ids: dict) -> None:
    said = told("SUCCESS", "REF-9", refundId="R-9")
    world.alipay.will(INQUIRY, said)
    assert inquire_refund(world, **ids).text == said.text
    assert world.repository.refunds.find("REF-9") is None
    assert world.anomalies() == []


def test_of_an_id_that_nobody_knows_a_caller_hears_that_its_refund_may_be_on_its_way(world: World) -> None:
    world.alipay.will(INQUIRY, unknown_refund())
    reply = inquire_refund(world, refundRequestId="REF-9")
    assert result_of(reply) == (200, "F", "ORDER_NOT_EXIST")
    assert "send the same request again before you take a new id" in message_of(reply)
    assert inquire_refund(world, refundId="R-9").text == unknown_refund().text


OTHERS = {
    "amount": {"refundAmount": {"currency": "JPY", "value": "1"}},
    "currency": {"refundAmount": {"currency": "USD", "value": "300"}},
    "unreadable": {"refundAmount": "300"},
    "id": {"refundRequestId": "REF-2"},
}


@pytest.mark.parametrize("status", ["SUCCESS", "FAIL"])
@pytest.mark.parametrize("changed", OTHERS.values(), ids=OTHERS)
def test_an_outcome_that_is_not_ours_settles_nothing_and_is_not_passed_on(
    world: World, status: str, changed: dict
) -> None:
    """A caller who read FAIL here would give back once more under another id."""
    world.alipay.will(INQUIRY, told(status, **changed))
    assert result_of(inquire_refund(world))[:2] == (200, "U")
    assert (stored(world).state, reserved(world)) == (RefundState.INITIATED, 300)
    assert stored(world).due_at is not None
    assert len(world.anomalies()) == 1


# --- what is final


OLDER = {
    "in process": told("PROCESSING"),
    "U": answer("U", "UNKNOWN_EXCEPTION"),
    "SYSTEM_ERROR": answer("F", "SYSTEM_ERROR"),
    "not known": unknown_refund(),
    "no answer": no_answer("inquiryRefund"),
    "not reached": not_reached("inquiryRefund"),
    "unsigned": unsigned("inquiryRefund"),
}


@pytest.mark.parametrize("when", ["before", "meanwhile"])
@pytest.mark.parametrize("status", ["SUCCESS", "FAIL"])
@pytest.mark.parametrize("older", OLDER.values(), ids=OLDER)
def test_a_stored_outcome_goes_before_an_older_word(world: World, older, status: str, when: str) -> None:
    def learn() -> None:
        notify_of(world, status, "SUCCESS" if status == "SUCCESS" else "PROCESS_FAIL")

    if when == "before":
        learn()

    def say(_body: object):
        if when == "meanwhile":
            learn()
        if isinstance(older, Exception):
            raise older
        return older

    world.alipay.will(INQUIRY, say)
    body = body_of(inquire_refund(world))
    assert body.pop("result")["resultStatus"] == "S"
    assert body == {"refundStatus": status, **refunded_fields()}


@pytest.mark.parametrize(("first", "then"), [("SUCCESS", "FAIL"), ("FAIL", "SUCCESS")])
def test_an_inquiry_that_contradicts_what_is_final_is_answered_with_what_is_final(
    world: World, first: str, then: str
) -> None:
    world.alipay.will(INQUIRY, told(first), told(then))
    inquire_refund(world)
    held = reserved(world)
    assert body_of(inquire_refund(world))["refundStatus"] == first
    assert (stored(world).state, reserved(world)) == (first, held)
    assert len(world.anomalies()) == 1


def test_alipays_own_word_on_a_final_refund_is_passed_on_unchanged(world: World) -> None:
    world.alipay.will(REFUND, refunded())
    give_back(world)
    said = told("SUCCESS", rrn="R-1")
    world.alipay.will(INQUIRY, said)
    assert inquire_refund(world).text == said.text


# --- trouble


@pytest.mark.parametrize(
    ("error", "http_status"), [(no_answer("inquiryRefund"), 200), (not_reached("inquiryRefund"), 503)]
)
def test_without_answer_an_open_refund_is_u(world: World, error, http_status: int, logged: Logged) -> None:
    world.alipay.will(INQUIRY, error)
    assert result_of(inquire_refund(world)) == (http_status, "U", "UNKNOWN_EXCEPTION")
    assert '"operation":"inquiryRefund"' in logged().replace('": "', '":"')


def test_with_too_little_time_nothing_is_asked(world: World) -> None:
    assert result_of(inquire_refund(world, seconds=14.9)) == (503, "U", "UNKNOWN_EXCEPTION")
    assert world.alipay.sends_of(INQUIRY) == []


def test_with_the_store_down_before_the_call_nothing_is_asked(world: World) -> None:
    outage(world).on = True
    with pytest.raises(StoreUnavailable):
        inquire_refund(world)
    assert world.alipay.sends_of(INQUIRY) == []


GONE = {
    "success": (told("SUCCESS"), "S"),
    "no answer": (no_answer("inquiryRefund"), "U"),
    "another amount": (told("FAIL", refundAmount={"currency": "JPY", "value": "1"}), "U"),
    "not known": (unknown_refund(), "U"),
}


@pytest.mark.parametrize(("said", "status"), GONE.values(), ids=GONE)
def test_with_the_store_down_after_the_call_the_caller_is_told_what_the_answer_comes_to(
    world: World, said, status: str
) -> None:
    store = outage(world)

    def and_then_the_store_is_gone(_body: object):
        store.on = True
        if isinstance(said, Exception):
            raise said
        return said

    world.alipay.will(INQUIRY, and_then_the_store_is_gone)
    assert result_of(inquire_refund(world))[:2] == (200, status)
    store.on = False
    assert stored(world).due_at is not None
