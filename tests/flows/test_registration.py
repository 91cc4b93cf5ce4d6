"""registration: every kind of answer to the first send of an id, and repeats before and after the outcome is known."""

import json
from dataclasses import replace

import pytest

from autodebit.domain.registration_states import RegistrationState
from autodebit.errors import StoreUnavailable
from autodebit.gateway.client import Operation, ResultStatus, VerifiedResponse
from tests.flows.conftest import Logged
from tests.flows.registering import (
    accepted,
    codes,
    in_store,
    not_found,
    notify_review,
    poll_registration_when_due,
    register,
    registered,
    registration_body,
    stands,
)
from tests.flows.steps import body_of, message_of, outage, result_of
from tests.support.alipay import answer, no_answer, not_reached, unsigned
from tests.support.limit import Limit
from tests.support.world import World

REGISTRATION = Operation.REGISTRATION
STATUS = Operation.INQUIRY_REGISTRATION_STATUS
REFUSALS = codes("registration", "F")
OF_OURS = [code for code in REFUSALS if code != "REPEAT_REQ_INCONSISTENT"]
"""Refusals of a registration of ours; the other one says that the id belongs to another request."""
UNKNOWNS = codes("registration", "U")
OURS = "https://alipay.example.com/live/v1/merchants/notifyRegistrationStatus"


# --- the first send


def test_accepted_is_not_approved(world: World) -> None:
    world.alipay.will(REGISTRATION, accepted(passThroughInfo="x", somethingNew={"a": 1.5}))
    reply = register(world)
    assert result_of(reply) == (200, "S", "SUCCESS")
    assert body_of(reply)["somethingNew"] == {"a": 1.5}
    stored = registered(world)
    assert (stored.state, stored.lease_until) == (RegistrationState.PENDING, 0)
    assert stored.due_at == world.clock.now() + 60_000


def test_the_contract_lists_refusals_and_unknowns() -> None:
    assert {"REPEAT_REQ_INCONSISTENT", "REGISTRATION_UNDER_REVIEW", "REPEAT_REGISTRATION"} <= set(REFUSALS)
    assert {"UNKNOWN_EXCEPTION", "REQUEST_TRAFFIC_EXCEED_LIMIT"} <= set(UNKNOWNS)


@pytest.mark.parametrize("code", [*OF_OURS, "A_CODE_OF_NEXT_YEAR"])
def test_an_f_to_the_first_send_is_final_and_replayed(world: World, code: str) -> None:
    world.alipay.will(REGISTRATION, answer("F", code, "no"))
    reply = register(world)
    assert result_of(reply) == (200, "F", code)
    stored = registered(world)
    assert (stored.state, stored.result_code, stored.due_at) == (RegistrationState.FAIL, code, None)
    assert register(world) == reply
    assert len(world.alipay.sent) == 1


@pytest.mark.parametrize("code", [*UNKNOWNS, "A_CODE_OF_NEXT_YEAR"])
def test_u_is_passed_on_and_leaves_it_open(world: World, code: str) -> None:
    world.alipay.will(REGISTRATION, answer("U", code, "wait"))
    assert result_of(register(world)) == (200, "U", code)
    stored = registered(world)
    # After throttling a repeat is sent again; of any other U Alipay is asked.
    throttled = code == "REQUEST_TRAFFIC_EXCEED_LIMIT"
    assert (stored.state, stored.told_unknown) == (RegistrationState.INITIATED, not throttled)
    assert stored.due_at == world.clock.now() + 60_000


def test_a_lost_answer_is_u_and_leaves_it_due(world: World) -> None:
    world.alipay.will(REGISTRATION, no_answer())
    assert result_of(register(world)) == (200, "U", "UNKNOWN_EXCEPTION")
    stored = registered(world)
    assert (stored.state, stored.sends, stored.lease_until) == (RegistrationState.INITIATED, 1, 0)
    assert stored.due_at == world.clock.now() + 60_000


@pytest.mark.parametrize("hint", ["SUCCESS", "KEY_NOT_FOUND"])
def test_an_unsigned_answer_says_nothing_but_a_hint(world: World, hint: str, logged: Logged) -> None:
    world.alipay.will(REGISTRATION, unsigned(hint=hint))
    reply = register(world)
    assert result_of(reply) == (200, "U", "UNKNOWN_EXCEPTION")
    assert hint in message_of(reply)
    assert (registered(world).state, registered(world).result_code) == (RegistrationState.INITIATED, "")
    assert hint in logged()


def test_where_nothing_left_the_answer_is_503_and_the_send_does_not_count(world: World) -> None:
    world.alipay.will(REGISTRATION, not_reached(), answer("F", "PARAM_ILLEGAL"))
    assert result_of(register(world)) == (503, "U", "UNKNOWN_EXCEPTION")
    assert (registered(world).sends, registered(world).lease_until) == (0, 0)
    assert result_of(register(world)) == (200, "F", "PARAM_ILLEGAL")
    assert registered(world).state is RegistrationState.FAIL


def test_the_intent_is_stored_leased_and_due_before_anything_is_sent(world: World) -> None:
    seen = []

    def look(_body: object) -> VerifiedResponse:
        stored = registered(world)
        seen.append((stored.state, stored.leased(world.clock.now()), stored.due_at))
        return accepted()

    world.alipay.will(REGISTRATION, look)
    register(world)
    assert seen == [(RegistrationState.INITIATED, True, world.clock.now() + 25_000)]


def test_our_notification_url_is_filled_in_where_the_caller_gives_none(world: World) -> None:
    world.alipay.will(REGISTRATION, accepted())
    register(world)
    world.settings = replace(world.settings, registration_notify_url=OURS)
    register(world, request_id="REG-2", merchant="M-2")
    theirs = "https://shop.example.com/notify"
    register(world, request_id="REG-3", merchant="M-3", registrationNotifyUrl=theirs)
    sent = [body.get("registrationNotifyURL") for body in world.alipay.sends_of(REGISTRATION)]
    assert sent == [None, OURS, theirs]
    assert world.alipay.sends_of(REGISTRATION)[0] == registration_body()


# --- repeats


def test_a_repeat_while_the_send_is_under_way_is_u_without_a_call(world: World) -> None:
    replies = []

    def meanwhile(_body: object) -> VerifiedResponse:
        world.clock.forward(10)
        replies.append(register(world))
        return accepted()

    world.alipay.will(REGISTRATION, meanwhile)
    assert result_of(register(world)) == (200, "S", "SUCCESS")
    assert [result_of(reply) for reply in replies] == [(200, "U", "UNKNOWN_EXCEPTION")]
    assert len(world.alipay.sent) == 1


def test_the_lease_of_a_sender_that_died_runs_out(world: World) -> None:
    class Killed(BaseException):
        pass

    def die(_body: object) -> VerifiedResponse:
        raise Killed

    world.alipay.will(REGISTRATION, die, accepted())
    with pytest.raises(Killed):
        register(world)
    world.clock.forward(24.9)
    assert result_of(register(world))[1] == "U"
    world.clock.forward(0.1)
    assert result_of(register(world))[1] == "S"
    first, second = world.alipay.sends_of(REGISTRATION)
    assert first == second


@pytest.mark.parametrize("status", [None, "PENDING", "COMPLETED", "REJECTED"])
def test_a_repeat_after_acceptance_is_the_stored_answer_whatever_wallets_said(world: World, status: str | None) -> None:
    world.alipay.will(REGISTRATION, accepted(passThroughInfo="x"))
    reply = register(world)
    if status:
        notify_review(world, status)
    assert register(world) == reply
    assert len(world.alipay.sent) == 1


@pytest.mark.parametrize("status", ["PENDING", "COMPLETED", "REJECTED"])
def test_a_repeat_after_a_lost_answer_is_built_once_the_review_is_heard_of(world: World, status: str) -> None:
    world.alipay.will(REGISTRATION, no_answer())
    register(world, passThroughInfo='{"batch":"1"}')
    notify_review(world, status)
    reply = register(world)
    assert result_of(reply) == (200, "S", "SUCCESS")
    assert body_of(reply)["passThroughInfo"] == '{"batch":"1"}'
    assert len(world.alipay.sent) == 1


def test_a_repeat_after_a_lost_answer_sends_the_stored_body_again(world: World) -> None:
    world.settings = replace(world.settings, registration_notify_url=OURS)
    world.alipay.will(REGISTRATION, no_answer(), accepted())
    register(world, passThroughInfo="first")
    reply = register(world, passThroughInfo="second", registrationNotifyURL="https://shop.example.com/other")
    assert result_of(reply) == (200, "S", "SUCCESS")
    first, second = world.alipay.sends_of(REGISTRATION)
    assert first == second
    assert first["passThroughInfo"] == "first"


@pytest.mark.parametrize("code", [*OF_OURS, "A_CODE_OF_NEXT_YEAR"])
def test_an_f_to_a_repeat_settles_nothing_for_it_may_speak_of_our_own_first_send(world: World, code: str) -> None:
    world.alipay.will(REGISTRATION, no_answer(), answer("F", code, "no"))
    register(world)
    reply = register(world)
    assert result_of(reply) == (200, "U", "UNKNOWN_EXCEPTION")
    assert code in message_of(reply)
    assert registered(world).state is RegistrationState.INITIATED
    world.alipay.will(STATUS, stands("COMPLETED", GCASH="APPROVED"))
    poll_registration_when_due(world)
    assert registered(world).state is RegistrationState.COMPLETED
    assert world.anomalies() == []


ASKED = {
    "under review": (stands("PENDING"), "S", RegistrationState.PENDING),
    "completed": (stands("COMPLETED"), "S", RegistrationState.COMPLETED),
    "rejected": (stands("REJECTED"), "S", RegistrationState.REJECTED),
    "not found": (not_found(), "U", RegistrationState.INITIATED),
    "a status of next year": (stands("ON_HOLD"), "U", RegistrationState.INITIATED),
    "no answer": (no_answer(), "U", RegistrationState.INITIATED),
    "unsigned": (unsigned(), "U", RegistrationState.INITIATED),
}


@pytest.mark.parametrize(("inquiry", "status", "state"), ASKED.values(), ids=ASKED)
def test_a_repeat_after_u_is_one_inquiry(world: World, inquiry, status: str, state: RegistrationState) -> None:
    world.alipay.will(REGISTRATION, answer("U", "A_CODE_OF_NEXT_YEAR"))
    world.alipay.will(STATUS, inquiry)
    register(world)
    assert result_of(register(world))[:2] == (200, status)
    assert registered(world).state is state
    assert world.alipay.sends_of(STATUS) == [{"registrationRequestId": "REG-1", "referenceMerchantId": "M-1"}]
    assert len(world.alipay.sends_of(REGISTRATION)) == 1


def test_once_record_not_found_is_believed_a_repeat_after_u_sends_again_and_its_f_is_final(world: World) -> None:
    world.alipay.will(REGISTRATION, answer("U", "A_CODE_OF_NEXT_YEAR"), answer("F", "PARAM_ILLEGAL"))
    world.alipay.will(STATUS, not_found())
    register(world)
    limit = Limit()
    while not registered(world).disproved:
        limit.step()
        assert registered(world).due_at is not None
        poll_registration_when_due(world)
    assert registered(world).not_found_count == 3
    assert result_of(register(world)) == (200, "F", "PARAM_ILLEGAL")
    assert registered(world).state is RegistrationState.FAIL


@pytest.mark.parametrize(
    "changed",
    [
        {"merchant": "M-2"},
        {"productCodes": ["CASHIER_PAYMENT"]},
        in_store("S-1"),
    ],
    ids=["merchantInfo", "productCodes", "storeInfo"],
)
@pytest.mark.parametrize("first", [accepted(), no_answer(), answer("F", "PARAM_ILLEGAL")], ids=["S", "lost", "F"])
def test_a_repeat_with_other_content_is_refused_and_nothing_is_sent(
    world: World, refused, changed: dict, first
) -> None:
    world.alipay.will(REGISTRATION, first)
    register(world)
    assert refused(lambda: register(world, **changed)) == (409, "REPEAT_REQ_INCONSISTENT")
    assert len(world.alipay.sent) == 1


# --- races, and trouble


def test_an_outcome_that_overtakes_the_answer_is_kept_and_the_answer_passed_on(world: World) -> None:
    def meanwhile(_body: object) -> VerifiedResponse:
        notify_review(world, "COMPLETED", GCASH="APPROVED")
        return accepted(passThroughInfo="x")

    world.alipay.will(REGISTRATION, meanwhile)
    reply = register(world)
    assert body_of(reply)["passThroughInfo"] == "x"
    stored = registered(world)
    assert (stored.state, stored.due_at, stored.answer) == (RegistrationState.COMPLETED, None, reply.text)
    assert world.anomalies() == []


OVERTAKEN = {"U": answer("U", "UNKNOWN_EXCEPTION"), "lost": no_answer()}


@pytest.mark.parametrize("first", OVERTAKEN)
def test_with_the_review_under_way_no_answer_to_the_send_says_otherwise(world: World, first: str) -> None:
    def meanwhile(_body: object) -> VerifiedResponse:
        notify_review(world, "PENDING")
        script = OVERTAKEN[first]
        if isinstance(script, VerifiedResponse):
            return script
        raise script

    world.alipay.will(REGISTRATION, meanwhile)
    assert result_of(register(world)) == (200, "S", "SUCCESS")
    stored = registered(world)
    assert (stored.state, stored.lease_until) == (RegistrationState.PENDING, 0)
    assert world.anomalies() == []


def test_if_the_intent_cannot_be_stored_nothing_is_sent(world: World) -> None:
    store = outage(world)
    store.on, store.hits = True, lambda method, _request: method == "transact_write_items"
    with pytest.raises(StoreUnavailable):
        register(world)
    assert store.calls == 1
    assert world.alipay.sent == []
    assert world.repository.registrations.find("REG-1") is None


def test_if_the_repeats_lease_cannot_be_written_nothing_is_sent_again(world: World) -> None:
    world.alipay.will(REGISTRATION, no_answer("registration"))
    register(world)
    store = outage(world)
    store.on, store.hits = True, lambda method, _request: method in ("put_item", "transact_write_items")
    with pytest.raises(StoreUnavailable):
        register(world)
    assert len(world.alipay.sends_of(REGISTRATION)) == 1


@pytest.mark.parametrize(
    "first", [accepted(), answer("F", "PARAM_ILLEGAL"), answer("U", "UNKNOWN_EXCEPTION")], ids="SFU"
)
def test_if_the_answer_cannot_be_stored_the_caller_gets_it_and_a_poll_settles_it(
    world: World, logged: Logged, first: VerifiedResponse
) -> None:
    store = outage(world)

    def and_then_the_store_is_gone(_body: object) -> VerifiedResponse:
        store.on = True
        return first

    world.alipay.will(REGISTRATION, and_then_the_store_is_gone)
    reply = register(world)
    if first.status is ResultStatus.F:  # it invites a new id, and is told once it is stored
        assert result_of(reply) == (200, "U", "UNKNOWN_EXCEPTION")
    else:
        assert reply.text == first.text
    assert "AnswersNotStored" in logged()
    store.on = False
    assert registered(world).state is RegistrationState.INITIATED
    world.alipay.will(STATUS, stands("COMPLETED"))
    poll_registration_when_due(world)
    assert registered(world).state is RegistrationState.COMPLETED


@pytest.mark.parametrize("first", [None, no_answer(), answer("U", "UNKNOWN_EXCEPTION")], ids=["new", "lost", "U"])
def test_with_too_little_time_nothing_is_sent_and_nothing_is_leased(world: World, first) -> None:
    if first:
        world.alipay.will(REGISTRATION, first)
        register(world)
    before, sent = world.all_text(), len(world.alipay.sent)
    status = 200 if first else 503  # 503 would be read as "nothing was sent" of all requests of the id
    assert result_of(register(world, seconds=14.9)) == (status, "U", "UNKNOWN_EXCEPTION")
    assert (world.all_text(), len(world.alipay.sent)) == (before, sent)


def test_nothing_of_a_merchants_data_is_logged(world: World, logged: Logged) -> None:
    world.alipay.will(REGISTRATION, accepted())
    register(world)
    detail = registration_body()["merchantInfo"]["registrationDetail"]
    told = [detail["legalName"], detail["registrationNo"], detail["contactInfo"][0]["contactNo"]]
    assert [word for word in told if word in logged()] == []
    assert all(word in json.dumps(world.alipay.sent) for word in told)
