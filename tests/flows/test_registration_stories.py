"""Stories that the explorer told of registrations: whose review it is that was learned while a send was out."""

import pytest

from autodebit.domain.registration_states import RegistrationState
from autodebit.domain.tracked_request import ID_TAKEN
from autodebit.gateway.client import Operation
from tests.flows.registering import inquire_status, notify_review, register, registered
from tests.flows.steps import result_of
from tests.support.alipay import answer, no_answer, not_reached
from tests.support.world import World

S = RegistrationState
UNKNOWN = (200, "U", "UNKNOWN_EXCEPTION")
REFUSALS = ["REPEAT_REQ_INCONSISTENT", "REGISTRATION_UNDER_REVIEW", "PARAM_ILLEGAL"]


def told_meanwhile(world: World, status: str, then):
    """A send during which Alipay tells of a review under its id; *then* is what comes of the send."""

    def call(_body: object):
        notify_review(world, status)
        if isinstance(then, Exception):
            raise then
        return then

    return call


@pytest.mark.parametrize("status", ["PENDING", "COMPLETED", "REJECTED"])
@pytest.mark.parametrize("code", REFUSALS)
def test_a_review_learned_while_the_first_send_was_out_that_is_refused_is_anothers(
    world: World, status: str, code: str
) -> None:
    world.alipay.will(Operation.REGISTRATION, told_meanwhile(world, status, answer("F", code)))
    assert result_of(register(world)) == UNKNOWN
    assert (registered(world).state.value, registered(world).id_taken) == (status, True)
    assert world.anomalies() == [ID_TAKEN]
    assert result_of(register(world)) == UNKNOWN
    assert len(world.alipay.sends_of(Operation.REGISTRATION)) == 1
    world.alipay.will(Operation.INQUIRY_REGISTRATION_STATUS, no_answer())
    assert result_of(inquire_status(world)) == UNKNOWN


@pytest.mark.parametrize("status", ["PENDING", "COMPLETED", "REJECTED"])
def test_a_review_learned_while_the_first_send_never_left_is_anothers(world: World, status: str) -> None:
    world.alipay.will(Operation.REGISTRATION, told_meanwhile(world, status, not_reached()))
    assert result_of(register(world)) == (503, "U", "UNKNOWN_EXCEPTION")
    stored = registered(world)
    assert (stored.state.value, stored.id_taken, stored.sends, stored.lease_until) == (status, True, 0, 0)
    assert (stored.due_at is not None) is stored.state.open
    assert world.anomalies() == [ID_TAKEN]
    assert result_of(register(world)) == UNKNOWN


def test_a_review_learned_while_a_repeat_was_out_may_be_the_first_sends(world: World) -> None:
    world.alipay.will(Operation.REGISTRATION, no_answer())
    register(world)
    world.clock.forward(30)
    world.alipay.will(Operation.REGISTRATION, told_meanwhile(world, "COMPLETED", not_reached()))
    register(world)
    assert (registered(world).state, registered(world).id_taken) == (S.COMPLETED, False)
    assert world.anomalies() == []
    assert result_of(register(world)) == (200, "S", "SUCCESS")
