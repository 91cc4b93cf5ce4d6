"""What may become of a payment, a refund and a cancel once something is known: promise 4, NOT_SUBMITTED, and the cancel."""

from tests.mutants.mutant import AUTODEBIT, Mutant, Promise

_PAYMENT_TABLE = AUTODEBIT + "domain/payment_states.py"
_REFUND_TABLE = AUTODEBIT + "domain/refund_states.py"
_PAYMENT = AUTODEBIT + "domain/payment.py"
_CANCEL = AUTODEBIT + "domain/cancellation.py"
_JUDGE = "tests/unit/domain/test_judge.py::"
_CANCEL_JUDGE = "tests/unit/domain/test_judge_cancels.py::"
_GRID = "tests/unit/domain/test_payment_table.py::"
_REFUND_GRID = "tests/unit/domain/test_refund_table.py::"
_MONEY = "tests/promises/test_money_promises.py::"
_BACK = "tests/promises/test_money_goes_back.py::"

DECIDING = (
    Mutant(
        "SUCCESS becomes FAIL",
        Promise.FINAL,
        _PAYMENT_TABLE,
        """InvalidTransition("a failure was reported of a successful payment")""",
        "MoveTo(_P.FAIL)",
        (_GRID + "test_a_successful_payment_changes_only_to_cancelled", _MONEY + "test_4_what_is_final_stays_final"),
    ),
    Mutant(
        "SUCCESS becomes PROCESSING",
        Promise.FINAL,
        _PAYMENT_TABLE,
        "(_P.SUCCESS, _N.PENDING): NOTHING",
        "(_P.SUCCESS, _N.PENDING): MoveTo(_P.PROCESSING)",
        (
            _GRID + "test_a_successful_payment_changes_only_to_cancelled",
            "tests/flows/test_notify_payment.py::test_a_pending_that_comes_after_the_outcome_is_old_news",
        ),
    ),
    Mutant(
        "FAIL becomes SUCCESS",
        Promise.FINAL,
        _PAYMENT_TABLE,
        """InvalidTransition("a success was reported of a failed payment")""",
        "MoveTo(_P.SUCCESS)",
        (_GRID + "test_a_failed_or_cancelled_payment_never_changes", _MONEY + "test_4_what_is_final_stays_final"),
    ),
    Mutant(
        "CANCELLED becomes SUCCESS",
        Promise.FINAL,
        _PAYMENT_TABLE,
        """InvalidTransition("a success was reported of a cancelled payment")""",
        "MoveTo(_P.SUCCESS)",
        (
            _GRID + "test_a_failed_or_cancelled_payment_never_changes",
            _BACK + "test_4_a_success_that_is_notified_after_a_cancel_reopens_nothing",
        ),
    ),
    Mutant(
        "CANCELLED becomes FAIL",
        Promise.FINAL,
        _PAYMENT_TABLE,
        """InvalidTransition("a failure was reported of a cancelled payment")""",
        "MoveTo(_P.FAIL)",
        (_GRID + "test_a_failed_or_cancelled_payment_never_changes",),
    ),
    Mutant(
        "a refund's SUCCESS becomes FAIL",
        Promise.FINAL,
        _REFUND_TABLE,
        """InvalidTransition("a failure was reported of a successful refund")""",
        "MoveTo(_R.FAIL)",
        (
            _REFUND_GRID + "test_a_final_refund_never_changes",
            "tests/flows/test_notify_refund.py::test_a_late_contradiction_is_recorded_and_not_applied",
        ),
    ),
    Mutant(
        "a refund's FAIL becomes SUCCESS",
        Promise.FINAL,
        _REFUND_TABLE,
        """InvalidTransition("a success was reported of a failed refund")""",
        "MoveTo(_R.SUCCESS)",
        (
            _REFUND_GRID + "test_a_final_refund_never_changes",
            "tests/flows/test_notify_refund.py::test_a_late_contradiction_is_recorded_and_not_applied",
        ),
    ),
    Mutant(
        "a late SUCCESS over NOT_SUBMITTED is ignored",
        Promise.ABSENT,
        _PAYMENT_TABLE,
        "MoveTo(_P.SUCCESS, CALLERS_ACTED_ON_ABSENCE)",
        "NOTHING",
        (
            _GRID + "test_a_signed_outcome_wins_over_not_submitted",
            "tests/flows/test_pay_repeats.py::test_a_late_success_wins_over_not_submitted_and_is_an_anomaly",
        ),
    ),
    Mutant(
        "a refund's late SUCCESS over NOT_SUBMITTED is ignored",
        Promise.ABSENT,
        _REFUND_TABLE,
        "MoveTo(_R.SUCCESS, _CALLERS_ACTED_ON_ABSENCE)",
        "NOTHING",
        (
            _REFUND_GRID + "test_a_signed_outcome_wins_over_not_submitted",
            "tests/flows/test_refund_repeats.py::test_a_late_success_wins_over_not_submitted_and_is_an_anomaly",
        ),
    ),
    Mutant(
        "NOT_SUBMITTED is never asked for again",
        Promise.ABSENT,
        AUTODEBIT + "domain/tracked_request.py",
        """closed_at=at, polls=0, due_at=at + plan.not_found_rechecks[0])""",
        """closed_at=at, polls=0, due_at=None)""",
        (
            _JUDGE + "test_order_not_exist_three_times_closes_the_payment_as_not_submitted",
            "tests/flows/test_pay_repeats.py::test_a_payment_that_was_not_submitted_is_asked_for_four_times_more",
        ),
    ),
    Mutant(
        "NOT_SUBMITTED is asked for once more only",
        Promise.ABSENT,
        AUTODEBIT + "domain/tracked_request.py",
        "        return replace(item, due_at=next((moment for moment in later if moment > at), None))",
        "        return replace(item, due_at=None)",
        (
            _JUDGE + "test_a_payment_closed_as_not_submitted_is_asked_after_15_min_1_h_6_h_and_24_h",
            "tests/flows/test_pay_repeats.py::test_a_payment_that_was_not_submitted_is_asked_for_four_times_more",
        ),
    ),
    Mutant(
        "a pending cancel is not due",
        Promise.DUE,
        _PAYMENT,
        "    return replace(payment, due_at=max(due_at, cancel.lease_until))",
        "    return replace(payment, due_at=None)",
        (
            _CANCEL_JUDGE + "test_a_wanted_cancel_is_always_due_and_not_before_its_sender_is_done",
            _BACK + "test_5_what_waits_for_its_cancel_or_refund_is_due",
        ),
    ),
    Mutant(
        "a cancel whose sender died is not due",
        Promise.DUE,
        _PAYMENT,
        "cancellation.claimed(payment.cancel, at, plan), due_at=at + plan.send_lease)",
        "cancellation.claimed(payment.cancel, at, plan))",
        (
            "tests/flows/test_cancel_trouble.py::test_a_cancel_whose_sender_died_is_sent_by_the_poller_when_the_lease_is_over",
        ),
    ),
    Mutant(
        "a wanted cancel is forgotten for a payment that is not there",
        Promise.CANCEL,
        _PAYMENT,
        "        cancel = cancellation.keep(cancel)\n",
        "        return replace(payment, cancel=None, due_at=None)\n",
        (
            _CANCEL_JUDGE
            + "test_order_not_exist_from_cancel_and_inquiries_closes_after_three_times_and_the_cancel_stays_wanted",
            "tests/flows/test_cancel_meanwhile.py::test_a_payment_that_turns_up_after_its_cancel_is_cancelled_by_the_poller",
        ),
    ),
    Mutant(
        "the cancel of a payment that nobody knows is not stored",
        Promise.CANCEL,
        AUTODEBIT + "flows/payments/imports.py",
        "        if named is None and payment_request_id and to_cancel:",
        "        if False:",
        (
            "tests/flows/test_cancel_first.py::test_a_pay_that_comes_after_its_cancel_is_refused_and_never_sent",
            "tests/promises/test_cancel_before_pay.py",
        ),
    ),
    Mutant(
        "a pay that comes after its cancel is sent",
        Promise.CANCEL,
        AUTODEBIT + "flows/payments/pay.py",
        "    _check_same(stored, intent)\n    if stored.id_taken:",
        (
            "    if stored.adopted and stored.cancel_pending:\n"
            "        stored = replace(stored, cancel=None, fingerprint=intent.fingerprint, body=intent.body)\n"
            "        stored = replace(stored, grant=grant.handle, token_version=grant.newest, amount=intent.amount)\n"
            "    _check_same(stored, intent)\n"
            "    if stored.id_taken:"
        ),
        (
            "tests/flows/test_cancel_first.py::test_a_pay_that_comes_after_its_cancel_is_refused_and_never_sent",
            "tests/promises/test_cancel_before_pay.py::test_2_a_pay_that_comes_after_its_cancel_debits_nothing",
        ),
    ),
    Mutant(
        "a payment that turns up after its cancel has to have the amount that nobody knew",
        Promise.CANCEL,
        AUTODEBIT + "domain/tracked_request.py",
        '    if not item.amount.known:\n        return ""\n',
        "",
        ("tests/flows/test_cancel_first.py::test_what_turns_up_from_elsewhere_is_cancelled_by_the_poller",),
    ),
    Mutant(
        "an inquiry of an id that nobody knows invites a new one",
        Promise.UNKNOWN,
        AUTODEBIT + "flows/payments/responses.py",
        "    if fact.word is not ReportedStatus.NOT_FOUND:",
        "    if True:",
        (
            "tests/flows/test_inquiry_payment.py"
            "::test_of_an_id_that_nobody_knows_a_caller_hears_that_its_pay_may_be_on_its_way",
            "tests/flows/test_inquiry_refund.py"
            "::test_of_an_id_that_nobody_knows_a_caller_hears_that_its_refund_may_be_on_its_way",
        ),
    ),
    Mutant(
        "pay is sent again while a cancel is pending",
        Promise.CANCEL,
        AUTODEBIT + "flows/payments/pay.py",
        "    if stored.cancel_pending:\n        # It must",
        "    if stored.adopted:\n        # It must",
        ("tests/flows/test_cancel_meanwhile.py::test_a_repeat_of_pay_while_a_cancel_is_wanted_sends_nothing",),
    ),
    Mutant(
        "an F to a repeat of cancel is believed",
        Promise.CANCEL,
        _CANCEL,
        "    if cancel.lost or cancel.kept or plan",
        "    if cancel.kept or plan",
        (
            _CANCEL_JUDGE + "test_after_a_lost_send_a_final_f_asks_first",
            "tests/flows/test_cancel.py::test_an_f_after_a_lost_send_refuses_nothing_before_an_inquiry_has_said_so",
        ),
    ),
    Mutant(
        "a cancel whose sender died counts as not sent",
        Promise.CANCEL,
        _CANCEL,
        "        lost=before.lost or before.lease_until > 0,",
        "        lost=before.lost,",
        (_CANCEL_JUDGE + "test_a_sender_that_died_counts_as_a_lost_send",),
    ),
    Mutant(
        "a cancel of which no byte left counts as sent",
        Promise.CANCEL,
        _CANCEL,
        "    return replace(cancel, sends=cancel.sends - 1, lease_until=0)",
        "    return cancel",
        (
            _CANCEL_JUDGE + "test_a_send_of_which_no_byte_left_is_not_counted_and_waits_longer_each_time",
            "tests/flows/test_cancel.py::test_an_f_after_a_send_that_did_not_reach_alipay_is_final",
        ),
    ),
    Mutant(
        "a lost answer to cancel refuses it",
        Promise.CANCEL,
        _CANCEL,
        "    return replace(heard(cancel, code, message, at, ask=cancel.tries >= plan.cancel_asks_after), lost=True)",
        "    return replace(heard(cancel, code, message, at, ask=False), state=CancelState.REFUSED)",
        (
            "tests/flows/test_cancel.py::test_a_lost_answer_is_u_and_the_cancel_stays_wanted",
            _BACK + "test_3_a_lost_answer_to_a_cancel_is_driven_on_by_the_poller",
        ),
    ),
    Mutant(
        "a notification confirms that a cancel was refused",
        Promise.CANCEL,
        _PAYMENT,
        """    elif cancel.ask and fact.source is Source.POLL:
        told = (
            trusted
            and fact.word in (ReportedStatus.SUCCEEDED, ReportedStatus.PENDING)
            and fact.asked_at >= cancel.heard_at
        )
        paid = payment.state is PaymentState.SUCCESS
        asked_at = min(fact.asked_at, at)
""",
        """    elif cancel.ask and not fact.source.send:
        told = trusted and fact.word in (ReportedStatus.SUCCEEDED, ReportedStatus.PENDING)
        paid = payment.state is PaymentState.SUCCESS
        asked_at = at
""",
        (_CANCEL_JUDGE + "test_what_may_have_been_said_before_the_cancel_does_not_refuse_it",),
    ),
    Mutant(
        "an inquiry from before the cancel confirms that it was refused",
        Promise.CANCEL,
        _PAYMENT,
        """            and fact.asked_at >= cancel.heard_at
        )
        paid = payment.state is PaymentState.SUCCESS
        asked_at = min(fact.asked_at, at)
""",
        """        )
        paid = payment.state is PaymentState.SUCCESS
        asked_at = at
""",
        (_CANCEL_JUDGE + "test_an_inquiry_that_was_sent_before_the_last_send_ended_decides_nothing",),
    ),
    Mutant(
        "an S to cancel that names another payment cancels ours",
        Promise.CANCEL,
        _PAYMENT,
        """        return "paymentRequestId differs from the intent's\"""",
        """        return \"\"""",
        (
            _JUDGE + "test_a_fact_with_another_id_amount_or_currency_settles_nothing_and_is_an_anomaly",
            "tests/flows/test_cancel.py::test_an_s_that_names_another_payment_cancels_nothing",
        ),
    ),
    Mutant(
        "a poller cancels what nobody wants cancelled",
        Promise.CANCEL,
        AUTODEBIT + "flows/payments/sync.py",
        "    if not patience or payment.adopted",
        "    if payment.adopted",
        ("tests/flows/test_poll_cancels.py::test_by_default_no_payment_is_cancelled_that_nobody_wants_cancelled",),
    ),
)
