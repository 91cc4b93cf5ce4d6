"""Whatever is due is seen to, item by item, by whoever claims it; one bad item never stops the others."""

import contextlib
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from autodebit import telemetry
from autodebit.clock import MINUTE, SECOND
from autodebit.errors import AutoDebitError, StoreUnavailable
from autodebit.repository import DueItem, Kind
from autodebit.runtime import Runtime

Handlers = Mapping[Kind, Callable[[str, Runtime], None]]
"""What sees to an item of each kind, by its id."""

_WORKERS = 8
_LAST_CALL = 13 * SECOND
"""Nothing is claimed with less time left than this: one call to Alipay and its record must fit."""
_LOOK_EVERY = 1 * SECOND


def run_due_work(handlers: Handlers, runtime: Runtime) -> None:
    """See to all that is due, and go on while something falls due before this invocation has to stop.

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
            due = [item for item in runtime.repository.due.until(stop, handlers) if item not in seen_to]
            if not due and not under_way:
                return
            ready = [item for item in due if item.due_at <= now and not _taken(item, under_way)]
            for item in ready[: _WORKERS - len(under_way)]:
                under_way[workers.submit(_handle, handlers[item.kind], item, runtime)] = item
                seen_to.add(item)
            if under_way:
                wait(under_way, timeout=_LOOK_EVERY / SECOND, return_when=FIRST_COMPLETED)
            else:
                first = min(item.due_at for item in due)
                runtime.clock.sleep(min(max(first - now, 50), _LOOK_EVERY))


def _taken(item: DueItem, under_way: Mapping[Future[None], DueItem]) -> bool:
    return any((other.kind, other.identity) == (item.kind, item.identity) for other in under_way.values())


def _handle(handler: Callable[[str, Runtime], None], item: DueItem, runtime: Runtime) -> None:
    """Handle one item; its trouble is told, and it stays due."""
    try:
        handler(item.identity, runtime)
    except AutoDebitError as error:
        telemetry.log("poll failed", level="WARNING", kind=item.kind.value, error=type(error).__name__)
        telemetry.metric("PollsFailed")
        _put_off(item, runtime)
    except Exception as error:  # noqa: BLE001  one bad item never stops the others, and its text may quote a body
        telemetry.log_unexpected(error)
        _put_off(item, runtime)


def _put_off(item: DueItem, runtime: Runtime) -> None:
    """Whoever could not even claim an item puts it off: a page of such items would hide all that are due after them."""
    with contextlib.suppress(StoreUnavailable):
        runtime.repository.due.postpone(item, max(runtime.deadline, runtime.clock.now() + MINUTE))
