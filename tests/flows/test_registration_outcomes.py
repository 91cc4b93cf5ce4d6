"""Where a registration stands: asked for by callers, told by Alipay; and which registration a word speaks of."""

import pytest

from autodebit.contract import NotifyRegistrationStatusRequest
from autodebit.domain.registration_states import RegistrationState
from autodebit.errors import StoreUnavailable
from autodebit.flows.merchants.sync import notify_registration_status
from autodebit.gateway.client import Operation, VerifiedResponse
from tests.flows.conftest import Logged
from tests.flows.registering import (
    accepted,
    codes,
    in_store,
    inquire_info,
    inquire_status,
    not_found,
    notify_review,
    poll_registration_when_due,
    register,
    registered,
    stands,
    wallets_of,
)
from tests.flows.steps import body_of, message_of, outage, result_of
from tests.support.alipay import answer, no_answer, not_reached, unsigned
from tests.support.world import World

REGISTRATION = Operation.REGISTRATION
STATUS = Operation.INQUIRY_REGISTRATION_STATUS
INFO = Operation.INQUIRY_REGISTRATION_INFO
NOT_KNOWN = "a notification for a registration that is not known"
NOT_NAMED = "a notification that does not tell which registration it speaks of"
P, C, R = RegistrationState.PENDING, RegistrationState.COMPLETED, RegistrationState.REJECTED


TOLD = {
    "pending": (("PENDING", "", {}), P, {}),
    "pending at a wallet": (("PENDING", "", {"GCASH": "PENDING"}), P, {"GCASH": "PENDING"}),
    "completed": (("COMPLETED", "", {"GCASH": "APPROVED"}), C, {"GCASH": "APPROVED"}),
    "completed without wallets": (("COMPLETED", "", {}), C, {}),
    "completed, a wallet says nothing": (("COMPLETED", "", {"GCASH": None}), C, {"GCASH": ""}),
    "completed, a wallet rejects": (
        ("COMPLETED", "", {"GCASH": "APPROVED", "DANA": "REJECTED"}),
        C,
        {"GCASH": "APPROVED", "DANA": "REJECTED"},
    ),
    "rejected": (("REJECTED", "unreadable licence", {"GCASH": "REJECTED"}), R, {"GCASH": "REJECTED"}),
    "no word on the whole": ((None, "", {"GCASH": "APPROVED"}), P, {"GCASH": "APPROVED"}),
    "a wallet's word for the whole": (("APPROVED", "", {}), P, {}),
    "a status of next year": (("ON_HOLD", "", {"GCASH": "ON_HOLD"}), P, {"GCASH": "ON_HOLD"}),
}


def tell(world: World, status: str | None, reasons: str, wallets: dict) -> str:
    notify_review(world, status, reasons, **wallets)
    return "notification"


def ask(world: World, status: str | None, reasons: str, wallets: dict) -> str:
    script = stands(status, reasons, **wallets)
    world.alipay.will(STATUS, script)
    assert inquire_status(world).text == script.text
    return "inquiry"


def poll(world: World, status: str | None, reasons: str, wallets: dict) -> str:
    world.alipay.will(STATUS, stands(status, reasons, **wallets))
    poll_registration_when_due(world)
    return "poll"


@pytest.mark.parametrize("bring", [tell, ask, poll])
@pytest.mark.parametrize(("told", "state", "wallets"), TOLD.values(), ids=TOLD)
def test_a_word_means_the_same_whoever_brings_it(pending: World, bring, told, state, wallets) -> None:
    source = bring(pending, *told)
    stored = registered(pending)
    assert (stored.state, stored.due_at is None) == (state, not state.open)
    assert wallets_of(pending) == wallets
    assert stored.reject_reasons == told[1]
    assert stored.settled_by == ("" if state.open else source)
    kind = "a notification whose type, status or content" if bring is tell else "an answer whose status"
    unknown = told[0] in ("APPROVED", "ON_HOLD")
    assert pending.anomalies() == ([f"{kind} is not known"] if unknown else [])


# --- notifications


def test_a_registration_that_is_not_known_is_an_anomaly_and_acknowledged(world: World, logged: Logged) -> None:
    notify_review(world, request_id="REG-9", GCASH="APPROVED")
    assert world.anomalies() == [NOT_KNOWN]
    assert world.repository.registrations.find("REG-9") is None
    assert '"Anomalies"' in logged()
    assert "GCASH APPROVED" in world.all_text()


@pytest.mark.parametrize("ids", [{}, {"referenceMerchantId": "M-9"}, {"referenceStoreId": "S-1"}])
def test_a_notification_that_finds_nothing_is_an_anomaly(pending: World, ids: dict[str, str]) -> None:
    body = {**ids, "registrationResult": {"registrationStatus": "COMPLETED"}}
    notify_registration_status(NotifyRegistrationStatusRequest.read(body), pending.runtime(15))
    assert pending.anomalies() == [NOT_NAMED]
    assert registered(pending).state is P


def test_the_id_of_another_merchant_settles_nothing(pending: World) -> None:
    notify_review(pending, merchant="M-2")
    assert registered(pending).state is P
    assert pending.anomalies() == ["referenceMerchantId differs from the intent's"]


@pytest.mark.parametrize("status", ["PENDING", "COMPLETED", "REJECTED"])
def test_a_duplicate_has_no_effect(pending: World, status: str) -> None:
    notify_review(pending, status, GCASH="PENDING")
    before = pending.all_text()
    notify_review(pending, status, GCASH="PENDING")
    assert pending.all_text() == before


def test_wallets_go_on_reporting_after_the_end_and_the_state_stays(pending: World) -> None:
    notify_review(pending, "COMPLETED", GCASH="APPROVED", DANA="PENDING")
    notify_review(pending, "COMPLETED", GCASH="APPROVED", DANA="REJECTED")
    notify_review(pending, "PENDING", GCASH="PENDING", DANA="PENDING", TNG="PENDING")
    assert registered(pending).state is C
    assert wallets_of(pending) == {"GCASH": "APPROVED", "DANA": "REJECTED", "TNG": "PENDING"}
    assert pending.anomalies() == []


@pytest.mark.parametrize(
    ("first", "then", "reason"),
    [
        ("COMPLETED", "REJECTED", "a rejection was reported of a completed registration"),
        ("REJECTED", "COMPLETED", "a completion was reported of a rejected registration"),
    ],
)
def test_another_end_than_the_final_one_is_an_anomaly_and_not_applied(
    pending: World, first: str, then: str, reason: str
) -> None:
    notify_review(pending, first)
    before = registered(pending)
    notify_review(pending, then, GCASH="PENDING")
    assert registered(pending) == before
    assert pending.anomalies() == [reason]


def test_a_review_of_what_alipay_refused_is_an_anomaly(world: World) -> None:
    world.alipay.will(REGISTRATION, answer("F", "PARAM_ILLEGAL"))
    register(world)
    notify_review(world, "COMPLETED")
    assert registered(world).state is RegistrationState.FAIL
    assert world.anomalies() == ["a review was reported of a registration that Alipay had refused"]


@pytest.mark.parametrize("request_id", ["REG-1", "REG-9", None])
def test_what_cannot_be_stored_is_not_acknowledged(pending: World, request_id: str | None) -> None:
    store = outage(pending)
    store.on, store.hits = True, lambda method, _request: method != "get_item"
    with pytest.raises(StoreUnavailable):
        notify_review(pending, request_id=request_id)
    store.on = False
    assert registered(pending).state is P


# --- which registration


def test_a_word_that_names_only_the_merchant_finds_its_registration(pending: World) -> None:
    notify_review(pending, "COMPLETED", request_id=None, GCASH="APPROVED")
    assert (registered(pending).state, wallets_of(pending)) == (C, {"GCASH": "APPROVED"})
    assert pending.anomalies() == []


def again(world: World, first: str) -> None:
    """The merchant's first registration ended; another one was accepted."""
    notify_review(world, first)
    register(world, request_id="REG-2")


def test_a_corrected_registration_is_completed_and_a_resent_rejection_is_old_news(pending: World) -> None:
    again(pending, "REJECTED")
    notify_review(pending, "REJECTED", request_id=None)
    assert registered(pending, "REG-2").state is P
    notify_review(pending, "COMPLETED", request_id=None)
    assert (registered(pending).state, registered(pending, "REG-2").state) == (R, C)
    assert pending.anomalies() == []


def test_the_completion_of_an_earlier_registration_does_not_approve_the_new_one(pending: World) -> None:
    again(pending, "COMPLETED")
    notify_review(pending, "COMPLETED", request_id=None)
    pending.alipay.will(STATUS, stands("COMPLETED"))
    inquire_status(pending, referenceMerchantId="M-1")
    assert registered(pending, "REG-2").state is P
    assert pending.anomalies() == []


def test_what_may_concern_either_is_an_anomaly_and_moves_none(pending: World) -> None:
    register(pending, request_id="REG-2")
    notify_review(pending, "COMPLETED", request_id=None)
    assert (registered(pending).state, registered(pending, "REG-2").state) == (P, P)
    assert pending.anomalies() == [NOT_NAMED]


def test_a_refused_registration_does_not_hide_the_one_before_it(pending: World) -> None:
    pending.alipay.will(REGISTRATION, answer("F", "REGISTRATION_UNDER_REVIEW"))
    for request_id in ("REG-2", "REG-3"):
        register(pending, request_id=request_id)
    notify_review(pending, "COMPLETED", request_id=None)
    assert registered(pending).state is C
    assert registered(pending, "REG-3").supersedes == "REG-1"
    assert pending.anomalies() == []


def test_each_store_of_a_merchant_has_its_own_registration(world: World) -> None:
    world.alipay.will(REGISTRATION, accepted())
    for number in (1, 2):
        register(world, request_id=f"REG-{number}", **in_store(f"S-{number}"))
    notify_review(world, "COMPLETED", request_id=None, store="S-1")
    notify_review(world, "COMPLETED", store="S-2")
    assert (registered(world).state, registered(world, "REG-2").state) == (C, P)
    assert world.anomalies() == ["referenceStoreId differs from the intent's"]


# --- callers' inquiries


@pytest.mark.parametrize("ids", [{"registrationRequestId": "REG-9"}, {"referenceMerchantId": "M-9"}])
@pytest.mark.parametrize("said", [stands("COMPLETED", GCASH="APPROVED"), not_found()], ids="SF")
def test_an_inquiry_for_what_is_not_ours_is_relayed_and_leaves_no_trace(
    pending: World, ids: dict[str, str], said: VerifiedResponse
) -> None:
    before = pending.all_text()
    pending.alipay.will(STATUS, said)
    reply = inquire_status(pending, **ids)
    assert reply.text == said.text
    assert pending.all_text() == before
    assert pending.alipay.sends_of(STATUS) == [ids]


@pytest.mark.parametrize("other", [{"referenceMerchantId": "M-2"}, {"referenceStoreId": "S-1"}])
def test_an_inquiry_with_the_ids_of_two_says_nothing_of_ours(pending: World, other: dict[str, str]) -> None:
    pending.clock.forward(3600)
    for said in (stands("COMPLETED"), not_found()):
        pending.alipay.will(STATUS, said)
        assert inquire_status(pending, registrationRequestId="REG-1", **other).text == said.text
    assert (registered(pending).state, registered(pending).not_found_count) == (P, 0)


@pytest.mark.parametrize("code", [*codes("inquiry_registration_status", "F"), "A_CODE_OF_NEXT_YEAR"])
def test_an_f_of_the_inquiry_is_relayed_and_says_nothing_of_the_registration(pending: World, code: str) -> None:
    pending.clock.forward(3600)
    pending.alipay.will(STATUS, answer("F", code, "no"))
    assert result_of(inquire_status(pending)) == (200, "F", code)
    stored = registered(pending)
    assert (stored.state, stored.not_found_count) == (P, 1 if code == "RECORD_NOT_FOUND" else 0)


def test_a_merchant_that_is_not_found_counts_for_none_of_its_registrations(pending: World) -> None:
    pending.clock.forward(3600)
    pending.alipay.will(STATUS, not_found())
    assert result_of(inquire_status(pending, referenceMerchantId="M-1")) == (200, "F", "RECORD_NOT_FOUND")
    assert registered(pending).not_found_count == 0


BEHIND = {"PENDING": stands("PENDING"), "F": answer("F", "INVALID_CLIENT"), "REJECTED": stands("REJECTED")}


@pytest.mark.parametrize("said", BEHIND.values(), ids=BEHIND)
def test_an_answer_behind_or_against_what_is_final_is_replaced_by_it(pending: World, said: VerifiedResponse) -> None:
    notify_review(pending, "COMPLETED", GCASH="APPROVED", DANA=None)
    pending.alipay.will(STATUS, said)
    told = body_of(inquire_status(pending))
    assert told["result"]["resultStatus"] == "S"
    assert told["registrationResult"] == {"registrationStatus": "COMPLETED"}
    assert told["pspRegistrationResultList"] == [
        {"pspName": "GCASH", "registrationResult": {"registrationStatus": "APPROVED"}},
        {"pspName": "DANA"},
    ]


def test_an_inquiry_that_names_only_the_merchant_settles_its_registration(pending: World) -> None:
    said = stands("COMPLETED", GCASH="APPROVED")
    pending.alipay.will(STATUS, said)
    assert inquire_status(pending, referenceMerchantId="M-1").text == said.text
    assert (registered(pending).state, wallets_of(pending)) == (C, {"GCASH": "APPROVED"})
    assert registered(pending).settled_by == "inquiry"


def test_an_outcome_that_comes_while_alipay_does_not_answer_is_told(pending: World) -> None:
    def meanwhile(_body: object) -> VerifiedResponse:
        notify_review(pending, "REJECTED", "unreadable licence")
        raise no_answer()

    pending.alipay.will(STATUS, meanwhile)
    told = body_of(inquire_status(pending))
    assert told["registrationResult"] == {"registrationStatus": "REJECTED", "rejectReasons": "unreadable licence"}


@pytest.mark.parametrize(
    ("trouble", "status"), [(no_answer(), 200), (unsigned(), 200), (not_reached(), 503)], ids=["lost", "unsigned", "no"]
)
@pytest.mark.parametrize("request_id", ["REG-1", "REG-9"])
def test_without_an_answer_an_inquiry_is_u(pending: World, request_id: str, trouble, status: int) -> None:
    pending.alipay.will(STATUS, trouble)
    reply = inquire_status(pending, registrationRequestId=request_id)
    assert result_of(reply) == (status, "U", "UNKNOWN_EXCEPTION")
    assert registered(pending).state is P


@pytest.mark.parametrize("ids", [{"registrationRequestId": "REG-1"}, {"referenceMerchantId": "M-1"}])
def test_if_the_answer_to_an_inquiry_cannot_be_stored_it_is_told_all_the_same(
    pending: World, ids: dict[str, str]
) -> None:
    store = outage(pending)

    def and_then_the_store_is_gone(_body: object) -> VerifiedResponse:
        store.on = True
        return stands("COMPLETED")

    pending.alipay.will(STATUS, and_then_the_store_is_gone)
    assert inquire_status(pending, **ids).text == stands("COMPLETED").text
    store.on = False
    assert registered(pending).state is P


@pytest.mark.parametrize(
    "said", [answer("S", "SUCCESS", merchantInfo={"referenceMerchantId": "M-1"}, aNewField=[1.5]), not_found()]
)
def test_inquiry_registration_info_is_relayed_and_nothing_of_it_is_kept(pending: World, said: VerifiedResponse) -> None:
    before = pending.all_text()
    pending.alipay.will(INFO, said)
    assert inquire_info(pending).text == said.text
    assert pending.alipay.sends_of(INFO) == [{"referenceMerchantId": "M-1"}]
    assert pending.all_text() == before


@pytest.mark.parametrize("code", codes("inquiry_registration_info", "F"))
def test_an_f_of_inquiry_registration_info_is_relayed(world: World, code: str) -> None:
    world.alipay.will(INFO, answer("F", code))
    assert result_of(inquire_info(world)) == (200, "F", code)


@pytest.mark.parametrize(
    ("trouble", "status"), [(no_answer(), 200), (unsigned(hint="KEY_NOT_FOUND"), 200), (not_reached(), 503)]
)
def test_inquiry_registration_info_without_an_answer_is_u(world: World, trouble, status: int) -> None:
    world.alipay.will(INFO, trouble)
    reply = inquire_info(world)
    assert result_of(reply) == (status, "U", "UNKNOWN_EXCEPTION")
    assert "Send the same request again" in message_of(reply)
    assert (trouble.hint or "") in message_of(reply)


def test_with_too_little_time_nobody_is_asked(pending: World) -> None:
    sent = len(pending.alipay.sent)
    for ask_ in (inquire_status, inquire_info):
        assert result_of(ask_(pending, 14.9)) == (503, "U", "UNKNOWN_EXCEPTION")
    assert len(pending.alipay.sent) == sent
