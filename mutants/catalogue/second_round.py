"""What an independent attack found: words on other requests, kept cancels, what is told but not stored, throttling."""

from mutants.mutant import AUTODEBIT, Mutant, Promise

_TRANSACTION = AUTODEBIT + "transaction.py"
_PAYMENT = AUTODEBIT + "payment.py"
_CANCEL = AUTODEBIT + "cancel.py"
_REFUND = AUTODEBIT + "refund.py"
_PAYMENTS = AUTODEBIT + "flows/payments.py"
_CANCELS = AUTODEBIT + "flows/cancels.py"
_REFUNDS = AUTODEBIT + "flows/refunds.py"
_OUTCOMES = AUTODEBIT + "flows/outcomes.py"
_TELLING = AUTODEBIT + "flows/telling.py"
_CHANGES = AUTODEBIT + "repository/changes.py"
_JUDGE = "tests/unit/lifecycle/test_judge.py::"
_CANCEL_JUDGE = "tests/unit/lifecycle/test_judge_cancels.py::"
_REFUND_JUDGE = "tests/unit/lifecycle/test_judge_refund.py::"
_TAKEN = "tests/flows/test_taken_ids.py::"
_UNRECORDED = "tests/flows/test_unrecorded_answers.py::"
_REFUSALS = "tests/flows/test_cancel_refusals.py::"
_KEPT = "tests/promises/test_kept_cancels.py::"
_AWAY = "tests/promises/test_store_goes_away.py::"
_ANOTHERS = "tests/promises/test_another_systems_payment.py::"
_SHOWN = _JUDGE + "test_a_message_that_shows_another_request_under_our_id_ends_belief_in_that_id"
_NEVER_LEFT = _TAKEN + "test_a_word_on_an_id_that_certainly_never_left_is_not_ours"

_IDS = (
    Mutant(
        "REPEAT_REQ_INCONSISTENT does not mark the id as taken",
        Promise.OURS,
        _TRANSACTION,
        "    inconsistent = fact.word is Word.REFUSED and fact.code == REPEAT_REQ_INCONSISTENT",
        "    inconsistent = False",
        (
            _JUDGE + "test_repeat_req_inconsistent_to_an_unchanged_body_says_that_the_id_is_taken",
            _ANOTHERS + "test_the_success_of_another_systems_payment_is_not_ours",
        ),
    ),
    Mutant(
        "REPEAT_REQ_INCONSISTENT to another body marks the id as taken",
        Promise.OURS,
        _TRANSACTION,
        "    if inconsistent and not item.body_replaced and",
        "    if inconsistent and",
        (_JUDGE + "test_repeat_req_inconsistent_to_another_body_may_speak_of_our_own_first_send",),
    ),
    Mutant(
        "after another amount an outcome need not name ours",
        Promise.OURS,
        _TRANSACTION,
        "AMOUNT_NOT_NAMED if item.amount_in_doubt and fact.word in (Word.DONE, Word.FAILED) else",
        "AMOUNT_NOT_NAMED if False else",
        (_JUDGE + "test_after_another_amount_an_outcome_has_to_name_ours",),
    ),
    Mutant(
        "the answer to our own send does not outrank a success that came before",
        Promise.OURS,
        _TRANSACTION,
        '    doubted = fact.origin.send and item.state.value == "SUCCESS"\n',
        "    doubted = False\n",
        (_JUDGE + "test_the_answer_to_our_own_send_casts_doubt_on_a_success_that_came_before",),
    ),
    Mutant(
        "an S to our own send does not outrank a failure that came before",
        Promise.OURS,
        _TRANSACTION,
        '        doubted = fact.origin.send and fact.word is Word.DONE and item.state.value == "FAIL"\n',
        "        doubted = False\n",
        (_JUDGE + "test_an_s_to_our_own_send_casts_doubt_on_a_failure_that_came_before",),
    ),
    Mutant(
        "another paymentId does not mark the id as taken",
        Promise.OURS,
        _TRANSACTION,
        "    if anomaly in (*OTHER_REQUEST, AMOUNT_NOT_NAMED) or",
        '    if "paymentId" in anomaly or anomaly in (*OTHER_REQUEST, AMOUNT_NOT_NAMED) or',
        (_SHOWN, _TAKEN + "test_a_refund_of_another_payment_is_not_settled_by_an_inquiry_that_names_none"),
    ),
    Mutant(
        "an id of Alipay's that is another item's does not mark the id as taken",
        Promise.OURS,
        AUTODEBIT + "repository/transactions.py",
        "            taken = foreign and not before.state.final",
        "            taken = False",
        (_TAKEN + "test_an_id_of_alipays_that_is_another_payments_ends_belief_in_ours",),
    ),
    Mutant(
        "a word on a taken id settles",
        Promise.OURS,
        _TRANSACTION,
        "    if item.id_taken:\n        return Judgement(",
        "    if item.id_taken and item.state.final:\n        return Judgement(",
        (_JUDGE + "test_no_word_on_a_taken_id_counts_whatever_it_names",),
    ),
    Mutant(
        "a word on an id that was certainly never sent settles",
        Promise.OURS,
        _TRANSACTION,
        "    if certainly_never_sent(item, at, plan) and not item.imported:\n        return ID_TAKEN\n",
        "",
        (_JUDGE + "test_a_word_on_an_id_that_was_certainly_never_sent_is_not_ours", _NEVER_LEFT),
    ),
    Mutant(
        "a taken id is cancelled",
        Promise.OURS,
        _CANCELS,
        "    if payment.id_taken:\n        raise _taken()\n    if payment.reserved",
        "    if payment.id_taken and payment.state.final:\n        raise _taken()\n    if payment.reserved",
        ("tests/flows/test_taken_ids.py::test_a_payment_in_process_that_another_payment_is_told_of_is_not_cancelled",),
    ),
    Mutant(
        "a payment with a taken id is refunded",
        Promise.OURS,
        _REFUNDS,
        "    if payment.id_taken:\n        told",
        "    if payment.id_taken and payment.state.value == 'FAIL':\n        told",
        ("tests/flows/test_second_round_money.py::test_a_paid_payment_whose_id_is_taken_is_not_refunded",),
    ),
    Mutant(
        "a taken id is cancelled by the deployment itself",
        Promise.OURS,
        _OUTCOMES,
        "payment.adopted or payment.id_taken or payment.cancel is not None",
        "payment.adopted or payment.cancel is not None",
        ("tests/flows/test_taken_ids.py::test_nor_by_the_deployment_itself",),
    ),
    Mutant(
        "a taken id is sent again",
        Promise.OURS,
        _PAYMENTS,
        "    if stored.id_taken:\n        return id_taken(PAYMENT)\n",
        "",
        (_ANOTHERS + "test_the_success_of_another_systems_payment_is_not_ours", _NEVER_LEFT),
    ),
    Mutant(
        "a refund with a taken id is sent again",
        Promise.OURS,
        _REFUNDS,
        "    if stored.id_taken:\n        return id_taken(REFUND)\n",
        "",
        ("tests/flows/test_second_round_money.py::test_a_refund_whose_id_is_taken_is_not_sent_again",),
    ),
    Mutant(
        "a taken id is asked for by the poller",
        Promise.OURS,
        _OUTCOMES,
        "    if claimed.id_taken:\n",
        "    if claimed.id_taken and claimed.state.final:\n",
        ("tests/flows/test_second_round_money.py::test_a_taken_id_is_not_asked_for_by_the_poller",),
    ),
    Mutant(
        "the pay of an imported id answers S",
        Promise.REPEATS,
        _PAYMENTS,
        "    if stored.adopted:\n        told",
        "    if stored.adopted and stored.state.final:\n        return\n    if stored.adopted:\n        told",
        ("tests/flows/test_adoption.py::test_a_pay_with_the_id_of_an_imported_payment_is_refused",),
    ),
)

_CANCELLING = (
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
        "    final = then is Next.REFUND or (then is Next.STOP and not cancel.kept)",
        "    final = then in (Next.REFUND, Next.STOP)",
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
        "        cancel = cancelling.turned_up(cancel, at)",
        "        cancel = cancelling.keep(cancel)",
        (_CANCEL_JUDGE + "test_once_the_payment_turns_up_everything_counts_from_then",),
    ),
    Mutant(
        "a refused cancel after a lost one is believed by one inquiry",
        Promise.CANCEL,
        _CANCEL,
        "    if counted.denials < plan.absent_times:",
        "    if counted.denials < 1:",
        (_CANCEL_JUDGE + "test_a_refusal_after_a_lost_send_is_believed_after_a_grace_and_several_inquiries",),
    ),
    Mutant(
        "a refused cancel after a lost one is believed in the grace",
        Promise.CANCEL,
        _CANCEL,
        "    early = at < plan.absent_counts_from(cancel.heard_at)",
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
        "    if early or (cancel.denials and at < cancel.denied_at + plan.absent_gap):",
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
        "    if _to_be_cancelled(payment):\n        drive",
        (
            "    open_still = replace(words.of_silence(Origin.POLL), word=Word.PENDING)\n"
            "    if _to_be_cancelled(payment) or _patience_is_over(payment, open_still, runtime):\n"
            "        drive"
        ),
        (_UNRECORDED + "test_the_deployments_own_cancel_asks_first_and_finds_what_was_paid",),
    ),
    Mutant(
        "the deployment's own cancel is sent after a silent inquiry",
        Promise.CANCEL,
        _OUTCOMES,
        "    still_open = payment.state.open and fact.word in (Word.PENDING, Word.ABSENT)",
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
)

_TELLS = (
    Mutant(
        "F to a send is told although it is not stored",
        Promise.FINAL,
        _TELLING,
        "    paid = status is Status.S and judged.item",
        "    if status is Status.F and judged.item.state.final:\n        return relayed(text)\n"
        "    paid = status is Status.S and judged.item",
        (
            _UNRECORDED + "test_an_unrecorded_f_to_pay_is_unknown_and_the_same_id_pays_in_the_end",
            _AWAY + "test_an_f_that_could_not_be_stored_invites_no_second_debit",
        ),
    ),
    Mutant(
        "F to refund is told although it is not stored",
        Promise.FINAL,
        _REFUNDS,
        "        return not_recorded(REFUND, answer.status, answer.text, judged_refund(claimed, fact, runtime))",
        "        return told_of_send(REFUND, answer.status, answer.text, fact, judged_refund(claimed, fact, runtime))",
        (
            _UNRECORDED + "test_an_unrecorded_f_to_refund_is_unknown_and_its_amount_stays_reserved",
            _AWAY + "test_an_f_to_a_refund_that_could_not_be_stored_invites_no_second_refund",
        ),
    ),
    Mutant(
        "F to cancel is told although it is not stored",
        Promise.FINAL,
        _CANCELS,
        "    return judgement if judgement.item.state is PaymentState.CANCELLED else Settlement(claimed)",
        "    return judgement",
        (_UNRECORDED + "test_an_unrecorded_f_to_cancel_is_unknown_and_the_cancel_goes_on",),
    ),
    Mutant(
        "a failure in an inquiry is told although it is not stored",
        Promise.FINAL,
        _OUTCOMES,
        "        if concerned == named.payment_request_id and fact.word in (Word.FAILED, Word.CANCELLED):\n"
        "            return outcome_not_recorded(PAYMENT)\n",
        "",
        (_UNRECORDED + "test_an_unrecorded_outcome_of_an_inquiry_invites_no_new_id",),
    ),
    Mutant(
        "a failure in an inquiry of a refund is told although it is not stored",
        Promise.FINAL,
        AUTODEBIT + "flows/refund_outcomes.py",
        "        if concerned == named.refund_request_id and fact.word is Word.FAILED:\n"
        "            return outcome_not_recorded(REFUND)\n",
        "",
        (_UNRECORDED + "test_an_unrecorded_failure_of_a_refund_invites_no_new_id",),
    ),
    Mutant(
        "503 is the answer to a repeat of pay after a send that may have acted",
        Promise.UNKNOWN,
        _PAYMENTS,
        "        return unanswered(error, sent_before=sent_before(claimed, runtime))",
        "        return unanswered(error)",
        (_AWAY + "test_a_repeat_that_is_not_reached_is_not_503_after_a_debit",),
    ),
    Mutant(
        "503 is the answer to a repeat of refund after a send that may have acted",
        Promise.UNKNOWN,
        _REFUNDS,
        "        return unanswered(error, sent_before=sent_before(claimed, runtime))",
        "        return unanswered(error)",
        (
            "tests/flows/test_second_round_money.py::test_a_repeat_of_refund_that_is_not_reached_is_u_after_a_lost_answer",
        ),
    ),
    Mutant(
        "503 is the answer to a repeat of cancel after a send that may have acted",
        Promise.UNKNOWN,
        _CANCELS,
        '        return unknown(f"{_KEPT} {_IN_PROCESS}") if _sent(payment, sending=True) else not_sent(_KEPT)',
        "        return not_sent(_KEPT)",
        (
            "tests/flows/test_second_round_money.py::test_a_repeat_of_cancel_that_is_not_reached_is_u_after_a_lost_answer",
        ),
    ),
    Mutant(
        "503 is the answer to a repeat without time after a send that may have acted",
        Promise.UNKNOWN,
        _TELLING,
        "    if sent_before(item if sending else replace(item, sends=item.sends + 1), runtime):",
        "    if item.sends < 0:",
        ("tests/flows/test_second_round_money.py::test_a_repeat_without_time_is_u_after_a_lost_answer",),
    ),
)

_AMOUNTS_AND_WAITS = (
    Mutant(
        "a refund that never left keeps its amount",
        Promise.RESERVED,
        _REFUND,
        "    return replace(unsent, amount_released=certainly_never_sent(unsent, at, plan))",
        "    return unsent",
        (
            _REFUND_JUDGE + "test_a_refund_of_which_nothing_ever_left_holds_no_amount_and_one_that_may_have_left_does",
            _REFUSALS + "test_a_refund_that_certainly_never_left_blocks_no_cancel",
        ),
    ),
    Mutant(
        "a refund that may have left frees its amount",
        Promise.RESERVED,
        _REFUND,
        "amount_released=certainly_never_sent(unsent, at, plan))",
        "amount_released=True)",
        (
            _REFUND_JUDGE + "test_a_refund_of_which_nothing_ever_left_holds_no_amount_and_one_that_may_have_left_does",
            _REFUSALS + "test_a_refund_that_may_have_left_once_keeps_its_amount",
        ),
    ),
    Mutant(
        "the repeat of a refund that never left does not reserve again",
        Promise.RESERVED,
        _REFUNDS,
        "    if not stored.amount_released:\n",
        "    if stored.sends >= 0:\n",
        (_REFUSALS + "test_its_repeat_reserves_again_and_is_refused_where_others_hold_the_amount",),
    ),
    Mutant(
        "a repeat of pay after throttling is sent at once",
        Promise.REPEATS,
        _PAYMENTS,
        "    if now < stored.retry_at:\n        return throttled()\n",
        "",
        (_AWAY + "test_a_repeat_that_comes_at_once_after_throttling_is_not_sent",),
    ),
    Mutant(
        "a repeat of refund after throttling is sent at once",
        Promise.REPEATS,
        _REFUNDS,
        "    if now < stored.retry_at:\n        return throttled()\n",
        "",
        ("tests/flows/test_second_round_money.py::test_a_repeat_of_refund_at_once_after_throttling_is_not_sent",),
    ),
    Mutant(
        "a throttled inquiry waits no minute",
        Promise.DUE,
        _TRANSACTION,
        "(max(wait, plan.throttled_wait) if fact.throttled else wait)",
        "wait",
        (_JUDGE + "test_a_throttled_inquiry_waits_a_minute_or_longer",),
    ),
    Mutant(
        "the poll after a throttled send waits no minute",
        Promise.DUE,
        _TRANSACTION,
        "        due_at = at + plan.throttled_wait\n",
        "        due_at = at + waits.after(0)\n",
        (_JUDGE + "test_a_throttled_send_leaves_the_payment_as_after_silence_with_a_short_wait_for_repeats",),
    ),
    Mutant(
        "a throttled send counts as in process",
        Promise.UNKNOWN,
        AUTODEBIT + "flows/words.py",
        "    return Word.NOTHING if torn or throttled(answer) else _SEND_WORDS[answer.status]",
        "    return Word.NOTHING if torn else _SEND_WORDS[answer.status]",
        (_AWAY + "test_a_throttled_payment_is_sent_again_by_its_callers_and_debited_once",),
    ),
)

SECOND_ROUND = (*_IDS, *_CANCELLING, *_TELLS, *_AMOUNTS_AND_WAITS)
