"""Every minute: ask for the outcome of whatever is open and due."""

from autodebit.entrypoints import schedule
from autodebit.flows.jobs import poll_payments
from autodebit.runtime import Runtime


@schedule
def handler(runtime: Runtime) -> None:
    poll_payments(runtime)
