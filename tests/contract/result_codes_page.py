"""docs/result-codes.md, made from the table of result codes. ``python -m tests.contract.result_codes_page`` writes it."""

from __future__ import annotations

from pathlib import Path

from autodebit.domain.result_codes import CALLS, Action, ResultCode, meanings, older_names

PAGE = Path(__file__).parents[2] / "docs" / "result-codes.md"

WHAT_TO_DO = {
    Action.DONE: "nothing more, at least not because of the code",
    Action.INQUIRE: "ask for the state; the notification may come first",
    Action.SAME_AGAIN: "send the very same request again, same id, with growing pauses",
    Action.NEW_ID: "this id is used up; another try takes a new one",
    Action.REAUTHORIZE: "the customer authorises again, from consult on",
    Action.USER: "the customer has to do something first, or to be told",
    Action.FIX: "correct the request or the set-up; as it is it will fail again",
    Action.SUPPORT: "do not repeat; a person looks at it, with Alipay's support",
    Action.USE_REFUND: "refund instead",
    Action.FINAL: "no way to repeat this",
    Action.OTHER_PRODUCT: "not expected in Auto Debit",
}

_HEAD = """\
# Result codes

What Alipay's codes mean and what to do, per operation. Made from `autodebit/domain/result_codes.py`; a test keeps them equal.

1. Look at `resultStatus` first: S done, F not done, U not known. **U is no failure: never answer it with a new id.**
2. An inquiry's own `result` says only whether the inquiry worked; read `paymentStatus` or `refundStatus`.
3. Expect codes that are not here, and judge them by `resultStatus`.
4. This bundle turns an F to a *repeated* pay or refund into U, because Alipay's F may speak of the repeat only.

"payment" is `paymentResultCode` of inquiryPayment, "transaction" a `transactionResult` in it, "refund result" a way that a refund
can end.
"""


def page() -> str:
    """The whole page."""
    actions = [f"| `{action}` | {WHAT_TO_DO[action]} |" for action in Action]
    codes = [f"| `{code}` | {told} |" for (code, told) in _rows()]
    older = [f"- `{old}` is `{current}`" for old, current in older_names().items()]
    return "\n".join(
        [
            _HEAD,
            "| Action | What it asks for |\n| --- | --- |",
            *actions,
            "\n## Codes\n\n| Code | Status | Operations | Action | What to do |\n| --- | --- | --- | --- | --- |",
            *codes,
            "\n## Other names\n\nAlipay has renamed codes, some back and forth; both names are understood.\n",
            *older,
            "",
        ]
    )


def _rows() -> list[tuple[str, str]]:
    """Code, and the rest of its line; operations with the same meaning stand in one line."""
    alike: dict[tuple[str, ResultCode], list[str]] = {}
    for operation, code, meaning in meanings():
        alike.setdefault((code, meaning), []).append(operation)
    lines = [
        (code, f"{meaning.status} | {_together(operations)} | `{meaning.action}` | {meaning.advice}")
        for (code, meaning), operations in alike.items()
    ]
    return sorted(lines, key=lambda line: line[0])


def _together(operations: list[str]) -> str:
    missing = set(CALLS) - set(operations)
    if len(missing) < len(CALLS) / 2:
        calls = "every other call" if missing else "every call"
        operations = [calls, *(operation for operation in operations if operation not in CALLS)]
    return ", ".join(operations)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
