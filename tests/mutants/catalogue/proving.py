"""What proves that words are Alipay's: their signature, over these bytes, for this path, from this key."""

from tests.mutants.mutant import AUTODEBIT, SIGNING, Mutant, Promise

_GATEWAY = AUTODEBIT + "gateway/client.py"
_SPI = AUTODEBIT + "entrypoints/notifications.py"
_VERIFIER = SIGNING + "verifier.py"
_MONEY = "tests/promises/test_money_promises.py::"
_UNPROVEN_ANSWER = "tests/unit/gateway/test_gateway_http.py::test_an_answer_that_is_not_proven_is_no_answer"
_UNPROVEN_NOTIFICATION = "tests/handlers/test_handlers_spi.py::test_what_is_not_proven_is_401_and_changes_nothing"
_TIME = "tests/unit/gateway/test_gateway_time.py::"
_KEPT = "tests/flows/test_acknowledged_is_stored.py::"

PROVING = (
    Mutant(
        "an unsigned answer is believed",
        Promise.PROVEN,
        _GATEWAY,
        """            raise _untrusted(operation, "the answer is not signed", content)""",
        "            return read_response(operation, content)",
        (_UNPROVEN_ANSWER, _MONEY + "test_3_an_unknown_outcome_is_no_failure"),
    ),
    Mutant(
        "an answer whose signature does not hold is believed",
        Promise.PROVEN,
        _GATEWAY,
        "            raise _untrusted(operation, reason, content) from None\n",
        "            del reason\n",
        (_UNPROVEN_ANSWER,),
    ),
    Mutant(
        "a signed answer with another HTTP status is believed",
        Promise.PROVEN,
        _GATEWAY,
        "        if status != 200:",
        "        if status == 200 and not signature:",
        (_UNPROVEN_ANSWER,),
    ),
    Mutant(
        "an answer for another client id is believed",
        Promise.PROVEN,
        _GATEWAY,
        """            raise _untrusted(operation, "the answer is for another client id", content)""",
        "            pass",
        (_UNPROVEN_ANSWER,),
    ),
    Mutant(
        "the answer to another operation is believed",
        Promise.PROVEN,
        _GATEWAY,
        """            self._verifier.verify(signature, canonical("POST", path, self._client_id, answered_at, content))
""",
        """            for one in Operation:
                with contextlib.suppress(BadSignature):
                    there = self._path + one.value
                    self._verifier.verify(signature, canonical("POST", there, self._client_id, answered_at, content))
                    break
            else:
                raise BadSignature("none fits")
""",
        (_UNPROVEN_ANSWER,),
    ),
    Mutant(
        "the time of signing is not taken off",
        Promise.PROVEN,
        _GATEWAY,
        "self._line().post(self._url + path, headers, content, deadline, operation.label)",
        "self._line().post(self._url + path, headers, content, Deadline(within / SECOND), operation.label)",
        (_TIME + "test_the_time_of_signing_comes_off_the_answers_time",),
    ),
    Mutant(
        "each address of a host has a connect budget of its own",
        Promise.PROVEN,
        AUTODEBIT + "gateway/connect.py",
        "        patience = max(",
        "        deadline = Deadline(3)\n        patience = max(",
        (_TIME + "test_addresses_that_do_not_answer_share_one_connect_budget",),
    ),
    Mutant(
        "the clock is not read before the first byte",
        Promise.UNKNOWN,
        _GATEWAY,
        "        if self.late or not left:",
        "        if self.late:",
        (_TIME + "test_the_clock_is_read_right_before_the_first_byte",),
    ),
    Mutant(
        "a payment's notification of an unknown type is acknowledged and kept nowhere",
        Promise.DURABLE,
        AUTODEBIT + "flows/payments/sync.py",
        "        reason = NOT_UNDERSTOOD\n",
        "        return\n",
        (_KEPT + "test_a_payments_notification_that_says_nothing_known_is_kept",),
    ),
    Mutant(
        "a refund's notification of an unknown status is acknowledged and kept nowhere",
        Promise.DURABLE,
        AUTODEBIT + "flows/payments/refund_sync.py",
        "        reason = NOT_UNDERSTOOD\n",
        "        return\n",
        (_KEPT + "test_a_refunds_notification_that_says_nothing_known_is_kept",),
    ),
    Mutant(
        "a reversal is one unknown type among others",
        Promise.DURABLE,
        AUTODEBIT + "flows/payments/sync.py",
        "    if messages.kind_of(notification.notify_type) == messages.REVERSAL:",
        "    if notification.notify_type == messages:",
        (_KEPT + "test_a_reversal_has_a_reason_of_its_own_and_the_state_stays",),
    ),
    Mutant(
        "a notification with a paymentId alone is nobody's",
        Promise.DURABLE,
        AUTODEBIT + "flows/payments/sync.py",
        """fact.payment_request_id or (fact.payment_id and payments.id_of(fact.payment_id)) or """ "",
        """fact.payment_request_id or """ "",
        (_KEPT + "test_a_notification_with_only_a_payment_id_of_ours_is_applied",),
    ),
    Mutant(
        "a notification that is no JSON leaves nothing",
        Promise.DURABLE,
        _SPI,
        "        present.repository.record_unreadable(operation, reason, facts, present.clock.now())\n",
        "",
        ("tests/handlers/test_handlers_spi.py::test_a_true_signature_over_unreadable_json_is_400_and_kept",),
    ),
    Mutant(
        "the whole body of a notification is kept",
        Promise.TOKENS,
        AUTODEBIT + "flows/kept_bodies.py",
        "form.fullmatch(str(value)) else MASKED",
        "form.fullmatch(str(value)) else value",
        (_KEPT + "test_of_a_body_only_ids_codes_amounts_and_times_are_kept",),
    ),
    Mutant(
        "an unsigned notification is believed",
        Promise.PROVEN,
        _SPI,
        """        raise SignatureVerificationError("a header of the signature is missing")""",
        "        return",
        (_UNPROVEN_NOTIFICATION,),
    ),
    Mutant(
        "a notification whose signature does not hold is believed",
        Promise.PROVEN,
        _SPI,
        "        raise SignatureVerificationError(str(error)) from None",
        "        telemetry.log(str(error))",
        (_UNPROVEN_NOTIFICATION,),
    ),
    Mutant(
        "a notification for another client id is believed",
        Promise.PROVEN,
        _SPI,
        """        raise SignatureVerificationError("another client id")""",
        "        pass",
        ("tests/handlers/test_handlers_spi.py::test_a_true_signature_for_another_client_is_401",),
    ),
    Mutant(
        "a notification of any age is believed",
        Promise.PROVEN,
        _SPI,
        """        raise SignatureVerificationError("Request-Time is outside the window")""",
        "        pass",
        ("tests/handlers/test_handlers_spi.py::test_the_time_must_lie_within_the_window",),
    ),
    Mutant(
        "a signature that does not fit is good enough",
        Promise.PROVEN,
        _VERIFIER,
        "    except InvalidSignature:\n        return False",
        "    except InvalidSignature:\n        return True",
        ("tests/unit/signing/test_signing_vectors.py::test_one_more_byte_is_refused",),
    ),
    Mutant(
        "any key will do, whatever keyVersion says",
        Promise.PROVEN,
        _VERIFIER,
        "        return (self._public_keys[version],)",
        "        return self._public_keys.values()",
        ("tests/unit/signing/test_signing_header.py::test_the_key_version_decides_even_where_another_key_would_fit",),
    ),
)
