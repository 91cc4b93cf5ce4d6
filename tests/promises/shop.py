"""A shop of the promises: a merchant with a customer, on a simulator of its own, with an eye on what is sent and booked."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from autodebit.clock import MINUTE, SECOND, SystemClock
from autodebit.contract import CancelRequest, NotifyPaymentRequest, PayRequest, RefundRequest
from autodebit.domain.payment import Payment
from autodebit.domain.refund import Refund
from autodebit.flows.payments.cancel import cancel
from autodebit.flows.payments.pay import pay
from autodebit.flows.payments.refund import refund
from autodebit.flows.payments.refund_sync import poll_refund
from autodebit.flows.payments.sync import notify_payment, poll_payment
from autodebit.gateway.client import HttpAlipayClient, Operation, VerifiedResponse
from autodebit.responses import Response
from autodebit.runtime import Runtime
from sandbox.alipay import Simulator
from tests.promises.customer import authorise
from tests.support.simulated import gateway_to, simulator_config
from tests.support.world import World, pay_body


@dataclass
class Shop:
    """A merchant with a customer, on a simulator of its own."""

    world: World
    simulator: str
    gateway: HttpAlipayClient
    handle: str = ""
    sent: list[Operation] = field(default_factory=list)
    seen_at_send: list[Payment | Refund | None] = field(default_factory=list)

    def call(self, operation: Operation, body: Mapping[str, Any], within: int) -> VerifiedResponse:
        """Alipay, with an eye on what is stored when a request leaves."""
        self.sent.append(operation)
        if operation in (Operation.PAY, Operation.CANCEL):
            self.seen_at_send.append(self.world.repository.payments.find(body["paymentRequestId"]))
        if operation is Operation.REFUND:
            self.seen_at_send.append(self.world.repository.refunds.find(body["refundRequestId"]))
        return self.gateway.call(operation, body, within)

    def runtime(self) -> Runtime:
        """The runtime of an API function."""
        return self.world.runtime(alipay=self)

    def pay(self, identity: str = "PAY-1") -> Response:
        """Pay 1000 JPY."""
        return pay(PayRequest.model_validate(pay_body(identity, self.handle)), self.runtime())

    def cancel(self, identity: str = "PAY-1") -> Response:
        """Cancel a payment."""
        return cancel(CancelRequest.model_validate({"paymentRequestId": identity}), self.runtime())

    def refund(self, value: str = "400", identity: str = "REF-1", of: str = "PAY-1") -> Response:
        """Give back so much of a payment."""
        body = {"refundRequestId": identity, "paymentRequestId": of}
        amount = {"currency": "JPY", "value": value}
        return refund(RefundRequest.model_validate({**body, "refundAmount": amount}), self.runtime())

    def poll_refund(self, identity: str = "REF-1") -> None:
        """One inquiry of the poller, at the time at which it is due."""
        self._wait_until(self.refunded(identity).due_at)
        poll_refund(identity, self.runtime())

    def poll(self, identity: str = "PAY-1") -> None:
        """One inquiry of the poller, at the time at which it is due."""
        self._wait_until(self.stored(identity).due_at)
        poll_payment(identity, self.runtime())

    def _wait_until(self, due_at: int | None) -> None:
        """Alipay's clock follows over long waits, because its records must not be older than later requests."""
        assert due_at is not None
        ahead = max(due_at - self.world.clock.time, 0)
        self.world.clock.time += ahead
        if ahead > 10 * MINUTE:
            advance = {"advance": ahead / SECOND}
            requests.post(f"{self.simulator}/_sandbox/clock", json=advance, timeout=10).raise_for_status()

    def notify(self, status: str, value: str = "1000", identity: str = "PAY-1") -> None:
        """A proven notification."""
        told = {
            "notifyType": "PAYMENT_RESULT",
            "result": {"resultStatus": status, "resultCode": "SUCCESS" if status == "S" else "RISK_REJECT"},
            "paymentRequestId": identity,
            "paymentAmount": {"currency": "JPY", "value": value},
        }
        notify_payment(NotifyPaymentRequest.read(told), self.runtime())

    def fault(self, fault: str, times: int = 1, operation: str = "pay", **more: Any) -> None:
        """What befalls the next calls of an operation."""
        order = {"operation": operation, "fault": fault, "times": times, **more}
        requests.post(f"{self.simulator}/_sandbox/faults", json=order, timeout=10).raise_for_status()

    def debits(self, identity: str = "PAY-1") -> int:
        """How often the ledger has debited the customer for this id."""
        return int(self.booked(identity).get("debits", 0))

    def booked(self, identity: str = "PAY-1") -> dict[str, Any]:
        """What the ledger has of this id: debits, cancels, refunds, and what is left of it all."""
        ledger = requests.get(f"{self.simulator}/_sandbox/ledger", timeout=10).json()
        return dict(ledger.get(identity, {}))

    def credits(self, identity: str = "REF-1", of: str = "PAY-1") -> int:
        """How often the ledger has given money back for this refund."""
        return int(self.booked(of).get("refunds", {}).get(identity, {}).get("credits", 0))

    def refunded(self, identity: str = "REF-1") -> Refund:
        """The refund in our store."""
        found = self.world.repository.refunds.find(identity)
        assert found is not None
        return found

    def stored(self, identity: str = "PAY-1") -> Payment:
        """The payment in our store."""
        found = self.world.repository.payments.find(identity)
        assert found is not None
        return found

    @property
    def pays_sent(self) -> int:
        """How often pay was sent."""
        return self.sent.count(Operation.PAY)


@contextlib.contextmanager
def shop_on(world: World, **settings: Any) -> Iterator[Shop]:
    """A shop whose customer has authorised it, in *world*; *settings* are the simulator's.

    Both clocks begin at the same moment: a record that is older than its request is not ours.
    """
    with Simulator(simulator_config(start=world.clock.now() / SECOND, **settings)) as simulator:
        gateway = gateway_to(simulator, world, SystemClock())
        made = Shop(world, simulator.url, gateway)
        made.handle = authorise(made.runtime())
        yield made
