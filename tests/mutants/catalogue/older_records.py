"""A record that Alipay had before our request is another system's, also where the refusal that says so was lost."""

from tests.mutants.mutant import AUTODEBIT, Mutant, Promise

_TRANSACTION = AUTODEBIT + "domain/tracked_request.py"
_CANCELS = AUTODEBIT + "flows/payments/cancel.py"
_TESTS = "tests/flows/test_older_records.py::"

OLDER_RECORDS = (
    Mutant(
        "an older record is taken for ours",
        Promise.OURS,
        _TRANSACTION,
        "    if _is_older(rules, item, fact, at, plan):\n        return OLDER_RECORD\n",
        "",
        (
            _TESTS + "test_an_older_success_is_not_ours[by_poll]",
            _TESTS + "test_an_older_refund_is_not_ours[older-refund_by_poll]",
        ),
    ),
    Mutant(
        "a record that our own send was told of is doubted for its times",
        Promise.OURS,
        _TRANSACTION,
        "item.imported or rules.same_record(item, fact) or _forgotten",
        "item.imported or _forgotten",
        (_TESTS + "test_a_record_whose_id_our_own_send_was_told_is_ours_whatever_its_times",),
    ),
    Mutant(
        "clocks have to agree to the second",
        Promise.OURS,
        _TRANSACTION,
        "_CLOCKS_AGREE_WITHIN: Final = HOUR",
        "_CLOCKS_AGREE_WITHIN: Final = 0 * HOUR",
        (_TESTS + "test_what_is_not_clearly_older_is_ours[clocks differ]",),
    ),
    Mutant(
        "a restored store takes its own payments for another system's",
        Promise.OURS,
        _TRANSACTION,
        " or rules.same_record(item, fact) or _forgotten(item, at, plan):\n        return False\n    named",
        " or rules.same_record(item, fact):\n        return False\n    named",
        (_TESTS + "test_after_a_restore_an_older_record_may_be_ours",),
    ),
    Mutant(
        "a cancel is sent although nothing was ever heard of the payment",
        Promise.OURS,
        _CANCELS,
        "    if claimed.unheard:\n",
        "    if not claimed:\n",
        (_TESTS + "test_a_cancel_asks_first_where_nothing_was_heard_of_the_payment",),
    ),
    Mutant(
        "a cancel is sent although the inquiry before it had no answer",
        Promise.OURS,
        _CANCELS,
        "        return GatewayError(Operation.CANCEL.label, error.reason, may_have_acted=False)\n",
        "        return claimed\n",
        (_TESTS + "test_without_an_answer_the_cancel_is_kept_and_the_poller_asks_again",),
    ),
    Mutant(
        "a cancel that was asked for in vain keeps its lease",
        Promise.LEASE,
        _CANCELS,
        "            retry_until_deadline(lambda: payments.release_unsent_cancel(claimed, runtime.clock.now()), runtime)\n"
        "            return asked, RecordedUpdate(claimed)\n",
        "            return asked, RecordedUpdate(claimed)\n",
        (_TESTS + "test_without_an_answer_the_cancel_is_kept_and_the_poller_asks_again",),
    ),
)
