"""What the store guards: conditions, conflicts, lost replies, due times; and what is acknowledged: promises 1, 2, 5, 6, 9, 10."""

from tests.mutants.mutant import AUTODEBIT, Mutant, Promise

_TABLE = AUTODEBIT + "repository/table.py"
_TRANSACTIONS = AUTODEBIT + "repository/tracked_requests.py"
_TRANSACTION = AUTODEBIT + "domain/tracked_request.py"
_STORE = "tests/repository/test_repository_payments.py::"
_FAULTS = "tests/repository/test_repository_faults.py::"
_JUDGE = "tests/unit/domain/test_judge.py::"
_MONEY = "tests/promises/test_money_promises.py::"

STORING = (
    Mutant(
        "a new item is put over one that is there",
        Promise.ONCE,
        _TABLE,
        """        request["ConditionExpression"] = _NOT_THERE_YET""",
        """        request["ConditionExpression"] = f"{_NOT_THERE_YET} OR attribute_exists(pk)\"""",
        (
            _STORE + "test_of_twenty_threads_that_open_one_payment_exactly_one_may_send",
            "tests/race/test_races.py::test_one_pay_from_everywhere_is_one_debit",
        ),
    ),
    Mutant(
        "an item is put over whatever version is there",
        Promise.NO_FACT_LOST,
        _TABLE,
        """            "ConditionExpression": "#version = :over",""",
        """            "ConditionExpression": "#version = :over OR #version <> :over",""",
        (
            _STORE + "test_whoever_read_an_older_version_claims_nothing",
            "tests/repository/test_repository_refunds.py::"
            "test_of_twenty_threads_with_refunds_of_one_payment_as_many_succeed_as_fit",
        ),
    ),
    Mutant(
        "a fact is dropped for a conflict",
        Promise.NO_FACT_LOST,
        _TRANSACTIONS,
        """                foreign = self._points_elsewhere(conflict, identity)
                continue
""",
        """                foreign = self._points_elsewhere(conflict, identity)
                if foreign:
                    continue
                return RecordedUpdate(before)
""",
        (
            "tests/flows/test_notify_payment.py::test_a_fact_is_not_dropped_for_a_conflict",
            _STORE + "test_facts_that_race_leave_one_final_state_and_lose_no_fact",
        ),
    ),
    Mutant(
        "an anomaly is not recorded",
        Promise.NO_FACT_LOST,
        _TRANSACTIONS,
        "            if reason:\n",
        "            if reason and after != before:\n",
        (_MONEY + "test_4_what_is_final_stays_final",),
    ),
    Mutant(
        "a write whose reply was lost is taken for another one's",
        Promise.NO_FACT_LOST,
        _TABLE,
        """item.get("attempt") == attempt for""",
        """not item.get("attempt") for""",
        (
            _FAULTS + "test_a_write_ahead_whose_reply_was_lost_is_recognised_as_ones_own",
            "tests/flows/test_pay_trouble.py::test_a_write_whose_own_reply_was_lost_is_no_conflict",
        ),
    ),
    Mutant(
        "another one's write is taken for one's own",
        Promise.ONCE,
        _TABLE,
        """item.get("attempt") == attempt for""",
        """item.get("attempt") for""",
        (_FAULTS + "test_another_ones_write_is_not_taken_for_ones_own",),
    ),
    Mutant(
        "a throttled transaction is taken for a lost race",
        Promise.WRITTEN_AHEAD,
        _TABLE,
        "        if reasons and all(",
        "        if reasons and any(",
        (_FAULTS + "test_a_throttled_transaction_is_unavailable_never_a_lost_race",),
    ),
    Mutant(
        "a table that does not answer is taken for an empty one",
        Promise.WRITTEN_AHEAD,
        _TABLE,
        """        except (ClientError, BotoCoreError) as error:
            raise StoreUnavailable(_said(error)) from error
        return plain(found["Item"]) if "Item" in found else None""",
        """        except (ClientError, BotoCoreError):
            return None
        return plain(found["Item"]) if "Item" in found else None""",
        (_FAULTS + "test_a_table_that_does_not_answer_is_unavailable_never_empty",),
    ),
    Mutant(
        "Alipay's id of another payment is accepted",
        Promise.OURS,
        _TABLE,
        """f"{_NOT_THERE_YET} OR target = :target",""",
        """f"{_NOT_THERE_YET} OR target = :target OR target <> :target",""",
        (
            _STORE + "test_one_payment_id_for_two_payments_settles_nothing_and_is_an_anomaly",
            "tests/flows/test_pay.py::test_a_success_with_the_payment_id_of_another_payment_settles_nothing",
        ),
    ),
    Mutant(
        "an open payment loses its due time with the answer to pay",
        Promise.DUE,
        _TRANSACTION,
        "        return replace(item, lease_until=0, throttles=0, retry_at=0, due_at=at + waits.after(0))",
        (
            "        after = None if fact.source is Source.PAY else at + waits.after(0)\n"
            "        return replace(item, lease_until=0, throttles=0, retry_at=0, due_at=after)"
        ),
        (
            _JUDGE + "test_whatever_stays_open_is_due_and_whatever_is_final_is_not",
            _MONEY + "test_5_everything_open_is_due_and_what_is_final_is_not",
        ),
    ),
    Mutant(
        "an open refund loses its due time with the answer to refund",
        Promise.DUE,
        _TRANSACTION,
        "        return replace(item, lease_until=0, throttles=0, retry_at=0, due_at=at + waits.after(0))",
        (
            "        after = None if fact.source is Source.REFUND else at + waits.after(0)\n"
            "        return replace(item, lease_until=0, throttles=0, retry_at=0, due_at=after)"
        ),
        (
            "tests/unit/domain/test_judge_refund.py::test_whatever_stays_open_is_due_and_whatever_is_final_is_not",
            "tests/promises/test_money_goes_back.py::test_5_what_waits_for_its_cancel_or_refund_is_due",
        ),
    ),
    Mutant(
        "an intent is stored without a due time",
        Promise.DUE,
        _TRANSACTION,
        "        due_at=until,",
        "        due_at=None,",
        (_MONEY + "test_1_the_intent_is_stored_leased_and_due_before_a_byte_goes_to_alipay",),
    ),
    Mutant(
        "what a poller has claimed is due no more should it die",
        Promise.DUE,
        _TRANSACTION,
        "due_at=at + plan.poll_lease)",
        "due_at=None)",
        (
            _JUDGE + "test_a_poll_moves_the_due_time_and_counts",
            "tests/flows/test_poll_payments.py::test_a_poller_that_dies_leaves_the_item_due",
        ),
    ),
    Mutant(
        "a poll without outcome ends the polling",
        Promise.DUE,
        _TRANSACTION,
        "        return replace(item, due_at=at + (max(wait, plan.throttled_wait) if fact.throttled else wait))",
        "        return replace(item, due_at=None)",
        (
            _JUDGE + "test_a_poll_without_outcome_waits_longer_each_time",
            _MONEY + "test_5_everything_open_is_due_and_what_is_final_is_not",
        ),
    ),
    Mutant(
        "what is final stays due",
        Promise.DUE,
        _TRANSACTION,
        "        due_at=None,\n        closed_at=0,\n    )",
        "        closed_at=0,\n    )",
        (
            _JUDGE + "test_whatever_stays_open_is_due_and_whatever_is_final_is_not",
            _MONEY + "test_5_everything_open_is_due_and_what_is_final_is_not",
        ),
    ),
    Mutant(
        "what is due is not in the index",
        Promise.DUE,
        AUTODEBIT + "repository/serialization.py",
        """        item["due_key"] = shard_of(due_as or kind, identity)""",
        """        item["due"] = shard_of(due_as or kind, identity)""",
        (_STORE + "test_a_payment_is_in_the_index_while_it_is_open_and_moves_with_its_due_time",),
    ),
    Mutant(
        "what cannot be seen to hides the others",
        Promise.DUE,
        AUTODEBIT + "flows/worker.py",
        "        runtime.repository.due.postpone(item, max(runtime.deadline, runtime.clock.now() + MINUTE))",
        "        pass",
        (
            "tests/flows/test_poll_payments.py::test_codes_that_cannot_be_decrypted_do_not_hide_the_others",
            "tests/flows/test_refresh_tokens_trouble.py::test_grants_that_cannot_be_read_do_not_hide_the_others",
        ),
    ),
    Mutant(
        "a notification is acknowledged with the store down",
        Promise.DURABLE,
        AUTODEBIT + "entrypoints/notifications.py",
        """        return _failure(503, "UNKNOWN_EXCEPTION", "not stored; send it again", status="U")""",
        "        return ACKNOWLEDGED",
        ("tests/handlers/test_handlers_spi.py::test_with_the_store_down_alipay_is_asked_to_send_again",),
    ),
    Mutant(
        "a notification is acknowledged before it is stored",
        Promise.DURABLE,
        AUTODEBIT + "entrypoints/notifications.py",
        "        flow(notification, present.until(deadline_of(context, present.clock)))\n",
        """        import threading

        threading.Thread(target=flow, args=(notification, present.until(deadline_of(context, present.clock)))).start()
""",
        ("tests/handlers/test_handlers_spi.py::test_with_the_store_down_alipay_is_asked_to_send_again",),
    ),
    Mutant(
        "a notification is acknowledged after a fault of ours",
        Promise.DURABLE,
        AUTODEBIT + "entrypoints/notifications.py",
        """        return _failure(500, "UNKNOWN_EXCEPTION", "not stored; send it again", status="U")""",
        "        return ACKNOWLEDGED",
        ("tests/handlers/test_handlers_spi.py::test_a_fault_of_ours_is_500_and_its_text_goes_nowhere",),
    ),
    Mutant(
        "a store that fails under a notification is passed over",
        Promise.DURABLE,
        AUTODEBIT + "flows/payments/sync.py",
        "    settled = settle(payment_request_id, fact, runtime) if payment_request_id else None\n",
        """    write = lambda: settle(payment_request_id, fact, runtime) or 0
    settled = retry_until_deadline(write, runtime) if payment_request_id else 0
    settled = None if settled == 0 else settled or 1
""",
        (
            "tests/flows/test_notify_payment.py::test_what_cannot_be_stored_is_not_acknowledged",
            _MONEY + "test_6_what_is_acknowledged_is_stored",
        ),
    ),
    Mutant(
        "a notification for a payment that is not known is dropped",
        Promise.NO_FACT_LOST,
        AUTODEBIT + "flows/payments/sync.py",
        "    payments.record_unknown(payment_request_id, reason, fact, runtime.clock.now(), kept_body(notification))\n",
        "",
        ("tests/flows/test_notify_payment.py::test_a_payment_that_is_not_known_is_an_anomaly_and_acknowledged",),
    ),
)
