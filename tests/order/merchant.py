"""A merchant on a simulator whose clock is its own and stands still until it is moved; the road between them, and the books."""

import contextlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from autodebit.clock import SystemClock
from autodebit.contract import (
    CancelRequest,
    InquiryPaymentRequest,
    NotifyPaymentRequest,
    NotifyRefundRequest,
    PayRequest,
    RefundRequest,
)
from autodebit.domain.payment import Payment
from autodebit.domain.refund import Refund
from autodebit.errors import GatewayError
from autodebit.flows.payments.cancel import cancel
from autodebit.flows.payments.pay import pay
from autodebit.flows.payments.refund import refund
from autodebit.flows.payments.refund_sync import notify_refund, poll_refund
from autodebit.flows.payments.sync import inquiry_payment, notify_payment, poll_payment
from autodebit.gateway.client import Alipay, HttpAlipayClient, VerifiedResponse
from autodebit.responses import Response
from autodebit.runtime import Runtime
from sandbox.alipay import Simulator
from tests.chaos.kms import LocalKms
from tests.chaos.ports import WRITES
from tests.order.errands import Request
from tests.promises.customer import authorise
from tests.support.engines import Engine
from tests.support.simulated import SimulatedClock, gateway_to, simulator_config
from tests.support.world import World, pay_body, settings

AMOUNT = 1000
_START = 1_800_000_000
_WALLET = "KAKAOPAY"
"""Its tokens live for a century: every machine takes days."""
_ELSEWHERE = "https://merchant.example.com"
"""The simulator sends nothing there, and keeps what it would have sent: we deliver it when we like."""
_LATEST = 64
"""More notifications than one machine can cause."""
_OPERATIONS = {"answer": {"code": "PROCESS_FAIL"}}

_T = TypeVar("_T")
Flow = Callable[[Alipay], Response | None]


@dataclass
class Merchant:
    """What every machine of a run shares."""

    world: World
    simulator: Simulator
    gateway: HttpAlipayClient
    noting: "Noting"
    handle: str = ""
    _heard_of: int = 0
    _notifications: deque[tuple[str, Mapping[str, Any]]] = field(default_factory=lambda: deque(maxlen=_LATEST))

    @property
    def now(self) -> int:
        """Milliseconds since the epoch, for us and for Alipay."""
        return self.world.clock.now()

    def forward(self, milliseconds: int) -> None:
        """Let time go by, and Alipay do what it does meanwhile."""
        self.world.clock.sleep(max(milliseconds, 0))

    def carry(self, request: Request, fault: str = "") -> VerifiedResponse | GatewayError:
        """Bring *request* to Alipay: what comes back over the road, *fault* befalling it."""
        world = self.simulator.world
        if fault:
            order = {"operation": request.operation.label, "fault": fault, **_OPERATIONS.get(fault, {})}
            with world.lock:
                world.faults.order([order], frozenset({request.operation.label}))
        try:
            return self.gateway.call(request.operation, request.body, request.within)
        except GatewayError as error:
            return error
        finally:
            with world.lock:
                world.faults.clear()

    # --- the calls

    def pay(self, identity: str, number: int) -> Flow:
        """The *number*-th request to pay AMOUNT JPY: what is not about money differs."""
        order = {**pay_body()["order"], "orderDescription": f"Monthly plan, asked for {number} times"}
        method = {"paymentMethodType": _WALLET, "paymentMethodId": self.handle}
        asked = PayRequest.model_validate(pay_body(identity, paymentMethod=method, order=order))
        return lambda alipay: pay(asked, self.runtime(alipay))

    def cancel(self, identity: str) -> Flow:
        """Cancel a payment."""
        asked = CancelRequest.model_validate({"paymentRequestId": identity})
        return lambda alipay: cancel(asked, self.runtime(alipay))

    def refund(self, identity: str, of: str, value: str) -> Flow:
        """Give back so much of a payment."""
        amount = {"currency": "JPY", "value": value}
        body = {"refundRequestId": identity, "paymentRequestId": of, "refundAmount": amount}
        asked = RefundRequest.model_validate(body)
        return lambda alipay: refund(asked, self.runtime(alipay))

    def inquire(self, identity: str) -> Flow:
        """Ask where a payment stands."""
        asked = InquiryPaymentRequest.model_validate({"paymentRequestId": identity})
        return lambda alipay: inquiry_payment(asked, self.runtime(alipay))

    def poll(self, identity: str, item: Payment | Refund) -> Flow:
        """One step of the poller for one item."""
        step = poll_payment if isinstance(item, Payment) else poll_refund
        return lambda alipay: step(identity, self.runtime(alipay))

    def notify(self, kind: str, body: Mapping[str, Any]) -> None:
        """Alipay delivers a notification."""
        if kind == "notifyRefund":
            notify_refund(NotifyRefundRequest.read(body), self.runtime(_Nobody()))
        else:
            notify_payment(NotifyPaymentRequest.read(body), self.runtime(_Nobody()))

    def runtime(self, alipay: Alipay) -> Runtime:
        """The runtime of one invocation."""
        return self.world.runtime(alipay=alipay)

    # --- what is stored, and what is booked

    def payment(self, identity: str) -> Payment | None:
        """The payment in our store."""
        return self._looked(f"payment#{identity}", lambda: self.world.repository.payments.find(identity))

    def refund_of(self, identity: str) -> Refund | None:
        """The refund in our store."""
        return self._looked(f"refund#{identity}", lambda: self.world.repository.refunds.find(identity))

    def notifications(self) -> list[tuple[str, Mapping[str, Any]]]:
        """The latest of all that Alipay has had to tell: kind and body."""
        outbox = self.simulator.world.outbox
        while (one := outbox.get(self._heard_of + 1)) is not None:
            self._heard_of += 1
            self._notifications.append((one.kind, one.body))
        return list(self._notifications)

    def _looked(self, key: str, look: Callable[[], _T]) -> _T:
        """What is stored under *key*. Most of the time would go into looking at what nobody has written since."""
        if key not in self.noting.known:
            self.noting.known[key] = look()
        return self.noting.known[key]


class Noting:
    """A client of DynamoDB that forgets what was *known* of an item as soon as it is written."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.known: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        if name not in WRITES:
            return method

        def write(**request: Any) -> Any:
            for one in request.get("TransactItems", [{"": request}]):
                for asked in one.values():
                    self.known.pop((asked.get("Item") or asked["Key"])["pk"]["S"], None)
            return method(**request)

        return write


class _Nobody:
    """Who takes a notification asks Alipay nothing."""

    def call(self, operation: object, body: object, within: int) -> VerifiedResponse:
        """See autodebit.gateway.Alipay."""
        raise AssertionError(f"a notification made us call {operation}")


@contextlib.contextmanager
def merchant_on(engine: Engine) -> Iterator[Merchant]:
    """A merchant whose customer has agreed."""
    config = simulator_config(
        start=_START,
        speed=0,
        resend="none",
    )
    ours = settings(payment_notify_url=f"{_ELSEWHERE}/payment", refund_notify_url=f"{_ELSEWHERE}/refund")
    with Simulator(config) as simulator:
        world = World(engine, LocalKms(LocalKms.new_key()), "tokens", settings=ours)
        world.clock = SimulatedClock(simulator)
        gateway = gateway_to(simulator, world, SystemClock())
        world.dynamodb = noting = Noting(world.dynamodb)
        made = Merchant(world, simulator, gateway, noting)
        made.handle = authorise(made.runtime(gateway), _WALLET)
        yield made
