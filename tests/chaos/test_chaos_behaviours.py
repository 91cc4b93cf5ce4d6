"""The report counts each behaviour that was once left out, from who knows of it."""

from dataclasses import replace

from tests.chaos.behaviours import behaviours
from tests.chaos.books import Acts
from tests.chaos.cases import books, sent

NOTHING = behaviours({}, books(), [], {}, {}, Acts())


def test_what_was_not_met_counts_nothing() -> None:
    assert set(NOTHING.values()) == {0}
    assert len(NOTHING) == 14


def test_each_behaviour_is_counted() -> None:
    elsewhere = {"A-taken": {}, "R-taken-PAYMENT": {}, "B-two-merchants": {}}
    met = replace(
        books(payment={"cancelExecutedLate": True}, refund={"executedLate": True}),
        payments_elsewhere=elsewhere,
        refunds_elsewhere={"R-taken": {}},
    )
    mixture = {
        "given": {"calls: answer": 2, "calls: held": 3},
        "firstRequests": {"forgotten": 1, "held": 1, "throttled": 4},
    }
    cancels = [sent("1", 0, "cancel", "OWN", function="poll_payments"), sent("2", 0, "cancel", "ASKED")]
    deeds = {
        "story: two merchants": 5,
        "story: two customers": 6,
        "a new id for an order": 7,
        "a new id for a refund": 8,
        "event consumers: events": 9,
        "errand: renew": 99,
    }
    found = behaviours(mixture, met, cancels, {"store away after an answer": 10}, deeds, Acts(cancels_asked={"ASKED"}))
    assert dict(found) == {
        "cancel executed late": 1,
        "refund executed late": 1,
        "F without a record": 3,
        "id of another system, payment": 1,
        "id of another system, refund": 1,
        "request that arrived late": 4,
        "call throttled in a wave": 4,
        "two merchant accounts under one id": 1,
        "two merchants asked for one id": 5,
        "two customers asked for one id": 6,
        "store away between an answer and its record": 10,
        "payment cancelled on the deployment's own account": 1,
        "new id for an order, on our word": 7,
        "new id for a refund, on our word": 8,
        "event consumers: events": 9,
    }
