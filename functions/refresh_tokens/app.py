"""Every day: renew the tokens whose end is near."""

from autodebit.entrypoints import schedule
from autodebit.flows.authorizations.refresh import refresh_tokens
from autodebit.runtime import Runtime


@schedule
def handler(runtime: Runtime) -> None:
    refresh_tokens(runtime)
