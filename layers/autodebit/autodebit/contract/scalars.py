"""The scalar types of the contract. Alipay's documentation asks for every scalar as a JSON string."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_core import PydanticCustomError


def refusal(why: str) -> PydanticCustomError:
    """The error of a value that the contract refuses; *why* continues "<field>: ..." and holds no value."""
    return PydanticCustomError("contract", why)


def as_text(value: object) -> object:
    """Whole numbers and booleans in the documented form; everything else as it is."""
    if isinstance(value, str) and not is_unicode(value):
        raise refusal("must be valid Unicode")
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else value


def _matching(pattern: str, why: str) -> Callable[[str], str]:
    matches = re.compile(pattern).fullmatch

    def check(text: str) -> str:
        if matches(text):
            return text
        raise refusal(why)

    return check


def _filled(text: str) -> str:
    if not text.strip():
        raise refusal("must not be empty")
    return text


def _identifier(text: str) -> str:
    _filled(text)
    if any(ord(character) < 0x20 or 0x7F <= ord(character) <= 0x9F for character in text):
        raise refusal("must not contain control characters")
    return text


def _web_address(text: str) -> str:
    if _scheme(text) not in {"http", "https"}:
        raise refusal("must be an absolute http or https URL")
    return text


def _web_or_app_address(text: str) -> str:
    if _scheme(text) in {None, "javascript", "data", "vbscript", "file"}:
        raise refusal("must be an absolute URL: https, or the scheme of an app (myapp://..., com.example.app:/...)")
    return text


def _scheme(text: str) -> str | None:
    """The scheme of an absolute URL with a host, or of an app's address, else None.

    An app's address may be bare (``imeituan://``) or have no authority (``com.example.app:/oauth2redirect``, RFC 8252). Without a
    slash after the colon it would be a host with a port (``shop.example.com:8080``).
    """
    if not text.isprintable() or any(character.isspace() for character in text):
        return None
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return None
    if parts.scheme in {"http", "https"}:
        return parts.scheme if parts.hostname else None
    return parts.scheme if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:/", text) else None


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", text):
        raise refusal("must be an ISO 8601 time with seconds and offset, such as 2024-07-01T12:00:00+08:00")
    return text


def _day_or_moment(text: str) -> str:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        try:
            datetime.fromisoformat(text)
        except ValueError:
            raise refusal("must be an ISO 8601 date or time") from None
        return text
    return _moment(text)


def _plain_json(value: object) -> object:
    if not is_json(value):
        raise refusal("must be plain JSON")
    return value


def _percentage(text: str) -> str:
    if not re.fullmatch(r"0|[1-9]\d?|100", text, re.ASCII):
        raise refusal("must be a whole number from 0 to 100")
    return text


def is_json(*values: object) -> bool:
    """Whether *values* can be sent as JSON in UTF-8: no lone surrogate, no NaN, no infinity."""
    waiting = list(values)
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str):
            if not is_unicode(value):
                return False
        elif isinstance(value, float):
            if not math.isfinite(value):
                return False
        elif not (value is None or isinstance(value, int)):
            return False
    return True


def is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


# Requests. The number is the greatest length in characters.
Text = Annotated[str, BeforeValidator(as_text)]
Text8 = Annotated[str, StringConstraints(max_length=8), BeforeValidator(as_text)]
Text16 = Annotated[str, StringConstraints(max_length=16), BeforeValidator(as_text)]
Text24 = Annotated[str, StringConstraints(max_length=24), BeforeValidator(as_text)]
Text32 = Annotated[str, StringConstraints(max_length=32), BeforeValidator(as_text)]
Text64 = Annotated[str, StringConstraints(max_length=64), BeforeValidator(as_text)]
Text128 = Annotated[str, StringConstraints(max_length=128), BeforeValidator(as_text)]
Text256 = Annotated[str, StringConstraints(max_length=256), BeforeValidator(as_text)]
Text512 = Annotated[str, StringConstraints(max_length=512), BeforeValidator(as_text)]
Text1000 = Annotated[str, StringConstraints(max_length=1000), BeforeValidator(as_text)]
Text1024 = Annotated[str, StringConstraints(max_length=1024), BeforeValidator(as_text)]
Text2000 = Annotated[str, StringConstraints(max_length=2000), BeforeValidator(as_text)]
Text2048 = Annotated[str, StringConstraints(max_length=2048), BeforeValidator(as_text)]

Filled256 = Annotated[Text256, AfterValidator(_filled)]

# Identifiers and tokens: not blank, no control characters.
Id8 = Annotated[Text8, AfterValidator(_identifier)]
Id32 = Annotated[Text32, AfterValidator(_identifier)]
Id64 = Annotated[Text64, AfterValidator(_identifier)]
Id128 = Annotated[Text128, AfterValidator(_identifier)]
Id256 = Annotated[Text256, AfterValidator(_identifier)]

WebAddress1024 = Annotated[Text1024, AfterValidator(_web_address)]
WebAddress2048 = Annotated[Text2048, AfterValidator(_web_address)]
WebOrAppAddress1024 = Annotated[Text1024, AfterValidator(_web_or_app_address)]
WebOrAppAddress2048 = Annotated[Text2048, AfterValidator(_web_or_app_address)]
Email64 = Annotated[Text64, AfterValidator(_matching(r"[^@\s]+@[^@\s]+", "must be an e-mail address"))]

Moment = Annotated[str, AfterValidator(_moment)]
DayOrMoment = Annotated[str, AfterValidator(_day_or_moment)]
Flag = Annotated[Literal["true", "false"], BeforeValidator(as_text)]
Percentage = Annotated[Text, AfterValidator(_percentage)]
Count = Annotated[Text, AfterValidator(_matching(r"0|[1-9][0-9]{0,15}", "must be a whole number from 0"))]
CountFrom1 = Annotated[Text, AfterValidator(_matching(r"[1-9][0-9]{0,15}", "must be a whole number from 1"))]

# The documented list of wallets is open, and the sandbox has wallets of its own: any code will do.
Wallet = Annotated[
    Text64,
    AfterValidator(_matching(r"[A-Z0-9_]{1,64}", "must be a wallet code such as GCASH: A to Z, 0 to 9 and _")),
]
Currency = Annotated[Text, AfterValidator(_matching(r"[A-Z]{3}", "must be a currency code of three capital letters"))]
Region = Annotated[Text, AfterValidator(_matching(r"[A-Z]{2}", "must be a country code of two capital letters"))]
MinorUnits = Annotated[
    Text,
    AfterValidator(
        _matching(
            r"[1-9][0-9]{0,15}",
            "must be a whole number from 1 in the currency's smallest unit, 16 digits at most",
        )
    ),
]
MinorUnitsFrom0 = Annotated[
    Text,
    AfterValidator(
        _matching(
            r"0|[1-9][0-9]{0,15}",
            "must be a whole number from 0 in the currency's smallest unit, 16 digits at most",
        )
    ),
]

BusinessTypes = Annotated[
    Text16, AfterValidator(_matching(r"[1-5](\|[1-5])*", "must be 1, 2, 3, 4 or 5, several joined with |"))
]


def _or_new_value(value: object, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> object:
    try:
        return handler(value)
    except ValidationError:
        new = isinstance(value, str) and re.fullmatch(r"[A-Z0-9_]{1,64}", value)
        if new and (info.context or {}).get("unknown_fields") == "forward":
            return value
        raise


# For an enumeration to which Alipay adds values: with UnknownFields=forward a new one passes. An enumeration whose
# value decides what we do (productCode of pay, grantType, userIdentityType, authenticationType) is not marked so.
Open = WrapValidator(_or_new_value)

# A field whose type no source names.
Json = Annotated[object, AfterValidator(_plain_json)]


# Answers.
def answered_text(value: object) -> object:
    """A scalar of an answer as the text that it stands for, without blanks around it; everything else as it is."""
    if isinstance(value, float) and math.isfinite(value):
        # Fixed notation: a rate of 0.00001 must not become 1e-05, nor an amount of 1000 become 1000.0.
        return str(int(value)) if value.is_integer() else format(Decimal(repr(value)), "f")
    text = as_text(value)
    # Samples of Alipay have blanks around values: ids, codes and statuses are compared without them.
    return text.strip() if isinstance(text, str) else text


def _answered_flag(value: object) -> object:
    return {"true": True, "false": False}.get(value.strip().lower()) if isinstance(value, str) else value


def _answered_texts(value: object) -> object:
    """An element that cannot be read is left out; a bare text is a list of one."""
    if isinstance(value, str):
        value = [value]
    return (
        [text for element in value if (text := _text_or_none(element)) is not None]
        if isinstance(value, list)
        else value
    )


def _text_or_none(value: object) -> str | None:
    try:
        text = answered_text(value)
    except ValueError:
        return None
    return text if isinstance(text, str) else None


AnsweredText = Annotated[str, BeforeValidator(answered_text)]
AnsweredTexts = Annotated[list[str], BeforeValidator(_answered_texts)]
AnsweredFlag = Annotated[bool, BeforeValidator(_answered_flag)]
