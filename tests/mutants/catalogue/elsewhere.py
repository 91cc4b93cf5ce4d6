"""What moves no money and obeys the same rules (declarations, registrations, one-time passwords), and what the world hears."""

from tests.mutants.mutant import AUTODEBIT, Mutant, Promise

_DECLARATION = AUTODEBIT + "domain/declaration.py"
_CUSTOMS = AUTODEBIT + "flows/customs/declare.py"
_REGISTRATION = AUTODEBIT + "domain/registration.py"
_REGISTRATIONS = AUTODEBIT + "flows/merchants/register.py"
_PUBLISHING = AUTODEBIT + "flows/outbox.py"
_DECLARE = "tests/flows/test_declare.py::"
_RETRANSMISSIONS = "tests/flows/test_retransmissions.py::"
_DECLARATION_UNIT = "tests/unit/domain/test_declaration.py::"
_REGISTER = "tests/flows/test_registration.py::"
_REGISTRATION_UNIT = "tests/unit/domain/test_registration_judge.py::"
_OUTCOMES = "tests/flows/test_registration_outcomes.py::"
_EVENTS = "tests/flows/test_publish_events.py::"
_DECLARED = "tests/promises/test_declarations.py::"
_SECOND_ROUND = "tests/flows/test_second_round_no_money.py::"

ELSEWHERE = (
    Mutant(
        "a declaration is sent before it is stored",
        Promise.ELSEWHERE,
        _CUSTOMS,
        "    claimed = runtime.repository.declarations.open(intent, runtime.clock.now())\n",
        "    runtime.alipay.call(Operation.DECLARE, json.loads(intent.body), runtime.response_timeout_ms)\n"
        "    claimed = runtime.repository.declarations.open(intent, runtime.clock.now())\n",
        (_DECLARE + "test_the_intent_is_stored_and_leased_before_a_byte_goes_out",),
    ),
    Mutant(
        "an F to a later send of a declaration is believed",
        Promise.ELSEWHERE,
        _DECLARATION,
        "            only = declaration.sends <= 1 and not plan",
        "            only = not plan",
        (
            _DECLARATION_UNIT + "test_an_f_to_a_later_send_settles_nothing",
            _DECLARE + "test_an_f_to_a_later_send_settles_nothing_and_is_told_as_u",
        ),
    ),
    Mutant(
        "an F to what Alipay has already is told as F",
        Promise.ELSEWHERE,
        _CUSTOMS,
        "    if declaration.refused_unchanged:\n",
        "    if False and declaration.refused_unchanged:\n",
        (_RETRANSMISSIONS + "test_an_f_to_what_alipay_has_already_is_no_f",),
    ),
    Mutant(
        "a correction counts as one after Alipay has taken it",
        Promise.ELSEWHERE,
        _DECLARATION,
        "heard=SendOutcome.ACCEPTED, corrects=False, not_found_count=0",
        "heard=SendOutcome.ACCEPTED, not_found_count=0",
        (_RETRANSMISSIONS + "test_an_f_to_a_correction_that_was_taken_before_is_no_f",),
    ),
    Mutant(
        "the lease of a declaration is ignored",
        Promise.LEASE,
        _CUSTOMS,
        "    if stored.leased(now):\n",
        "    if stored.leased(stored.lease_until):\n",
        (_DECLARE + "test_a_repeat_while_the_send_is_under_way_is_u_without_a_call",),
    ),
    Mutant(
        "a poller declares again",
        Promise.ELSEWHERE,
        _CUSTOMS,
        """    body = {"declarationRequestIds": [identity]}
""",
        """    if claimed.heard.value == "NOTHING":
        _send(claimed, claimed, runtime)
        return messages.no_answer(Source.POLL, now)
    body = {"declarationRequestIds": [identity]}
""",
        (_DECLARED + "test_after_a_lost_answer_the_poller_finds_it_and_sends_nothing",),
    ),
    Mutant(
        "a record with an amount that was never declared is believed",
        Promise.ELSEWHERE,
        _DECLARATION,
        "    if speaks and fact.amount is not None and fact.amount not in declaration.amounts:",
        "    if speaks and fact.amount is not None and not declaration.amounts:",
        (
            _DECLARATION_UNIT + "test_a_record_of_another_amount_settles_nothing_and_is_an_anomaly",
            "tests/flows/test_poll_declarations.py::test_another_amount_settles_nothing_and_it_stays_due",
        ),
    ),
    Mutant(
        "an open declaration is not due",
        Promise.ELSEWHERE,
        _DECLARATION,
        "        return replace(declaration, lease_until=0, throttles=0, retry_at=0, due_at=due_at)",
        "        return replace(declaration, lease_until=0, throttles=0, retry_at=0, due_at=None)",
        (_DECLARATION_UNIT + "test_everything_open_is_due_and_nothing_settled_is",),
    ),
    Mutant(
        "a registration is sent before it is stored",
        Promise.ELSEWHERE,
        AUTODEBIT + "flows/merchants/register.py",
        "    claimed = runtime.repository.registrations.open(intent, runtime.clock.now())\n",
        "    runtime.alipay.call(Operation.REGISTRATION, json.loads(intent.body), runtime.response_timeout_ms)\n"
        "    claimed = runtime.repository.registrations.open(intent, runtime.clock.now())\n",
        (_REGISTER + "test_the_intent_is_stored_leased_and_due_before_anything_is_sent",),
    ),
    Mutant(
        "an F to a later send of a registration is believed",
        Promise.ELSEWHERE,
        _REGISTRATION,
        "    if registration.sends - registration.disproved > 1 or plan.may_have_forgotten(registration.created_at):\n"
        "        return False\n"
        "    return registration.sends <= 1 or code not in OF_AN_EARLIER_SEND",
        "    return True",
        (
            _REGISTRATION_UNIT + "test_an_f_to_a_later_send_settles_nothing",
            _REGISTER + "test_an_f_to_a_repeat_settles_nothing_for_it_may_speak_of_our_own_first_send",
        ),
    ),
    Mutant(
        "the lease of a registration is ignored",
        Promise.LEASE,
        AUTODEBIT + "flows/merchants/register.py",
        "    if stored.leased(now):",
        "    if stored.leased(stored.lease_until):",
        (_REGISTER + "test_a_repeat_while_the_send_is_under_way_is_u_without_a_call",),
    ),
    Mutant(
        "a poller registers again",
        Promise.ELSEWHERE,
        AUTODEBIT + "flows/merchants/sync.py",
        "    ask_registration(claimed, RegistrationSource.POLL, runtime)",
        """    if claimed.state.value == "INITIATED":
        from autodebit.flows.merchants.register import _send

        _send(claimed, runtime)
        return
    ask_registration(claimed, RegistrationSource.POLL, runtime)""",
        (
            "tests/flows/test_poll_registrations.py::test_the_schedule_asks_and_never_registers_where_the_answer_to_the_send_was_lost",
        ),
    ),
    Mutant(
        "a word for another merchant approves a registration",
        Promise.ELSEWHERE,
        _REGISTRATION,
        """        return "referenceMerchantId differs from the intent's\"""",
        """        return \"\"""",
        (
            _REGISTRATION_UNIT + "test_a_word_with_another_id_settles_nothing",
            _OUTCOMES + "test_the_id_of_another_merchant_settles_nothing",
        ),
    ),
    Mutant(
        "a registration's end changes",
        Promise.ELSEWHERE,
        AUTODEBIT + "domain/registration_states.py",
        """InvalidTransition("a completion was reported of a rejected registration")""",
        "MoveTo(_R.COMPLETED)",
        (
            "tests/unit/domain/test_registration_table.py::test_what_is_final_never_moves",
            _OUTCOMES + "test_another_end_than_the_final_one_is_an_anomaly_and_not_applied",
        ),
    ),
    Mutant(
        "an open registration is not due",
        Promise.ELSEWHERE,
        _REGISTRATION,
        "        return replace(registration, due_at=at + (max(wait, plan.throttled_wait) if fact.throttled else wait))",
        "        return replace(registration, due_at=None)",
        (_REGISTRATION_UNIT + "test_whatever_is_open_is_due_and_what_is_final_is_not",),
    ),
    Mutant(
        "the F of a declaration is told though it is not stored",
        Promise.ELSEWHERE,
        _CUSTOMS,
        "    if settlement is None and answer.status is ResultStatus.F:",
        "    if settlement is None and not answer.text:",
        (_SECOND_ROUND + "test_an_f_that_could_not_be_stored_is_u_and_a_repeat_tells",),
    ),
    Mutant(
        "the F of a registration is told though it is not stored",
        Promise.ELSEWHERE,
        _REGISTRATIONS,
        "    if settled is None and answer.status is ResultStatus.F:",
        "    if settled is None and not answer.text:",
        (_SECOND_ROUND + "test_an_f_that_could_not_be_stored_is_u_and_a_repeat_tells",),
    ),
    Mutant(
        "503 is said of a declaration that an earlier send has brought",
        Promise.ELSEWHERE,
        _CUSTOMS,
        "sent_before=before is not None and before.sends > 0",
        "sent_before=False",
        (_SECOND_ROUND + "test_a_repeat_that_never_left_after_a_send_that_may_have_is_200_u",),
    ),
    Mutant(
        "503 is said of a registration that an earlier send has brought",
        Promise.ELSEWHERE,
        _REGISTRATIONS,
        "            return no_trusted_answer(error, sent_before=claimed.sends > 1)",
        "            return no_trusted_answer(error)",
        (_SECOND_ROUND + "test_a_repeat_that_never_left_after_a_send_that_may_have_is_200_u",),
    ),
    Mutant(
        "the record of another request counts as our declaration",
        Promise.ELSEWHERE,
        _DECLARATION,
        "    same = not declaration.body_replaced and",
        "    same = declaration.body_replaced and",
        (_SECOND_ROUND + "test_after_repeat_req_inconsistent_no_word_settles_and_nothing_is_sent",),
    ),
    Mutant(
        "the record of another request counts as our registration",
        Promise.ELSEWHERE,
        _REGISTRATION,
        "        taken = replace(registration, id_taken=True)",
        "        taken = registration",
        (_SECOND_ROUND + "test_after_repeat_req_inconsistent_no_word_settles_and_nothing_is_sent",),
    ),
    Mutant(
        "a record counts although no declaration has left",
        Promise.ELSEWHERE,
        _DECLARATION,
        "    if certainly_never_sent(declaration, at, plan):",
        "    if declaration.sends < 0:",
        (_SECOND_ROUND + "test_a_word_on_what_never_left_settles_nothing",),
    ),
    Mutant(
        "a word counts although no registration has left",
        Promise.ELSEWHERE,
        _REGISTRATION,
        "registration.id_taken or (registration.sends == 0 and registration.state.open)",
        "registration.id_taken",
        (_SECOND_ROUND + "test_a_word_on_what_never_left_settles_nothing",),
    ),
    Mutant(
        "a poller asks for a declaration whose id is another request's",
        Promise.ELSEWHERE,
        _CUSTOMS,
        "    if claimed.id_taken:",
        "    if claimed.sends < 0:",
        (_SECOND_ROUND + "test_after_repeat_req_inconsistent_no_word_settles_and_nothing_is_sent",),
    ),
    Mutant(
        "a throttled declaration is sent again at once",
        Promise.ELSEWHERE,
        _CUSTOMS,
        "    if now < stored.retry_at:",
        "    if now < stored.created_at:",
        (_SECOND_ROUND + "test_a_throttled_send_is_sent_again_by_a_repeat_after_a_short_wait",),
    ),
    Mutant(
        "a throttled registration is asked for instead of being sent again",
        Promise.ELSEWHERE,
        AUTODEBIT + "flows/merchants/messages.py",
        "        word=RegistrationReport.NO_INFORMATION if throttled(answer) else _ANSWER_WORDS[answer.status],",
        "        word=_ANSWER_WORDS[answer.status],",
        (_SECOND_ROUND + "test_a_throttled_send_is_sent_again_by_a_repeat_after_a_short_wait",),
    ),
    Mutant(
        "a registration without time for an answer is sent",
        Promise.ELSEWHERE,
        _REGISTRATIONS,
        """registrations
    if not runtime.has_time_to_send:
        retry_until_deadline""",
        """registrations
    if not runtime.left:
        retry_until_deadline""",
        (_SECOND_ROUND + "test_time_that_the_claim_took_is_seen_and_the_claim_given_back",),
    ),
    Mutant(
        "a fact on a registration is dropped for a conflict",
        Promise.ELSEWHERE,
        AUTODEBIT + "repository/registrations.py",
        "            except ConditionFailed:\n                continue\n",
        "            except ConditionFailed:\n                return judgement\n",
        ("tests/repository/test_repository_registrations.py::test_facts_that_race_are_all_judged_and_none_is_lost",),
    ),
    Mutant(
        "a repeat sends a second password",
        Promise.ELSEWHERE,
        AUTODEBIT + "flows/users/authentication.py",
        "    if stored.answer:\n        return passthrough(stored.answer)\n",
        "    if stored.answer:\n        return None\n",
        ("tests/flows/test_init_authentication.py::test_the_answer_to_the_only_send_is_passed_on_and_repeated",),
    ),
    Mutant(
        "the lease of an authentication is ignored",
        Promise.LEASE,
        AUTODEBIT + "flows/users/authentication.py",
        "    if runtime.clock.now() < stored.lease_until:",
        "    if stored.lease_until < 0:",
        ("tests/flows/test_init_authentication.py::test_a_repeat_while_the_first_is_under_way_is_u_without_a_call",),
    ),
    Mutant(
        "a change that was not published is dropped",
        Promise.TOLD,
        _PUBLISHING,
        "            first = one.number",
        """            first = \"\"""",
        (_EVENTS + "test_it_resumes_at_the_first_record_that_failed",),
    ),
    Mutant(
        "the last changes of a batch are dropped",
        Promise.TOLD,
        _PUBLISHING,
        """    failed = _publish(waiting, publisher) if waiting else \"\"""",
        """    failed = \"\"""",
        (_EVENTS + "test_batches_of_ten_in_order",),
    ),
    Mutant(
        "with the bus out of reach changes are dropped",
        Promise.TOLD,
        _PUBLISHING,
        "            raise\n",
        """            return \"\"\n""",
        (_EVENTS + "test_a_bus_out_of_reach_brings_everything_again",),
    ),
    Mutant(
        "a record that cannot be published is not buried",
        Promise.TOLD,
        _PUBLISHING,
        "            _bury(one.record, code, publisher)",
        "            pass",
        (_EVENTS + "test_what_can_never_be_published_is_buried_whole_and_the_rest_goes_on",),
    ),
    Mutant(
        "a cancel that was refused is not told",
        Promise.TOLD,
        AUTODEBIT + "repository/stream.py",
        """    known = image.get("state"), _cancel_of(image), image.get("wallets")""",
        """    known = image.get("state"), image.get("wallets")""",
        (_EVENTS + "test_where_a_cancel_stands_is_told_although_the_payment_stays_where_it_is",),
    ),
)
