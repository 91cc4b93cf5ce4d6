"""Whatever is open and due is asked for, until it is settled. Pollers ask; they never send a payment."""

from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace

from autodebit import telemetry
from autodebit.authorization import CodeState, GrantState
from autodebit.clock import SECOND
from autodebit.errors import AutoDebitError, GatewayError
from autodebit.flows import words
from autodebit.flows.payments import note_gateway_error, own_inquiry, settle
from autodebit.flows.tokens import exchange, refresh_again
from autodebit.gateway import Operation
from autodebit.lifecycle import AuthorizationNews, AuthorizationState
from autodebit.payment import Origin
from autodebit.replies import dumped, result
from autodebit.repository import DueItem, Kind
from autodebit.runtime import Runtime

_WORKERS = 8
_LAST_CALL = 13 * SECOND
"""Nothing is claimed with less time left than this: one call to Alipay and its record must fit."""
_LOOK_EVERY = 1 * SECOND
_NEVER_ANSWERED = "an authorization code was never answered"


def poll_payments(runtime: Runtime) -> None:
    """Ask for all that is due, and go on while something falls due before this invocation has to stop.

    One bad item never stops the others. Several pollers at once are normal: an item belongs to whoever claims it.
    """
    stop = runtime.deadline - _LAST_CALL
    under_way: dict[Future[None], DueItem] = {}
    seen_to: set[DueItem] = set()
    with ThreadPoolExecutor(_WORKERS) as workers:
        while (now := runtime.clock.now()) < stop:
            for done in [future for future in under_way if future.done()]:
                del under_way[done]
            # What is still due at the very moment at which it was seen to did not let itself be claimed: the others go first,
            # and it comes again with the next invocation.
            found = runtime.repository.due.until(stop)
            due = [item for item in found if item.kind in _HANDLERS and item not in seen_to]
            if not due and not under_way:
                return
            ready = [item for item in due if item.due_at <= now and not _taken(item, under_way)]
            for item in ready[: _WORKERS - len(under_way)]:
                under_way[workers.submit(_see_to, item, runtime)] = item
                seen_to.add(item)
            if under_way:
                wait(under_way, timeout=_LOOK_EVERY / SECOND, return_when=FIRST_COMPLETED)
            else:
                first = min(item.due_at for item in due)
                runtime.clock.sleep(min(max(first - now, 50), _LOOK_EVERY))


def _taken(item: DueItem, under_way: Mapping[Future[None], DueItem]) -> bool:
    return any((other.kind, other.identity) == (item.kind, item.identity) for other in under_way.values())


def _see_to(item: DueItem, runtime: Runtime) -> None:
    """Handle one item; its trouble is told, and it stays due."""
    try:
        _HANDLERS[item.kind](item.identity, runtime)
    except AutoDebitError as error:
        telemetry.note("poll failed", level="WARNING", kind=item.kind.value, error=type(error).__name__)
        telemetry.count("PollsFailed")
    except Exception as error:  # noqa: BLE001  one bad item never stops the others, and its text may quote a body
        telemetry.fault(error)


def poll_payment(payment_request_id: str, runtime: Runtime) -> None:
    """One inquiry for one payment, by whoever claims it first."""
    payments, now = runtime.repository.payments, runtime.clock.now()
    payment = payments.find(payment_request_id)
    if payment is None or payment.due_at is None or payment.due_at > now:
        return
    claimed = payments.claim_poll(payment, now)
    if claimed is None:
        return
    if claimed.state.open and runtime.settings.plan.exhausted(claimed.polls):
        telemetry.note("still open", level="ERROR", payment_request_id=payment_request_id, state=claimed.state.value)
        telemetry.count("PollsExhausted")
    try:
        answer = runtime.alipay.call(Operation.INQUIRY_PAYMENT, own_inquiry(claimed), runtime.answer_within)
        fact = words.of_inquiry(answer, Origin.POLL)
    except GatewayError as error:
        note_gateway_error(error, payment_request_id)
        fact = words.of_silence(Origin.POLL, error.reason)
    settle(payment_request_id, fact, runtime)


def _close_silent(auth_state: str, runtime: Runtime) -> None:
    """An authorization of which nothing was heard in time is abandoned; a code or token that comes later still counts."""
    authorization, now = runtime.repository.authorizations.find(auth_state), runtime.clock.now()
    if authorization is None or authorization.due_at is None or authorization.due_at > now:
        return
    if authorization.state is AuthorizationState.CONSULTED:
        runtime.repository.authorizations.advance(auth_state, AuthorizationNews.SILENCE, now)
        telemetry.note("authorization abandoned", auth_state=auth_state)


def _exchange_due(digest: str, runtime: Runtime) -> None:
    """Go on with the exchange of a code that nobody has finished."""
    codes, now = runtime.repository.authorizations, runtime.clock.now()
    code = codes.find_code(digest)
    if code is None or code.state is not CodeState.WAITING or code.due_at is None or code.due_at > now:
        return
    if now >= code.created_at + runtime.settings.plan.exchange_gives_up_after:
        told = dumped({"result": result("F", "INVALID_AUTHCODE", f"{_NEVER_ANSWERED}; authorise again (consult)")})
        codes.exchange_failed(code, told, "INVALID_AUTHCODE", now, _NEVER_ANSWERED)
        telemetry.anomaly(_NEVER_ANSWERED, auth_state=code.auth_state)
        return
    exchange(codes.secret_of(code), code.body, code.wallet, runtime, wait=0)


def _refresh_due(handle: str, runtime: Runtime) -> None:
    """Repeat a refresh whose answer is missing."""
    grant, now = runtime.repository.grants.find(handle), runtime.clock.now()
    if grant is None or grant.due_at is None or grant.due_at > now:
        return
    if grant.state in (GrantState.ACTIVE, GrantState.PENDING):
        refresh_again(grant, runtime)
    else:
        runtime.repository.grants.replaced(replace(grant, due_at=None, refreshes=0))


_HANDLERS: Mapping[Kind, Callable[[str, Runtime], None]] = {
    Kind.PAYMENT: poll_payment,
    Kind.AUTHORIZATION: _close_silent,
    Kind.CODE: _exchange_due,
    Kind.GRANT: _refresh_due,
}
