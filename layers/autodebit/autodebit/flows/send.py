"""What to do when the store fails after Alipay has answered."""

from collections.abc import Callable
from typing import TypeVar

from autodebit import telemetry
from autodebit.clock import SECOND
from autodebit.errors import StoreUnavailable
from autodebit.runtime import Runtime

_PAUSE = 200
_ONE_TRY = 8 * SECOND
"""What one more try may take when the store hangs rather than fails: two attempts of a request, each up to 3 s, and a pause."""
_T = TypeVar("_T")


def retry_until_deadline(write: Callable[[], _T], runtime: Runtime) -> _T | None:
    """The result of *write*, tried until this invocation has to answer; None if the store stayed unavailable.

    Whatever could not be recorded is still due: a poll settles it later.
    """
    while True:
        try:
            return write()
        except StoreUnavailable as error:
            telemetry.log("store unavailable", level="ERROR", reason=str(error))
        if runtime.left < _ONE_TRY + _PAUSE:
            telemetry.metric("AnswersNotStored")
            return None
        runtime.clock.sleep(_PAUSE)
