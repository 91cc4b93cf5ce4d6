"""Handles in the place of tokens, wherever in an answer a token stands."""

import json
from collections.abc import Mapping
from typing import Any

from autodebit.replies import dumped


def with_handles(text: str, handles: Mapping[str, str]) -> str:
    """*text* (a JSON body) with every token in *handles* replaced by its handle; byte for byte as it came if there is none.

    The values are compared, not the text: JSON may write one token in several ways. A token inside a longer text (extendInfo
    is JSON in JSON) is replaced, too.
    """
    body = json.loads(text)
    replaced = _replaced(body, {token: handle for token, handle in handles.items() if token})
    return text if replaced == body else dumped(replaced)


def _replaced(value: Any, handles: Mapping[str, str]) -> Any:
    match value:
        case str():
            for token, handle in handles.items():
                value = value.replace(token, handle)
            return value
        case dict():
            return {name: _replaced(inner, handles) for name, inner in value.items()}
        case list():
            return [_replaced(inner, handles) for inner in value]
        case _:
            return value
