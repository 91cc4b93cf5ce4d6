"""Every few minutes: ask for the outcome of registrations that are open and due."""

from autodebit.entrypoints import schedule
from autodebit.flows.jobs import poll_registrations
from autodebit.runtime import Runtime


@schedule
def handler(runtime: Runtime) -> None:
    poll_registrations(runtime)
