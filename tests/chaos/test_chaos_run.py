"""A small chaos run: every fault there is, crashes included, and the books in the end. `make chaos` runs large ones."""

import json
import subprocess
import sys
from typing import Any

import pytest

from chaos.books import Books, Told
from chaos.judge import judge
from tests.support.events import ROOT

PAYMENTS = 40


@pytest.fixture(scope="module")
def run() -> tuple[int, str]:
    """Exit code and output of a run."""
    command = [sys.executable, "-m", "chaos", "--payments", str(PAYMENTS), "--seed", "11"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    return done.returncode, done.stdout + done.stderr


def test_nothing_is_debited_twice_lost_stuck_or_different_after_a_chaos_run(run: tuple[int, str]) -> None:
    code, told = run
    figures = json.loads(told.splitlines()[-1])
    five = [figures[name] for name in ("double_debits", "double_refunds", "lost", "stuck", "mismatches")]
    assert (code, five) == (0, [0] * 5), told[-4000:]
    assert list(figures) == [
        "payments", "refunds", "disturbed", "crashes", "double_debits", "double_refunds", "lost", "stuck", "mismatches",
        "anomalies", "seconds",
    ]  # fmt: skip


def test_a_chaos_run_disturbs_nearly_a_third_of_all_calls_and_kills_workers(run: tuple[int, str]) -> None:
    told = run[1]
    figures = json.loads(told.splitlines()[-1])
    wire = next(int(line.split()[0]) for line in told.splitlines() if "on the wire" in line)
    assert figures["disturbed"] >= 0.3 * wire, told[-4000:]
    assert figures["crashes"] > 0
    assert figures["payments"] > 0.9 * PAYMENTS


# --- the judge finds what there is to find

PAID = {"state": "SUCCESS", "payment_id": "A1"}


def books(**changed: Any) -> Books:
    """One payment of 100 that was paid, and one refund of 40."""
    amount = {"currency": "JPY", "value": "100"}
    refunds = {"R": {"credits": 1, "amount": "40"}}
    entry = {"debits": 1, "amount": "100", "currency": "JPY", "cancels": 0, "refunds": refunds, "net": "60"}
    return Books(
        ledger={"P": entry | changed.get("entry", {})},
        balanced=changed.get("balanced", True),
        payments={
            "P": {"paymentStatus": "SUCCESS", "paymentAmount": amount, "paymentId": "A1"} | changed.get("payment", {})
        },
        refunds={
            "R": {"refundStatus": "SUCCESS", "refundAmount": {"currency": "JPY", "value": "40"}, "refundId": "B1"}
        },
        outbox=changed.get("outbox", []),
    )


def item(kind: str, identity: str, **changed: Any) -> dict[str, Any]:
    """An item of the table in DynamoDB's typed form."""
    made = {"pk": f"{kind}#{identity}", "sk": "item", "kind": kind, f"{kind}_request_id": identity, **changed}
    return {name: _typed(value) for name, value in made.items() if value is not None}


def _typed(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return {"M": {name: _typed(inner) for name, inner in value.items()}}
    return {"N": str(value)} if isinstance(value, int) else {"S": value}


def pointer(kind: str, known: str, target: str) -> dict[str, Any]:
    return {name: {"S": text} for name, text in {"pk": f"{kind}-id#{known}", "sk": "pointer", "target": target}.items()}


def store(**changed: Any) -> list[dict[str, Any]]:
    """The items that agree with books(), but for what is *changed* of the payment."""
    payment = {**PAID, "amount": {"value": "100", "currency": "JPY"}, "reserved": 40, **changed}
    refund = {
        "state": "SUCCESS",
        "refund_id": "B1",
        "amount": {"value": "40", "currency": "JPY"},
        "payment_request_id": "P",
    }
    return [
        item("payment", "P", **payment),
        item("refund", "R", **refund),
        pointer("payment", "A1", "P"),
        pointer("refund", "B1", "R"),
    ]


NOTIFIED = {
    "kind": "notifyPayment",
    "state": "acknowledged",
    "body": {"paymentRequestId": "P", "result": {"resultStatus": "S"}},
}


def test_a_store_that_agrees_with_the_books_is_sound() -> None:
    verdict = judge(
        books(outbox=[NOTIFIED]),
        store(),
        [Told("pay", "P", 200, "S", "SUCCESS"), Told("refund", "R", 200, "S", "SUCCESS")],
    )
    assert verdict.faults == {name: [] for name in verdict.faults}
    assert (verdict.sound, verdict.payments, verdict.refunds) == (True, 1, 1)


@pytest.mark.parametrize(
    ("fault", "books_changed", "store_changed", "told"),
    [
        ("double_debits", {"entry": {"debits": 2}}, {}, []),
        ("double_refunds", {"entry": {"refunds": {"R": {"credits": 2, "amount": "80"}}, "net": "20"}}, {}, []),
        ("double_refunds", {"entry": {"net": "-40", "cancels": 1}}, {}, []),
        ("lost", {}, {"state": "NOT_SUBMITTED"}, []),
        ("lost", {"outbox": [NOTIFIED], "payment": {"paymentStatus": "PROCESSING"}}, {"state": "PROCESSING"}, []),
        ("stuck", {}, {"state": "PROCESSING", "due_at": 1, "due_key": "payment#1"}, []),
        ("stuck", {"payment": {"paymentStatus": "PROCESSING"}}, {"state": "PROCESSING"}, []),
        ("stuck", {}, {"cancel": {"state": "REQUESTED"}, "due_at": 1, "due_key": "payment#1"}, []),
        ("mismatches", {}, {"state": "FAIL"}, []),
        ("mismatches", {}, {"amount": {"value": "99", "currency": "JPY"}}, []),
        ("mismatches", {}, {"payment_id": "A2"}, []),
        ("mismatches", {}, {"reserved": 0}, []),
        ("mismatches", {"balanced": False}, {}, []),
        ("mismatches", {}, {}, [Told("pay", "P", 200, "F", "PROCESS_FAIL")]),
        ("mismatches", {"entry": {"debits": 0, "net": "-40"}}, {}, [Told("pay", "P", 200, "S", "SUCCESS")]),
        ("mismatches", {}, {}, [Told("cancel", "P", 200, "S", "SUCCESS")]),
        ("mismatches", {}, {}, [Told("refund", "R", 200, "F", "PROCESS_FAIL")]),
    ],
)  # fmt: skip
def test_the_judge_finds(
    fault: str, books_changed: dict[str, Any], store_changed: dict[str, Any], told: list[Told]
) -> None:
    verdict = judge(books(**books_changed), store(**store_changed), told)
    assert fault in [name for name, found in verdict.faults.items() if found]
    assert not verdict.sound


def test_the_judge_misses_a_payment_that_the_store_does_not_have() -> None:
    assert judge(books(), store()[1:]).lost == ["payment P: SUCCESS at Alipay, and not in the store"]
