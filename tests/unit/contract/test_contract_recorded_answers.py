"""Real answers of Alipay, as its own tools recorded them, carry numbers, booleans and nulls where the documentation says
strings, unknown fields and unknown codes: the models of every operation read them without losing anything.
"""

from __future__ import annotations

import json

import pytest

from autodebit.contract import ResponseModel
from tests.contract.messages import MESSAGES
from tests.contract.recorded import RECORDED

MODELS: dict[str, type[ResponseModel]] = {
    message.operation: message.model for message in MESSAGES if issubclass(message.model, ResponseModel)
}
EVERY_OPERATION = pytest.mark.parametrize("operation", MODELS)


def read(operation: str, text: str) -> ResponseModel:
    return MODELS[operation].read(json.loads(text))


def plain(value: object) -> object:
    """What was read or sent, with scalars as text and without nulls in objects; of an answer also what it does not know."""
    if isinstance(value, ResponseModel):
        named = {wire: getattr(value, name) for wire, name in value.wire_names().items()}
        return plain({**named, **(value.model_extra or {})})
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items() if member is not None}
    if isinstance(value, list):
        return [plain(element) for element in value]
    if isinstance(value, bool):
        return {True: "true", False: "false"}[value]
    return value if value is None else str(value)


def as_on_the_wire(text: str) -> object:
    """*text* with every number as the digits that stand there."""
    return plain(json.loads(text, parse_int=str, parse_float=str))


def written_oddly(text: str) -> str:
    """The same message in other spelling: blanks and line ends everywhere, every character of every string escaped."""
    characters = []

    def note(value: object) -> str:
        if isinstance(value, str):
            characters.append(value)
            units = value.encode("utf-16-be")
            escaped = "".join(f"\\u{units[at] << 8 | units[at + 1]:04X}" for at in range(0, len(units), 2))
            return f'"{escaped}"'
        if isinstance(value, dict):
            members = " ,\t".join(f"{note(name)}\r\n :  {note(member)}" for name, member in value.items())
            return f"{{ {members} }}"
        if isinstance(value, list):
            return "[\n" + "\n,".join(map(note, value)) + " ]"
        return json.dumps(value)

    return f"\n {note(json.loads(text))} \r\n"


def test_there_is_a_recorded_message_of_every_operation() -> None:
    assert set(RECORDED) == set(MODELS)


@EVERY_OPERATION
def test_a_recorded_message_is_read_without_losing_a_field(operation: str) -> None:
    assert plain(read(operation, RECORDED[operation])) == as_on_the_wire(RECORDED[operation])


@EVERY_OPERATION
def test_the_way_it_is_written_does_not_matter(operation: str) -> None:
    odd = written_oddly(RECORDED[operation])
    assert "\\u" in odd
    assert read(operation, odd) == read(operation, RECORDED[operation])


@EVERY_OPERATION
def test_the_known_fields_are_understood_not_only_kept(operation: str) -> None:
    answer = read(operation, RECORDED[operation])
    sent = {name for name, value in json.loads(RECORDED[operation]).items() if value is not None}
    known = {wire for wire, name in answer.wire_names().items() if getattr(answer, name) is not None}
    assert known == sent & set(answer.wire_names())
    assert set(answer.model_extra or {}) == sent - known


@EVERY_OPERATION
def test_an_unknown_code_status_and_field_are_kept(operation: str) -> None:
    text = """{"result":{"resultCode":"A_CODE_OF_TOMORROW","resultStatus":"Q","resultMessage":"?","hint":{"a":[1,null]}}}"""
    answer = read(operation, text)
    assert plain(answer) == ({"result": as_on_the_wire(text)["result"]})  # type: ignore[index]


# A value as it stands on the wire, and the text that it is read as.
VALUES = {
    '"0.10"': "0.10",
    "0.10": "0.1",
    "0.064622": "0.064622",
    "1e2": "100",
    "1E+2": "100",
    "12.50e1": "125",
    "1e-7": "0.0000001",
    "-0": "0",
    "-0.0": "0",
    "-12": "-12",
    "1000.0": "1000",
    "9007199254740993": "9007199254740993",
    "20240701114010800100188400279640002": "20240701114010800100188400279640002",
    "true": "true",
    "false": "false",
    '""': "",
    '" 1 "': "1",
    '"1e2"': "1e2",
    '"\\u0053\\u0055CCESS"': "SUCCESS",
    '"\\\\u0053"': "\\u0053",
    '"https:\\/\\/a.example\\/"': "https://a.example/",
    '"\\ud83d\\ude00 \\u2028\\u0000"': "\U0001f600 \u2028\x00",
    '"支付宝"': "支付宝",
    # What is no text at all is absent, and takes nothing else with it.
    "null": None,
    "1e999": None,
    "[]": None,
    "{}": None,
    '"\\ud83d"': None,
}


@EVERY_OPERATION
def test_a_value_of_any_form_is_read_as_text(operation: str) -> None:
    if operation == "notifyDispute":  # like the next one, a message without a result
        envelope, found = '{"disputeAmount":{"value":%s}}', ("disputeAmount", "value")
    elif operation == "notifyRegistrationStatus":
        envelope, found = (
            '{"registrationResult":{"registrationStatus":%s}}',
            ("registrationResult", "registrationStatus"),
        )
    else:
        envelope, found = '{"result":{"resultStatus":"S","resultMessage":%s}}', ("result", "resultMessage")
    got = {}
    for value in VALUES:
        message = plain(read(operation, envelope % value))
        assert isinstance(message, dict)
        got[value] = message[found[0]].get(found[1])
    assert got == VALUES


@EVERY_OPERATION
def test_a_name_written_in_escapes_is_the_same_name(operation: str) -> None:
    plainly = read(operation, '{"result":{"resultCode":"X"}}')
    assert read(operation, '{"\\u0072esult":{"result\\u0043ode":"X"}}') == plainly
    twice = (
        '{"result":{"resultCode":"SUCCESS"},"\\u0072esult":{"resultCode":"X"}}'  # the last one holds, as ever in JSON
    )
    assert read(operation, twice) == plainly
