"""The schedule of registrations: it asks and never registers, and is heard of when a review takes too long."""

import pytest

from autodebit.domain.registration_states import RegistrationState
from autodebit.flows.jobs import poll_payments, poll_registrations
from autodebit.flows.merchants.sync import poll_registration
from autodebit.gateway.client import Operation, VerifiedResponse
from tests.flows.conftest import Logged
from tests.flows.registering import (
    not_found,
    notify_review,
    poll_registration_when_due,
    register,
    registered,
    stands,
)
from tests.support.alipay import no_answer
from tests.support.limit import Limit
from tests.support.world import World

REGISTRATION = Operation.REGISTRATION
STATUS = Operation.INQUIRY_REGISTRATION_STATUS
P, C, R = RegistrationState.PENDING, RegistrationState.COMPLETED, RegistrationState.REJECTED


def test_the_schedule_asks_for_what_is_due_and_never_registers(pending: World) -> None:
    pending.alipay.will(STATUS, stands("PENDING"), stands("COMPLETED", GCASH="APPROVED"))
    poll_registrations(pending.runtime(13.05))
    assert pending.alipay.sends_of(STATUS) == []
    pending.clock.forward(60)
    poll_registrations(pending.runtime(13.05))
    assert (registered(pending).state, registered(pending).due_at) == (P, pending.clock.now() + 120_000)
    pending.clock.forward(120)
    poll_registrations(pending.runtime(13.05))
    assert registered(pending).state is C
    assert pending.alipay.sends_of(STATUS) == [{"registrationRequestId": "REG-1", "referenceMerchantId": "M-1"}] * 2
    assert len(pending.alipay.sends_of(REGISTRATION)) == 1


def test_the_schedule_asks_and_never_registers_where_the_answer_to_the_send_was_lost(world: World) -> None:
    world.alipay.will(REGISTRATION, no_answer())
    register(world)
    world.alipay.will(STATUS, not_found(), stands("PENDING"))
    for _ in range(2):
        poll_registration_when_due(world)
    assert registered(world).state is P
    assert len(world.alipay.sends_of(STATUS)) == 2
    assert len(world.alipay.sends_of(REGISTRATION)) == 1


def test_registrations_are_no_work_of_poll_payments(pending: World) -> None:
    pending.clock.forward(3600)
    poll_payments(pending.runtime(13.05))
    assert pending.alipay.sends_of(STATUS) == []


def test_what_is_settled_or_claimed_is_not_asked_for(pending: World) -> None:
    pending.clock.forward(60)

    def meanwhile(_body: object) -> VerifiedResponse:
        poll_registration("REG-1", pending.runtime(58))
        notify_review(pending)
        return stands("PENDING")

    pending.alipay.will(STATUS, meanwhile)
    poll_registration("REG-1", pending.runtime(58))
    pending.clock.forward(3600)
    poll_registration("REG-1", pending.runtime(58))
    poll_registration("REG-9", pending.runtime(58))
    assert len(pending.alipay.sends_of(STATUS)) == 1
    assert registered(pending).state is C


def test_a_poller_that_dies_leaves_it_due(pending: World) -> None:
    pending.clock.forward(60)
    pending.alipay.will(STATUS, lambda _body: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        poll_registration("REG-1", pending.runtime(58))
    assert registered(pending).due_at == pending.clock.now() + 20_000


def test_a_receipt_that_stays_unknown_is_told_and_stays_due_at_the_longest_interval(
    world: World, logged: Logged
) -> None:
    world.alipay.will(REGISTRATION, no_answer())
    world.alipay.will(STATUS, not_found())
    register(world)
    limit = Limit()
    while "PollsExhausted" not in logged():
        limit.step()
        poll_registration_when_due(world)
        assert registered(world).polls < 20
    assert registered(world).state is RegistrationState.INITIATED
    assert registered(world).due_at == world.clock.now() + 3_600_000


def test_a_review_may_take_a_week_before_people_hear_of_it(pending: World, logged: Logged) -> None:
    pending.alipay.will(STATUS, stands("PENDING"))
    began = pending.clock.now()
    limit = Limit(300)
    while "PollsExhausted" not in logged():
        limit.step()
        poll_registration_when_due(pending)
        assert pending.clock.now() - began < 8 * 86_400_000
    assert pending.clock.now() - began >= 7 * 86_400_000
    assert registered(pending).state is P
