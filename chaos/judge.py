"""The verdict: the simulator's books against our store and against what callers were told. The books are always right.

Five things must not be: a double debit, a double refund, an outcome that was lost, an item that is stuck, and anything that does
not match.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from autodebit.repository.table import Item, plain
from chaos import agreements
from chaos.books import Books, Told, Verdict

_FINAL = ("SUCCESS", "FAIL", "CANCELLED")
_OPEN = ("INITIATED", "PROCESSING", "IN_PROCESS", "PENDING")
_HEARD_OF = ("CODE_RECEIVED", "ACTIVE", "REVOKED", "EXPIRED", "FAILED")


def judge(books: Books, items: Iterable[Mapping[str, Any]], told: Iterable[Told] = ()) -> Verdict:
    """The verdict over all *items* of the table (in DynamoDB's typed form) once everything had time to become quiet."""
    return _Court(books, [plain(item) for item in items]).verdict(told)


class _Court:
    def __init__(self, books: Books, items: list[Item]) -> None:
        self._books, self._items = books, items
        self._found = Verdict()
        self._payments = self._of("payment", "payment_request_id")
        self._refunds = self._of("refund", "refund_request_id")
        self._authorizations = self._of("authorization", "auth_state")
        self._anomalous = {item["pk"] for item in items if item["sk"].startswith("anomaly#")}
        self._pointers = {item["pk"]: item["target"] for item in items if item["sk"] == "pointer"}

    def verdict(self, told: Iterable[Told]) -> Verdict:
        found = self._found
        found.payments, found.refunds = len(self._payments), len(self._refunds)
        if not self._books.balanced:
            found.mismatches.append("the books do not balance")
        for item in self._items:
            if item["sk"].startswith("anomaly#"):
                found.anomalies[item["reason"]] += 1
        self._count_money()
        for identity in sorted({*self._books.payments, *self._payments}):
            self._compare("payment", identity, self._books.payments.get(identity), self._payments.get(identity))
        for identity in sorted({*self._books.refunds, *self._refunds}):
            self._compare("refund", identity, self._books.refunds.get(identity), self._refunds.get(identity))
        for identity, payment in self._payments.items():
            self._check_payment(identity, payment)
        self._check_due()
        for notification in self._books.outbox:
            if notification["state"] == "acknowledged":
                self._check_kept(notification["kind"], notification["body"])
        told = list(told)
        for word in told:
            self._check_told(word)
        agreements.check(self._books, self._items, told, found)
        return found

    def _of(self, kind: str, key: str) -> dict[str, Item]:
        found = [item for item in self._items if item.get("kind") == kind and item["sk"] == "item"]
        return {str(item[key]): item for item in found}

    # --- money

    def _count_money(self) -> None:
        for identity, entry in self._books.ledger.items():
            debited, net = int(entry["amount"]), int(entry["net"])
            refunds = entry["refunds"].items()
            if entry["debits"] > 1:
                self._found.double_debits.append(f"{identity} was debited {entry['debits']} times")
            self._found.double_refunds += [
                f"{refund} was given back {given['credits']} times" for refund, given in refunds if given["credits"] > 1
            ]
            if net < 0 or entry["cancels"] > 1:
                self._found.double_refunds.append(f"{identity}: {debited} was debited, {debited - net} was given back")

    # --- states

    def _compare(
        self, kind: str, identity: str, theirs: Mapping[str, Any] | None, ours: Mapping[str, Any] | None
    ) -> None:
        state = str(ours["state"]) if ours else ""
        if theirs is None:
            if state in _OPEN:
                self._found.stuck.append(f"{kind} {identity}: {state}, and Alipay does not know it")
            elif state in ("SUCCESS", "CANCELLED"):
                self._found.mismatches.append(f"{kind} {identity}: {state}, and Alipay does not know it")
            return
        real = str(theirs[f"{kind}Status"])
        if ours is None:
            self._found.lost.append(f"{kind} {identity}: {real} at Alipay, and not in the store")
            return
        if real == "PROCESSING":
            if state not in _OPEN:
                self._found.mismatches.append(f"{kind} {identity}: PROCESSING at Alipay, {state} in the store")
        elif state in _OPEN:
            self._found.stuck.append(f"{kind} {identity}: {real} at Alipay, still {state} in the store")
        elif state not in _FINAL:
            self._found.lost.append(f"{kind} {identity}: {real} at Alipay, {state} in the store")
        elif state != real:
            self._found.mismatches.append(f"{kind} {identity}: {real} at Alipay, {state} in the store")
        self._compare_content(kind, identity, theirs, ours)

    def _compare_content(self, kind: str, identity: str, theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> None:
        amount = theirs[f"{kind}Amount"]
        if (ours["amount"]["value"], ours["amount"]["currency"]) != (amount["value"], amount["currency"]):
            self._found.mismatches.append(f"{kind} {identity}: another amount in the store")
        known = ours.get(f"{kind}_id")
        if known and known != theirs[f"{kind}Id"]:
            self._found.mismatches.append(f"{kind} {identity}: another {kind}Id in the store")
        if known and self._pointers.get(f"{kind}-id#{known}") != identity:
            self._found.mismatches.append(f"{kind} {identity}: its {kind}Id does not lead to it")

    def _check_payment(self, identity: str, payment: Mapping[str, Any]) -> None:
        held = sum(
            int(refund["amount"]["value"])
            for refund in self._refunds.values()
            if refund["payment_request_id"] == identity and refund["state"] != "FAIL"
        )
        if payment.get("reserved", 0) != held:
            self._found.mismatches.append(
                f"payment {identity}: {payment.get('reserved', 0)} reserved, and its refunds hold {held}"
            )
        cancel = payment.get("cancel") or {}
        real = self._books.payments.get(identity, {}).get("paymentStatus")
        if cancel.get("state") == "REQUESTED" and real in _FINAL:
            self._found.stuck.append(f"payment {identity}: a cancel is still requested, and it is {real} at Alipay")
        if cancel.get("state") == "DONE" and real != "CANCELLED":
            self._found.mismatches.append(f"payment {identity}: the cancel is DONE, and it is {real} at Alipay")

    def _check_due(self) -> None:
        for item in self._items:
            if item["sk"] != "item":
                continue
            wanting = (
                (item.get("state") in _OPEN and item["kind"] != "authentication")  # Alipay has no inquiry for those
                or ((item.get("cancel") or {}).get("state") == "REQUESTED" and item["state"] != "NOT_SUBMITTED")
                or (item["kind"] == "code" and item["state"] == "WAITING" and self._waited_for(item))
            )  # fmt: skip
            if wanting and not (item.get("due_at") and item.get("due_key")):
                self._found.stuck.append(f"{item['pk']}: {item['state']} without a due time")
            if bool(item.get("due_at")) != bool(item.get("due_key")):
                self._found.stuck.append(f"{item['pk']}: a due time outside the index of due work")
            if item["kind"] == "code" and item["state"] == "WAITING" and item.get("due_at"):
                self._found.stuck.append(f"{item['pk']}: a code that still waits for its exchange")

    def _waited_for(self, code: Mapping[str, Any]) -> bool:
        authorization = self._authorizations.get(code.get("auth_state", ""), {})
        return authorization.get("state") in ("CONSULTED", "CODE_RECEIVED", "ABANDONED")

    # --- what was said

    def _check_kept(self, kind: str, body: Mapping[str, Any]) -> None:
        """What was acknowledged is in the store: as the state it says, or as an anomaly."""
        match kind:
            case "notifyPayment":
                item, said = self._payments.get(body["paymentRequestId"]), body["result"]["resultStatus"]
                kept = item is not None and item["state"] in ({"S": ("SUCCESS", "CANCELLED"), "F": ("FAIL",)}[said])
                key, name = f"payment#{body['paymentRequestId']}", body["paymentRequestId"]
            case "notifyRefund":
                item = self._refunds.get(body["refundRequestId"])
                kept = item is not None and item["state"] == body["refundStatus"]
                key, name = f"refund#{body['refundRequestId']}", body["refundRequestId"]
            case "notifyAuthorization" if body.get("authState"):
                item = self._authorizations.get(body["authState"])
                kept = item is not None and item["state"] in _HEARD_OF
                key, name = f"authorization#{body['authState']}", body["authState"]
            case _:
                return
        if not kept and key not in self._anomalous:
            self._found.lost.append(f"{kind} of {name} was acknowledged, and the store does not have it")

    def _check_told(self, told: Told) -> None:
        """S and F to a caller are true in the end: whoever hears F takes a new id, whoever hears S delivers."""
        if told.status not in ("S", "F") or told.code == "REPEAT_REQ_INCONSISTENT":
            return
        entry = self._books.ledger.get(told.identity, {"debits": 0, "net": "0"})
        match told.function, told.status:
            case "pay", "S":
                right = entry["debits"] == 1
            case "pay", "F":
                right = int(entry["net"]) == 0
            case "cancel", "S":
                right = int(entry["net"]) == 0
            case "refund", word:
                given = self._credits(told.identity)
                right = given == (1 if word == "S" else 0)
            case _:
                right = True
        if not right:
            heard = f"{told.http_status} {told.status} {told.code}"
            self._found.mismatches.append(
                f"{told.function} {told.identity}: a caller was told {heard}, and the books say no"
            )

    def _credits(self, refund_request_id: str) -> int:
        return sum(
            entry["refunds"][refund_request_id]["credits"]
            for entry in self._books.ledger.values()
            if refund_request_id in entry["refunds"]
        )
