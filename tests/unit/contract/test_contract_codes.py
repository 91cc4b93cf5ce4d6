"""The table of result codes against the contract's code tables, pair by pair, in both directions."""

from __future__ import annotations

from typing import Any

import pytest

from autodebit.domain.result_codes import CALLS, Action, find_result_code, meanings, older_names, renamed
from tests.contract.documents import DATA, document
from tests.contract.result_codes_page import PAGE, page

RESULTS = {  # what the contract calls the tables of results that are no answers to a call
    ("inquiry_payment", "payment_result_codes"): "payment",
    ("inquiry_payment", "transaction_result_codes"): "transaction",
    ("inquiry_refund", "refund_result_codes"): "refund result",
}

# (operation, code): why our action is not the contract's.
OTHER_ACTION = {
    ("revoke", "INVALID_ACCESS_TOKEN"): "who revokes wants the token dead, and needs no new authorization for that",
}
# Codes that the contract has for some calls, and our table for all.
EVERY_CALL = {
    **dict.fromkeys(
        (
            "INVALID_SIGNATURE",
            "KEY_NOT_FOUND",
            "NO_INTERFACE_DEF",
            "INVALID_API",
            "INVALID_CLIENT",
            "UNKNOWN_CLIENT",
            "INVALID_CLIENT_STATUS",
            "METHOD_NOT_SUPPORTED",
            "MEDIA_TYPE_NOT_ACCEPTABLE",
            "ACCESS_DENIED",
        ),
        "the gateway makes these checks before it looks at the call",
    ),
    **dict.fromkeys(
        ("SYSTEM_ERROR", "PROCESS_FAIL", "UNKNOWN_EXCEPTION", "REQUEST_TRAFFIC_EXCEED_LIMIT"),
        "common codes, which later pages of the calls leave to a common list",
    ),
}


def documented() -> dict[tuple[str, str], dict[str, Any]]:
    """Every row of every code table, by operation (or result) and code."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for file in sorted({path.stem for path in DATA.glob("*.json")} - {"facts", "types"}):
        content = document(file)
        for table in ("result_codes", *(name for of, name in RESULTS if of == file)):
            operation = RESULTS.get((file, table), content["name"])
            rows.update({(operation, row["code"]): row for row in content[table]})
    return rows


DOCUMENTED = documented()
OURS = {(operation, code): meaning for operation, code, meaning in meanings()}


def test_no_code_table_of_the_contract_is_overlooked() -> None:
    tables = {
        (path.stem, name)
        for path in DATA.glob("*.json")
        for name, rows in document(path.stem).items()
        if path.stem != "facts" and isinstance(rows, list) and rows and isinstance(rows[0], dict) and "code" in rows[0]
    }
    assert tables - {(file, "result_codes") for file, _ in tables} == set(RESULTS)
    assert len(DOCUMENTED) == 397


@pytest.mark.parametrize(("operation", "code"), DOCUMENTED, ids=[" ".join(pair) for pair in DOCUMENTED])
def test_a_documented_code_has_the_contracts_status_and_action(operation: str, code: str) -> None:
    row, meaning = DOCUMENTED[operation, code], find_result_code(operation, code)
    assert meaning is not None
    assert meaning.status == row["status"]
    assert (meaning.action != row["action_kind"]) == ((operation, code) in OTHER_ACTION)


def test_the_table_has_nothing_that_the_contract_lacks() -> None:
    known = {(operation, renamed(code)) for operation, code in DOCUMENTED}
    more = {(operation, code) for operation, code in OURS if (operation, code) not in known}
    assert {code for operation, code in more if operation in CALLS} == set(EVERY_CALL)
    assert [pair for pair in more if pair[0] not in CALLS] == []


def test_every_code_that_was_seen_anywhere_has_a_meaning_somewhere() -> None:
    seen = document("facts")["common_result_codes"]
    statuses = {code: {meaning.status for _, known, meaning in meanings() if known == renamed(code)} for code in seen}
    assert statuses == {code: {fact["status"]} for code, fact in seen.items()}


def test_actions_are_the_contracts_words() -> None:
    assert {row["action_kind"] for row in DOCUMENTED.values()} == set(Action)


@pytest.mark.parametrize(
    ("operation", "code", "action"),
    [
        ("pay", "SYSTEM_ERROR", Action.SUPPORT),
        ("pay", "UNKNOWN_EXCEPTION", Action.INQUIRE),
        ("refund", "UNKNOWN_EXCEPTION", Action.SAME_AGAIN),
        ("refund", "REFUND_IN_PROCESS", Action.INQUIRE),
        ("refund", "MERCHANT_BALANCE_NOT_ENOUGH", Action.NEW_ID),
        ("cancel", "MERCHANT_BALANCE_NOT_ENOUGH", Action.SAME_AGAIN),
        ("cancel", "CANCEL_WINDOW_EXCEED", Action.USE_REFUND),
        ("revoke", "INVALID_ACCESS_TOKEN", Action.DONE),
        ("inquiryRefund", "ORDER_NOT_EXIST", Action.SAME_AGAIN),
        ("payment", "BALANCE_NOT_ENOUGH", Action.USER),
        ("registration", "SIGNATURE_INVALID", Action.FIX),
    ],
)
def test_what_callers_trip_over(operation: str, code: str, action: Action) -> None:
    meaning = find_result_code(operation, code)
    assert meaning is not None
    assert meaning.action is action


def test_no_answer_that_may_have_moved_money_invites_a_new_id() -> None:
    unknown = {(operation, code): meaning.action for operation, code, meaning in meanings() if meaning.status == "U"}
    assert set(unknown.values()) == {Action.INQUIRE, Action.SAME_AGAIN}
    assert unknown["refund", "REFUND_IN_PROCESS"] is Action.INQUIRE


def test_an_old_name_means_what_the_current_one_means() -> None:
    assert renamed("A_CODE_OF_TOMORROW") == "A_CODE_OF_TOMORROW"
    for old, current in older_names().items():
        assert renamed(old) == current
        assert renamed(current) == current
        assert {operation for operation, code, _ in meanings() if code == current}
        for operation, code, meaning in meanings():
            if code == current:
                assert find_result_code(operation, old) == meaning


def test_what_is_not_in_the_table_has_no_meaning() -> None:
    assert find_result_code("pay", "A_CODE_OF_TOMORROW") is None
    assert find_result_code("applyToken", "USER_BALANCE_NOT_ENOUGH") is None
    assert find_result_code("settle", "SUCCESS") is None


def test_the_page_for_callers_is_the_table() -> None:
    assert PAGE.read_text("utf-8") == page(), f"write it again: python -m {page.__module__}"


def test_every_advice_is_a_sentence_that_fits_a_table() -> None:
    for _, _, meaning in meanings():
        assert meaning.advice.endswith(".")
        assert "|" not in meaning.advice
