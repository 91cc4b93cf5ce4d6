"""Handles in the place of tokens: a long token is found anywhere, a short one only where a token stands by its name."""

import json

import pytest

from autodebit.flows.authorizations.handles import replace_tokens, text_without_tokens

LONG, HANDLE = "0123456789abcdef", "tok_1"


@pytest.mark.parametrize("name", ["accessToken", "refreshToken", "paymentMethodId", "userIdentityValue"])
def test_a_short_token_is_replaced_where_a_token_stands_by_its_name(name: str) -> None:
    """Whoever brings tokens along may bring "S"."""
    body = {"result": {"resultStatus": "S", "resultMessage": "S", "resultCode": "S"}, name: "S", "other": "S"}
    replaced = json.loads(replace_tokens(json.dumps(body), {"S": HANDLE}))
    assert replaced == {**body, name: HANDLE}


def test_a_part_of_a_short_tokens_field_is_no_token() -> None:
    text = json.dumps({"accessToken": "SS"})
    assert replace_tokens(text, {"S": HANDLE}) == text


def test_a_token_of_sixteen_characters_is_replaced_anywhere_but_in_the_code_and_status() -> None:
    body = {"result": {"resultStatus": LONG, "resultCode": LONG, "resultMessage": f"of {LONG}."}, LONG: [f"<{LONG}>"]}
    replaced = json.loads(replace_tokens(json.dumps(body), {LONG: HANDLE}))
    assert replaced == {
        "result": {"resultStatus": LONG, "resultCode": LONG, "resultMessage": f"of {HANDLE}."},
        HANDLE: [f"<{HANDLE}>"],
    }
    shorter = LONG[1:]
    assert text_without_tokens(f"of {LONG}", {LONG: HANDLE}) == f"of {HANDLE}"
    assert text_without_tokens(f"of {shorter}", {shorter: HANDLE}) == f"of {shorter}"


def test_without_a_token_the_text_comes_back_byte_for_byte() -> None:
    text = '{ "a":1.0,\n"b" : "\\u00e9"}'
    assert replace_tokens(text, {LONG: HANDLE}) == text
    assert replace_tokens(text, {"": HANDLE}) == text


@pytest.mark.parametrize("token", ["SHORT-1", "1234567", LONG])
@pytest.mark.parametrize("name", ["accessToken", " accessToken", "accessToken\n"])
@pytest.mark.parametrize("blank", ["", " ", "\t"])
def test_blanks_around_a_token_or_its_name_hide_nothing(token: str, name: str, blank: str) -> None:
    told = replace_tokens(json.dumps({name: blank + token + blank}), {token: HANDLE})
    assert token not in told
    assert HANDLE in told


def test_a_token_that_is_a_bare_number_is_replaced() -> None:
    assert json.loads(replace_tokens('{"accessToken":1234567,"n":1234567}', {"1234567": HANDLE})) == {
        "accessToken": HANDLE,
        "n": 1234567,
    }


def test_half_a_surrogate_pair_travels_as_an_escape() -> None:
    text = replace_tokens('{"a":"\\ud800","accessToken":"' + LONG + '"}', {LONG: HANDLE})
    assert text == '{"a":"\\ud800","accessToken":"tok_1"}'
