"""Every day: renew the tokens whose end is near."""

from autodebit.edge import schedule
from autodebit.flows.refreshing import refresh_tokens
from autodebit.runtime import Runtime


@schedule
def handler(runtime: Runtime) -> None:
    refresh_tokens(runtime)
