"""After a point-in-time restore the store knows that it has forgotten: nothing counts as a first send, versions go on."""

from collections.abc import Mapping
from typing import Any

from autodebit.clock import DAY, HOUR, SECOND
from autodebit.domain.cancellation import CancelState
from autodebit.domain.declaration_states import DeclarationState
from autodebit.domain.payment_states import PaymentState
from autodebit.domain.refund_states import RefundState
from autodebit.domain.registration_states import RegistrationState
from autodebit.gateway.client import Operation
from tests.flows import customs_steps, refund_steps, registering
from tests.flows.cancel_steps import call_off, stored_cancel
from tests.flows.restore_steps import Rows, restore, snapshot
from tests.flows.steps import asked, body_of, paid, payment, poll, poll_when_due, result_of, send
from tests.support.alipay import answer, no_answer, not_reached
from tests.support.world import World

CANCEL, INQUIRY, PAY, REFUND = Operation.CANCEL, Operation.INQUIRY_PAYMENT, Operation.PAY, Operation.REFUND
FAILED = answer("F", "PROCESS_FAIL", "no")


def versions(world: World) -> dict[str, int]:
    return {item["pk"]["S"]: int(item["version"]["N"]) for item in snapshot(world) if "version" in item}


def test_versions_go_on_above_those_that_consumers_have_seen(world: World) -> None:
    world.alipay.will(PAY, no_answer())
    send(world)
    before = snapshot(world)
    world.alipay.will(INQUIRY, asked("PROCESSING"))
    for _ in range(4):
        poll_when_due(world)
    seen = payment(world).version
    restore(world, before)
    world.alipay.will(INQUIRY, asked("SUCCESS"))
    poll_when_due(world)
    assert payment(world).state is PaymentState.SUCCESS
    assert payment(world).version > seen


def test_so_do_those_of_ids_that_were_forgotten_and_of_every_kind_of_item(world: World) -> None:
    restore(world, [])
    refund_steps.buy(world)
    world.alipay.will(REFUND, refund_steps.refunded())
    refund_steps.give_back(world)
    world.alipay.will(Operation.DECLARE, customs_steps.handed_over())
    customs_steps.hand_over(world, paymentId="2024ELSEWHERE")
    world.alipay.will(Operation.REGISTRATION, registering.accepted())
    registering.register(world)
    base = world.settings.plan.restored_at // SECOND
    kinds = {place.split("#")[0] for place in versions(world)}
    assert {"payment", "refund", "declaration", "registration", "grant"} <= kinds
    assert min(versions(world).values()) > base


def test_a_later_restore_leads_above_an_earlier_one(world: World) -> None:
    restore(world, [])
    before = snapshot(world)
    world.alipay.will(PAY, paid())
    send(world)
    told = payment(world).version
    world.clock.forward(3600)
    restore(world, before)
    world.alipay.will(PAY, no_answer())
    send(world)
    assert payment(world).version > told


def test_the_version_that_is_returned_is_the_one_that_was_written(world: World) -> None:
    """Else whoever holds an item could not write it again: what was claimed could not be given back."""
    restore(world, [])
    world.alipay.will(PAY, not_reached())
    send(world)
    assert payment(world).sends == 0


def test_no_f_settles_an_id_that_may_have_been_forgotten(world: World) -> None:
    """The store has forgotten that PAY-1 was sent and debited; Alipay refuses the repeat."""
    restore(world, [])
    world.alipay.will(PAY, FAILED)
    assert result_of(send(world)) == (200, "U", "PAYMENT_IN_PROCESS")
    assert (payment(world).state, payment(world).sends) == (PaymentState.INITIATED, 1)
    world.alipay.will(INQUIRY, asked("SUCCESS"))
    poll_when_due(world)
    assert payment(world).state is PaymentState.SUCCESS


def test_an_id_that_was_first_seen_within_the_window_stays_so(world: World) -> None:
    """A caller repeats, hours later, what never left within the window: the forgotten send is no younger for that."""
    restore(world, [])
    world.clock.forward(47 * HOUR // SECOND)
    world.alipay.will(PAY, not_reached())
    send(world)
    world.clock.forward(2 * HOUR // SECOND)
    world.alipay.will(PAY, FAILED)
    assert result_of(send(world))[1] == "U"
    assert payment(world).state is PaymentState.INITIATED


def test_after_48_hours_a_new_id_is_new(world: World) -> None:
    restore(world, [])
    world.clock.forward(2 * DAY // SECOND)
    world.alipay.will(PAY, FAILED)
    assert result_of(send(world)) == (200, "F", "PROCESS_FAIL")
    assert payment(world).state is PaymentState.FAIL


def test_what_never_left_by_the_restored_store_may_have_left_since(world: World) -> None:
    world.alipay.will(PAY, not_reached())
    send(world)
    before = snapshot(world)
    restore(world, before)
    world.clock.forward(3 * DAY // SECOND)
    world.alipay.will(PAY, FAILED)
    assert result_of(send(world))[1] == "U"
    assert payment(world).state is PaymentState.INITIATED


def test_no_f_settles_a_refund_declaration_or_registration_and_no_amount_is_freed(world: World) -> None:
    restore(world, [])
    refund_steps.buy(world)
    world.alipay.will(REFUND, FAILED)
    assert result_of(refund_steps.give_back(world))[1] == "U"
    assert (refund_steps.stored(world).state, refund_steps.reserved(world)) == (RefundState.INITIATED, 300)
    world.alipay.will(Operation.DECLARE, answer("F", "PARAM_ILLEGAL"))
    assert result_of(customs_steps.hand_over(world, paymentId="2024ELSEWHERE"))[1] == "U"
    assert customs_steps.declaration(world).state is DeclarationState.INITIATED
    world.alipay.will(Operation.REGISTRATION, answer("F", "PARAM_ILLEGAL"))
    assert result_of(registering.register(world))[1] == "U"
    assert registering.registered(world).state is RegistrationState.INITIATED


def test_a_refused_cancel_waits_for_an_inquiry(world: World) -> None:
    """An earlier cancel, forgotten, may have been acted on."""
    restore(world, [])
    refund_steps.buy(world)
    world.alipay.will(CANCEL, answer("F", "CANCEL_WINDOW_EXCEED"))
    call_off(world)
    assert stored_cancel(world).state is CancelState.REQUESTED


def test_what_was_open_is_asked_anew_although_its_times_are_past(world: World) -> None:
    world.alipay.will(PAY, no_answer())
    send(world)
    before = snapshot(world)
    world.clock.forward(5 * DAY // SECOND)
    restore(world, before)
    world.alipay.will(INQUIRY, asked("SUCCESS"))
    poll(world)
    assert payment(world).state is PaymentState.SUCCESS


def test_a_lease_of_the_past_stops_nobody(world: World) -> None:
    """The snapshot was taken while PAY-1 was being sent."""
    taken: list[Rows] = []

    def while_it_is_sent(_body: Mapping[str, Any]) -> Any:
        taken.append(snapshot(world))
        return paid()

    world.alipay.will(PAY, while_it_is_sent)
    send(world)
    world.clock.forward(600)
    restore(world, taken[0])
    assert result_of(send(world)) == (200, "S", "SUCCESS")
    assert body_of(send(world))["paymentId"] == payment(world).payment_id


def test_without_a_restore_an_f_to_the_first_send_is_final(world: World) -> None:
    world.alipay.will(PAY, FAILED)
    assert result_of(send(world)) == (200, "F", "PROCESS_FAIL")
    assert payment(world).version < 10
