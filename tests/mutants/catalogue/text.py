"""Text as it comes: what is signed is what came, cut text is stored, and a status that nobody knows is seen."""

from tests.mutants.mutant import AUTODEBIT, Mutant, Promise

_COMES = "tests/handlers/test_text_as_it_comes.py::"
_STATUSES = "tests/flows/test_unknown_statuses.py::"
_HTTP = "tests/unit/gateway/test_gateway_http.py::"
_READING = AUTODEBIT + "gateway/json_body.py"

TEXT = (
    Mutant(
        "a notification's signature is checked without its byte order mark",
        Promise.PROVEN,
        AUTODEBIT + "entrypoints/notifications.py",
        "        verify_notification(event, body, present)\n",
        '        verify_notification(event, body.removeprefix(b"\\xef\\xbb\\xbf"), present)\n',
        (_COMES + "test_the_signature_is_over_the_bytes_that_came",),
    ),
    Mutant(
        "a notification's signature is checked over mended text",
        Promise.PROVEN,
        AUTODEBIT + "entrypoints/notifications.py",
        "        verify_notification(event, body, present)\n",
        '        verify_notification(event, body.replace(b"\\\\ud83d", b"\\\\ufffd"), present)\n',
        (_COMES + "test_the_signature_of_cut_text_is_over_the_bytes_that_came",),
    ),
    Mutant(
        "an answer's signature is checked without its byte order mark",
        Promise.PROVEN,
        AUTODEBIT + "gateway/client.py",
        """canonical("POST", path, self._client_id, answered_at, content))""",
        """canonical("POST", path, self._client_id, answered_at, content.removeprefix(b"\\xef\\xbb\\xbf")))""",
        (_HTTP + "test_a_byte_order_mark_is_signed_and_then_dropped",),
    ),
    Mutant(
        "a notification with half a surrogate pair is refused",
        Promise.DURABLE,
        _READING,
        '    text = with_whole_characters(_decoded(content, errors="surrogatepass"))\n',
        '    text = _decoded(content, errors="strict")\n'
        "    if with_whole_characters(text) != text:\n"
        '        raise InvalidJson("half a surrogate pair")\n',
        (_COMES + "test_a_cancelled_token_ends_whatever_text_was_cut",),
    ),
    Mutant(
        "names that differ in a lost half are refused",
        Promise.DURABLE,
        _READING,
        "                if _REPLACEMENT not in name:\n",
        "                if name:\n",
        (_COMES + "test_a_payment_notification_with_half_a_pair_settles_the_payment",),
    ),
    Mutant(
        "a caller's half a surrogate pair is sent on",
        Promise.PROVEN,
        _READING,
        "    if with_whole_characters(text) != text:\n",
        "    if not text:\n",
        (_COMES + "test_a_callers_half_a_pair_is_a_clear_400",),
    ),
    Mutant(
        "an unknown status in an inquiry's answer is silence",
        Promise.NO_FACT_LOST,
        AUTODEBIT + "domain/tracked_request.py",
        '    return STATUS_NOT_KNOWN if fact.status else ""\n',
        '    return ""\n',
        (_STATUSES + "test_a_payments_unknown_status_is_an_anomaly",),
    ),
    Mutant(
        "an unknown status of a registration is silence",
        Promise.NO_FACT_LOST,
        AUTODEBIT + "domain/registration.py",
        'STATUS_NOT_KNOWN if fact.status else "")',
        '"")',
        (_STATUSES + "test_a_registrations_status",),
    ),
    Mutant(
        "a letter that only becomes S in capitals is an S",
        Promise.OURS,
        _READING,
        "    return stripped.upper() if stripped.isascii() else stripped\n",
        "    return stripped.upper()\n",
        (_COMES + "test_what_only_looks_like_a_status_is_an_anomaly",),
    ),
    Mutant(
        "a short token with blanks around it leaves in an answer",
        Promise.TOKENS,
        AUTODEBIT + "flows/authorizations/handles.py",
        "value.strip() == token and name in _TOKEN_NAMES",
        "value == token and name in _TOKEN_NAMES",
        ("tests/unit/flows/test_token_handles.py::test_blanks_around_a_token_or_its_name_hide_nothing",),
    ),
)
