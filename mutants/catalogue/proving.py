"""What proves that words are Alipay's: their signature, over these bytes, for this path, from this key."""

from mutants.mutant import AUTODEBIT, SIGNING, Mutant, Promise

_GATEWAY = AUTODEBIT + "gateway.py"
_SPI = AUTODEBIT + "edge/spi.py"
_VERIFIER = SIGNING + "verifier.py"
_MONEY = "tests/promises/test_money_promises.py::"
_UNPROVEN_ANSWER = "tests/unit/gateway/test_gateway_http.py::test_an_answer_that_is_not_proven_is_no_answer"
_UNPROVEN_NOTIFICATION = "tests/handlers/test_handlers_spi.py::test_what_is_not_proven_is_401_and_changes_nothing"

PROVING = (
    Mutant(
        "an unsigned answer is believed",
        Promise.PROVEN,
        _GATEWAY,
        """            raise _untrusted(operation, "the answer is not signed", content)""",
        "            return read_answer(operation, content)",
        (_UNPROVEN_ANSWER, _MONEY + "test_3_an_unknown_outcome_is_no_failure"),
    ),
    Mutant(
        "an answer whose signature does not hold is believed",
        Promise.PROVEN,
        _GATEWAY,
        """            raise _untrusted(operation, "the signature of the answer does not hold", content) from None""",
        "            pass",
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
        "an unsigned notification is believed",
        Promise.PROVEN,
        _SPI,
        """        raise Unproven("a header of the signature is missing")""",
        "        return",
        (_UNPROVEN_NOTIFICATION,),
    ),
    Mutant(
        "a notification whose signature does not hold is believed",
        Promise.PROVEN,
        _SPI,
        "        raise Unproven(str(error)) from None",
        "        telemetry.note(str(error))",
        (_UNPROVEN_NOTIFICATION,),
    ),
    Mutant(
        "a notification for another client id is believed",
        Promise.PROVEN,
        _SPI,
        """        raise Unproven("another client id")""",
        "        pass",
        ("tests/handlers/test_handlers_spi.py::test_a_true_signature_for_another_client_is_401",),
    ),
    Mutant(
        "a notification of any age is believed",
        Promise.PROVEN,
        _SPI,
        """        raise Unproven("Request-Time is outside the window")""",
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
