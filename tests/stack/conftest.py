"""One deployed stack for the session: building and deploying it takes about 20 seconds."""

from collections.abc import Iterator

import pytest

from sandbox.demo import Journey
from sandbox.stack import LocalStack


@pytest.fixture(scope="session")
def stack() -> Iterator[LocalStack]:
    """The template as deployed, beside the simulator."""
    with LocalStack.start() as started:
        yield started


@pytest.fixture(scope="session")
def journey(stack: LocalStack) -> Journey:
    """A customer who has authorised us."""
    made = Journey(stack)
    made.authorise()
    return made
