"""What a poller finds moved, finished or gone since the index was read is left alone: nothing is sent, nothing is written."""

from collections.abc import Callable

import pytest

from autodebit.flows.authorizations.consent import abandon_stale
from autodebit.flows.authorizations.exchange import exchange_due
from autodebit.flows.authorizations.refresh import renew_in_time
from autodebit.flows.authorizations.revoke import poll_grant
from autodebit.flows.customs.declare import poll_declaration
from autodebit.flows.merchants.sync import poll_registration
from autodebit.flows.payments.refund_sync import poll_refund
from autodebit.flows.payments.sync import poll_payment
from autodebit.gateway.client import Operation
from autodebit.repository import digest_of
from autodebit.runtime import Runtime
from tests.flows.customs_steps import hand_over
from tests.flows.refund_steps import give_back
from tests.flows.registering import register
from tests.flows.renewal_steps import agreed, tokens
from tests.flows.steps import CODE, STATE, ask_consent, grant_of, paid, send
from tests.repository.samples import rows
from tests.support.alipay import answer, no_answer
from tests.support.world import World

HANDLERS: dict[str, tuple[Callable[[str, Runtime], None], Callable[[World], str]]] = {
    "payment": (poll_payment, lambda _world: "PAY-2"),
    "refund": (poll_refund, lambda _world: "REF-1"),
    "declaration": (poll_declaration, lambda _world: "DCL-1"),
    "registration": (poll_registration, lambda _world: "REG-1"),
    "authorization": (abandon_stale, lambda _world: "STATE-2"),
    "an authorization that is active": (abandon_stale, lambda _world: STATE),
    "code": (exchange_due, lambda _world: digest_of(CODE)),
    "grant": (poll_grant, lambda world: grant_of(world).handle),
    "token": (renew_in_time, lambda world: grant_of(world).handle),
    "payment that is final": (poll_payment, lambda _world: "PAY-1"),
}


@pytest.fixture
def busy(world: World) -> World:
    """Something of every kind is stored, and nothing of it is due."""
    agreed(world, tokens(world, 30))
    world.alipay.will(Operation.CONSULT, answer("S", "SUCCESS", normalUrl="https://wallet.example.com"))
    ask_consent(world, authState="STATE-2")
    handle = grant_of(world).handle
    world.alipay.will(Operation.PAY, paid(), no_answer())
    send(world, token=handle)
    send(world, token=handle, payment_request_id="PAY-2")
    for operation in (Operation.REFUND, Operation.DECLARE, Operation.REGISTRATION):
        world.alipay.will(operation, no_answer())
    give_back(world)
    hand_over(world)
    register(world)
    world.alipay.sent.clear()
    return world


@pytest.mark.parametrize(("handler", "identity"), HANDLERS.values(), ids=HANDLERS)
def test_what_is_not_due_any_more_is_left_alone(
    busy: World, handler: Callable[[str, Runtime], None], identity: Callable[[World], str]
) -> None:
    before = rows(busy)
    handler(identity(busy), busy.runtime(58))
    handler("what nobody has stored", busy.runtime(58))
    assert busy.alipay.sent == []
    assert rows(busy) == before
