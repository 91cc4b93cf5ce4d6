"""The judge of what moves no money, of what is stuck, and of what was notified."""

from typing import Any

import pytest

from autodebit.repository import digest_of
from autodebit.repository.table import plain
from tests.chaos.books import Told
from tests.chaos.cases import AGREED, NOTIFIED, RECORD, RENEWED, REVIEW, beside, books, item, other, others, store
from tests.chaos.judge import judge
from tests.chaos.kept import lacking
from tests.chaos.notes import NOT_KEPT

NO_DUE = {"due_at": 0, "due_key": None}


def found_by(verdict: Any) -> list[str]:
    return [name for name, found in verdict.faults.items() if found]


def test_what_agrees_beside_money_is_sound() -> None:
    verdict = judge(beside(), [*store(), *others()], [Told("declare", "D", 200, "S", "SUCCESS")])
    assert verdict.faults == {name: [] for name in verdict.faults}


def test_a_correction_that_is_refused_is_no_word_on_what_was_declared_before() -> None:
    told = Told("declare", "D", 200, "F", "PROCESS_FAIL", asked="23600")
    assert found_by(judge(beside(), [*store(), *others()], [told])) == []


def test_a_renewal_that_the_end_interrupts_is_due_and_neither_stuck_nor_lost() -> None:
    ready = others(grant={"refreshes": 70})
    assert found_by(judge(beside(**RENEWED), [*store(), *ready], earlier=others())) == []
    assert (
        found_by(judge(beside(**RENEWED), [*store(), *ready], earlier=others(grant={"refreshes": 1, "newest": 7})))
        == []
    )


def test_a_renewal_that_has_been_under_way_for_two_days_is_stuck() -> None:
    both = [*store(), *others(grant={"refreshes": 2})]
    assert found_by(judge(beside(**RENEWED), both, earlier=others(grant={"refreshes": 1}))) == ["stuck"]


@pytest.mark.parametrize(
    ("fault", "books_changed", "store_changed", "told"),
    [
        ("mismatches", {"authorizations": [{**AGREED, "revoked": True}]}, {}, []),
        ("mismatches", {}, {"authorization": {"state": "REVOKED"}, "grant": {"state": "REVOKED"}}, []),
        ("mismatches", {}, {"authorization": {"state": "EXPIRED"}}, []),
        ("mismatches", {}, {"grant": {"access_until": 5}}, []),
        ("lost", RENEWED, {}, []),
        ("mismatches", {"declarations": {"D": {**RECORD, "transmissions": 2}}}, {}, []),
        ("mismatches", {"declarations": {}}, {}, []),
        ("mismatches", {}, {"declaration": {"state": "FAIL", **NO_DUE}}, []),
        ("mismatches", {}, {"declaration": {"state": "COMPLETED", **NO_DUE}}, []),
        ("lost", {}, {"declaration": {"state": "NOT_SUBMITTED"}}, []),
        ("mismatches", {}, {"registration": {"state": "FAIL"}}, []),
        ("mismatches", {}, {"authentication": {"state": "PASSED"}}, []),
        ("mismatches", {}, {}, [Told("declare", "D", 200, "F", "PROCESS_FAIL")]),
        ("mismatches", {}, {}, [Told("declare", "D", 200, "F", "PROCESS_FAIL", asked="23610")]),
        ("mismatches", {}, {}, [Told("registration", "H", 200, "S", "SUCCESS")]),
        ("mismatches", {}, {}, [Told("revoke", "T", 200, "S", "SUCCESS")]),
        ("mismatches", {}, {}, [Told("init_authentication", "B", 200, "S", "SUCCESS")]),
    ],
)  # fmt: skip
def test_the_judge_finds_beside_money(
    fault: str, books_changed: dict[str, Any], store_changed: dict[str, Any], told: list[Told]
) -> None:
    verdict = judge(beside(**books_changed), [*store(), *others(**store_changed)], told)
    assert found_by(verdict) == [fault]


# --- what is stuck

DUE = {"due_at": 1, "due_key": "x"}


@pytest.mark.parametrize(
    ("books_changed", "store_changed"),
    [
        ({}, {"grant": {"refreshes": 1, **NO_DUE}}),
        ({}, {"grant": NO_DUE}),
        ({}, {"declaration": {"state": "INITIATED"}}),
        ({}, {"declaration": NO_DUE}),
        ({}, {"registration": {"state": "PENDING", **DUE}}),
        ({"registrations": {}}, {"registration": {"state": "INITIATED", **DUE}}),
        ({"registrations": {}}, {"registration": {"state": "INITIATED", "not_found_count": 3}}),
        ({"authorizations": []}, {"authorization": {"state": "CONSULTED"}, "grant": {"state": "EXPIRED"}}),
        ({"authorizations": []}, {"authorization": {"state": "CONSULTED", **DUE}, "grant": {"state": "EXPIRED"}}),
        ({"authorizations": []}, {"authorization": {"state": "CODE_RECEIVED"}, "grant": {"state": "EXPIRED"}}),
        ({}, {"code": {"state": "WAITING", "auth_state": "S", **DUE}}),
        ({}, {"code": {"state": "WAITING", **DUE}}),
        ({"authorizations": []}, {"authorization": {"state": "ABANDONED"}, "grant": {"state": "EXPIRED"},
                                  "code": {"state": "WAITING", "auth_state": "S"}}),
    ],
)  # fmt: skip
def test_the_judge_finds_what_is_stuck(books_changed: dict[str, Any], store_changed: dict[str, Any]) -> None:
    verdict = judge(beside(**books_changed), [*store(), *others(**store_changed)])
    assert found_by(verdict) == ["stuck"]


@pytest.mark.parametrize(
    ("books_changed", "store_changed"),
    [
        ({"registrations": {}}, {"registration": {"state": "INITIATED", "not_found_count": 3, **DUE}}),
        ({}, {"grant": {**NO_DUE, "wallet": "NAVERPAY"}}),
        ({"authentications": {}}, {"authentication": {"state": "INITIATED"}}),
        ({}, {"code": {"state": "WAITING", "auth_state": "S"}}),
    ],
    ids=["never arrived, and known not to", "lives on with each payment", "a password", "a code for nobody"],
)
def test_what_is_open_for_a_reason_is_not_stuck(books_changed: dict[str, Any], store_changed: dict[str, Any]) -> None:
    assert judge(beside(**books_changed), [*store(), *others(**store_changed)]).stuck == []


# --- what was notified

REFUSED = {"outcome": {"acknowledged": False, "http_status": 503, "error": "not HTTP 200"}, "fault": None}
LOST = {"outcome": {"acknowledged": False, "http_status": None, "error": "dropped on the way"}, "fault": "drop"}
TAMPERED = {**REFUSED, "fault": "tamper"}


@pytest.mark.parametrize(
    ("state", "attempts", "lost"),
    [
        ("acknowledged", [], True),
        ("given up", [LOST, REFUSED], True),
        ("given up", [LOST, TAMPERED], False),
        ("waiting", [REFUSED], False),
    ],
)
def test_what_we_were_told_is_in_the_store(state: str, attempts: list[Any], lost: bool) -> None:
    told = {**NOTIFIED, "state": state, "attempts": attempts}
    open_still = books(outbox=[told], payment={"paymentStatus": "PROCESSING"})
    due = {"state": "PROCESSING", "due_at": 1, "due_key": "payment#1"}
    assert found_by(judge(open_still, store(**due))) == (["lost"] if lost else [])


def test_what_was_acknowledged_too_soon_is_lost_although_it_is_there_in_the_end() -> None:
    early = {"kind": NOT_KEPT, "notification": "notifyPayment", "about": "payment#P"}
    verdict = judge(books(outbox=[NOTIFIED]), store(), notes=[early])
    assert verdict.lost == ["notifyPayment of payment#P was acknowledged before it was stored"]


PAYMENT = {"paymentRequestId": "P", "result": {"resultStatus": "S"}}
REFUND = {"refundRequestId": "R", "refundStatus": "SUCCESS"}
CODE = {"authorizationNotifyType": "AUTHCODE_CREATED", "authState": "S", "authCode": "code"}
TOKEN = {"authorizationNotifyType": "TOKEN_CREATED", "authState": "S", "accessToken": "token"}
CANCELED = {"authorizationNotifyType": "TOKEN_CANCELED", "accessToken": "token"}
WALLET = {"pspName": "GCash", "registrationResult": {"registrationStatus": "APPROVED"}}
REVIEWED = {"registrationRequestId": "G", **REVIEW, "pspRegistrationResultList": [WALLET]}
PENDING = {"registrationRequestId": "G", "registrationResult": {"registrationStatus": "PENDING"}}
APPROVED = {"wallets": [{"name": "GCash", "status": "APPROVED"}]}


def grant(state: str) -> dict[str, Any]:
    return other("grant", "handle", "T", state=state)


def authorization(state: str, grant: str = "T") -> dict[str, Any]:
    return other("authorization", "auth_state", "S", state=state, grant=grant)


def registration(state: str, **fields: Any) -> dict[str, Any]:
    return other("registration", "registration_request_id", "G", state=state, **fields)


def code(auth_state: str) -> dict[str, Any]:
    return other("code", "digest", digest_of("code"), auth_state=auth_state)


def beside_token(sort: str) -> dict[str, Any]:
    return {"pk": {"S": f"token#{digest_of('token')}"}, "sk": {"S": sort}, "target": {"S": "T"}}


@pytest.mark.parametrize(
    ("kind", "body", "enough", "too_little"),
    [
        ("notifyPayment", PAYMENT, [item("payment", "P", state="SUCCESS")], [item("payment", "P", state="PROCESSING")]),
        ("notifyPayment", PAYMENT, [item("payment", "P", state="CANCELLED")], [item("payment", "P", state="FAIL")]),
        ("notifyRefund", REFUND, [item("refund", "R", state="SUCCESS")], [item("refund", "R", state="INITIATED")]),
        ("notifyAuthorization", CODE, [authorization("CODE_RECEIVED"), code("S")], [authorization("CODE_RECEIVED")]),
        ("notifyAuthorization", CODE, [authorization("ACTIVE"), code("S")], [authorization("CONSULTED"), code("S")]),
        ("notifyAuthorization", CODE, [authorization("ACTIVE"), code("S")], [authorization("ACTIVE"), code("other")]),
        ("notifyAuthorization", TOKEN, [authorization("ACTIVE"), beside_token("pointer")], [authorization("ACTIVE")]),
        ("notifyAuthorization", TOKEN, [authorization("REVOKED"), beside_token("pointer")],
         [authorization("CONSULTED"), beside_token("pointer")]),
        ("notifyAuthorization", TOKEN, [authorization("ACTIVE"), beside_token("pointer")],
         [authorization("ACTIVE", "another"), beside_token("pointer")]),
        ("notifyAuthorization", CANCELED, [beside_token("cancelled")], []),
        ("notifyAuthorization", CANCELED, [beside_token("pointer"), grant("REVOKED")],
         [beside_token("pointer"), grant("ACTIVE")]),
        ("notifyRegistrationStatus", REVIEWED, [registration("COMPLETED", **APPROVED)], [registration("COMPLETED")]),
        ("notifyRegistrationStatus", REVIEWED, [registration("COMPLETED", **APPROVED)],
         [registration("PENDING", **APPROVED)]),
        ("notifyRegistrationStatus", PENDING, [registration("PENDING")], [registration("INITIATED")]),
        ("notifyRegistrationStatus", PENDING, [registration("COMPLETED")], []),
    ],
)  # fmt: skip
def test_a_notification_is_kept_once_the_store_has_its_fact(
    kind: str, body: dict[str, Any], enough: list[dict[str, Any]], too_little: list[dict[str, Any]]
) -> None:
    def lacks(items: list[dict[str, Any]], *, anomaly: bool = False) -> str:
        places = {(made["pk"], made["sk"]): made for made in map(plain, items)}
        return lacking(kind, body, lambda pk, sk: places.get((pk, sk)), lambda _: anomaly)

    assert lacks(enough) == ""
    assert lacks(too_little) != ""
    assert lacks(too_little, anomaly=True) == ""


def test_a_code_that_the_outbox_masks_is_believed_to_be_there() -> None:
    masked = {**CODE, "authCode": "2810…"}
    known = plain(authorization("ACTIVE"))
    assert (
        lacking("notifyAuthorization", masked, lambda pk, _: known if pk == known["pk"] else None, lambda _: False)
        == ""
    )
