"""What may be sent, when, and what is sent: promises 1, 2, 7 and 8, and the leases of payments and refunds."""

from tests.mutants.mutant import AUTODEBIT, Mutant, Promise

_PAYMENTS = AUTODEBIT + "flows/payments/pay.py"
_REFUNDS = AUTODEBIT + "flows/payments/refund.py"
_CANCELS = AUTODEBIT + "flows/payments/cancel.py"
_MONEY = "tests/promises/test_money_promises.py::"
_BACK = "tests/promises/test_money_goes_back.py::"
_REPEATS = "tests/flows/test_pay_repeats.py::"
_REFUND_REPEATS = "tests/flows/test_refund_repeats.py::"

SENDING = (
    Mutant(
        "pay is sent before its intent is stored",
        Promise.WRITTEN_AHEAD,
        _PAYMENTS,
        """    claimed = runtime.repository.payments.open(intent, runtime.clock.now())
    return _send(claimed, token, runtime) if claimed else None
""",
        """    reply = _send(intent, token, runtime)
    runtime.repository.payments.open(intent, runtime.clock.now())
    return reply
""",
        (
            "tests/flows/test_pay_trouble.py::test_if_a_write_ahead_fails_nothing_is_sent",
            _MONEY + "test_1_the_intent_is_stored_leased_and_due_before_a_byte_goes_to_alipay",
        ),
    ),
    Mutant(
        "a refund is sent before its intent is stored",
        Promise.WRITTEN_AHEAD,
        _REFUNDS,
        """    claimed = runtime.repository.refunds.open(intent, payment, runtime.clock.now())
    return _send(claimed, runtime) if claimed else None
""",
        """    reply = _send(intent, runtime)
    runtime.repository.refunds.open(intent, payment, runtime.clock.now())
    return reply
""",
        (
            "tests/flows/test_refund_trouble.py::test_if_reading_or_writing_ahead_fails_nothing_is_sent",
            _BACK + "test_1_a_refund_is_stored_leased_due_and_reserved_before_a_byte_goes_to_alipay",
        ),
    ),
    Mutant(
        "a cancel is sent without being written ahead",
        Promise.WRITTEN_AHEAD,
        _CANCELS,
        "        claimed = runtime.repository.payments.claim_cancel(payment, runtime.clock.now())",
        "        claimed = payment",
        (
            "tests/flows/test_cancel_trouble.py::test_if_the_write_ahead_fails_nothing_is_sent",
            _BACK + "test_3_a_lost_answer_to_a_cancel_is_driven_on_by_the_poller",
        ),
    ),
    Mutant(
        "a repeat is sent without taking the lease",
        Promise.WRITTEN_AHEAD,
        _PAYMENTS,
        "    claimed = runtime.repository.payments.claim_send(stored, runtime.clock.now())",
        "    claimed = stored",
        ("tests/flows/test_pay_trouble.py::test_if_the_repeats_lease_cannot_be_written_nothing_is_sent_again",),
    ),
    Mutant(
        "a repeat of pay is sent with the newest token, not the pinned one",
        Promise.ONCE,
        _PAYMENTS,
        "access_token(stored.grant, stored.token_version)",
        "access_token(stored.grant, grant.newest)",
        (_REPEATS + "test_a_repeat_uses_the_token_version_of_the_first_send_even_after_a_refresh",),
    ),
    Mutant(
        "a repeat of pay is sent with its own body, not the first one",
        Promise.ONCE,
        _PAYMENTS,
        "    claimed = runtime.repository.payments.claim_send(stored, runtime.clock.now())",
        "    claimed = runtime.repository.payments.claim_send(replace(stored, body=intent.body), runtime.clock.now())",
        (_REPEATS + "test_after_a_missing_or_untrusted_answer_the_stored_body_goes_again",),
    ),
    Mutant(
        "a repeat of pay may have other money content",
        Promise.ONCE,
        _PAYMENTS,
        "    if not same_money_content(stored.fingerprint,",
        "    if stored.adopted and not same_money_content(stored.fingerprint,",
        (_REPEATS + "test_other_money_content_is_refused",),
    ),
    Mutant(
        "a repeat of refund may have another amount",
        Promise.ONCE,
        _REFUNDS,
        "    if stored.amount != amount or not same_payment or not same_request or not same_account:",
        "    if not same_payment or not same_request or not same_account:",
        (_REFUND_REPEATS + "test_another_payment_amount_or_currency_is_refused",),
    ),
    Mutant(
        "a send of which no byte left is counted",
        Promise.ONCE,
        AUTODEBIT + "domain/tracked_request.py",
        "    freed = replace(stored, sends=stored.sends - 1, lease_until=0)\n    if stored.state.open:",
        "    freed = replace(stored, lease_until=0)\n    if stored.state.open:",
        (
            "tests/unit/domain/test_judge.py::test_a_send_of_which_no_byte_left_is_as_if_it_had_not_been_tried",
            "tests/flows/test_pay.py::test_where_nothing_left_the_answer_is_503_and_the_send_does_not_count",
        ),
    ),
    Mutant(
        "the lease of pay is ignored",
        Promise.LEASE,
        _PAYMENTS,
        "    if stored.leased(now):",
        "    if stored.leased(stored.lease_until):",
        (
            _REPEATS + "test_a_repeat_while_the_send_is_under_way_is_u_without_a_call",
            "tests/race/test_races.py::test_one_pay_from_everywhere_is_one_debit",
        ),
    ),
    Mutant(
        "the lease of refund is ignored",
        Promise.LEASE,
        _REFUNDS,
        "    if stored.leased(now):",
        "    if stored.leased(stored.lease_until):",
        (_REFUND_REPEATS + "test_a_repeat_while_the_send_is_under_way_is_u_without_a_call",),
    ),
    Mutant(
        "the lease of cancel is ignored",
        Promise.LEASE,
        _CANCELS,
        "        if payment.cancel is not None and payment.cancel.leased(runtime.clock.now()):",
        "        if payment.cancel is not None and payment.cancel.leased(payment.cancel.lease_until):",
        (
            "tests/flows/test_cancel.py::test_a_repeat_while_the_cancel_is_under_way_is_u_without_a_call",
            "tests/flows/test_cancel.py::test_two_callers_at_once_send_one_cancel_under_one_lease",
        ),
    ),
    Mutant(
        "a send takes no lease",
        Promise.LEASE,
        AUTODEBIT + "domain/tracked_request.py",
        "        lease_until=until,",
        "        lease_until=at,",
        (
            "tests/unit/domain/test_judge.py::"
            "test_a_send_is_leased_for_the_function_timeout_and_due_when_the_lease_ends",
            _MONEY + "test_1_the_intent_is_stored_leased_and_due_before_a_byte_goes_to_alipay",
        ),
    ),
    Mutant(
        "a poller asks for a payment that it could not claim",
        Promise.LEASE,
        AUTODEBIT + "flows/payments/sync.py",
        "    claimed = payments.claim_poll(payment, now)",
        "    claimed = payments.claim_poll(payment, now) or payment",
        ("tests/race/test_races.py::test_of_many_pollers_one_asks",),
    ),
    Mutant(
        "a poller asks for a refund that it could not claim",
        Promise.LEASE,
        AUTODEBIT + "flows/payments/refund_sync.py",
        "    claimed = refunds.claim_poll(refund, now)",
        "    claimed = refunds.claim_poll(refund, now) or refund",
        ("tests/flows/test_poll_refunds.py::test_two_pollers_on_one_refund_ask_once",),
    ),
    Mutant(
        "a poll's claim holds for no time",
        Promise.LEASE,
        AUTODEBIT + "domain/tracked_request.py",
        "due_at=at + plan.poll_lease)",
        "due_at=at)",
        (
            "tests/unit/domain/test_judge.py::test_a_poll_moves_the_due_time_and_counts",
            "tests/flows/test_poll_payments.py::test_a_claim_holds_while_the_other_poller_asks",
        ),
    ),
    Mutant(
        "a repeat of a final payment is sent",
        Promise.REPEATS,
        _PAYMENTS,
        """    if stored.state.final and not stored.cancel_pending:
        return pay_answer(stored)
""",
        "",
        (
            "tests/flows/test_pay_final.py::test_a_repeat_of_what_pay_itself_answered_is_that_answer",
            _MONEY + "test_7_repeats_are_answers",
        ),
    ),
    Mutant(
        "a repeat of a final refund is sent",
        Promise.REPEATS,
        _REFUNDS,
        "    if stored.state.final:\n        return refund_answer(stored)\n    now = runtime",
        "    now = runtime",
        ("tests/flows/test_refund_repeats.py::test_a_repeat_of_what_was_learned_otherwise_has_the_shape_of_refund",),
    ),
    Mutant(
        "after U a repeat of pay is sent, not asked for",
        Promise.REPEATS,
        _PAYMENTS,
        "    elif stored.heard is SendOutcome.UNKNOWN:",
        "    elif stored.heard is SendOutcome.ACCEPTED:",
        (
            _REPEATS + "test_after_u_a_repeat_asks_once_and_sends_nothing",
            _MONEY + "test_7_repeats_are_answers",
        ),
    ),
    Mutant(
        "after U a repeat of refund is sent, not asked for",
        Promise.REPEATS,
        _REFUNDS,
        "    elif stored.heard in (SendOutcome.UNKNOWN, SendOutcome.ACCEPTED):",
        "    elif stored.heard is SendOutcome.ACCEPTED:",
        (_REFUND_REPEATS + "test_after_u_a_repeat_asks_once_and_sends_nothing",),
    ),
    Mutant(
        "REFUND_IN_PROCESS is sent again",
        Promise.REPEATS,
        _REFUNDS,
        "    elif stored.heard in (SendOutcome.UNKNOWN, SendOutcome.ACCEPTED):",
        "    elif stored.heard is SendOutcome.UNKNOWN:",
        (
            _REFUND_REPEATS + "test_after_u_a_repeat_asks_once_and_sends_nothing",
            _BACK + "test_7_a_refund_in_process_is_never_sent_again",
        ),
    ),
    Mutant(
        "what Alipay calls PROCESSING is sent again",
        Promise.REPEATS,
        AUTODEBIT + "domain/refund.py",
        "    heard = SendOutcome.ACCEPTED if has_it else refund.heard",
        "    heard = refund.heard",
        (
            "tests/unit/domain/test_judge_refund.py::test_a_refund_that_alipay_calls_processing_is_in_process",
            _REFUND_REPEATS
            + "test_a_refund_that_alipay_calls_processing_is_not_sent_again_although_its_first_answer_was_lost",
        ),
    ),
    Mutant(
        "a poller sends a payment whose answer was lost",
        Promise.POLLERS,
        AUTODEBIT + "flows/payments/sync.py",
        "    fact = _inquire(claimed, runtime)\n",
        """    if claimed.heard.value == "NOTHING" and not claimed.adopted:
        from autodebit.flows.payments.pay import _send

        _send(claimed, runtime.repository.grants.access_token(claimed.grant, claimed.token_version), runtime)
        return
    fact = _inquire(claimed, runtime)
""",
        (_MONEY + "test_8_pollers_never_send_a_payment",),
    ),
    Mutant(
        "a poller sends a refund whose answer was lost",
        Promise.POLLERS,
        AUTODEBIT + "flows/payments/refund_sync.py",
        "    record_refund_update(refund_request_id, asked_refund(claimed, Source.POLL, runtime), runtime)",
        """    if claimed.heard.value == "NOTHING":
        from autodebit.flows.payments.refund import _send

        _send(claimed, runtime)
        return
    record_refund_update(refund_request_id, asked_refund(claimed, Source.POLL, runtime), runtime)
""",
        (_BACK + "test_8_pollers_never_send_a_refund",),
    ),
)
