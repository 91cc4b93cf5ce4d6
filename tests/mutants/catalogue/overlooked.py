"""What no test noticed when it was dropped: found by generic mutants and by looking for lines that no test executes."""

from tests.mutants.mutant import AUTODEBIT, Mutant, Promise

_CODES = AUTODEBIT + "repository/codes.py"
_NOTIFIED = AUTODEBIT + "flows/authorizations/consent.py"
_TOKENS = AUTODEBIT + "flows/authorizations/exchange.py"
_CHANGES = AUTODEBIT + "repository/stream.py"
_REGISTRATION = AUTODEBIT + "domain/registration.py"
_TIME = "tests/flows/test_time_runs_out.py::"
_LEASE_BACK = _TIME + "test_when_the_claim_has_used_up_the_time_nothing_is_sent_and_the_lease_is_given_back"
_CONFLICTS = "tests/repository/test_repository_conflicts.py::"
_EXCHANGES = "tests/flows/test_exchange_races.py::"
_FIELDS = "tests/flows/test_event_fields.py::"
_LATE_TOKENS = "tests/flows/test_notified_tokens.py::"

OVERLOOKED = (
    Mutant(
        "a new token that was cancelled while it was renewed lives on",
        Promise.TOKENS,
        AUTODEBIT + "flows/authorizations/refresh.py",
        "        end_if_cancelled(renewed, token.access, runtime)\n",
        "",
        (
            "tests/flows/test_refresh_tokens_trouble.py::"
            "test_a_new_token_cancelled_while_it_is_renewed_ends_the_authorization",
        ),
    ),
    Mutant(
        "a refresh for which no time was left keeps its lease",
        Promise.LEASE,
        AUTODEBIT + "flows/authorizations/refresh.py",
        "        _left_open(claimed, runtime, unsent=True)\n",
        "",
        (_LEASE_BACK + "[refresh]",),
    ),
    Mutant(
        "a revoke for which no time was left keeps its lease",
        Promise.LEASE,
        AUTODEBIT + "flows/authorizations/revoke.py",
        "        _left_open(claimed, runtime, unsent=True)\n",
        "",
        (_LEASE_BACK + "[revoke]",),
    ),
    Mutant(
        "an authentication for which no time was left keeps its lease",
        Promise.LEASE,
        AUTODEBIT + "flows/users/authentication.py",
        "        _release(claimed, runtime, unsent=True)\n",
        "",
        (_LEASE_BACK + "[initAuthentication]",),
    ),
    Mutant(
        "a declaration is sent although no time is left for its answer",
        Promise.ELSEWHERE,
        AUTODEBIT + "flows/customs/declare.py",
        "    if not runtime.has_time_to_send:\n        retry_until_deadline",
        "    if runtime.left < 0:\n        retry_until_deadline",
        (_LEASE_BACK + "[declare]",),
    ),
    Mutant(
        "a registration is sent although no time is left for its answer",
        Promise.ELSEWHERE,
        AUTODEBIT + "flows/merchants/register.py",
        "    if not runtime.has_time_to_send:\n        retry_until_deadline",
        "    if runtime.left < 0:\n        retry_until_deadline",
        (_LEASE_BACK + "[registration]",),
    ),
    Mutant(
        "an F to a sender of a code whom another has outrun is told as F",
        Promise.TOKENS,
        _TOKENS,
        "        if failed is not None and failed.state is CodeState.EXCHANGED:",
        "        if failed is not None and failed.state is CodeState.FAILED:",
        (_EXCHANGES + "test_an_f_to_a_sender_whom_another_has_outrun_is_answered_with_the_others_token",),
    ),
    Mutant(
        "a code that was claimed for another wallet stays leased",
        Promise.LEASE,
        _TOKENS,
        "                runtime.repository.codes.exchange_open(claim.code, now, lost=False, unsent=True)\n",
        "                pass\n",
        (_EXCHANGES + "test_a_code_that_was_claimed_for_another_wallet_is_left_as_it_was",),
    ),
    Mutant(
        "a code is exchanged for another wallet",
        Promise.TOKENS,
        _TOKENS,
        "        if claim.code.wallet != wallet:\n",
        "        if not claim.code.wallet:\n",
        (_EXCHANGES + "test_a_code_that_was_claimed_for_another_wallet_is_left_as_it_was",),
    ),
    Mutant(
        "a notified code is not acknowledged if the store fails before its exchange",
        Promise.DURABLE,
        _NOTIFIED,
        "        except AutoDebitError as error:",
        "        except GatewayError as error:",
        (_EXCHANGES + "test_a_code_is_acknowledged_and_left_to_the_poller_if_the_store_fails_before_the_exchange",),
    ),
    Mutant(
        "a notified token that comes after the end lives on",
        Promise.TOKENS,
        _NOTIFIED,
        "to_be_revoked(known, now) if late else linked(of_wallet",
        "linked(of_wallet",
        (_LATE_TOKENS + "test_a_token_notified_after_the_end_is_revoked",),
    ),
    Mutant(
        "a notified token that others hold is revoked for an authorization that ended",
        Promise.TOKENS,
        _NOTIFIED,
        "late = authorization.state is AuthorizationState.REVOKED and held.handle == grant.handle",
        "late = authorization.state is AuthorizationState.REVOKED",
        (_LATE_TOKENS + "test_a_token_that_others_hold_is_not_revoked_for_an_authorization_that_ended",),
    ),
    Mutant(
        "a failed exchange is dropped for a conflict",
        Promise.NO_FACT_LOST,
        _CODES,
        "                continue\n            return self._table.stored(done)\n",
        "                return current\n            return self._table.stored(done)\n",
        (_CONFLICTS + "test_a_code_that_is_received_while_its_exchange_fails_fails_its_authorization",),
    ),
    Mutant(
        "a code that is handed on keeps its lease for a conflict",
        Promise.LEASE,
        _CODES,
        "self._table.write(self._put_code(later, stored))\n            except ConditionFailed:\n                continue\n",
        "self._table.write(self._put_code(later, stored))\n            except ConditionFailed:\n                return\n",
        (_CONFLICTS + "test_a_code_that_is_received_while_it_is_handed_on_stays_linked",),
    ),
    Mutant(
        "a code that is claimed while it is received is dropped",
        Promise.DURABLE,
        _CODES,
        "*writes, *moves)\n            except ConditionFailed:\n                continue\n",
        "*writes, *moves)\n            except ConditionFailed:\n                return code, reason\n",
        (_CONFLICTS + "test_a_code_that_is_claimed_while_it_is_received_keeps_its_lease",),
    ),
    Mutant(
        "record not found before a send counts against that send",
        Promise.ELSEWHERE,
        _REGISTRATION,
        "        polls=0,\n        not_found_count=0,\n        not_found_at=0,\n",
        "        polls=0,\n",
        (
            "tests/unit/domain/test_registration_judge.py::"
            "test_record_not_found_before_a_send_says_nothing_of_that_send",
        ),
    ),
    Mutant(
        "a failed refund that Alipay has not kept is called forgotten",
        Promise.TOLD,
        AUTODEBIT + "domain/refund.py",
        "    known = refund.state.open and refund.heard is SendOutcome.ACCEPTED",
        "    known = refund.heard is SendOutcome.ACCEPTED",
        ("tests/unit/domain/test_judge_refund.py::test_a_refund_that_is_not_open_is_not_called_forgotten",),
    ),
    Mutant(
        "a cancel that is stuck while only inquiries go out is not told to operators",
        Promise.TOLD,
        AUTODEBIT + "flows/payments/sync.py",
        "    else:\n        log_stuck_cancel(settlement.item, runtime)\n",
        "",
        (
            "tests/flows/test_poll_cancels.py::"
            "test_a_cancel_that_is_stuck_while_only_inquiries_go_out_is_told_each_time",
        ),
    ),
    Mutant(
        "an event of a declaration does not tell why it failed",
        Promise.TOLD,
        _CHANGES,
        """        "customs_return_time": "customsDeclarationReturnTime",
        "result_code": "resultCode",
        "result_message": "resultMessage",
""",
        """        "customs_return_time": "customsDeclarationReturnTime",
        "result_code": "resultCode",
""",
        (_FIELDS + "test_an_event_tells_every_field_that_is_known[declaration]",),
    ),
    Mutant(
        "a dead letter that is too large for its queue is written whole",
        Promise.TOLD,
        AUTODEBIT + "flows/outbox.py",
        "    if len(body.encode()) > _LARGEST_MESSAGE:",
        "    if len(body.encode()) > 4 * _LARGEST_MESSAGE:",
        ("tests/flows/test_dead_letters.py::test_a_record_that_is_too_large_leaves_what_finds_its_item",),
    ),
)
