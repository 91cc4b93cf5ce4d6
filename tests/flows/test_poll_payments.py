"""poll_payments: it asks for what is due, and nothing but asks."""

import threading
from itertools import pairwise

import pytest

from autodebit.contract import PayRequest
from autodebit.domain.authorization import CodeState
from autodebit.domain.payment_states import PaymentState
from autodebit.flows import jobs, worker
from autodebit.flows.payments.pay import pay
from autodebit.flows.payments.sync import poll_payment
from autodebit.gateway.client import Operation, VerifiedResponse
from tests.flows.conftest import Logged
from tests.flows.steps import (
    CODE,
    PAYMENT_ID,
    STATE,
    absent,
    ask_consent,
    asked,
    notify,
    outage,
    payment,
    poll,
    poll_when_due,
    send,
    token_answer,
)
from tests.support.alipay import answer, no_answer, not_reached, unsigned
from tests.support.limit import Limit
from tests.support.world import HandClock, World, pay_body

INQUIRY = Operation.INQUIRY_PAYMENT


def opened(world: World, *names: str) -> None:
    """Payments whose first answers were lost, due in 2 s."""
    world.alipay.will(Operation.PAY, no_answer())
    for name in names or ("PAY-1",):
        send(world, payment_request_id=name)


class TickingClock(HandClock):
    """Time passes, too, when somebody only looks: a loop that never sleeps still comes to its end."""

    def now(self) -> int:
        self.time += 50
        return self.time


def paid_as_asked(body: object) -> VerifiedResponse:
    return asked("SUCCESS", payment_request_id=body["paymentRequestId"])  # type: ignore[index]


def test_what_is_due_is_asked_for_and_settled(world: World) -> None:
    opened(world)
    world.alipay.will(INQUIRY, asked("SUCCESS"))
    poll(world)
    assert world.alipay.sends_of(INQUIRY) == []
    poll_when_due(world)
    stored = payment(world)
    assert (stored.state, stored.settled_by, stored.due_at) == (PaymentState.SUCCESS, "poll", None)
    assert world.repository.payments.id_of(PAYMENT_ID) == "PAY-1"
    world.clock.forward(4_000)
    poll(world)
    assert len(world.alipay.sends_of(INQUIRY)) == 1


@pytest.mark.parametrize(
    "silence",
    [
        no_answer("inquiryPayment"),
        not_reached("inquiryPayment"),
        unsigned("inquiryPayment"),
        answer("F", "SYSTEM_ERROR"),
        answer("F", "PROCESS_FAIL"),
        answer("U", "PAYMENT_IN_PROCESS"),
        absent(),
        asked("PROCESSING", "PAYMENT_IN_PROCESS"),
    ],
)
def test_without_outcome_the_payment_is_asked_for_again_by_the_plan(world: World, silence: object) -> None:
    opened(world)
    world.alipay.will(INQUIRY, silence)
    moments = []
    for _ in range(10):
        poll_when_due(world)
        assert payment(world).state.open
        moments.append(world.clock.now() // 1_000)
    waits = [later - earlier for earlier, later in pairwise(moments)]
    assert waits[:7] == [3, 5, 5, 10, 10, 15, 15]
    assert {operation for operation, _ in world.alipay.sent} == {Operation.PAY, INQUIRY}
    assert len(world.alipay.sends_of(Operation.PAY)) == 1


@pytest.mark.parametrize("amount", [{"currency": "JPY", "value": "999"}, {"currency": "USD", "value": "1000"}])
def test_another_amount_or_currency_by_poll_settles_nothing(world: World, amount: dict, logged: Logged) -> None:
    opened(world)
    world.alipay.will(INQUIRY, asked("SUCCESS", paymentAmount=amount))
    poll_when_due(world)
    assert payment(world).state is PaymentState.INITIATED
    assert payment(world).due_at > world.clock.now()
    assert len(world.anomalies()) == 1
    assert '"Anomalies"' in logged()


def test_one_bad_item_does_not_stop_the_others(world: World, logged: Logged) -> None:
    names = [f"PAY-{n}" for n in range(6)]
    opened(world, *names)

    def break_down_for_two(body: object) -> VerifiedResponse:
        if body["paymentRequestId"] in ("PAY-0", "PAY-3"):  # type: ignore[index]
            raise ValueError("a text that might quote a body")
        return paid_as_asked(body)

    world.alipay.will(INQUIRY, break_down_for_two)
    world.clock.forward(2)
    poll(world)
    states = {name: payment(world, name).state for name in names}
    assert [name for name, state in states.items() if state.open] == ["PAY-0", "PAY-3"]
    assert all(payment(world, name).due_at is not None for name in ("PAY-0", "PAY-3"))
    assert "might quote" not in logged()
    assert "ValueError" in logged()


def test_items_that_cannot_even_be_read_do_not_stop_the_others(world: World, logged: Logged) -> None:
    """More of them than workers, and all of them older than the one that can be settled."""
    bad = [f"BAD-{n}" for n in range(10)]
    opened(world, *bad)
    for name in bad:
        world.dynamodb.update_item(
            TableName=world.table,
            Key={"pk": {"S": f"payment#{name}"}, "sk": {"S": "item"}},
            UpdateExpression="SET #state = :state",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues={":state": {"S": "A STATE OF NEXT YEAR"}},
        )
    world.clock.forward(1)
    opened(world)
    world.alipay.will(INQUIRY, paid_as_asked)
    world.clock = TickingClock(world.clock.now() + 2_000)
    poll(world, seconds=45)
    assert payment(world).state is PaymentState.SUCCESS
    assert logged().count('"message":"fault"') == len(bad)


def test_codes_that_cannot_be_decrypted_do_not_hide_the_others(world: World) -> None:
    """More of them in one partition of the index than one page holds, and all of them older than the good one."""
    codes, now = world.repository.codes, world.clock.now()
    world.alipay.will(Operation.CONSULT, answer("S", "SUCCESS", normalUrl="https://wallet.example.com"))
    ask_consent(world)
    good, _ = codes.receive_code(STATE, CODE, '{"customerBelongsTo":"GCASH"}', "GCASH", now)
    key = {"pk": {"S": f"code#{good.digest}"}, "sk": {"S": "item"}}
    stored = world.dynamodb.get_item(TableName=world.table, Key=key)["Item"]
    for number in range(30):
        bad = {"pk": {"S": f"code#bad-{number}"}, "digest": {"S": f"bad-{number}"}, "due_at": {"N": str(now - 99)}}
        world.dynamodb.put_item(TableName=world.table, Item={**stored, **bad})
    world.alipay.will(Operation.APPLY_TOKEN, token_answer())
    for _ in range(2):
        poll(world, seconds=2.5)
        world.clock.forward(1)
    assert codes.find_code(good.digest).state is CodeState.EXCHANGED
    later = [world.repository.codes.find_code(f"bad-{number}").due_at for number in range(30)]
    assert min(later) >= now + 60_000


def test_it_goes_on_while_something_is_due_soon(world: World) -> None:
    opened(world)
    pending = asked("PROCESSING", "PAYMENT_IN_PROCESS")
    world.alipay.will(INQUIRY, pending, pending, pending, asked("SUCCESS"))
    began = world.clock.now()
    poll(world, seconds=45)
    assert payment(world).state is PaymentState.SUCCESS
    assert 15_000 <= world.clock.now() - began < 20_000


def test_with_nothing_due_it_ends_at_once(world: World) -> None:
    began = world.clock.now()
    poll(world, seconds=45)
    assert world.clock.now() == began


def test_it_stops_claiming_in_time(world: World) -> None:
    opened(world, *(f"PAY-{n}" for n in range(30)))
    world.clock.forward(2)
    deadline = world.clock.now() + 58_000
    asked_at = []
    turns = threading.Lock()

    def take_long(body: object) -> VerifiedResponse:
        with turns:
            asked_at.append(world.clock.now())
            world.clock.forward(9)
            return paid_as_asked(body)

    world.alipay.will(INQUIRY, take_long)
    claims, claim = [], type(world.repository.payments).claim_poll
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            worker, "_WORKERS", 1
        )  # they share one clock here, which would count their waits one after the other
        patch.setattr(
            type(world.repository.payments),
            "claim_poll",
            lambda self, item, at: (claims.append(at), claim(self, item, at))[1],
        )
        jobs.poll_payments(world.runtime(58))
    assert claims
    assert max(claims) < deadline - 13_000
    left = [n for n in range(30) if payment(world, f"PAY-{n}").state.open]
    assert left
    assert all(payment(world, f"PAY-{n}").due_at is not None for n in left)


def test_two_pollers_on_one_item_ask_once(world: World) -> None:
    opened(world)
    both = threading.Barrier(2)
    world.clock.forward(2)
    world.alipay.will(INQUIRY, asked("SUCCESS"))
    client = world.dynamodb

    class Together:
        """Both pollers have read the item before either claims it."""

        def __getattr__(self, name: str):
            return getattr(client, name)

        def put_item(self, **request: object):
            both.wait(10)
            return client.put_item(**request)

    world.dynamodb = Together()
    runtime = world.runtime(58)
    pollers = [threading.Thread(target=poll_payment, args=("PAY-1", runtime)) for _ in range(2)]
    for poller in pollers:
        poller.start()
    for poller in pollers:
        poller.join(20)
    world.dynamodb = client
    assert len(world.alipay.sends_of(INQUIRY)) == 1
    assert payment(world).state is PaymentState.SUCCESS


def test_a_claim_holds_while_the_other_poller_asks(world: World) -> None:
    opened(world)
    world.clock.forward(2)

    def meanwhile(_body: object) -> VerifiedResponse:
        world.clock.forward(12)
        poll_payment("PAY-1", world.runtime(58))
        return asked("SUCCESS")

    world.alipay.will(INQUIRY, meanwhile)
    poll_payment("PAY-1", world.runtime(58))
    assert len(world.alipay.sends_of(INQUIRY)) == 1


def test_a_poller_that_dies_leaves_the_item_due(world: World) -> None:
    opened(world)
    world.clock.forward(2)
    world.alipay.will(INQUIRY, lambda _body: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        poll_payment("PAY-1", world.runtime(58))
    assert payment(world).due_at == world.clock.now() + 20_000


def test_a_sender_at_work_is_not_disturbed(world: World) -> None:
    """While a send holds its lease the payment is not due: an early ORDER_NOT_EXIST would say nothing."""

    def meanwhile(_body: object):
        world.clock.forward(12)
        poll(world)
        raise no_answer()

    world.alipay.will(Operation.PAY, meanwhile)
    pay(PayRequest.model_validate(pay_body()), world.runtime())
    assert world.alipay.sends_of(INQUIRY) == []


def test_exhaustion_is_told_and_the_item_stays_due_at_the_longest_interval(world: World, logged: Logged) -> None:
    opened(world)
    world.alipay.will(INQUIRY, asked("PROCESSING", "PAYMENT_IN_PROCESS"))
    limit = Limit()
    while "PollsExhausted" not in logged():
        limit.step()
        before = world.clock.now()
        poll_when_due(world)
        assert world.clock.now() - before <= 3_600_000
    assert "still open" in logged()
    for _ in range(3):
        assert payment(world).due_at == world.clock.now() + 3_600_000
        poll_when_due(world)
    assert payment(world).state is PaymentState.PROCESSING


def test_if_the_outcome_cannot_be_stored_it_is_asked_for_again(world: World) -> None:
    opened(world)
    store = outage(world)

    def and_then_the_store_is_gone(_body: object) -> VerifiedResponse:
        store.on = True
        return asked("SUCCESS")

    store.hits = lambda method, _request: method != "query"
    world.alipay.will(INQUIRY, and_then_the_store_is_gone, asked("SUCCESS"))
    world.clock.forward(2)
    poll(world)
    store.on = False
    assert payment(world).state is PaymentState.INITIATED
    poll_when_due(world)
    assert payment(world).state is PaymentState.SUCCESS


def test_a_payment_settled_meanwhile_is_not_asked_for(world: World) -> None:
    opened(world)
    world.clock.forward(2)
    notify(world)
    poll(world)
    assert world.alipay.sends_of(INQUIRY) == []
