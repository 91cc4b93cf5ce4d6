"""The judge finds what there is to find about money, and nothing where all agree."""

from dataclasses import replace
from typing import Any

import pytest

from tests.chaos.books import Told
from tests.chaos.cases import NOTIFIED, arrived, books, ended, sent, store
from tests.chaos.judge import judge

SOUND = [sent("1", 0), arrived(), ended("1", 900), sent("2", 1000), arrived(), ended("2", 1100)]
"""A send without an answer, and its repeat."""


def test_a_store_that_agrees_with_the_books_is_sound() -> None:
    told = [
        Told("pay", "P", 200, "S", "SUCCESS"),
        Told("refund", "R", 200, "S", "SUCCESS"),
        Told("pay", "P", 200, "S", "SUCCESS", asked="100"),
        Told("refund", "R", 200, "S", "SUCCESS", asked="40"),
        Told("inquiry_payment", "P", 200, "S", "SUCCESS", "SUCCESS"),
        Told("inquiry_refund", "R", 200, "S", "SUCCESS", "SUCCESS"),
        Told("inquiry_payment", "P", 200, "S", "SUCCESS", "PROCESSING"),
        Told("cancel", "P", 200, "F", "PROCESS_FAIL"),
    ]
    verdict = judge(books(outbox=[NOTIFIED]), store(), told, notes=SOUND)
    assert verdict.faults == {name: [] for name in verdict.faults}
    assert (verdict.sound, verdict.payments, verdict.refunds) == (True, 1, 1)


@pytest.mark.parametrize(
    ("fault", "books_changed", "store_changed", "told"),
    [
        ("double_debits", {"entry": {"debits": 2}}, {}, []),
        ("double_refunds", {"entry": {"refunds": {"R": {"credits": 2, "amount": "80"}}, "net": "20"}}, {}, []),
        ("double_refunds", {"entry": {"net": "-40", "cancels": 1}}, {}, []),
        ("double_refunds", {"refund": {"refundResultCode": "REFUND_AMOUNT_EXCEED"}}, {}, []),
        ("double_refunds", {"refund": {"refundResultCode": "ORDER_IS_CANCELED"}}, {}, []),
        ("lost", {}, {"state": "NOT_SUBMITTED"}, []),
        ("stuck", {}, {"state": "PROCESSING", "due_at": 1, "due_key": "payment#1"}, []),
        ("stuck", {"payment": {"paymentStatus": "PROCESSING"}}, {"state": "PROCESSING"}, []),
        ("stuck", {"payment": {"paymentStatus": "PROCESSING"}}, {"state": "PROCESSING", "due_at": 1}, []),
        ("stuck", {}, {"cancel": {"state": "REQUESTED"}, "due_at": 1, "due_key": "payment#1"}, []),
        ("stuck", {}, {"cancel": {"state": "REQUESTED"}}, []),
        ("mismatches", {}, {"state": "FAIL"}, []),
        ("mismatches", {}, {"amount": {"value": "99", "currency": "JPY"}}, []),
        ("mismatches", {}, {"payment_id": "A2"}, []),
        ("mismatches", {}, {"reserved": 0}, []),
        ("mismatches", {"balanced": False}, {}, []),
        ("mismatches", {}, {}, [Told("pay", "P", 200, "F", "PROCESS_FAIL")]),
        ("mismatches", {"entry": {"debits": 0, "net": "0"}}, {}, [Told("pay", "P", 200, "S", "SUCCESS")]),
        ("mismatches", {}, {}, [Told("pay", "P", 200, "S", "SUCCESS", asked="101")]),
        ("mismatches", {}, {}, [Told("refund", "R", 200, "S", "SUCCESS", asked="39")]),
        ("mismatches", {"entry": {"refunds": {}}}, {}, [Told("refund", "R", 200, "S", "SUCCESS")]),
        ("mismatches", {}, {}, [Told("cancel", "P", 200, "S", "SUCCESS")]),
        ("mismatches", {}, {}, [Told("refund", "R", 200, "F", "PROCESS_FAIL")]),
        ("mismatches", {}, {}, [Told("inquiry_payment", "P", 200, "S", "SUCCESS", "FAIL")]),
        ("mismatches", {}, {}, [Told("inquiry_payment", "P", 200, "S", "SUCCESS", "CANCELLED")]),
        ("mismatches", {"payment": {"paymentStatus": "FAIL"}}, {"state": "FAIL"},
         [Told("inquiry_payment", "P", 200, "S", "SUCCESS", "SUCCESS")]),
        ("mismatches", {}, {}, [Told("inquiry_refund", "R", 200, "S", "SUCCESS", "FAIL")]),
        ("mismatches", {"entry": {"refunds": {}}}, {}, [Told("inquiry_refund", "R", 200, "S", "SUCCESS", "SUCCESS")]),
        ("mismatches", {"payment": {"paymentStatus": "CANCELLED"}}, {"state": "CANCELLED"},
         [Told("cancel", "P", 200, "F", "CANCEL_WINDOW_EXCEED")]),
    ],
)  # fmt: skip
def test_the_judge_finds(
    fault: str, books_changed: dict[str, Any], store_changed: dict[str, Any], told: list[Told]
) -> None:
    verdict = judge(books(**books_changed), store(**store_changed), told)
    assert [name for name, found in verdict.faults.items() if found] == [fault]
    assert not verdict.sound


def test_the_judge_misses_a_payment_that_the_store_does_not_have() -> None:
    assert judge(books(), store()[1:]).lost == ["payment P: SUCCESS at Alipay, and not in the store"]


def test_what_was_told_as_failed_need_not_be_in_the_books() -> None:
    refused = replace(books(entry={"debits": 0, "net": "0", "refunds": {}}), payments={}, refunds={})
    told = [
        Told("inquiry_payment", "P", 200, "S", "SUCCESS", "FAIL"),
        Told("inquiry_refund", "R", 200, "S", "SUCCESS", "FAIL"),
    ]
    assert judge(refused, [], told).mismatches == []
    assert judge(books(), [], told).mismatches == [
        "inquiry_payment P: a caller was told 200 S SUCCESS FAIL, and the books say no",
        "inquiry_refund R: a caller was told 200 S SUCCESS FAIL, and the books say no",
    ]


def test_what_was_told_as_failed_must_not_be_in_process() -> None:
    under_way = books(refund={"refundStatus": "PROCESSING"}, entry={"refunds": {}})
    told = Told("inquiry_refund", "R", 200, "S", "SUCCESS", "FAIL")
    assert judge(under_way, [], [told]).mismatches == [
        "inquiry_refund R: a caller was told 200 S SUCCESS FAIL, and the books say no"
    ]


def test_a_cancel_that_is_wanted_has_a_due_time() -> None:
    verdict = judge(books(payment={"paymentStatus": "PROCESSING"}), store(cancel={"state": "REQUESTED"}))
    assert verdict.stuck == ["payment#P: a cancel is requested, without a due time"]


def test_a_payment_that_was_told_as_paid_may_be_cancelled_afterwards() -> None:
    cancelled = books(entry={"net": "0", "cancels": 1, "refunds": {}}, payment={"paymentStatus": "CANCELLED"})
    told = [
        Told("inquiry_payment", "P", 200, "S", "SUCCESS", "SUCCESS"),
        Told("cancel", "P", 200, "F", "PROCESS_FAIL"),
        Told("cancel", "P", 200, "S", "SUCCESS"),
    ]
    assert judge(cancelled, store(state="CANCELLED"), told).mismatches == []


def test_a_cancel_of_nothing_must_not_be_followed_by_a_debit() -> None:
    told = Told("cancel", "P", 200, "F", "ORDER_NOT_EXIST")
    assert judge(books(), store(), [told]).mismatches == [
        "cancel P: a caller was told 200 F ORDER_NOT_EXIST, and the books say no"
    ]


# --- what shows in what was sent and what arrived


@pytest.mark.parametrize(
    ("fault", "notes"),
    [
        ("double_debits", [sent("1", 0), arrived(), sent("2", 0), arrived(content="another")]),
        ("double_debits", [sent("1", 0), arrived(), arrived()]),
        ("double_debits", [sent("1", 0, function="poll_payments")]),
        ("double_debits", [sent("1", 0), sent("2", 899), ended("1", 900)]),
        ("double_refunds", [sent("1", 0, "refund", "R"), arrived("refund", "R"), sent("2", 0, "refund", "R"),
                            arrived("refund", "R", content="another")]),
        ("double_refunds", [sent("1", 0, "refund", "R"), sent("2", 899, "refund", "R"), ended("1", 900)]),
        ("double_debits", [sent("1", 0), sent("2", 14_999)]),
        ("mismatches", [sent("1", 0, "cancel"), sent("2", 899, "cancel"), ended("1", 900)]),
        ("double_refunds", [sent("1", 0, "refund", "R", function="poll_payments")]),
        ("double_refunds", [arrived("cancel", given_back=40)]),
    ],
)  # fmt: skip
def test_the_judge_finds_in_what_was_sent(fault: str, notes: list[dict[str, Any]]) -> None:
    verdict = judge(books(), store(), notes=notes)
    assert [name for name, found in verdict.faults.items() if found] == [fault]


@pytest.mark.parametrize(
    "notes",
    [
        [sent("1", 0), sent("2", 901), ended("1", 900)],
        [sent("1", 0), sent("2", 15_000)],  # the first sender died
        [sent("1", 0), sent("2", 25_000), ended("1", 26_000)],
        [sent("1", 0), sent("2", 500, identity="Q"), ended("1", 900)],
        [sent("1", 0), arrived(), sent("2", 0, "refund", "P"), arrived("refund", "P", content="another")],
    ],
    ids=["one after the other", "long after a death", "after the lease", "two payments", "two operations"],
)
def test_what_may_be_sent_is_no_fault(notes: list[dict[str, Any]]) -> None:
    assert judge(books(), store(), notes=notes).sound


@pytest.mark.parametrize(("net", "sound"), [("100", False), ("0", True)])
def test_an_order_may_be_paid_under_one_id_only(net: str, sound: bool) -> None:
    second = {"debits": 1, "amount": "100", "currency": "JPY", "cancels": 0, "refunds": {}, "net": net}
    notes = [sent("1", 0), arrived(), sent("2", 0, identity="P-again"), arrived(identity="P-again")]
    verdict = judge(books(ledger={"P-again": second}), store(), notes=notes)
    assert verdict.double_debits == ([] if sound else ["order O is paid under P and P-again"])
