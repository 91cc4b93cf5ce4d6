"""Payments made elsewhere come with their refunds: what is under way is never without the payment that holds its amount."""

from dataclasses import replace

from autodebit.domain.payment import Payment
from autodebit.domain.payment_states import PaymentState
from autodebit.domain.refund import Refund
from autodebit.domain.refund_states import RefundState
from autodebit.domain.tracked_request import ReportedStatus, SendOutcome, Source
from tests.repository import samples
from tests.repository.refund_samples import intent, paid, reserved, said, state_of
from tests.repository.samples import NOW, rows, together
from tests.support.world import World

FAILED = said(ReportedStatus.FAILED, Source.NOTIFICATION, code="PROCESS_FAIL")
PAYMENT: Payment = samples.intent(
    fingerprint="", grant="", token_version=0, payment_id="2024P", state=PaymentState.SUCCESS, reserved=500
)
REFUNDS: list[Refund] = [
    intent(
        "REF-1", 300, sends=1, state=RefundState.PROCESSING, heard=SendOutcome.ACCEPTED, due_at=NOW, refund_id="2024R1"
    ),
    intent("REF-2", 200, sends=1, state=RefundState.SUCCESS, refund_id="2024R2"),
    intent("REF-3", 400, sends=1, state=RefundState.FAIL, refund_id="2024R3"),
]


def test_a_payment_made_elsewhere_is_stored_with_its_refunds(store: World) -> None:
    adopted = store.repository.refunds.adopt(PAYMENT, REFUNDS)
    assert adopted == replace(PAYMENT, version=1)
    assert [state_of(store, f"REF-{n}") for n in (1, 2, 3)] == ["PROCESSING", "SUCCESS", "FAIL"]
    assert [store.repository.refunds.id_of(f"2024R{n}") for n in (1, 2, 3)] == ["REF-1", "REF-2", "REF-3"]
    store.repository.refunds.settle("REF-1", FAILED, NOW)
    store.repository.refunds.settle("REF-3", FAILED, NOW)
    assert reserved(store) == 200


def test_of_ten_callers_who_adopt_one_payment_all_get_the_same_and_amounts_are_held_once(store: World) -> None:
    adopted = together(10, lambda _: store.repository.refunds.adopt(PAYMENT, REFUNDS))
    assert adopted == [replace(PAYMENT, version=1)] * 10
    assert reserved(store) == 500


def test_a_payment_that_is_there_already_keeps_what_it_holds(store: World) -> None:
    paid(store)
    adopted = store.repository.refunds.adopt(PAYMENT, REFUNDS)
    assert adopted is not None
    assert (adopted.reserved, adopted.fingerprint) == (0, "fingerprint")
    assert store.repository.refunds.find("REF-1") is None


def test_a_refund_under_way_is_never_stored_without_the_payment_that_holds_its_amount(store: World) -> None:
    """Else its failure, told between two writes, would free nothing, and the payment would hold the amount for ever."""
    client, seen = store.dynamodb, set()

    class Watched:
        def __getattr__(self, name: str):
            method = getattr(client, name)

            def write(**request: object):
                answered = method(**request)
                there = rows(store)
                seen.add((("payment#PAY-1", "item") in there, ("refund#REF-1", "item") in there))
                return answered

            return write if name in ("put_item", "transact_write_items") else method

    store.dynamodb = Watched()
    store.repository.refunds.adopt(PAYMENT, REFUNDS)
    assert seen == {(False, False), (True, True)}


def test_a_payment_whose_id_is_another_payments_is_not_adopted_beside_it(store: World) -> None:
    """Two payments of ours for one of Alipay's would each give back the whole."""
    paid(store)
    assert store.repository.refunds.adopt(replace(PAYMENT, payment_request_id="PAY-2"), REFUNDS) is None
    assert store.repository.payments.find("PAY-2") is None
    assert store.repository.refunds.find("REF-1") is None
