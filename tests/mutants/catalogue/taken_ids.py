"""Words on requests that are not ours: they settle nothing, and nothing is sent that could move the other ones' money."""

from tests.mutants.mutant import AUTODEBIT, Mutant, Promise

_TRANSACTION = AUTODEBIT + "domain/tracked_request.py"
_PAYMENTS = AUTODEBIT + "flows/payments/pay.py"
_CANCELS = AUTODEBIT + "flows/payments/cancel.py"
_REFUNDS = AUTODEBIT + "flows/payments/refund.py"
_OUTCOMES = AUTODEBIT + "flows/payments/sync.py"
_TELLING = AUTODEBIT + "flows/payments/responses.py"
_CHANGES = AUTODEBIT + "repository/stream.py"
_JUDGE = "tests/unit/domain/test_judge.py::"
_TAKEN = "tests/flows/test_taken_ids.py::"
_ANOTHERS = "tests/promises/test_another_systems_payment.py::"
_DOUBTED = "tests/flows/test_doubted_outcomes.py::"
_MEANWHILE = "tests/flows/test_cancel_meanwhile.py::"
_SHOWN = _JUDGE + "test_a_message_that_shows_another_request_under_our_id_ends_belief_in_that_id"
_NEVER_LEFT = _TAKEN + "test_a_word_on_an_id_that_certainly_never_left_is_not_ours"

TAKEN_IDS = (
    Mutant(
        "REPEAT_REQ_INCONSISTENT does not mark the id as taken",
        Promise.OURS,
        _TRANSACTION,
        "    inconsistent = fact.word is ReportedStatus.REJECTED and fact.code == REPEAT_REQ_INCONSISTENT",
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
        "AMOUNT_NOT_NAMED if item.amount_in_doubt and fact.word in (ReportedStatus.SUCCEEDED, ReportedStatus.FAILED) else",
        "AMOUNT_NOT_NAMED if False else",
        (_JUDGE + "test_after_another_amount_an_outcome_has_to_name_ours",),
    ),
    Mutant(
        "the answer to our own send does not outrank a success that came before",
        Promise.OURS,
        _TRANSACTION,
        '    doubted = fact.source.send and item.state.value == "SUCCESS"\n',
        "    doubted = False\n",
        (_JUDGE + "test_the_answer_to_our_own_send_casts_doubt_on_a_success_that_came_before",),
    ),
    Mutant(
        "an S to our own send does not outrank a failure that came before",
        Promise.OURS,
        _TRANSACTION,
        '        doubted = fact.source.send and fact.word is ReportedStatus.SUCCEEDED and item.state.value == "FAIL"\n',
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
        AUTODEBIT + "repository/tracked_requests.py",
        "            taken = foreign and not before.state.final",
        "            taken = False",
        (_TAKEN + "test_an_id_of_alipays_that_is_another_payments_ends_belief_in_ours",),
    ),
    Mutant(
        "a word on a taken id settles",
        Promise.OURS,
        _TRANSACTION,
        "    if item.id_taken:\n        return Transition(",
        "    if item.id_taken and item.state.final:\n        return Transition(",
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
    Mutant(
        "a refund with a taken id is asked for by the poller",
        Promise.OURS,
        AUTODEBIT + "flows/payments/refund_sync.py",
        "    if refund.id_taken:\n",
        "    if refund.id_taken and refund.state.final:\n",
        (_TAKEN + "test_a_refund_with_a_taken_id_is_not_asked_for_by_the_poller_and_stays_due",),
    ),
    Mutant(
        "a poll without an inquiry ends the polling of a taken id",
        Promise.DUE,
        _TRANSACTION,
        "        return replace(item, due_at=at + waits.longest)  # It",
        "        return replace(item, due_at=None)  # It",
        (_TAKEN + "test_a_refund_with_a_taken_id_is_not_asked_for_by_the_poller_and_stays_due",),
    ),
    Mutant(
        "an inquiry of a taken id tells of the other request",
        Promise.OURS,
        _TELLING,
        "    if item.id_taken:\n        return id_taken(kind)\n    if item.state.final:\n        behind",
        "    if item.state.final:\n        behind",
        (
            _TAKEN + "test_an_inquiry_of_a_taken_id_tells_nothing_of_the_other_request[open]",
            _TAKEN + "test_an_inquiry_of_a_success_in_doubt_does_not_say_success[absent]",
            _TAKEN + "test_an_inquiry_of_a_refund_with_a_taken_id_tells_nothing_of_the_other_one[open]",
        ),
    ),
    Mutant(
        "the event says SUCCESS of a payment whose id is taken",
        Promise.TOLD,
        _CHANGES,
        'image.get("id_taken") or _cancel_of(image) == "REQUESTED"',
        '_cancel_of(image) == "REQUESTED"',
        (_DOUBTED + "test_a_success_of_another_systems_payment_that_is_notified_before_our_refusal",),
    ),
    Mutant(
        "no event says that the id of a paid payment has turned out taken",
        Promise.TOLD,
        _CHANGES,
        'image.get("wallets"), image.get("id_taken")',
        'image.get("wallets")',
        (_DOUBTED + "test_a_success_of_another_systems_payment_that_is_notified_before_our_refusal[1]",),
    ),
    Mutant(
        "the wanted cancel of a taken id is sent by the poller",
        Promise.OURS,
        _OUTCOMES,
        " and not payment.cancel.ask and not payment.id_taken",
        " and not payment.cancel.ask",
        (_TAKEN + "test_a_cancel_that_was_wanted_before_the_id_turned_out_taken_is_not_sent_again",),
    ),
    Mutant(
        "a cancel is sent although the inquiry before it shows that the id is taken",
        Promise.OURS,
        _CANCELS,
        "        if claimed.id_taken or not claimed.cancel_pending:\n",
        "        if not claimed.cancel_pending:\n",
        ("tests/flows/test_older_records.py::test_a_cancel_asks_first_where_nothing_was_heard_of_the_payment",),
    ),
    Mutant(
        "a cancel goes out while the answer to pay is out",
        Promise.OURS,
        _CANCELS,
        "        if payment.first_answer_is_out(runtime.clock.now()):\n",
        "        if False:\n",
        (_MEANWHILE + "test_a_cancel_while_pay_is_in_flight_never_touches_the_payment_of_another_system",),
    ),
    Mutant(
        "an inquiry is answered with a record while the answer to pay is out",
        Promise.OURS,
        _OUTCOMES,
        "    if named is not None and named.first_answer_is_out(runtime.clock.now()):\n",
        "    if False:\n",
        (_MEANWHILE + "test_an_inquiry_while_pay_is_in_flight_is_not_answered_with_a_record_that_may_be_anothers",),
    ),
    Mutant(
        "an inquiry is answered with a record while the answer to refund is out",
        Promise.OURS,
        AUTODEBIT + "flows/payments/refund_sync.py",
        "    if named is not None and named.first_answer_is_out(runtime.clock.now()):\n",
        "    if False:\n",
        (
            "tests/flows/test_refund.py::"
            "test_an_inquiry_while_refund_is_in_flight_is_not_answered_with_a_record_that_may_be_anothers",
        ),
    ),
    Mutant(
        "the claim of a pay that never left stays if its cancel was asked for meanwhile",
        Promise.OURS,
        AUTODEBIT + "repository/tracked_requests.py",
        "                stored = found\n",
        "                return\n",
        (_MEANWHILE + "test_a_cancel_of_a_pay_that_turns_out_never_to_have_left_cancels_nobody",),
    ),
)
