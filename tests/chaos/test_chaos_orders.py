"""The judge of what callers and consumers did on our word: new ids, deliveries, and the money of another system."""

from dataclasses import replace
from typing import Any

import pytest

from tests.chaos.books import Acts, Books, Told, Verdict, books_of
from tests.chaos.cases import books, item, store, typed
from tests.chaos.judge import judge

OTHER = {"P": {"paymentId": "A9", "paymentStatus": "SUCCESS", "elsewhere": True}}
OPEN = {"state": "PROCESSING", "due_at": 1, "due_key": "payment#1", "reserved": None, "payment_id": None}
ANOMALY = {"pk": typed("payment#P"), "sk": typed("anomaly#1"), "kind": typed("anomaly"), "reason": typed("id taken")}


def found_by(verdict: Verdict) -> dict[str, list[str]]:
    return {name: lines for name, lines in verdict.faults.items() if lines}


def taken(**entry: Any) -> Books:
    """Books in which payment P is another system's, and nothing is ours."""
    theirs = {"debits": 1, "amount": "100", "currency": "JPY", "cancels": 0, "refunds": {}, "net": "100", **entry}
    return replace(books(), ledger={"P@elsewhere": theirs}, payments={}, refunds={}, payments_elsewhere=OTHER)


def open_payment(**changed: Any) -> list[dict[str, Any]]:
    return [item("payment", "P", **{"amount": {"value": "100", "currency": "JPY"}, **OPEN, **changed})]


def test_what_callers_did_on_true_words_is_sound() -> None:
    acts = Acts(
        refunds={"REF": ["R", "R-again"]},
        delivered={"P"},
        applied={"payment#P": (3, "SUCCESS"), "refund#R": (2, "SUCCESS")},
    )
    told = [Told("pay", "P", 200, "S", "SUCCESS")]
    assert found_by(judge(books(), store(), told, acts=acts)) == {}


# --- new ids


def test_what_was_to_be_given_back_once_is_given_back_under_one_id() -> None:
    both = books(entry={"refunds": {one: {"credits": 1, "amount": "40"} for one in ("R", "R-again")}, "net": "20"})
    verdict = judge(both, store(), acts=Acts(refunds={"REF": ["R", "R-again"]}))
    assert verdict.double_refunds == ["REF was given back under R and R-again"]
    assert judge(both, store(), acts=Acts(refunds={"REF": ["R"], "REF-2": ["R-again"]})).double_refunds == []


def test_an_id_that_was_taken_and_not_given_back_is_no_second_refund() -> None:
    none = books(entry={"refunds": {"R": {"credits": 1, "amount": "40"}, "R-again": {"credits": 0, "amount": "0"}}})
    assert judge(none, store(), acts=Acts(refunds={"REF": ["R", "R-again"]})).double_refunds == []


# --- deliveries


def test_an_event_that_says_success_while_a_cancel_is_requested_is_a_mismatch() -> None:
    acts = Acts(delivered={"P"}, delivered_in_cancel={"P"})
    assert judge(books(), store(), acts=acts).mismatches == [
        "payment P: an event said SUCCESS (deliver), and its cancel was requested"
    ]


def test_what_an_event_says_is_paid_was_debited() -> None:
    nothing = books(entry={"debits": 0, "amount": "0", "net": "0", "refunds": {}}, refund={"refundStatus": "FAIL"})
    found = judge(nothing, [], acts=Acts(delivered={"P"})).mismatches
    assert "payment P: an event said SUCCESS (deliver), and it was debited 0 times" in found


def test_a_delivery_on_the_payment_of_another_system_is_a_mismatch() -> None:
    found = judge(taken(), [], acts=Acts(delivered={"P"})).mismatches
    assert found == [
        "payment P: an event said SUCCESS (deliver), and it was debited 0 times (another system's payment)"
    ]


@pytest.mark.parametrize("by", ["event", "answer"])
@pytest.mark.parametrize("asked", [True, False])
def test_nobody_but_its_callers_cancels_what_was_delivered(by: str, asked: bool) -> None:
    cancelled = books(entry={"net": "0", "cancels": 1, "refunds": {}}, payment={"paymentStatus": "CANCELLED"})
    acts = Acts(delivered={"P"} if by == "event" else set(), cancels_asked={"P"} if asked else set())
    told = [] if by == "event" else [Told("pay", "P", 200, "S", "SUCCESS")]
    line = "payment P: callers delivered on our word, and we cancelled it on our own account"
    assert judge(cancelled, store(state="CANCELLED"), told, acts=acts).mismatches == ([] if asked else [line])


def test_consumers_end_where_the_store_ends() -> None:
    acts = Acts(applied={"payment#P": (7, "PROCESSING")})
    assert judge(books(), store(), acts=acts).mismatches == [
        "payment#P: its last event says PROCESSING (version 7), the store SUCCESS"
    ]


# --- another system's money


def test_an_open_payment_of_another_system_is_left_to_people_if_an_anomaly_tells_of_it() -> None:
    verdict = judge(taken(), [*open_payment(), ANOMALY])
    assert (found_by(verdict), verdict.for_people) == ({}, ["payment#P"])
    undue = judge(taken(), [*open_payment(due_at=None, due_key=None), ANOMALY])
    assert (found_by(undue), undue.for_people) == ({}, ["payment#P"])


def test_an_open_payment_of_another_system_without_an_anomaly_is_stuck() -> None:
    verdict = judge(taken(), open_payment())
    assert (list(found_by(verdict)), verdict.for_people) == (["stuck"], [])


def test_an_anomaly_alone_leaves_nothing_to_people() -> None:
    verdict = judge(books(), [*store(**{**OPEN, "payment_id": "A1", "reserved": 40}), ANOMALY])
    assert (list(found_by(verdict)), verdict.for_people) == (["stuck"], [])


def test_an_open_refund_of_another_system_is_left_to_people_if_an_anomaly_tells_of_it() -> None:
    others = replace(taken(), payments_elsewhere={}, refunds_elsewhere={"R": {"refundStatus": "SUCCESS"}})
    refund = {"amount": {"value": "40", "currency": "JPY"}, "payment_request_id": "P", "state": "PROCESSING"}
    items = [item("refund", "R", **refund), {**ANOMALY, "pk": typed("refund#R")}]
    assert judge(others, items).for_people == ["refund#R"]
    assert list(found_by(judge(others, items[:1]))) == ["stuck"]


@pytest.mark.parametrize("state", ["SUCCESS", "CANCELLED"])
def test_an_order_is_not_paid_by_another_systems_payment(state: str) -> None:
    found = judge(taken(), open_payment(state=state, due_at=None, due_key=None)).mismatches
    assert found == [f"payment P: {state}, and that is another system's"]


def test_another_systems_payment_is_not_told_as_ours() -> None:
    told = [
        Told("pay", "P", 200, "S", "SUCCESS"),
        Told("inquiry_payment", "P", 200, "S", "SUCCESS", "SUCCESS"),
    ]
    found = judge(taken(), [*open_payment(), ANOMALY], told).mismatches
    assert len(found) == 2
    assert all(line.endswith("and the books say no") for line in found)


def test_another_systems_payment_is_not_cancelled() -> None:
    verdict = judge(taken(cancels=1, net="0"), [*open_payment(), ANOMALY])
    assert found_by(verdict) == {"mismatches": ["payment P is another system's, and we cancelled it"]}


def test_another_systems_payment_is_not_refunded() -> None:
    ours = {"R": {"refundStatus": "FAIL", "refundAmount": {"currency": "JPY", "value": "40"}, "paymentId": "A9"}}
    found = judge(replace(taken(), refunds=ours), [*open_payment(), ANOMALY]).mismatches
    assert found == ["refund R gave back another system's payment"]


def test_the_books_keep_what_is_elsewhere_apart() -> None:
    told: dict[str, Any] = {
        "payments": [{"paymentRequestId": "P", "paymentId": "1"}, {"paymentRequestId": "P", "elsewhere": True}],
        "refunds": [{"refundRequestId": "R", "elsewhere": True}],
        "ledger/entries": {"balanced": True},
    }
    read = books_of(lambda path: told.get(path, []))
    assert read.payments["P"]["paymentId"] == "1"
    assert (list(read.payments_elsewhere), list(read.refunds), list(read.refunds_elsewhere)) == (["P"], [], ["R"])


# --- for whom


@pytest.mark.parametrize(("merchant", "sound"), [("M-A in ACC", True), ("M-B in ACC", False), ("M-A in -", False)])
def test_success_is_told_of_the_merchant_that_was_paid(merchant: str, sound: bool) -> None:
    paid = books(payment={"referenceMerchantId": "M-A", "merchantAccountId": "ACC"})
    found = judge(paid, store(), [Told("pay", "P", 200, "S", "SUCCESS", merchant=merchant)]).mismatches
    line = f"payment P: S was told for {merchant}, and it was paid to M-A in ACC"
    assert found == ([] if sound else [line])


@pytest.mark.parametrize(("user", "sound"), [("U1", True), ("U2", False)])
def test_success_is_told_of_the_customer_who_paid(user: str, sound: bool) -> None:
    agreed = {"authState": "S", "userId": "U1", "revoked": False, "tokens": []}
    paid = replace(books(payment={"pspCustomerInfo": {"pspCustomerId": user}}), authorizations=[agreed])
    found = judge(paid, store(), [Told("pay", "P", 200, "S", "SUCCESS", customer="S")]).mismatches
    assert found == ([] if sound else ["payment P: S was told for the customer of S, and another one paid"])
