"""pay: repeats of what is final, and outcomes that arrive while the call runs."""

import pytest

from autodebit.contract import PayRequest
from autodebit.domain.payment_states import PaymentState
from autodebit.flows.payments.pay import pay
from autodebit.gateway.client import Operation
from tests.flows.steps import PAYMENT_ID, asked, body_of, notify, paid, payment, poll_when_due, result_of, send
from tests.support.alipay import answer, no_answer
from tests.support.world import World, paid_fields, pay_body

IDS = {
    "paymentRequestId": "PAY-1",
    "paymentId": PAYMENT_ID,
    "paymentAmount": {"currency": "JPY", "value": "1000"},
    "paymentCreateTime": "2027-01-15T01:17:50-07:00",
}
PAID_AT = {"paymentTime": "2027-01-15T01:17:52-07:00"}
QUOTE = {
    "pspCustomerInfo": {"pspName": "GCASH", "displayCustomerId": "+63 *** 1234"},
    "grossSettlementAmount": {"currency": "USD", "value": "912"},
    "settlementQuote": {"quoteId": "Q-1", "quoteCurrencyPair": "JPY/USD", "quotePrice": "0.00912"},
}


def learn_by_notification(world: World, outcome: str) -> None:
    status, code = ("S", "SUCCESS") if outcome == "SUCCESS" else ("F", outcome)
    notify(world, status, code, **QUOTE)


def learn_by_poll(world: World, outcome: str) -> None:
    status = outcome if outcome in ("SUCCESS", "CANCELLED") else "FAIL"
    code = "SUCCESS" if outcome == "CANCELLED" else outcome
    world.alipay.will(Operation.INQUIRY_PAYMENT, asked(status, code, **QUOTE))
    poll_when_due(world)


OUTCOMES = {
    "success by notification": (learn_by_notification, "SUCCESS", ("S", "SUCCESS"), IDS | PAID_AT | QUOTE),
    "failure by notification": (learn_by_notification, "RISK_REJECT", ("F", "RISK_REJECT"), IDS | QUOTE),
    "success by poll": (learn_by_poll, "SUCCESS", ("S", "SUCCESS"), IDS | PAID_AT | QUOTE),
    "failure by poll": (learn_by_poll, "PROCESS_FAIL", ("F", "PROCESS_FAIL"), IDS | QUOTE),
    "cancelled by poll": (learn_by_poll, "CANCELLED", ("F", "ORDER_IS_CANCELED"), IDS | PAID_AT | QUOTE),
}


@pytest.mark.parametrize(("learn", "outcome", "told", "rest"), OUTCOMES.values(), ids=OUTCOMES)
def test_a_repeat_of_what_was_learned_otherwise_has_the_shape_of_pay(
    world: World, learn, outcome: str, told: tuple[str, str], rest: dict
) -> None:
    world.alipay.will(Operation.PAY, no_answer())
    send(world)
    learn(world, outcome)
    assert payment(world).state.final
    reply = send(world)
    assert result_of(reply) == (200, *told)
    body = body_of(reply)
    assert set(body.pop("result")) == {"resultCode", "resultStatus", "resultMessage"}
    assert body == rest
    assert len(world.alipay.sends_of(Operation.PAY)) == 1


@pytest.mark.parametrize("first", [paid(), answer("F", "RISK_REJECT", "no", extra="kept")], ids=["S", "F"])
def test_a_repeat_of_what_pay_itself_answered_is_that_answer(world: World, first) -> None:
    world.alipay.will(Operation.PAY, first)
    assert send(world) == send(world)
    assert send(world).text == first.text
    assert len(world.alipay.sent) == 1


def test_a_repeat_of_a_final_payment_needs_no_time(world: World) -> None:
    world.alipay.will(Operation.PAY, paid())
    assert send(world) == send(world, seconds=2)


OLDER = {
    "U": answer("U", "PAYMENT_IN_PROCESS", "wait"),
    "no answer": no_answer(),
}


@pytest.mark.parametrize("older", OLDER.values(), ids=OLDER)
@pytest.mark.parametrize(("status", "code"), [("S", "SUCCESS"), ("F", "USER_BALANCE_NOT_ENOUGH")])
def test_an_outcome_that_arrives_while_the_call_runs_is_the_answer(world: World, older, status: str, code: str) -> None:
    def meanwhile(_body: object):
        notify(world, status, code)
        if isinstance(older, Exception):
            raise older
        return older

    world.alipay.will(Operation.PAY, meanwhile)
    assert result_of(send(world)) == (200, status, code)
    assert payment(world).settled_by == "notification"
    assert payment(world).due_at is None


def test_a_success_notified_while_the_call_runs_stands_against_its_f(world: World) -> None:
    def meanwhile(_body: object):
        notify(world)
        return answer("F", "USER_BALANCE_NOT_ENOUGH")

    world.alipay.will(Operation.PAY, meanwhile)
    assert result_of(send(world)) == (200, "S", "SUCCESS")
    assert payment(world).state is PaymentState.SUCCESS
    assert world.anomalies() == ["a failure was reported of a successful payment"]


def test_a_success_that_is_not_ours_does_not_replace_the_outcome_that_is(world: World) -> None:
    def meanwhile(_body: object):
        notify(world)
        return answer("S", "SUCCESS", **paid_fields(paymentAmount={"currency": "JPY", "value": "5"}))

    world.alipay.will(Operation.PAY, meanwhile)
    assert body_of(send(world))["paymentAmount"]["value"] == "1000"
    assert payment(world).state is PaymentState.SUCCESS
    assert world.anomalies() == ["amount differs from the intent's"]


def test_two_first_sends_at_once_send_once(world: World) -> None:
    """The second finds the intent of the first between its read and its write."""
    payments = world.repository.payments
    replies = []
    runtime = world.runtime()

    class Late:
        def __getattr__(self, name: str):
            return getattr(payments, name)

        def open(self, intent, at):
            replies.append(send(world))
            return payments.open(intent, at)

    object.__setattr__(runtime.repository, "payments", Late())
    world.alipay.will(Operation.PAY, paid())
    reply = pay(PayRequest.model_validate(pay_body()), runtime)
    assert replies == [reply]
    assert len(world.alipay.sends_of(Operation.PAY)) == 1
