"""A dispute is never lost: it is stored before it is acknowledged, from wherever it comes, and nothing older overwrites it."""

from tests.mutants.mutant import AUTODEBIT, Mutant, Promise

_DOMAIN = AUTODEBIT + "domain/dispute.py"
_FLOW = AUTODEBIT + "flows/payments/disputes.py"
_OUTCOMES = AUTODEBIT + "flows/payments/sync.py"
_STORE = AUTODEBIT + "repository/disputes.py"
_UPDATES = "tests/unit/domain/test_dispute_updates.py::"
_NOTIFY = "tests/flows/test_notify_dispute.py::"
_WRITTEN = "                self._table.write(*writes)\n            except ConditionFailed:\n                continue\n"

DISPUTES = (
    Mutant(
        "a dispute is acknowledged although the store did not take it",
        Promise.DURABLE,
        _STORE,
        _WRITTEN,
        _WRITTEN + "            except StoreUnavailable:\n                pass\n",
        (_NOTIFY + "test_what_cannot_be_stored_is_not_acknowledged",),
    ),
    Mutant(
        "a dispute's notification that meets another writer is dropped",
        Promise.NO_FACT_LOST,
        _STORE,
        _WRITTEN,
        _WRITTEN.replace("continue", "return transition, reasons"),
        (_NOTIFY + "test_nothing_of_an_update_is_lost_to_another_writer",),
    ),
    Mutant(
        "an older notification overwrites what a later one said of a dispute",
        Promise.NO_FACT_LOST,
        _DOMAIN,
        "rank > known_rank or (",
        "rank != known_rank or (",
        (_UPDATES + "test_an_older_notification_overwrites_nothing_of_a_later_one",),
    ),
    Mutant(
        "an earlier judgement of a dispute overwrites a later one",
        Promise.FINAL,
        _DOMAIN,
        "told is not None and told > known",
        "told is not None",
        (_UPDATES + "test_of_two_judgements_the_later_one_stands",),
    ),
    Mutant(
        "a dispute at the address of payments is dropped",
        Promise.DURABLE,
        _OUTCOMES,
        "        notify_dispute(dispute, runtime)\n        return\n",
        "        return\n",
        (_NOTIFY + "test_a_dispute_is_stored_and_told",),
    ),
    Mutant(
        "a dispute of a payment that is not known is no more than an anomaly",
        Promise.DURABLE,
        _FLOW,
        "    update, doubts = _with_its_payment(update, runtime)\n",
        "    update, doubts = _with_its_payment(update, runtime)\n    if doubts:\n"
        "        runtime.repository.disputes.record_unknown(update, doubts[0], now, body)\n        return\n",
        (_NOTIFY + "test_a_dispute_of_a_payment_that_is_not_known_is_stored_with_an_anomaly",),
    ),
    Mutant(
        "a dispute to be defended is not due",
        Promise.DUE,
        _DOMAIN,
        "    return replace(after, due_at=at if alerted or ends is None else max(at, ends - WARN_BEFORE))",
        "    return replace(after, due_at=None if ends else at)",
        (_UPDATES + "test_the_first_warning_comes_three_days_before_the_end",),
    ),
    Mutant(
        "a warning of a dispute is noted before it is told",
        Promise.DUE,
        _FLOW,
        "    if dispute is None or dispute.due_at is None or dispute.due_at > now:\n        return\n",
        "    if dispute is None or dispute.due_at is None or dispute.due_at > now:\n        return\n"
        "    runtime.repository.disputes.note_warned(dispute, now)\n",
        (_NOTIFY + "test_a_warning_that_could_not_be_noted_comes_again",),
    ),
    Mutant(
        "an alert of a dispute makes no event",
        Promise.TOLD,
        AUTODEBIT + "repository/stream.py",
        '_OF_A_DISPUTE = ("alerts", ',
        "_OF_A_DISPUTE = (",
        (_NOTIFY + "test_an_alert_is_told_although_the_state_stays",),
    ),
)
