"""What a process of its own does in a race: the same flows, on the same table, against the same simulator."""

import functools
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from alipay_signing import LocalSigner, Verifier
from autodebit.clock import SystemClock
from autodebit.contract import (
    ApplyTokenRequest,
    CancelRequest,
    NotifyPaymentRequest,
    PayRequest,
    RefundRequest,
    RevokeRequest,
)
from autodebit.errors import RequestRejected
from autodebit.flows.authorizations.exchange import apply_token
from autodebit.flows.authorizations.refresh import renew_in_time
from autodebit.flows.authorizations.revoke import poll_grant, revoke
from autodebit.flows.payments.cancel import cancel
from autodebit.flows.payments.pay import pay
from autodebit.flows.payments.refund import refund
from autodebit.flows.payments.sync import notify_payment, poll_payment
from autodebit.gateway.client import HttpAlipayClient
from autodebit.repository import Repository
from autodebit.responses import Response
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
    """One runner: what it does, with what, and how many seconds after the start."""

    does: str
    arguments: tuple[str, ...] = ()
    later: float = 0.0


def run(place: Place, start: float, steps: tuple[Step, ...]) -> list[str]:
    """All *steps* in threads of this process, from one moment (of the machine's clock) on; what each came to.

    That is S or U, the code of an F or of a refusal of ours, or "done" of what answers nobody.
    """
    if not steps:
        return []
    runtime = _runtime(place)

    def one(step: Step) -> str:
        time.sleep(max(start + step.later - time.time(), 0))
        try:
            reply = _STEPS[step.does](runtime, place, *step.arguments)
        except RequestRejected as refused:
            return refused.code
        if not isinstance(reply, Response):
            return "done"
        _, status, code = result_of(reply)
        return code if status == "F" else status

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
        alipay=HttpAlipayClient(
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


def _pay(runtime: Runtime, place: Place, identity: str) -> Response:
    return pay(PayRequest.model_validate(pay_body(identity, place.handle)), runtime)


def _cancel(runtime: Runtime, _place: Place, identity: str) -> Response:
    return cancel(CancelRequest.model_validate({"paymentRequestId": identity}), runtime)


def _refund(runtime: Runtime, _place: Place, of: str, identity: str, value: str) -> Response:
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


def _refresh(runtime: Runtime, _place: Place, refresh_handle: str) -> Response:
    body = {"grantType": "REFRESH_TOKEN", "customerBelongsTo": "GCASH", "refreshToken": refresh_handle}
    return apply_token(ApplyTokenRequest.model_validate(body), runtime)


def _revoke(runtime: Runtime, _place: Place, handle: str) -> Response:
    return revoke(RevokeRequest.model_validate({"accessToken": handle}), runtime)


def _renew(runtime: Runtime, _place: Place, handle: str) -> None:
    renew_in_time(handle, runtime)


def _handle(runtime: Runtime, _place: Place, handle: str) -> None:
    poll_grant(handle, runtime)


_STEPS: dict[str, Callable[..., Any]] = {
    "pay": _pay,
    "cancel": _cancel,
    "refund": _refund,
    "poll": _poll,
    "notify": _notify,
    "refresh": _refresh,
    "revoke": _revoke,
    "renew": _renew,
    "see to": _handle,
}
