"""Payments made elsewhere whose ids are known here of others: the import ends, holds what may be under way, and is flagged."""

from tests.mutants.mutant import AUTODEBIT, Mutant, Promise

_ADOPTION = AUTODEBIT + "flows/payments/imports.py"
_STORE = AUTODEBIT + "repository/refunds.py"
_CONFLICTS = "tests/flows/test_adoption_conflicts.py::"

IMPORTS = (
    Mutant(
        "an import that meets the refund id of another payment never ends",
        Promise.DUE,
        _STORE,
        "        return stored or self._adopted_in_pieces(payment, refunds)\n",
        "        return stored\n",
        (_CONFLICTS + "test_one_that_is_open_holds_the_whole_amount",),
    ),
    Mutant(
        "a refund whose id is known of another payment holds its own amount only",
        Promise.RESERVED,
        _STORE,
        "min(max(payment.reserved + changed, 0), whole) if known else whole",
        "min(max(payment.reserved + changed, 0), whole)",
        (_CONFLICTS + "test_one_that_is_open_holds_the_whole_amount",),
    ),
    Mutant(
        "an import is stored before it is flagged",
        Promise.OURS,
        _ADOPTION,
        "    if any(_of_another_refund(refund, runtime) for refund in refunds):\n"
        "        _flag(_OTHER_REFUNDS_ID, payment, fact, runtime)\n"
        "    stored = runtime.repository.refunds.adopt(replace(payment, reserved=reserved), refunds)\n",
        "    stored = runtime.repository.refunds.adopt(replace(payment, reserved=reserved), refunds)\n"
        "    if any(_of_another_refund(refund, runtime) for refund in refunds):\n"
        "        _flag(_OTHER_REFUNDS_ID, payment, fact, runtime)\n",
        (_CONFLICTS + "test_it_is_flagged_although_the_store_fails_in_between",),
    ),
    Mutant(
        "a refundId that is known of another refund is not flagged",
        Promise.OURS,
        _ADOPTION,
        "    return owner not in (None, refund.refund_request_id)\n",
        "    return False\n",
        (_CONFLICTS + "test_a_refund_whose_refund_id_is_known_of_another_refund_is_flagged_too",),
    ),
    Mutant(
        "a final refund whose refundId is known of another refund is not stored",
        Promise.NO_FACT_LOST,
        _STORE,
        "            return self.find(refund.refund_request_id) or self.replaced(refund) or refund\n",
        "            return self.find(refund.refund_request_id) or refund\n",
        (
            _CONFLICTS + "test_a_refund_whose_refund_id_is_known_of_another_refund_is_flagged_too[SUCCESS-100]",
            _CONFLICTS + "test_a_refund_whose_refund_id_is_known_of_another_refund_is_flagged_too[PROCESSING-100]",
        ),
    ),
    Mutant(
        "a paymentId that is known of another payment is 503 for ever",
        Promise.DUE,
        _ADOPTION,
        "    if owner in (None, payment.payment_request_id):\n",
        "    if owner or payment:\n",
        (_CONFLICTS + "test_a_payment_id_that_is_known_of_another_payment_is_refused_and_flagged",),
    ),
)
