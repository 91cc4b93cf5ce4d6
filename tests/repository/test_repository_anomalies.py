"""An anomaly keeps the ids, amounts and codes of the message, whatever it speaks of: operators have nothing else to go by."""

from collections.abc import Callable
from typing import Any

import pytest

from autodebit.domain.declaration import DeclarationUpdate
from autodebit.domain.payment import PaymentUpdate
from autodebit.domain.refund import RefundUpdate
from autodebit.domain.registration import RegistrationReport, RegistrationSource, RegistrationUpdate, WalletResult
from autodebit.domain.tracked_request import Money, ReportedStatus, Source
from autodebit.repository import Repository
from autodebit.repository.table import plain
from tests.support.world import World

NOW = 1_800_000_000_000
WHOLE: dict[str, Any] = {
    "word": ReportedStatus.FAILED,
    "source": Source.NOTIFICATION,
    "code": "USER_BALANCE_NOT_ENOUGH",
    "amount": Money("1000", "JPY"),
}
KEPT = {
    "reason": "not known",
    "word": "FAILED",
    "origin": "notification",
    "code": "USER_BALANCE_NOT_ENOUGH",
    "amount": "1000",
    "currency": "JPY",
}
PAYMENT = PaymentUpdate(**WHOLE, payment_request_id="PAY-1", payment_id="2024PAY")
REFUND = RefundUpdate(**WHOLE, refund_request_id="REF-1", refund_id="2024REF", payment_id="2024PAY")
DECLARATION = DeclarationUpdate(**WHOLE, customs_result_code="FAIL")
REGISTRATION = RegistrationUpdate(
    RegistrationReport.REJECTED,
    RegistrationSource.NOTIFICATION,
    code="REJECTED",
    registration_request_id="REG-1",
    reference_merchant_id="M-1",
    reference_store_id="S-1",
    wallets=(WalletResult("GCASH", "APPROVED"), WalletResult("DANA")),
)
CASES: dict[str, tuple[Callable[[Repository], Any], Any, dict[str, str]]] = {
    "payment": (
        lambda repository: repository.payments,
        PAYMENT,
        {**KEPT, "payment_request_id": "PAY-1", "payment_id": "2024PAY"},
    ),
    "refund": (
        lambda repository: repository.refunds,
        REFUND,
        {**KEPT, "refund_request_id": "REF-1", "refund_id": "2024REF", "payment_id": "2024PAY"},
    ),
    "declaration": (lambda repository: repository.declarations, DECLARATION, {**KEPT, "customs_result_code": "FAIL"}),
    "registration": (
        lambda repository: repository.registrations,
        REGISTRATION,
        {
            "reason": "not known",
            "word": REGISTRATION.word.value,
            "origin": "notification",
            "code": "REJECTED",
            "registration_request_id": "REG-1",
            "reference_merchant_id": "M-1",
            "reference_store_id": "S-1",
            "wallets": "GCASH APPROVED, DANA",
        },
    ),
}


@pytest.mark.parametrize(("of", "fact", "kept"), CASES.values(), ids=CASES)
def test_an_anomaly_keeps_what_the_message_says(store: World, of, fact, kept) -> None:
    of(store.repository).record_unknown("ID-9", "not known", fact, NOW)
    (item,) = [plain(item) for item in store.dynamodb.scan(TableName=store.table)["Items"]]
    assert {name: item.get(name) for name in kept} == kept
    assert (item["first_seen"], item["last_seen"], item["times_seen"]) == (NOW, NOW, 1)
