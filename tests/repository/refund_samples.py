"""Refunds and the payment that holds their amounts."""

from dataclasses import replace
from typing import Any

from autodebit.domain.payment import Payment
from autodebit.domain.refund import Refund, RefundUpdate
from autodebit.domain.refund_states import RefundState
from autodebit.domain.tracked_request import Money, ReportedStatus, Source
from autodebit.repository import Repository
from tests.repository.samples import JPY, NOW, fact, opened
from tests.support.world import World

TOTAL = int(JPY.value)


def paid(world: World) -> Payment:
    """PAY-1, paid: 1000 JPY."""
    opened(world)
    settled = world.repository.payments.settle(
        "PAY-1", fact(ReportedStatus.SUCCEEDED, payment_id="2024P", amount=JPY), NOW
    )
    assert settled is not None
    return settled.item


def intent(refund_request_id: str = "REF-1", value: int = 300, **changed: Any) -> Refund:
    """A refund that nobody has stored yet."""
    made = Refund(
        refund_request_id=refund_request_id,
        state=RefundState.INITIATED,
        payment_request_id="PAY-1",
        payment_id="2024P",
        amount=Money(str(value), "JPY"),
        body='{"a":1}',
        created_at=NOW,
    )
    return replace(made, **changed)


def said(word: ReportedStatus, source: Source = Source.REFUND, **fields: Any) -> RefundUpdate:
    """One word of Alipay on a refund."""
    return RefundUpdate(word, source, **fields)


def begun(world: World, refund_request_id: str = "REF-1", value: int = 300) -> Refund:
    """A refund that is stored, leased to its first sender, its amount held."""
    claimed = world.repository.refunds.open(intent(refund_request_id, value), held_by(world.repository), NOW)
    assert claimed is not None
    return claimed


def held_by(repository: Repository) -> Payment:
    """PAY-1 as of now."""
    payment = repository.payments.find("PAY-1")
    assert payment is not None
    return payment


def reserved(world: World) -> int:
    """What refunds hold of PAY-1."""
    return held_by(world.repository).reserved


def state_of(world: World, refund_request_id: str = "REF-1") -> str:
    found = world.repository.refunds.find(refund_request_id)
    assert found is not None
    return found.state.value
