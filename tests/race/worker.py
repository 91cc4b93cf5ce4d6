"""What a process of its own does in a race: the same flows, on the same table, against the same simulator."""

import functools
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from alipay_signing import LocalSigner, Verifier
from autodebit.clock import SystemClock
from autodebit.contract import CancelRequest, NotifyPaymentRequest, PayRequest, RefundRequest
from autodebit.errors import Refused
from autodebit.flows.cancels import cancel
from autodebit.flows.outcomes import notify_payment, poll_payment
from autodebit.flows.payments import pay
from autodebit.flows.refunds import refund
from autodebit.gateway import HttpGateway
from autodebit.replies import Reply
from autodebit.repository import Repository
from autodebit.runtime import Runtime
from tests.flows.steps import result_of
from tests.support.engines import Engine
from tests.support.keys import alipay_key, merchant_key
from tests.support.world import CLIENT_ID, HandClock, pay_body, settings


@dataclass(frozen=True)
class Place:
    """Where the race is run."""

    dynamodb: str
    kms: str
    table: str
    token_key: str
    simulator: str
    now: int
    handle: str


@dataclass(frozen=True)
class Step:
    """One runner: what it does, and with what."""

    does: str
    arguments: tuple[str, ...] = ()


def run(place: Place, start: float, steps: tuple[Step, ...]) -> list[str]:
    """All *steps* in threads of this process, from one moment (of the machine's clock) on; what each came to."""
    runtime = _runtime(place)

    def one(step: Step) -> str:
        time.sleep(max(start - time.time(), 0))
        try:
            reply = _STEPS[step.does](runtime, place, *step.arguments)
        except Refused as refused:
            return refused.code
        return result_of(reply)[1] if isinstance(reply, Reply) else "done"

    with ThreadPoolExecutor(len(steps)) as threads:
        return list(threads.map(one, steps))


@functools.lru_cache(maxsize=4)
def _runtime(place: Place) -> Runtime:
    made, clock = settings(), HandClock(place.now)
    signer, verifier = LocalSigner(merchant_key()), Verifier({"1": alipay_key().public_key()})
    dynamodb, kms = Engine("store", place.dynamodb).client("dynamodb"), Engine("keys", place.kms).client("kms")
    return Runtime(
        settings=made,
        keys=None,  # type: ignore[arg-type]  no flow looks at them: the gateway has its own
        repository=Repository(dynamodb, kms, table=place.table, token_key=place.token_key, plan=made.plan),
        alipay=HttpGateway(
            url=place.simulator,
            path=made.gateway_path,
            client_id=CLIENT_ID,
            signer=signer,
            verifier=verifier,
            clock=SystemClock(),
        ),
        clock=clock,
        deadline=place.now + 25_000,
    )


def _pay(runtime: Runtime, place: Place, identity: str) -> Reply:
    return pay(PayRequest.model_validate(pay_body(identity, place.handle)), runtime)


def _cancel(runtime: Runtime, _place: Place, identity: str) -> Reply:
    return cancel(CancelRequest.model_validate({"paymentRequestId": identity}), runtime)


def _refund(runtime: Runtime, _place: Place, of: str, identity: str, value: str) -> Reply:
    amount = {"currency": "JPY", "value": value}
    body = {"refundRequestId": identity, "paymentRequestId": of, "refundAmount": amount}
    return refund(RefundRequest.model_validate(body), runtime)


def _poll(runtime: Runtime, _place: Place, identity: str) -> None:
    poll_payment(identity, runtime)


def _notify(runtime: Runtime, _place: Place, identity: str) -> None:
    told = {
        "notifyType": "PAYMENT_RESULT",
        "result": {"resultStatus": "S", "resultCode": "SUCCESS"},
        "paymentRequestId": identity,
        "paymentAmount": {"currency": "JPY", "value": "1000"},
    }
    notify_payment(NotifyPaymentRequest.read(told), runtime)


_STEPS: dict[str, Callable[..., Any]] = {
    "pay": _pay,
    "cancel": _cancel,
    "refund": _refund,
    "poll": _poll,
    "notify": _notify,
}
