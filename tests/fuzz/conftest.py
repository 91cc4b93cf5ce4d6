"""Fixtures of the attacks with bad input: the handlers and their runtime are those of tests/handlers."""

from tests.flows.conftest import quick_engine as quick_engine
from tests.flows.conftest import world as world
from tests.fuzz.desk import desk as desk
from tests.handlers.conftest import invoke as invoke
