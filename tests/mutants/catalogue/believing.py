"""What of Alipay's words is believed: its silence, its F, its ORDER_NOT_EXIST; whether it speaks of ours: promises 3 and 9."""

from tests.mutants.mutant import AUTODEBIT, Mutant, Promise

_GATEWAY = AUTODEBIT + "gateway/client.py"
_TRANSACTION = AUTODEBIT + "domain/tracked_request.py"
_WORDS = AUTODEBIT + "flows/payments/messages.py"
_JUDGE = "tests/unit/domain/test_judge.py::"
_REFUND_JUDGE = "tests/unit/domain/test_judge_refund.py::"
_CANCEL_JUDGE = "tests/unit/domain/test_judge_cancels.py::"
_MONEY = "tests/promises/test_money_promises.py::"
_BACK = "tests/promises/test_money_goes_back.py::"

BELIEVING = (
    Mutant(
        "a lost answer to pay is a failure",
        Promise.UNKNOWN,
        AUTODEBIT + "flows/payments/pay.py",
        "            silence = messages.no_answer(Source.PAY, error.reason)",
        "            silence = PaymentUpdate(messages.ReportedStatus.FAILED, Source.PAY, message=error.reason)",
        (
            "tests/flows/test_pay.py::test_a_lost_answer_is_u_and_leaves_the_payment_due",
            _MONEY + "test_3_an_unknown_outcome_is_no_failure",
        ),
    ),
    Mutant(
        "a lost answer to refund is a failure",
        Promise.UNKNOWN,
        AUTODEBIT + "flows/payments/refund.py",
        "            silence = refund_messages.no_answer(Source.REFUND, error.reason)",
        "            silence = refund_messages.RefundUpdate(ReportedStatus.FAILED, Source.REFUND, message=error.reason)",
        (
            "tests/flows/test_refund.py::test_a_lost_answer_is_u_and_leaves_the_refund_due_and_its_amount_held",
            _BACK + "test_3_a_lost_answer_to_a_refund_is_no_failure",
        ),
    ),
    Mutant(
        "a request that timed out counts as not sent",
        Promise.UNKNOWN,
        _GATEWAY,
        "            raise GatewayError(operation, reason, may_have_acted=self._sending.begun) from None",
        "            raise GatewayError(operation, reason, may_have_acted=False) from None",
        ("tests/unit/gateway/test_gateway_reach.py::test_after_the_request_every_end_may_mean_that_alipay_acted",),
    ),
    Mutant(
        "U to pay is a failure",
        Promise.UNKNOWN,
        _WORDS,
        "ResultStatus.F: ReportedStatus.REJECTED, ResultStatus.U: ReportedStatus.PENDING}",
        "ResultStatus.F: ReportedStatus.REJECTED, ResultStatus.U: ReportedStatus.REJECTED}",
        ("tests/flows/test_pay.py::test_u_leaves_the_payment_open_and_is_passed_on",),
    ),
    Mutant(
        "U to refund is a failure",
        Promise.UNKNOWN,
        AUTODEBIT + "flows/payments/refund_messages.py",
        "        word=reported_by_send(Operation.REFUND, answer),",
        "        word=ReportedStatus.REJECTED if answer.status.value == 'U' else reported_by_send(Operation.REFUND, answer),",
        ("tests/flows/test_refund.py::test_u_leaves_the_refund_open_and_is_passed_on",),
    ),
    Mutant(
        "an F to a repeat of pay is believed",
        Promise.UNKNOWN,
        _TRANSACTION,
        "            only = answers_only_send(item, fact.code, at, plan)\n",
        "            only = answers_only_send(\n"
        "                replace(item, sends=item.sends * (fact.source is not Source.PAY)), fact.code, at, plan\n"
        "            )\n",
        (
            _JUDGE + "test_an_f_to_a_later_send_settles_nothing_and_frees_the_payment_for_the_poller",
            "tests/flows/test_pay_repeats.py::test_an_f_to_a_later_send_settles_nothing",
        ),
    ),
    Mutant(
        "an F to a repeat of refund is believed",
        Promise.UNKNOWN,
        _TRANSACTION,
        "            only = answers_only_send(item, fact.code, at, plan)\n",
        "            only = answers_only_send(\n"
        "                replace(item, sends=item.sends * (fact.source is not Source.REFUND)), fact.code, at, plan\n"
        "            )\n",
        (
            _REFUND_JUDGE + "test_an_f_to_a_later_send_settles_nothing_and_is_asked_for_in_15_s",
            "tests/flows/test_refund_repeats.py::"
            "test_an_f_to_a_later_send_settles_nothing_frees_nothing_and_invites_no_new_id",
        ),
    ),
    Mutant(
        "REPEAT_REQ_INCONSISTENT is believed",
        Promise.UNKNOWN,
        _TRANSACTION,
        'REPEAT_REQ_INCONSISTENT: Final = "REPEAT_REQ_INCONSISTENT"',
        'REPEAT_REQ_INCONSISTENT: Final = "NEVER_SAID"',
        (
            _JUDGE + "test_repeat_req_inconsistent_to_an_unchanged_body_says_that_the_id_is_taken",
            "tests/flows/test_pay.py::test_repeat_req_inconsistent_never_settles_not_even_the_first_send",
        ),
    ),
    Mutant(
        "an F to a later send is told to the caller",
        Promise.UNKNOWN,
        AUTODEBIT + "flows/payments/responses.py",
        "    if status is ResultStatus.U:\n        return passthrough(text)\n    if settlement.anomaly:",
        "    if status is not ResultStatus.S:\n        return passthrough(text)\n    if settlement.anomaly:",
        ("tests/flows/test_pay_repeats.py::test_an_f_to_a_later_send_settles_nothing",),
    ),
    Mutant(
        "the F of an inquiry is taken for the payment's",
        Promise.UNKNOWN,
        _WORDS,
        "        word = ReportedStatus.NOT_FOUND if answer.code == ORDER_NOT_EXIST else ReportedStatus.NO_INFORMATION",
        "        word = ReportedStatus.NOT_FOUND if answer.code == ORDER_NOT_EXIST else ReportedStatus.FAILED",
        ("tests/flows/test_inquiry_payment.py::test_the_result_of_the_inquiry_itself_says_nothing_of_the_payment",),
    ),
    Mutant(
        "the F of an inquiry is taken for the refund's",
        Promise.UNKNOWN,
        AUTODEBIT + "flows/payments/refund_messages.py",
        "        word = ReportedStatus.NOT_FOUND if answer.code == ORDER_NOT_EXIST else ReportedStatus.NO_INFORMATION",
        "        word = ReportedStatus.NOT_FOUND if answer.code == ORDER_NOT_EXIST else ReportedStatus.FAILED",
        ("tests/flows/test_inquiry_refund.py::test_the_result_of_the_inquiry_itself_says_nothing_of_the_refund",),
    ),
    Mutant(
        "a notification that contradicts itself fails a refund",
        Promise.UNKNOWN,
        AUTODEBIT + "flows/payments/refund_messages.py",
        '_TORN = {(ReportedStatus.SUCCEEDED, "F"), (ReportedStatus.FAILED, "S")}',
        '_TORN = {(ReportedStatus.SUCCEEDED, "F")}',
        ("tests/flows/test_notify_refund.py::test_what_a_notification_means",),
    ),
    Mutant(
        "ORDER_NOT_EXIST is believed at once",
        Promise.ABSENT,
        _TRANSACTION,
        "if counted.not_found_count >= plan.not_found_times else None",
        "if counted.not_found_count >= 1 else None",
        (
            _JUDGE + "test_order_not_exist_three_times_closes_the_payment_as_not_submitted",
            "tests/flows/test_pay_repeats.py::"
            "test_order_not_exist_counts_three_times_fifteen_seconds_apart_after_the_grace",
        ),
    ),
    Mutant(
        "ORDER_NOT_EXIST is counted without the gap",
        Promise.ABSENT,
        _TRANSACTION,
        "    if item.not_found_count and at < item.not_found_at + plan.not_found_gap:",
        "    if item.not_found_count and at < item.not_found_at:",
        (
            _JUDGE + "test_order_not_exist_is_counted_once_in_a_gap",
            "tests/flows/test_pay_repeats.py::test_inquiries_of_callers_in_quick_succession_count_once",
        ),
    ),
    Mutant(
        "ORDER_NOT_EXIST is counted within the grace",
        Promise.ABSENT,
        _TRANSACTION,
        "    if at < plan.not_found_counts_from(item.sent_at) or item.heard is SendOutcome.ACCEPTED:",
        "    if item.heard is SendOutcome.ACCEPTED:",
        (
            _JUDGE + "test_order_not_exist_is_not_counted_while_a_send_may_be_under_way",
            _CANCEL_JUDGE + "test_order_not_exist_never_closes_while_a_pay_may_be_in_flight",
        ),
    ),
    Mutant(
        "ORDER_NOT_EXIST of a refund in process is believed",
        Promise.ABSENT,
        _TRANSACTION,
        "    if at < plan.not_found_counts_from(item.sent_at) or item.heard is SendOutcome.ACCEPTED:",
        "    if at < plan.not_found_counts_from(item.sent_at):",
        (
            _REFUND_JUDGE + "test_what_alipay_had_in_process_is_not_believed_to_be_absent",
            "tests/flows/test_poll_refunds.py::"
            "test_a_refund_that_alipay_had_in_process_is_never_closed_as_not_submitted",
        ),
    ),
    Mutant(
        "ORDER_NOT_EXIST for another account counts for ours",
        Promise.ABSENT,
        AUTODEBIT + "flows/payments/sync.py",
        "    if absent and named and (asked is None or other_account):",
        "    if absent and named and asked is None:",
        (
            "tests/flows/test_review_of_money.py::"
            "test_order_not_exist_for_another_account_says_nothing_of_a_payment_of_ours",
        ),
    ),
    Mutant(
        "a caller is told ORDER_NOT_EXIST of an open payment",
        Promise.ABSENT,
        AUTODEBIT + "flows/payments/responses.py",
        "    if absent:\n",
        "    if absent and not item.created_at:\n",
        ("tests/flows/test_inquiry_payment.py::test_an_open_payment_that_alipay_does_not_know_yet_invites_no_new_id",),
    ),
    Mutant(
        "another amount is good enough",
        Promise.OURS,
        _TRANSACTION,
        "        return OTHER_AMOUNT\n",
        '        return ""\n',
        (
            _JUDGE + "test_a_fact_with_another_id_amount_or_currency_settles_nothing_and_is_an_anomaly",
            _MONEY + "test_9_a_success_must_be_ours",
        ),
    ),
    Mutant(
        "another currency is good enough",
        Promise.OURS,
        _TRANSACTION,
        "        return OTHER_CURRENCY\n",
        '        return ""\n',
        (
            _JUDGE + "test_a_fact_with_another_id_amount_or_currency_settles_nothing_and_is_an_anomaly",
            "tests/flows/test_pay.py::test_a_success_that_is_not_ours_settles_nothing",
        ),
    ),
    Mutant(
        "another id is good enough",
        Promise.OURS,
        _TRANSACTION,
        "    if differs := rules.differs(item, fact):\n        return differs\n",
        "",
        (
            _JUDGE + "test_a_fact_with_another_id_amount_or_currency_settles_nothing_and_is_an_anomaly",
            "tests/flows/test_pay.py::test_a_success_that_is_not_ours_settles_nothing",
        ),
    ),
    Mutant(
        "a refund of another payment is good enough",
        Promise.OURS,
        AUTODEBIT + "domain/refund.py",
        """    if fact.payment_id not in (None, refund.payment_id):
        return "paymentId differs from the intent's"
""",
        "",
        (_REFUND_JUDGE + "test_a_fact_with_another_id_amount_or_currency_settles_nothing_and_is_an_anomaly",),
    ),
    Mutant(
        "an amount that cannot be read passes for absent",
        Promise.OURS,
        _WORDS,
        "        return Money(_UNREADABLE, _UNREADABLE) if named else None",
        "        return None",
        (
            "tests/flows/test_pay.py::test_a_success_that_is_not_ours_settles_nothing",
            "tests/flows/test_notify_payment.py::test_another_amount_or_currency_settles_nothing",
        ),
    ),
)
