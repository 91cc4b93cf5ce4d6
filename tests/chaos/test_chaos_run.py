"""A small chaos run: every fault there is, crashes included, and the books in the end. `make chaos` runs large ones."""

import json
import subprocess
import sys
from dataclasses import replace
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


# --- and what there is to find beside money

ENDS = "2027-02-01T00:00:00+00:00"
ENDS_AT = 1_801_440_000_000
AGREED = {"authState": "S", "revoked": False, "tokens": [{"accessTokenExpiryTime": ENDS}]}
LATER = {"accessTokenExpiryTime": "2027-03-01T00:00:00+00:00"}
RECORD = {"declarationRequestStatus": "IN_PROCESS", "transmissions": 1}
REVIEW = {"registrationResult": {"registrationStatus": "COMPLETED"}}


def other(kind: str, key: str, identity: str, **fields: Any) -> dict[str, Any]:
    made = {"pk": f"{kind}#{identity}", "sk": "item", "kind": kind, key: identity, **fields}
    return {name: _typed(value) for name, value in made.items() if value not in (None, 0)}


def others(**changed: Any) -> list[dict[str, Any]]:
    """The items of one authorization, its grant, a declaration, a registration and an authentication; *changed* by kind."""

    def fields(kind: str, **usual: Any) -> dict[str, Any]:
        return {**usual, **changed.get(kind, {})}

    grant = fields("grant", state="ACTIVE", auth_state="S", wallet="GCASH", access_until=ENDS_AT, due_at=1, due_key="x")
    declaration = fields("declaration", state="IN_PROCESS", due_at=1, due_key="x")
    made = [
        other("authorization", "auth_state", "S", **fields("authorization", state="ACTIVE", grant="T")),
        other("grant", "handle", "T", **grant),
        other("declaration", "declaration_request_id", "D", **declaration),
        other("registration", "registration_request_id", "G", **fields("registration", state="COMPLETED")),
        other("authentication", "authentication_request_id", "A", **fields("authentication", state="SENT")),
    ]
    made[2]["amounts"] = {"L": [{"M": {"value": {"S": "1"}, "currency": {"S": "CNY"}}}]}
    return made


def beside(**changed: Any) -> Books:
    """The books that agree with others()."""
    known: dict[str, Any] = {
        "authorizations": [AGREED],
        "declarations": {"D": RECORD},
        "registrations": {"G": REVIEW},
        "authentications": {"A": {"status": "SENT"}},
    }
    return replace(books(), **{**known, **changed})


def test_what_agrees_beside_money_is_sound() -> None:
    verdict = judge(beside(), [*store(), *others()], [Told("declare", "D", 200, "S", "SUCCESS")])
    assert verdict.faults == {name: [] for name in verdict.faults}


def test_a_renewal_that_the_end_interrupts_is_due_and_neither_stuck_nor_lost() -> None:
    newer = {"authorizations": [{**AGREED, "tokens": [*AGREED["tokens"], LATER]}]}
    verdict = judge(beside(**newer), [*store(), *others(grant={"refreshes": 1})], [])
    assert verdict.faults == {name: [] for name in verdict.faults}


@pytest.mark.parametrize(
    ("fault", "books_changed", "store_changed", "told"),
    [
        ("mismatches", {"authorizations": [{**AGREED, "revoked": True}]}, {}, []),
        ("mismatches", {}, {"authorization": {"state": "REVOKED"}, "grant": {"state": "REVOKED"}}, []),
        ("mismatches", {}, {"authorization": {"state": "EXPIRED"}}, []),
        ("mismatches", {}, {"grant": {"access_until": 5}}, []),
        ("lost", {"authorizations": [{**AGREED, "tokens": [*AGREED["tokens"], LATER]}]}, {}, []),
        ("stuck", {}, {"grant": {"refreshes": 51}}, []),
        ("stuck", {}, {"grant": {"refreshes": 1, "due_at": 0, "due_key": None}}, []),
        ("stuck", {}, {"grant": {"due_at": 0, "due_key": None}}, []),
        ("mismatches", {"declarations": {"D": {**RECORD, "transmissions": 2}}}, {}, []),
        ("mismatches", {"declarations": {}}, {}, []),
        ("mismatches", {}, {"declaration": {"state": "FAIL", "due_at": 0, "due_key": None}}, []),
        ("lost", {}, {"declaration": {"state": "NOT_SUBMITTED"}}, []),
        ("stuck", {}, {"declaration": {"state": "INITIATED"}}, []),
        ("stuck", {}, {"registration": {"state": "PENDING", "due_at": 1, "due_key": "x"}}, []),
        ("mismatches", {}, {"registration": {"state": "FAIL"}}, []),
        ("mismatches", {}, {"authentication": {"state": "PASSED"}}, []),
        ("mismatches", {}, {}, [Told("declare", "D", 200, "F", "PROCESS_FAIL")]),
        ("mismatches", {}, {}, [Told("registration", "H", 200, "S", "SUCCESS")]),
        ("mismatches", {}, {}, [Told("revoke", "T", 200, "S", "SUCCESS")]),
        ("mismatches", {}, {}, [Told("init_authentication", "B", 200, "S", "SUCCESS")]),
    ],
)  # fmt: skip
def test_the_judge_finds_beside_money(
    fault: str, books_changed: dict[str, Any], store_changed: dict[str, Any], told: list[Told]
) -> None:
    verdict = judge(beside(**books_changed), [*store(), *others(**store_changed)], told)
    assert fault in [name for name, found in verdict.faults.items() if found]
