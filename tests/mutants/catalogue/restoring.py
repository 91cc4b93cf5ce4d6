"""What operators do, and what is true must fit: client ids, restores, two versions of the code, sizes."""

from tests.mutants.mutant import AUTODEBIT, Mutant, Promise

_TABLE = AUTODEBIT + "repository/table.py"
_RECORDS = AUTODEBIT + "repository/serialization.py"
_LIMITS = AUTODEBIT + "repository/limits.py"
_REFUNDS = AUTODEBIT + "repository/refunds.py"
_TRANSACTION = AUTODEBIT + "domain/tracked_request.py"
_SCHEDULE = AUTODEBIT + "domain/polling_plan.py"
_CLIENTS = AUTODEBIT + "flows/client_ids.py"
_FINGERPRINTS = AUTODEBIT + "flows/payments/fingerprints.py"
_ADOPTION = AUTODEBIT + "flows/payments/imports.py"
_ONLY_SEND = "tests/unit/domain/test_only_send.py::"
_PLAN = "tests/unit/domain/test_plan.py::"
_RESTORED = "tests/flows/test_restored.py::"
_RESTORED_TOKENS = "tests/flows/test_restored_tokens.py::"
_CLIENT_IDS = "tests/flows/test_client_ids.py::"
_FINGERPRINT = "tests/flows/test_fingerprints.py::"
_IMPORT = "tests/flows/test_import_of_many_refunds.py::"
_FITS = "tests/repository/test_repository_limits.py::"
_UNKNOWN = "tests/repository/test_repository_unknown_attributes.py::"

RESTORING = (
    Mutant(
        "an F after a restore counts as the answer to the first send",
        Promise.ONCE,
        _TRANSACTION,
        "    return item.sends <= 1 and not _forgotten(item, at, plan)",
        "    return item.sends <= 1",
        (
            _ONLY_SEND + "test_an_f_answers_the_only_send_while_there_was_one",
            _RESTORED + "test_no_f_settles_an_id_that_may_have_been_forgotten",
        ),
    ),
    Mutant(
        "what a restored store has not sent counts as never sent",
        Promise.OURS,
        _TRANSACTION,
        "    return item.sends == 0 and not _forgotten(item, at, plan)",
        "    return item.sends == 0",
        (_ONLY_SEND + "test_what_was_never_sent_was_not_sent_before_the_restore_either",),
    ),
    Mutant(
        "only what was created before the restore may have been forgotten",
        Promise.ONCE,
        _SCHEDULE,
        "created_at < self.restored_at + self.forgetful_for",
        "created_at < self.restored_at",
        (
            _PLAN + "test_what_was_first_seen_before_or_soon_after_a_restore_may_have_been_forgotten",
            _RESTORED + "test_an_id_that_was_first_seen_within_the_window_stays_so",
        ),
    ),
    Mutant(
        "versions begin again after a restore",
        Promise.TOLD,
        _TABLE,
        "        return max(over, self._versions_from) + 1",
        "        return over + 1",
        (_RESTORED + "test_versions_go_on_above_those_that_consumers_have_seen",),
    ),
    Mutant(
        "the version that is returned is not the one that was written",
        Promise.NO_FACT_LOST,
        _TABLE,
        "        return replace(record, version=self._version_after(record.version))",
        "        return replace(record, version=record.version + 1)",
        (_RESTORED + "test_the_version_that_is_returned_is_the_one_that_was_written",),
    ),
    Mutant(
        "a refused cancel is believed at once after a restore",
        Promise.CANCEL,
        AUTODEBIT + "domain/cancellation.py",
        "    if cancel.lost or cancel.kept or plan.may_have_forgotten(cancel.requested_at):",
        "    if cancel.lost or cancel.kept:",
        (_RESTORED + "test_a_refused_cancel_waits_for_an_inquiry",),
    ),
    Mutant(
        "a word under another client id counts",
        Promise.OURS,
        _TRANSACTION,
        "    if not plan.is_own_client(item.client_id):\n",
        "    if not plan.is_own_client(item.client_id) and not fact:\n",
        (
            _ONLY_SEND + "test_no_word_under_another_client_id_moves_anything_but_the_due_time",
            _CLIENT_IDS + "test_not_there_under_another_client_id_closes_nothing_and_is_no_anomaly",
        ),
    ),
    Mutant(
        "a word on another client id's request is kept nowhere",
        Promise.DURABLE,
        _TRANSACTION,
        '    return OTHER_CLIENT_ID if _speaks(fact) else ""',
        '    return ""',
        (_CLIENT_IDS + "test_a_notification_to_another_client_id_settles_nothing_and_is_kept",),
    ),
    Mutant(
        "a request is repeated under another client id",
        Promise.ONCE,
        _CLIENTS,
        "    if not runtime.settings.plan.is_own_client(made.client_id):\n",
        "    if not runtime.settings.plan.is_own_client(made.client_id) and not made:\n",
        (
            _CLIENT_IDS + "test_a_repeat_of_pay_is_refused_and_nothing_is_sent",
            _CLIENT_IDS + "test_a_cancel_is_refused_and_neither_sent_nor_stored",
        ),
    ),
    Mutant(
        "a poller asks for what was made under another client id",
        Promise.ABSENT,
        _CLIENTS,
        "is_own_client(made.client_id) or made.due_at is None:",
        "is_own_client(made.client_id) or made.due_at is not None:",
        (_CLIENT_IDS + "test_a_poller_leaves_them_due_asks_nothing_and_tells_operators",),
    ),
    Mutant(
        "what cannot be asked for stays at the head of the queue",
        Promise.DUE,
        _CLIENTS,
        "    runtime.repository.due.postpone(DueItem(kind, identity, made.due_at), runtime.clock.now() + longest)\n",
        "    del identity, longest\n",
        (_CLIENT_IDS + "test_they_do_not_hide_what_is_due_after_them",),
    ),
    Mutant(
        "the merchants are not compared",
        Promise.ONCE,
        _FINGERPRINTS,
        "_hash([*_first_form(body), *_merchants(body)])",
        "_hash([*_first_form(body), *_merchants(body)[:0]])",
        (_FINGERPRINT + "test_another_merchant_under_one_id_is_refused",),
    ),
    Mutant(
        "a fingerprint of the old form is void",
        Promise.REPEATS,
        _FINGERPRINTS,
        '    if ":" not in fingerprint:\n',
        "    if not fingerprint:\n",
        (_FINGERPRINT + "test_a_fingerprint_of_the_old_form_stays_valid_and_is_compared_in_it",),
    ),
    Mutant(
        "what a newer version has stored is dropped",
        Promise.NO_FACT_LOST,
        _RECORDS,
        "    return {**unknown, **{name",
        "    return {**{name",
        (_UNKNOWN + "test_attributes_of_a_newer_version_survive_a_write",),
    ),
    Mutant(
        "a new cancel drops what a newer version has stored with the last one",
        Promise.CANCEL,
        AUTODEBIT + "domain/cancellation.py",
        "lost=before.lost, unknown_attributes=before.unknown_attributes)",
        "lost=before.lost)",
        (_UNKNOWN + "test_they_survive_in_the_cancel_of_a_payment_and_in_the_next_one",),
    ),
    Mutant(
        "texts of Alipay are kept at any length",
        Promise.NO_FACT_LOST,
        _LIMITS,
        "    cut: dict[str, Any] = _with_short_texts(item)",
        "    cut: dict[str, Any] = dict(item)",
        (_FITS + "test_ids_and_bodies_are_kept_as_they_are",),
    ),
    Mutant(
        "an item that is too large is not made to fit",
        Promise.NO_FACT_LOST,
        _LIMITS,
        "    return cut if size_of(cut) <= LARGEST_ITEM else _with_short_answers(cut)",
        "    return cut",
        (
            _FITS + "test_sizes_count_bytes_not_characters",
            _FITS + "test_two_large_messages_and_a_large_body_leave_answers_of_the_same_shape",
        ),
    ),
    Mutant(
        "an item that is too large loses what Alipay answered",
        Promise.ELSEWHERE,
        _LIMITS,
        '_short_answer(value) if name == "answer"',
        '"" if name == "answer"',
        (_FITS + "test_a_refused_declaration_with_a_large_body_and_answer_stays_refused",),
    ),
    Mutant(
        "an anomaly is as large as what was said",
        Promise.DURABLE,
        AUTODEBIT + "repository/anomalies.py",
        "{name: shortened(value, _longest(name)) for name,",
        "{name: value for name,",
        (_FITS + "test_an_anomaly_with_long_texts_is_stored_with_the_item_it_stands_beside",),
    ),
    Mutant(
        "all refunds of an import go into one transaction",
        Promise.NO_FACT_LOST,
        _REFUNDS,
        "        if payment.importing or len(writes) > _ONE_TRANSACTION:",
        "        if payment.importing:",
        (_IMPORT + "test_many_refunds_under_way_are_all_stored_and_hold_their_amounts",),
    ),
    Mutant(
        "an import that was cut short is never finished",
        Promise.RESERVED,
        _ADOPTION,
        "        return stored if not stored.importing else _import_finished(stored, account, runtime)",
        "        return stored",
        (_IMPORT + "test_a_crash_after_any_write_is_made_good_by_the_next_call",),
    ),
    Mutant(
        "a refund that fails while its payment is imported holds its amount for ever",
        Promise.RESERVED,
        _REFUNDS,
        "max(payment.reserved + changed, 0)",
        "max(payment.reserved, 0)",
        (_IMPORT + "test_a_refund_that_fails_between_the_pieces_frees_its_amount_once",),
    ),
    Mutant(
        "two refunds of one id hold one amount",
        Promise.RESERVED,
        _ADOPTION,
        "{(refund.refund_request_id, refund.refund_id, refund.amount): refund for",
        "{refund.refund_request_id: refund for",
        (_IMPORT + "test_of_two_refunds_of_one_id_both_amounts_are_held",),
    ),
    Mutant(
        "an F to a consult after a restore fails its authorization",
        Promise.ONCE,
        AUTODEBIT + "flows/authorizations/consent.py",
        "    only = answer.status is ResultStatus.F and answers_only_send(ready, answer.code, now, plan)\n",
        "    only = answer.status is ResultStatus.F and ready.sends == 1\n",
        (_RESTORED_TOKENS + "test_an_f_to_a_consult_that_may_have_been_forgotten_fails_no_authorization",),
    ),
    Mutant(
        "an F to a password after a restore fails its authentication",
        Promise.ONCE,
        AUTODEBIT + "flows/users/authentication.py",
        "    final, only = True, answers_only_send(claimed, answer.code, now, plan)\n",
        "    final, only = True, claimed.sends == 1\n",
        (
            _RESTORED_TOKENS + "test_an_f_to_a_password_that_may_have_been_forgotten_fails_no_authentication",
            _RESTORED_TOKENS + "test_a_password_that_is_said_to_differ_is_another_requests",
        ),
    ),
    Mutant(
        "an F to a revoke after a restore ends the request",
        Promise.TOKENS,
        AUTODEBIT + "domain/grant_lifecycle.py",
        "    if not is_only_send(grant.revocation, at, plan) or grant.state is GrantState.REVOKED:",
        "    if grant.revocation.sends != 1 or grant.state is GrantState.REVOKED:",
        (_RESTORED_TOKENS + "test_an_f_to_a_revoke_that_may_have_been_forgotten_leaves_it_requested",),
    ),
    Mutant(
        "a forgotten revoke passes for none",
        Promise.TOLD,
        AUTODEBIT + "flows/authorizations/revoke.py",
        "    return wanted is not None and is_only_send(wanted, now, plan)\n",
        "    return wanted is not None and wanted.sends == 1\n",
        (_RESTORED_TOKENS + "test_a_dead_token_after_a_restore_means_that_the_forgotten_revoke_has_ended_it",),
    ),
)
