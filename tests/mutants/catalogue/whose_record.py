"""Whose record an id of a declaration or registration has, and what a call for a receipt is."""

from tests.mutants.mutant import AUTODEBIT, Mutant, Promise

_DECLARATION = AUTODEBIT + "domain/declaration.py"
_REGISTRATION = AUTODEBIT + "domain/registration.py"
_REGISTERED = "tests/flows/test_registration_stories.py::"
_CUSTOMS = AUTODEBIT + "flows/customs/declare.py"
_CHANGES = AUTODEBIT + "repository/stream.py"
_UNIT = "tests/unit/domain/test_declaration.py::"
_STORIES = "tests/flows/test_declaration_stories.py::"

WHOSE_RECORD = (
    Mutant(
        "CONTEXT_INCONSISTENT to an unchanged declare does not mark the id as taken",
        Promise.ELSEWHERE,
        _DECLARATION,
        "    return fact.code in _INCONSISTENT or (only",
        "    return fact.code == REPEAT_REQ_INCONSISTENT or (only",
        (
            _UNIT + "test_an_f_that_says_the_id_is_in_use_marks_it_as_taken",
            _STORIES + "test_what_is_inconsistent_with_an_unchanged_request_is_anothers",
        ),
    ),
    Mutant(
        "a record found while the only send was out that is refused counts as ours",
        Promise.ELSEWHERE,
        _DECLARATION,
        "or (only and declaration.state.at_alipay)",
        "or (False and declaration.state.at_alipay)",
        (
            _UNIT + "test_a_record_found_while_the_only_send_was_out_that_is_then_refused_is_anothers",
            _STORIES + "test_a_record_found_while_the_first_send_was_out_that_is_refused_is_anothers",
        ),
    ),
    Mutant(
        "a record found while a send was out that never left counts as ours",
        Promise.ELSEWHERE,
        AUTODEBIT + "domain/tracked_request.py",
        "        return Transition(replace(freed, id_taken=True), ID_TAKEN)\n    return Transition(freed)",
        "        return Transition(freed)\n    return Transition(freed)",
        (_STORIES + "test_a_record_found_while_the_first_send_never_left_is_anothers",),
    ),
    Mutant(
        "a receipt is asked for until five minutes after the end of the last send",
        Promise.ELSEWHERE,
        _CUSTOMS,
        "ends_by < declaration.sent_at + runtime",
        "ends_by < declaration.over_at + runtime",
        (_STORIES + "test_a_receipt_is_asked_for_only_while_the_call_is_certainly_a_repeat",),
    ),
    Mutant(
        "a call for a receipt is not noted ahead",
        Promise.ELSEWHERE,
        _DECLARATION,
        "over_at=max(declaration.over_at, at + plan.send_lease))",
        "over_at=declaration.over_at)",
        (_STORIES + "test_a_call_for_the_receipt_is_noted_ahead",),
    ),
    Mutant(
        "the event of another's completed declaration says COMPLETED",
        Promise.TOLD,
        _CHANGES,
        '    ("declaration", DeclarationState.COMPLETED): DeclarationState.IN_PROCESS,\n',
        "",
        (_STORIES + "test_the_event_of_anothers_outcome_says_that_it_is_open",),
    ),
    Mutant(
        "a review learned while the only registration was out that is refused counts as ours",
        Promise.ELSEWHERE,
        _REGISTRATION,
        "or (only and registration.state is not",
        "or (False and registration.state is not",
        (_REGISTERED + "test_a_review_learned_while_the_first_send_was_out_that_is_refused_is_anothers",),
    ),
    Mutant(
        "a review learned while a registration was out that never left counts as ours",
        Promise.ELSEWHERE,
        _REGISTRATION,
        "    return RegistrationTransition(replace(freed, id_taken=True), ID_TAKEN)",
        "    return RegistrationTransition(freed)",
        (_REGISTERED + "test_a_review_learned_while_the_first_send_never_left_is_anothers",),
    ),
)
