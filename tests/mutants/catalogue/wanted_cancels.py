"""Cancels that are kept, refused after a loss, or requested by the deployment itself: what ends them, and what does not."""

from tests.mutants.mutant import AUTODEBIT, Mutant, Promise

_PAYMENT = AUTODEBIT + "domain/payment.py"
_CANCEL = AUTODEBIT + "domain/cancellation.py"
_CANCELS = AUTODEBIT + "flows/payments/cancel.py"
_OUTCOMES = AUTODEBIT + "flows/payments/sync.py"
_CHANGES = AUTODEBIT + "repository/stream.py"
_CANCEL_JUDGE = "tests/unit/domain/test_judge_cancels.py::"
_TAKEN = "tests/flows/test_taken_ids.py::"
_UNRECORDED = "tests/flows/test_unrecorded_answers.py::"
_REFUSALS = "tests/flows/test_cancel_refusals.py::"
_KEPT = "tests/promises/test_kept_cancels.py::"
_NO_TIME = "tests/flows/test_time_runs_out_money.py::"

WANTED_CANCELS = (
    Mutant(
        "the cancel of an id that was never sent is sent",
        Promise.CANCEL,
        _CANCELS,
        "        if not payment.imported and certainly_never_sent(",
        "        if payment.imported and certainly_never_sent(",
        (_TAKEN + "test_a_cancel_of_an_id_that_certainly_never_left_is_kept_and_not_sent",),
    ),
    Mutant(
        "a kept cancel is ended by an F",
        Promise.CANCEL,
        _CANCEL,
        "    final = then is NextStep.REFUND or (then is NextStep.STOP and not cancel.kept)",
        "    final = then in (NextStep.REFUND, NextStep.STOP)",
        (_CANCEL_JUDGE + "test_a_kept_cancel_that_alipay_refuses_is_sent_again_unless_its_period_is_over",),
    ),
    Mutant(
        "a kept cancel is ended by an F without an inquiry",
        Promise.CANCEL,
        _CANCEL,
        "    if cancel.lost or cancel.kept or plan",
        "    if cancel.lost or plan",
        (_CANCEL_JUDGE + "test_a_kept_cancel_that_alipay_refuses_is_sent_again_unless_its_period_is_over",),
    ),
    Mutant(
        "a kept cancel is ended by its age",
        Promise.CANCEL,
        _CANCEL,
        "    return replace(cancel, requested_at=at, kept=True,",
        "    return replace(cancel, kept=True,",
        (_CANCEL_JUDGE + "test_once_the_payment_turns_up_everything_counts_from_then",),
    ),
    Mutant(
        "a kept cancel is not looked at again after a day",
        Promise.CANCEL,
        _PAYMENT,
        "due_at=late if payment.due_at is None else payment.due_at)",
        "due_at=payment.due_at if late else None)",
        (
            _CANCEL_JUDGE + "test_no_f_and_no_age_ends_a_kept_cancel",
            _KEPT + "test_a_payment_that_never_arrived_is_not_sent_after_its_kept_cancel",
        ),
    ),
    Mutant(
        "a payment that turns up does not begin its cancel anew",
        Promise.CANCEL,
        _PAYMENT,
        "        cancel = cancellation.turned_up(cancel, at)",
        "        cancel = cancellation.keep(cancel)",
        (_CANCEL_JUDGE + "test_once_the_payment_turns_up_everything_counts_from_then",),
    ),
    Mutant(
        "a refused cancel after a lost one is believed by one inquiry",
        Promise.CANCEL,
        _CANCEL,
        "    if counted.denials < plan.not_found_times:",
        "    if counted.denials < 1:",
        (_CANCEL_JUDGE + "test_a_refusal_after_a_lost_send_is_believed_after_a_grace_and_several_inquiries",),
    ),
    Mutant(
        "a refused cancel after a lost one is believed in the grace",
        Promise.CANCEL,
        _CANCEL,
        "    early = at < plan.not_found_counts_from(cancel.heard_at)",
        "    early = at < cancel.heard_at",
        (
            _CANCEL_JUDGE + "test_a_refusal_after_a_lost_send_is_believed_after_a_grace_and_several_inquiries",
            _REFUSALS + "test_a_lost_cancel_may_still_be_executed_after_a_refusal_and_an_early_inquiry",
        ),
    ),
    Mutant(
        "inquiries that come together count as several against a cancel",
        Promise.CANCEL,
        _CANCEL,
        "    if early or (cancel.denials and at < cancel.denied_at + plan.not_found_gap):",
        "    if early:",
        (_CANCEL_JUDGE + "test_inquiries_that_come_too_close_count_once",),
    ),
    Mutant(
        "the loss of a cancel is forgotten by a new one",
        Promise.CANCEL,
        _CANCEL,
        "at, lost=before.lost, unknown",
        "at, unknown",
        (
            _CANCEL_JUDGE + "test_a_loss_is_remembered_when_the_cancel_is_requested_once_more",
            _REFUSALS + "test_a_loss_is_remembered_over_a_new_request_to_cancel",
        ),
    ),
    Mutant(
        "the deployment's own cancel is sent without an inquiry",
        Promise.CANCEL,
        _OUTCOMES,
        "    if _to_be_cancelled(payment):\n        retry",
        (
            "    open_still = replace(messages.no_answer(Source.POLL), word=ReportedStatus.PENDING)\n"
            "    if _to_be_cancelled(payment) or _patience_is_over(payment, open_still, runtime):\n"
            "        retry"
        ),
        (_UNRECORDED + "test_the_deployments_own_cancel_asks_first_and_finds_what_was_paid",),
    ),
    Mutant(
        "the deployment's own cancel is sent after a silent inquiry",
        Promise.CANCEL,
        _OUTCOMES,
        "    still_open = payment.state.open and fact.word in (ReportedStatus.PENDING, ReportedStatus.NOT_FOUND)",
        "    still_open = payment.state.open",
        (_UNRECORDED + "test_without_an_answer_to_its_inquiry_it_is_not_sent",),
    ),
    Mutant(
        "the patience with a payment counts from its first request",
        Promise.CANCEL,
        _OUTCOMES,
        "now >= payment.sent_at + patience",
        "now >= payment.created_at + patience",
        (_REFUSALS + "test_patience_counts_from_the_last_send",),
    ),
    Mutant(
        "the event says SUCCESS while the cancel is pending",
        Promise.TOLD,
        _CHANGES,
        'image.get("id_taken") or _cancel_of(image) == "REQUESTED"',
        'image.get("id_taken")',
        (_REFUSALS + "test_no_event_says_success_of_a_payment_whose_cancel_is_pending",),
    ),
    Mutant(
        "a cancel for which no time was left keeps its lease",
        Promise.LEASE,
        _CANCELS,
        "    if not runtime.has_time_to_send:\n        retry_until_deadline(",
        "    if not runtime.has_time_to_send:\n        (lambda *_: None)(",
        (
            _NO_TIME + "test_a_first_request_is_503_and_its_repeat_is_a_first_send[cancel]",
            _NO_TIME + "test_a_cancel_for_which_a_poller_had_no_time_stays_wanted_and_due",
        ),
    ),
    Mutant(
        "a cancel is sent although its claim has left no time for an answer",
        Promise.CANCEL,
        _CANCELS,
        "    if not runtime.has_time_to_send:\n        retry_until_deadline(",
        "    if not claimed:\n        retry_until_deadline(",
        (
            _NO_TIME + "test_a_first_request_is_503_and_its_repeat_is_a_first_send[cancel]",
            _NO_TIME + "test_a_cancel_for_which_a_poller_had_no_time_stays_wanted_and_due",
        ),
    ),
)
