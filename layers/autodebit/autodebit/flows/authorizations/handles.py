"""Handles in the place of tokens, wherever in an answer a token stands."""

import json
from collections.abc import Mapping
from typing import Any

from autodebit.contract.scalars import answered_text, is_unicode
from autodebit.responses import to_json

_LONG_ENOUGH = 16
"""A token of so many characters is found anywhere. A shorter one may be a word of the answer by chance (whoever brings tokens
along may bring "S"), and is replaced only where a token stands by its name.
"""
_TOKEN_NAMES = {"accessToken", "refreshToken", "paymentMethodId", "userIdentityValue"}
_NO_TOKENS = {"resultStatus", "resultCode"}


def replace_tokens(text: str, handles: Mapping[str, str]) -> str:
    """*text* (a JSON body) with every token in *handles* replaced by its handle; byte for byte as it came if there is none.

    The values are compared, not the text: JSON may write one token in several ways. A token inside a longer text (extendInfo
    is JSON in JSON) is replaced, too. Blanks around a token or its name and a token that is a bare number make no difference:
    the contract's models read them away, and what they call a token must not leave.
    """
    body = json.loads(text)
    replaced = _replaced(body, {token: handle for token, handle in handles.items() if token}, "")
    if replaced == body:
        return text
    told = to_json(replaced)
    # Half a surrogate pair can travel only as an escape.
    return told if is_unicode(told) else json.dumps(replaced, separators=(",", ":"))


def text_without_tokens(text: str, handles: Mapping[str, str]) -> str:
    """The same for a plain text."""
    return str(_replaced(text, handles, ""))


def _replaced(value: Any, handles: Mapping[str, str], name: str) -> Any:
    match value:
        case str() if name not in _NO_TOKENS:
            for token, handle in handles.items():
                if len(token) >= _LONG_ENOUGH:
                    value = value.replace(token, handle)
                elif value.strip() == token and name in _TOKEN_NAMES:
                    value = handle
            return value
        case int() | float() if name in _TOKEN_NAMES:
            return next((handle for token, handle in handles.items() if token == answered_text(value)), value)
        case dict():
            return {
                str(_replaced(inner, handles, "")): _replaced(held, handles, inner.strip())
                for inner, held in value.items()
            }
        case list():
            return [_replaced(inner, handles, name) for inner in value]
        case _:
            return value
