"""The ten money promises of the README, one test each. The judge is the simulator's ledger, over real HTTP and a real store."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from autodebit.clock import SystemClock
from autodebit.contract import NotifyPaymentRequest, PayRequest
from autodebit.errors import StoreUnavailable
from autodebit.flows.outcomes import notify_payment, poll_payment
from autodebit.flows.payments import pay
from autodebit.gateway import Answer, HttpGateway, Operation
from autodebit.lifecycle import PaymentState
from autodebit.payment import Payment
from autodebit.replies import Reply
from autodebit.runtime import Runtime
from sandbox.alipay import Simulator
from sandbox.alipay.config import Config
from tests.flows.steps import outage, result_of
from tests.promises.customer import authorise
from tests.support.keys import texts
from tests.support.world import CLIENT_ID, World, pay_body


@dataclass
class Shop:
    """A merchant with a customer, on a simulator of its own."""

    world: World
    simulator: str
    gateway: HttpGateway
    handle: str = ""
    sent: list[Operation] = field(default_factory=list)
    seen_at_send: list[Payment | None] = field(default_factory=list)

    def call(self, operation: Operation, body: Mapping[str, Any], within: int) -> Answer:
        """Alipay, with an eye on what is stored when a request leaves."""
        self.sent.append(operation)
        if operation is Operation.PAY:
            self.seen_at_send.append(self.world.repository.payments.find(body["paymentRequestId"]))
        return self.gateway.call(operation, body, within)

    def runtime(self) -> Runtime:
        """The runtime of an API function."""
        return self.world.runtime(alipay=self)

    def pay(self, identity: str = "PAY-1") -> Reply:
        """Pay 1000 JPY."""
        return pay(PayRequest.model_validate(pay_body(identity, self.handle)), self.runtime())

    def poll(self, identity: str = "PAY-1") -> None:
        """One inquiry of the poller, at the time at which it is due."""
        due_at = self.stored(identity).due_at
        assert due_at is not None
        self.world.clock.time = max(self.world.clock.time, due_at)
        poll_payment(identity, self.runtime())

    def notify(self, status: str, value: str = "1000", identity: str = "PAY-1") -> None:
        """A proven notification."""
        told = {
            "notifyType": "PAYMENT_RESULT",
            "result": {"resultStatus": status, "resultCode": "SUCCESS" if status == "S" else "RISK_REJECT"},
            "paymentRequestId": identity,
            "paymentAmount": {"currency": "JPY", "value": value},
        }
        notify_payment(NotifyPaymentRequest.read(told), self.runtime())

    def fault(self, fault: str, times: int = 1) -> None:
        """What befalls the next calls of pay."""
        order = {"operation": "pay", "fault": fault, "times": times}
        requests.post(f"{self.simulator}/_sandbox/faults", json=order, timeout=10).raise_for_status()

    def debits(self, identity: str = "PAY-1") -> int:
        """How often the ledger has debited the customer for this id."""
        ledger = requests.get(f"{self.simulator}/_sandbox/ledger", timeout=10).json()
        return int(ledger.get(identity, {}).get("debits", 0))

    def stored(self, identity: str = "PAY-1") -> Payment:
        """The payment in our store."""
        found = self.world.repository.payments.find(identity)
        assert found is not None
        return found

    @property
    def pays_sent(self) -> int:
        """How often pay was sent."""
        return self.sent.count(Operation.PAY)


@pytest.fixture
def shop(world: World) -> Iterator[Shop]:
    """A shop whose customer has authorised it."""
    keys = texts()
    config = Config(
        client_id=CLIENT_ID,
        private_key=keys["alipay_simulated"]["private_pkcs8_b64"],
        merchant_public_keys={"1": keys["merchant"]["public_spki_b64"]},
    )
    with Simulator(config) as simulator:
        gateway = HttpGateway(
            url=simulator.url,
            path=world.settings.gateway_path,
            client_id=CLIENT_ID,
            signer=world.keys.signer,
            verifier=world.keys.verifier,
            clock=SystemClock(),
        )
        made = Shop(world, simulator.url, gateway)
        made.handle = authorise(made.runtime())
        yield made


def test_1_the_intent_is_stored_leased_and_due_before_a_byte_goes_to_alipay(shop: Shop) -> None:
    shop.pay()
    (seen,) = shop.seen_at_send
    assert seen is not None
    assert (seen.state, seen.due_at) == (PaymentState.INITIATED, seen.lease_until)
    store = outage(shop.world)
    store.on = True
    with pytest.raises(StoreUnavailable):
        shop.pay("PAY-2")
    assert (shop.debits(), shop.debits("PAY-2"), shop.pays_sent) == (1, 0, 1)


def test_2_one_debit_for_one_payment_request_id_whatever_races_and_repeats(shop: Shop) -> None:
    shop.fault("act_then_cut")
    with ThreadPoolExecutor(8) as callers:
        list(callers.map(lambda _: shop.pay(), range(24)))
    shop.world.clock.forward(26)
    last = shop.pay()
    assert result_of(last)[:2] == (200, "S"), last.text
    assert shop.debits() == 1


def test_3_an_unknown_outcome_is_no_failure(shop: Shop) -> None:
    shop.fault("act_then_cut")
    assert result_of(shop.pay())[:2] == (200, "U")
    shop.fault("http_500")
    shop.world.clock.forward(1)
    assert result_of(shop.pay())[:2] == (200, "U")
    shop.fault("unsigned")
    shop.world.clock.forward(1)
    assert result_of(shop.pay())[:2] == (200, "U")
    assert shop.stored().state.open
    shop.poll()
    assert (shop.stored().state, shop.debits()) == (PaymentState.SUCCESS, 1)


def test_4_what_is_final_stays_final(shop: Shop) -> None:
    shop.pay()
    shop.notify("F")
    assert (shop.stored().state, shop.debits()) == (PaymentState.SUCCESS, 1)
    shop.pay("PAY-2-declined")
    shop.notify("S", identity="PAY-2-declined")
    assert (shop.stored("PAY-2-declined").state, shop.debits("PAY-2-declined")) == (PaymentState.FAIL, 0)
    assert len(shop.world.anomalies()) == 2


@pytest.mark.parametrize("identity", ["PAY-pending", "PAY-stuck", "PAY-answer-lost"])
def test_5_everything_open_is_due_and_what_is_final_is_not(shop: Shop, identity: str) -> None:
    shop.pay(identity)
    for _ in range(4):
        payment = shop.stored(identity)
        assert (payment.due_at is not None) == payment.state.open
        if payment.state.open:
            shop.poll(identity)
    assert shop.debits(identity) == int(shop.stored(identity).state is PaymentState.SUCCESS)


def test_6_what_is_acknowledged_is_stored(shop: Shop) -> None:
    shop.fault("act_then_cut")
    shop.pay()
    store = outage(shop.world)
    store.on = True
    with pytest.raises(StoreUnavailable):
        shop.notify("S")
    store.on = False
    assert shop.stored().state.open
    shop.notify("S")
    assert (shop.stored().state, shop.debits()) == (PaymentState.SUCCESS, 1)


def test_7_repeats_are_answers(shop: Shop) -> None:
    first = shop.pay()
    assert [shop.pay() for _ in range(3)] == [first] * 3
    shop.pay("PAY-2-pending")
    assert result_of(shop.pay("PAY-2-pending"))[1] == "U"
    assert shop.sent[-2:] == [Operation.PAY, Operation.INQUIRY_PAYMENT]
    assert (shop.pays_sent, shop.debits()) == (2, 1)


def test_8_pollers_never_send_a_payment(shop: Shop) -> None:
    shop.fault("cut_before")
    shop.pay()
    for _ in range(6):
        shop.poll()
    assert (shop.pays_sent, shop.debits()) == (1, 0)
    assert result_of(shop.pay())[:2] == (200, "S")
    assert shop.debits() == 1


def test_9_a_success_must_be_ours(shop: Shop) -> None:
    shop.pay("PAY-1-stuck")
    shop.notify("S", value="9", identity="PAY-1-stuck")
    payment = shop.stored("PAY-1-stuck")
    assert payment.state.open
    assert payment.due_at is not None
    assert shop.world.anomalies() == ["amount differs from the intent's"]
    assert shop.debits("PAY-1-stuck") == 0


def test_10_no_fact_is_dropped_for_a_conflict(shop: Shop) -> None:
    shop.fault("act_then_cut")
    shop.pay()
    with ThreadPoolExecutor(8) as all_at_once:
        list(all_at_once.map(lambda number: shop.notify("S", value="1000" if number % 2 else "9"), range(16)))
    assert (shop.stored().state, shop.debits()) == (PaymentState.SUCCESS, 1)
    assert shop.world.anomalies() == ["amount differs from the intent's"]
