"""An answer counts by the moment of its question: what is recorded late says nothing of what came after it was asked."""

from tests.mutants.mutant import AUTODEBIT, Mutant, Promise

_LATE = "tests/flows/test_late_absences.py::"
_EARLY = "[asked before]"
_CANCEL_JUDGE = "tests/unit/domain/test_judge_cancels.py::"

LATE_ANSWERS = (
    Mutant(
        "ORDER_NOT_EXIST counts by the moment of its record",
        Promise.ABSENT,
        AUTODEBIT + "domain/tracked_request.py",
        "            return _absence(item, min(fact.asked_at or at, at), plan)",
        "            return _absence(item, at, plan)",
        (
            _LATE + "test_a_poll_of_a_payment" + _EARLY,
            _LATE + "test_a_callers_inquiry_of_a_payment" + _EARLY,
            _LATE + "test_a_refund[asked before-poll_refund_when_due]",
            _LATE + "test_a_refund[asked before-inquire_refund]",
        ),
    ),
    Mutant(
        "a caller's inquiry of a payment does not carry the moment of its question",
        Promise.ABSENT,
        AUTODEBIT + "flows/payments/messages.py",
        "            throttled=throttled(answer),\n            asked_at=asked_at or answer.sent_at,",
        "            throttled=throttled(answer),\n            asked_at=asked_at,",
        (_LATE + "test_a_callers_inquiry_of_a_payment" + _EARLY,),
    ),
    Mutant(
        "an inquiry of a refund does not carry the moment of its question",
        Promise.ABSENT,
        AUTODEBIT + "flows/payments/refund_messages.py",
        "            asked_at=answer.sent_at,\n",
        "",
        (_LATE + "test_a_refund[asked before-inquire_refund]",),
    ),
    Mutant(
        "a declaration without a record counts by the moment of the record",
        Promise.ELSEWHERE,
        AUTODEBIT + "domain/declaration.py",
        "            return _absence(declaration, min(fact.asked_at or at, at), plan)",
        "            return _absence(declaration, at, plan)",
        (_LATE + "test_a_declaration" + _EARLY,),
    ),
    Mutant(
        "RECORD_NOT_FOUND of a registration counts by the moment of its record",
        Promise.ELSEWHERE,
        AUTODEBIT + "domain/registration.py",
        "            return _absence(registration, min(fact.asked_at or at, at), plan)",
        "            return _absence(registration, at, plan)",
        (_LATE + "test_a_registration" + _EARLY,),
    ),
    Mutant(
        "a refund in process is called forgotten by the moment of the record",
        Promise.ABSENT,
        AUTODEBIT + "domain/refund.py",
        "    asked_at = min(fact.asked_at or at, at)\n",
        "    asked_at = at\n",
        (_LATE + "test_a_refund_in_process_is_not_forgotten_before_the_grace_is_over[asked before]",),
    ),
    Mutant(
        "an inquiry against a cancel counts by the moment of its record",
        Promise.CANCEL,
        AUTODEBIT + "domain/payment.py",
        "        asked_at = min(fact.asked_at, at)\n",
        "        asked_at = at\n",
        (
            _CANCEL_JUDGE + "test_inquiries_against_a_cancel_count_by_the_moment_of_their_question",
            _LATE + "test_an_inquiry_that_finds_a_payment_not_cancelled" + _EARLY,
        ),
    ),
)
