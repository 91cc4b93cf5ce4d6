"""Declarations to Chinese customs: declare, inquiryDeclarationRequests, and the receipts of customs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from threading import RLock
from typing import Any

from sandbox.alipay.answers import Answer, answer, first_answer
from sandbox.alipay.clock import Clock, iso
from sandbox.alipay.config import Config
from sandbox.alipay.fields.customs import is_true, suborder_id
from sandbox.alipay.ids import Ids
from sandbox.alipay.money import Money
from sandbox.alipay.payments import Payments
from sandbox.alipay.records import SUCCESS, Payment
from sandbox.alipay.scenarios import Receipt, customs_scenario
from sandbox.alipay.wishes import Wishes

IN_PROCESS, COMPLETED = "IN_PROCESS", "CUSTOMS_PROCESSING_COMPLETED"
RETRANSMISSION_SECONDS = 300
MOST_AT_ONCE = 10
REGISTRATION_ID = "31222699S7"
SOMEBODY_ELSE = "-mismatch"
_RECEIPT_TEXTS = {Receipt.RECORDED: "received", Receipt.REJECTED: "the order data do not match"}


@dataclass(frozen=True)
class Contents:
    """What one call of declare says. A retransmission may change what stands below the blank line."""

    payment_id: str
    split: bool
    region: str
    certificate_type: str | None
    names: tuple[str | None, ...]

    amount: Money
    customs_code: str
    merchant_code: str
    merchant_name: str
    suborder_id: str | None
    certificate_no: str | None
    full_name: str | None

    @classmethod
    def of(cls, body: dict[str, Any]) -> Contents:
        certificate = body.get("buyerCertificate") or {}
        holder = certificate.get("holderName") or {}
        split = is_true(body.get("splitOrder"))
        return cls(
            payment_id=str(body["paymentId"]),
            split=split,
            region=str(body["customs"]["region"]),
            certificate_type=certificate.get("certificateType"),
            names=tuple(holder.get(name) for name in ("firstName", "middleName", "lastName")),
            amount=Money(str(body["declarationAmount"]["currency"]), int(body["declarationAmount"]["value"])),
            customs_code=str(body["customs"]["customsCode"]),
            merchant_code=str(body["merchantCustomsInfo"]["merchantCustomsCode"]),
            merchant_name=str(body["merchantCustomsInfo"]["merchantCustomsName"]),
            suborder_id=suborder_id(body) if split else None,
            certificate_no=certificate.get("certificateNo"),
            full_name=holder.get("fullName"),
        )

    def may_become(self, other: Contents) -> bool:
        """Whether *other* differs only in what a retransmission may change."""
        return other == replace(
            other,
            payment_id=self.payment_id,
            split=self.split,
            region=self.region,
            certificate_type=self.certificate_type,
            names=self.names,
        )

    @property
    def identity_check(self) -> str | None:
        if self.certificate_no is None:
            return None
        return "CHECK_NOT_PASSED" if self.certificate_no.endswith(SOMEBODY_ELSE) else "CHECK_PASSED"


@dataclass
class Declaration:
    """One declaration; *transmission* counts how often it was sent to customs, *receipt* is their answer."""

    request_id: str
    payment: Payment
    contents: Contents
    customs_payment_id: str
    clearing_id: str
    called_at: float
    modified: float
    transmission: int = 0
    receipt: Receipt | None = None
    returned: float | None = None

    @property
    def order_id(self) -> str:
        """The order that customs get to see."""
        return self.contents.suborder_id or self.payment.request_id

    def accepted(self) -> Answer:
        """The answer of declare, with what customs gave back once they have."""
        receipt = self.receipt is not None
        return answer(
            "SUCCESS",
            customsPaymentId=self.customs_payment_id,
            customsOrderId=self.order_id,
            identityCheckResult=self.contents.identity_check,
            clearingChannel="NUCC" if receipt else None,
            clearingTransactionId=self.clearing_id if receipt else None,
            customsProviderRegistrationId=REGISTRATION_ID if receipt else None,
        )

    def record(self) -> dict[str, Any]:
        said = self.contents
        record = {
            "declarationRequestId": self.request_id,
            "customsPaymentId": self.customs_payment_id,
            "customsOrderId": self.order_id,
            "customs": {"customsCode": said.customs_code, "region": said.region},
            "merchantCustomsInfo": {
                "merchantCustomsCode": said.merchant_code,
                "merchantCustomsName": said.merchant_name,
            },
            "declarationAmount": said.amount.wire(),
            "splitOrder": said.split,
            "declarationRequestStatus": IN_PROCESS if self.receipt is None else COMPLETED,
            "lastModifiedTime": iso(self.modified),
        }
        if self.receipt is not None and self.returned is not None:
            record |= {
                "customsDeclarationResultCode": self.receipt.value,
                "customsDeclarationResultDesc": _RECEIPT_TEXTS[self.receipt],
                "customsDeclarationReturnTime": iso(self.returned),
            }
        return record


class Declarations:
    """All declarations of the merchant. Calls are guarded by the simulator's lock, which timers take
    themselves.
    """

    def __init__(self, config: Config, clock: Clock, ids: Ids, payments: Payments, wishes: Wishes, lock: RLock) -> None:
        self._config, self._clock, self._ids = config, clock, ids
        self._payments, self._wishes, self._lock = payments, wishes, lock
        self._by_request: dict[str, Declaration] = {}

    def declare(self, body: dict[str, Any]) -> Answer:
        """Send a declaration to customs; later, under the same id, once more with corrected data."""
        said, request_id = Contents.of(body), str(body["declarationRequestId"])
        known = self._by_request.get(request_id)
        if known is not None:
            return self._again(known, said)
        payment = self._payments.find(payment_id=said.payment_id)
        if payment is None:
            return answer("ORDER_NOT_EXIST")
        refusal = self._refusal(payment, said, None)
        if refusal is not None:
            return answer(refusal)
        now = self._clock.now()
        declaration = Declaration(
            request_id, payment, said, self._ids.customs_payment_id(now), self._ids.clearing_id(now), now, now
        )
        self._by_request[request_id] = declaration
        self._transmit(declaration)
        return first_answer(declaration.accepted(), self._wishes.spelled("declare", request_id))

    def inquire(self, body: dict[str, Any]) -> Answer:
        """Where declarations stand; ids that nobody declared are named, and are no error."""
        if len(body["declarationRequestIds"]) > MOST_AT_ONCE:
            return answer("ARRAY_SIZE_EXCEEDED")
        asked = list(dict.fromkeys(body["declarationRequestIds"]))
        unknown = [request_id for request_id in asked if request_id not in self._by_request]
        return answer(
            "SUCCESS",
            declarationRequestsNotFound=unknown or None,
            declarationRecords=[self._by_request[known].record() for known in asked if known in self._by_request],
        )

    def describe(self) -> list[dict[str, Any]]:
        return [
            {**one.record(), "paymentId": one.payment.payment_id, "transmissions": one.transmission}
            for one in self._by_request.values()
        ]

    def _again(self, known: Declaration, said: Contents) -> Answer:
        """A repeat (same success) or, five minutes after the last call, a retransmission."""
        now = self._clock.now()
        waited, known.called_at = now - known.called_at, now
        if waited < RETRANSMISSION_SECONDS:
            return known.accepted() if said == known.contents else answer("CONTEXT_INCONSISTENT")
        if not known.contents.may_become(said):
            return answer("CONTEXT_INCONSISTENT")
        refusal = self._refusal(known.payment, said, known)
        if refusal is not None:
            return answer(refusal)
        known.contents = said
        self._transmit(known)
        return known.accepted()

    def _refusal(self, payment: Payment, said: Contents, known: Declaration | None) -> str | None:
        ceiling = payment.customs_amount
        if payment.status != SUCCESS:
            return "ORDER_STATUS_INVALID"
        if ceiling is None:
            return "INVALID_CONTRACT"
        others = [one for one in self._by_request.values() if one.payment is payment and one is not known]
        order = (said.customs_code, said.suborder_id or payment.request_id)
        if any((one.contents.customs_code, one.order_id) == order for one in others):
            return "DUPLICATED_DECLARATIONS"
        # The amount of a retransmission is not added to the others; it must fit by itself.
        total = said.amount.value + (sum(one.contents.amount.value for one in others) if known is None else 0)
        return "TOTAL_DECLARATION_AMOUNT_EXCEED" if total > ceiling.value else None

    def _transmit(self, declaration: Declaration) -> None:
        now = self._clock.now()
        declaration.transmission += 1
        declaration.receipt, declaration.returned, declaration.modified = None, None, now
        number = declaration.transmission
        receipt = customs_scenario(self._wishes.spelled("declare", declaration.request_id), number)
        if receipt is not Receipt.SILENT:
            self._clock.at(now + self._config.pending_seconds, lambda: self._receive(declaration, number, receipt))

    def _receive(self, declaration: Declaration, number: int, receipt: Receipt) -> None:
        """Customs answer the sending of that *number*, unless it was sent once more meanwhile."""
        with self._lock:
            if declaration.transmission == number:
                declaration.receipt = receipt
                declaration.returned = declaration.modified = self._clock.now()
