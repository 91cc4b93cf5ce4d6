"""The table's stream: put one event on the bus for every change of state."""

from autodebit.entrypoints import stream
from autodebit.flows.outbox import Failures, Records, publish_events
from autodebit.runtime import Publisher


@stream
def handler(records: Records, publisher: Publisher) -> Failures:
    return publish_events(records, publisher)
