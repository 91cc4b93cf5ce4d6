"""What is told but not stored, 503 only where nothing left, amounts of refunds that never left, throttling."""

from tests.mutants.mutant import AUTODEBIT, Mutant, Promise

_TRANSACTION = AUTODEBIT + "domain/tracked_request.py"
_REFUND = AUTODEBIT + "domain/refund.py"
_PAYMENTS = AUTODEBIT + "flows/payments/pay.py"
_CANCELS = AUTODEBIT + "flows/payments/cancel.py"
_REFUNDS = AUTODEBIT + "flows/payments/refund.py"
_OUTCOMES = AUTODEBIT + "flows/payments/sync.py"
_TELLING = AUTODEBIT + "flows/payments/responses.py"
_JUDGE = "tests/unit/domain/test_judge.py::"
_REFUND_JUDGE = "tests/unit/domain/test_judge_refund.py::"
_UNRECORDED = "tests/flows/test_unrecorded_answers.py::"
_REFUSALS = "tests/flows/test_cancel_refusals.py::"
_KEPT = "tests/promises/test_kept_cancels.py::"
_AWAY = "tests/promises/test_store_goes_away.py::"
_ADVICE = "tests/flows/test_advice.py::"
_NO_TIME = "tests/flows/test_time_runs_out_money.py::"

CAUTIOUS_REPLIES = (
    Mutant(
        "F to a send is told although it is not stored",
        Promise.FINAL,
        _TELLING,
        "    paid = status is ResultStatus.S and judged.item",
        "    if status is ResultStatus.F and judged.item.state.final:\n        return passthrough(text)\n"
        "    paid = status is ResultStatus.S and judged.item",
        (
            _UNRECORDED + "test_an_unrecorded_f_to_pay_is_unknown_and_the_same_id_pays_in_the_end",
            _AWAY + "test_an_f_that_could_not_be_stored_invites_no_second_debit",
        ),
    ),
    Mutant(
        "F to refund is told although it is not stored",
        Promise.FINAL,
        _REFUNDS,
        "        return not_recorded(REFUND, answer.status, answer.text, unrecorded_refund(claimed, fact, runtime))",
        "        return response_to_send(REFUND, answer.status, answer.text, fact, unrecorded_refund(claimed, fact, runtime))",
        (
            _UNRECORDED + "test_an_unrecorded_f_to_refund_is_unknown_and_its_amount_stays_reserved",
            _AWAY + "test_an_f_to_a_refund_that_could_not_be_stored_invites_no_second_refund",
        ),
    ),
    Mutant(
        "F to cancel is told although it is not stored",
        Promise.FINAL,
        _CANCELS,
        "    return judgement if judgement.item.state is PaymentState.CANCELLED else RecordedUpdate(claimed)",
        "    return judgement",
        (_UNRECORDED + "test_an_unrecorded_f_to_cancel_is_unknown_and_the_cancel_goes_on",),
    ),
    Mutant(
        "a failure in an inquiry is told although it is not stored",
        Promise.FINAL,
        _OUTCOMES,
        "        if concerned == named.payment_request_id and fact.word in (ReportedStatus.FAILED, ReportedStatus.CANCELLED):\n"
        "            return outcome_not_recorded(PAYMENT)\n",
        "",
        (_UNRECORDED + "test_an_unrecorded_outcome_of_an_inquiry_invites_no_new_id",),
    ),
    Mutant(
        "a failure in an inquiry of a refund is told although it is not stored",
        Promise.FINAL,
        AUTODEBIT + "flows/payments/refund_sync.py",
        "        if concerned == named.refund_request_id and fact.word is ReportedStatus.FAILED:\n"
        "            return outcome_not_recorded(REFUND)\n",
        "",
        (_UNRECORDED + "test_an_unrecorded_failure_of_a_refund_invites_no_new_id",),
    ),
    Mutant(
        "503 is the answer to a repeat of pay after a send that may have acted",
        Promise.UNKNOWN,
        _PAYMENTS,
        "        return no_trusted_answer(error, sent_before=sent_before(claimed, runtime))",
        "        return no_trusted_answer(error)",
        (_AWAY + "test_a_repeat_that_is_not_reached_is_not_503_after_a_debit",),
    ),
    Mutant(
        "503 is the answer to a repeat of refund after a send that may have acted",
        Promise.UNKNOWN,
        _REFUNDS,
        "        return no_trusted_answer(error, sent_before=sent_before(claimed, runtime))",
        "        return no_trusted_answer(error)",
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
    Mutant(
        "an inquiry of a payment with a kept cancel advises to repeat it",
        Promise.CANCEL,
        _TELLING,
        "KEPT_CANCEL_ADVICE if payment.cancel_kept else NOT_SUBMITTED_ADVICE,",
        "NOT_SUBMITTED_ADVICE,",
        (_ADVICE + "test_with_a_kept_cancel_an_inquiry_says_to_take_a_new_id_as_pay_does",),
    ),
    Mutant(
        "an inquiry says that a refund that never left holds its amount",
        Promise.RESERVED,
        _TELLING,
        "REFUND_NEVER_SENT_ADVICE if refund.amount_released else REFUND_NOT_SUBMITTED_ADVICE,",
        "REFUND_NOT_SUBMITTED_ADVICE,",
        (_ADVICE + "test_a_refund_that_never_left_is_not_said_to_hold_its_amount",),
    ),
    Mutant(
        "the event says that a refund that never left holds its amount",
        Promise.TOLD,
        AUTODEBIT + "repository/stream.py",
        'REFUND_NEVER_SENT_ADVICE if new.get("amount_released") else advice',
        "advice",
        (_ADVICE + "test_a_refund_that_never_left_is_not_said_to_hold_its_amount",),
    ),
    Mutant(
        "503 is the answer to a cancel whose claim left no time, after a send that may have acted",
        Promise.UNKNOWN,
        _CANCELS,
        "        return unknown(told) if _sent(payment, sending=True) else not_sent(told)",
        "        return not_sent(told)",
        (_NO_TIME + "test_a_repeat_after_a_lost_answer_is_u[cancel]",),
    ),
    Mutant(
        "an unsent cancel counts as an earlier one when its claim left no time",
        Promise.UNKNOWN,
        _CANCELS,
        "        return unknown(told) if _sent(payment, sending=True) else not_sent(told)",
        "        return unknown(told) if _sent(payment) else not_sent(told)",
        (_NO_TIME + "test_a_first_request_is_503_and_its_repeat_is_a_first_send[cancel]",),
    ),
    Mutant(
        "an unsent pay counts as an earlier one when its claim left no time",
        Promise.UNKNOWN,
        _PAYMENTS,
        "        return no_time(claimed, runtime, sending=True)",
        "        return no_time(claimed, runtime)",
        (_NO_TIME + "test_a_first_request_is_503_and_its_repeat_is_a_first_send[pay]",),
    ),
    Mutant(
        "an unsent refund counts as an earlier one when its claim left no time",
        Promise.UNKNOWN,
        _REFUNDS,
        "        return no_time(claimed, runtime, sending=True)",
        "        return no_time(claimed, runtime)",
        (_NO_TIME + "test_a_first_request_is_503_and_its_repeat_is_a_first_send[refund]",),
    ),
    Mutant(
        "a refund that never left keeps its amount",
        Promise.RESERVED,
        _REFUND,
        "    return replace(judgement, item=replace(freed, amount_released=certainly_never_sent(freed, at, plan)))",
        "    return judgement",
        (
            _REFUND_JUDGE + "test_a_refund_of_which_nothing_ever_left_holds_no_amount_and_one_that_may_have_left_does",
            _REFUSALS + "test_a_refund_that_certainly_never_left_blocks_no_cancel",
        ),
    ),
    Mutant(
        "a refund that may have left frees its amount",
        Promise.RESERVED,
        _REFUND,
        "amount_released=certainly_never_sent(freed, at, plan)))",
        "amount_released=True))",
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
        AUTODEBIT + "flows/payments/messages.py",
        "    return ReportedStatus.NO_INFORMATION if torn or throttled(answer) else _SEND_WORDS[answer.status]",
        "    return ReportedStatus.NO_INFORMATION if torn else _SEND_WORDS[answer.status]",
        (_AWAY + "test_a_throttled_payment_is_sent_again_by_its_callers_and_debited_once",),
    ),
)
