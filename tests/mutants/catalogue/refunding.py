"""Never more goes back than was paid: reservations, cancel against refund, and payments that were made elsewhere."""

from tests.mutants.mutant import AUTODEBIT, Mutant, Promise

_STORE = AUTODEBIT + "repository/refunds.py"
_REFUNDS = AUTODEBIT + "flows/payments/refund.py"
_ADOPTION = AUTODEBIT + "flows/payments/imports.py"
_IN_STORE = "tests/repository/test_repository_refunds.py::"
_BACK = "tests/promises/test_money_goes_back.py::"

REFUNDING = (
    Mutant(
        "no amount is reserved",
        Promise.RESERVED,
        _STORE,
        "        held = replace(payment, reserved=payment.reserved + int(intent.amount.value))",
        "        held = payment",
        (
            "tests/flows/test_refund.py::test_an_open_refund_holds_its_amount_against_others",
            _IN_STORE + "test_the_intent_and_its_reservation_are_written_in_one_transaction",
            _BACK + "test_2_refunds_that_race_never_give_back_more_than_was_paid",
        ),
    ),
    Mutant(
        "what others have reserved is not checked",
        Promise.RESERVED,
        _REFUNDS,
        "    if int(amount.value) > left:",
        "    if int(amount.value) > int(payment.amount.value):",
        (
            "tests/flows/test_refund.py::test_partial_refunds_go_up_to_the_whole_and_not_one_yen_further",
            _BACK + "test_2_refunds_that_race_never_give_back_more_than_was_paid",
        ),
    ),
    Mutant(
        "the amount is reserved apart from the intent, not with it",
        Promise.RESERVED,
        _STORE,
        "            self._table.write(self.put(claimed), self._payments.put(held))",
        "            self._table.write(self.put(claimed))\n            self._table.write(self._payments.put(held))",
        (_IN_STORE + "test_a_payment_that_was_moved_since_it_was_read_holds_nothing_and_no_refund_is_stored",),
    ),
    Mutant(
        "NOT_SUBMITTED frees the amount",
        Promise.RESERVED,
        AUTODEBIT + "domain/refund.py",
        "return 0 if self.amount_released or self.state is RefundState.FAIL else int(self.amount.value)",
        (
            "free = self.state in (RefundState.FAIL, RefundState.NOT_SUBMITTED)\n"
            "        return 0 if self.amount_released or free else int(self.amount.value)"
        ),
        (
            _IN_STORE + "test_what_was_not_submitted_keeps_its_amount_until_it_has_failed",
            "tests/flows/test_refund_repeats.py::"
            "test_a_refund_that_was_not_submitted_still_holds_its_amount_and_is_sent_again_under_the_same_id",
        ),
    ),
    Mutant(
        "SUCCESS frees the amount",
        Promise.RESERVED,
        AUTODEBIT + "domain/refund.py",
        "return 0 if self.amount_released or self.state is RefundState.FAIL else int(self.amount.value)",
        "return 0 if self.amount_released or self.state.final else int(self.amount.value)",
        (
            _IN_STORE + "test_nothing_but_a_failure_of_this_very_refund_frees_its_amount",
            "tests/flows/test_refund.py::test_partial_refunds_go_up_to_the_whole_and_not_one_yen_further",
        ),
    ),
    Mutant(
        "a failure that is told twice frees the amount twice",
        Promise.RESERVED,
        _STORE,
        (
            "        if after.held == before.held:\n"
            "            return writes\n"
            "        payment = self._payments.find(after.payment_request_id)\n"
            "        if payment is None:\n"
            "            return writes\n"
            "        reserved = max(payment.reserved + after.held - before.held, 0)"
        ),
        (
            "        failed = after.state.value == 'FAIL'\n"
            "        if after.held == before.held and not failed:\n"
            "            return writes\n"
            "        payment = self._payments.find(after.payment_request_id)\n"
            "        if payment is None:\n"
            "            return writes\n"
            "        reserved = max(payment.reserved + after.held - (int(after.amount.value) if failed else before.held), 0)"
        ),
        (
            _IN_STORE
            + "test_a_failure_that_notification_poll_and_answer_bring_at_once_frees_the_amount_once[emulator]",
            _IN_STORE
            + "test_a_failure_that_notification_poll_and_answer_bring_at_once_frees_the_amount_once[dynamodb-local]",
        ),
    ),
    Mutant(
        "a failure frees nothing",
        Promise.RESERVED,
        _STORE,
        "        reserved = max(payment.reserved + after.held - before.held, 0)",
        "        reserved = payment.reserved",
        (
            _IN_STORE + "test_a_failure_frees_the_amount_in_the_transaction_that_records_it",
            _BACK + "test_a_failed_refund_frees_its_amount_and_nothing_else_does",
        ),
    ),
    Mutant(
        "the amount is freed apart from the failure, not with it",
        Promise.RESERVED,
        _STORE,
        "        return [*writes, self._payments.put(replace(payment, reserved=reserved))]",
        "        self._table.write(self._payments.put(replace(payment, reserved=reserved)))\n        return writes",
        (_IN_STORE + "test_a_failure_frees_the_amount_in_the_transaction_that_records_it",),
    ),
    Mutant(
        "a payment that is not paid is refunded",
        Promise.RESERVED,
        _REFUNDS,
        "    if payment.state is not PaymentState.SUCCESS:\n        told",
        "    if payment.state is PaymentState.FAIL:\n        told",
        ("tests/flows/test_refund_payment.py::test_a_payment_in_such_a_state_is_not_given_back_and_nobody_is_asked",),
    ),
    Mutant(
        "a payment that is being cancelled is refunded",
        Promise.CANCEL,
        _REFUNDS,
        "    if payment.cancel_pending:\n        raise",
        "    if payment.cancel_pending and payment.adopted:\n        raise",
        (
            "tests/flows/test_refund_payment.py::test_a_payment_in_such_a_state_is_not_given_back_and_nobody_is_asked",
            _BACK + "test_2_what_waits_for_its_cancel_is_not_refunded",
        ),
    ),
    Mutant(
        "a payment with refunds is cancelled",
        Promise.CANCEL,
        AUTODEBIT + "flows/payments/cancel.py",
        "    if payment.reserved:\n",
        "    if payment.reserved > int(payment.amount.value):\n",
        (
            "tests/flows/test_cancel.py::test_a_payment_with_refunds_is_not_cancelled",
            _BACK + "test_2_a_payment_is_refunded_or_cancelled_never_both",
        ),
    ),
    Mutant(
        "a payment made elsewhere is adopted without its refunds",
        Promise.RESERVED,
        _ADOPTION,
        "    refunds, reserved = _refunds(answer, payment, account, runtime)",
        "    refunds, reserved = [], 0",
        (
            "tests/flows/test_adoption.py::test_refunds_made_elsewhere_are_taken_over_and_hold_their_amounts",
            "tests/flows/test_adoption.py::test_not_more_is_refunded_than_refunds_made_elsewhere_have_left",
        ),
    ),
    Mutant(
        "a refund made elsewhere that cannot be read holds nothing",
        Promise.RESERVED,
        _ADOPTION,
        " if readable and len(refunds) == len(found) else whole",
        "",
        ("tests/flows/test_adoption.py::test_refunds_made_elsewhere_are_taken_over_and_hold_their_amounts",),
    ),
    Mutant(
        "an answer about another payment is adopted",
        Promise.OURS,
        _ADOPTION,
        "    if _of_another(fact, payment_id, payment_request_id):\n        return not_sent(_UNREADABLE)\n",
        "",
        ("tests/flows/test_adoption.py::test_an_answer_that_speaks_of_another_payment_is_not_acted_on",),
    ),
    Mutant(
        "a pay with the id of a payment made elsewhere is sent",
        Promise.ONCE,
        AUTODEBIT + "flows/payments/pay.py",
        "    _check_same(stored, intent)\n    if stored.id_taken:",
        (
            "    if stored.adopted:\n"
            "        stored = replace(stored, heard=SendOutcome.NOTHING, fingerprint=intent.fingerprint, body=intent.body)\n"
            "        stored = replace(stored, grant=grant.handle, token_version=grant.newest)\n"
            "    _check_same(stored, intent)\n"
            "    if stored.id_taken:"
        ),
        ("tests/flows/test_adoption.py::test_a_pay_with_the_id_of_an_imported_payment_is_refused",),
    ),
)
