"""What people have at hand: files in any encoding, and headers as tools print them."""

import codecs
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_ENCODINGS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_REQUEST_LINE = re.compile(r"([A-Z]+) (\S+) HTTP/[\d.]+")
_CURL = re.compile(r"^([<>*{}]) ?(.*)$")
# "Name: value", and "HTTP_NAME=value" or "[HTTP_NAME] => value" as servers print their variables.
_HEADER = re.compile(r"\s*\[?([A-Za-z][A-Za-z0-9_-]*)\]?\s*(?::|=>|=)\s*(.*)$")


@dataclass
class Head:
    """What stands before the body of a message. Header names are in lower case, with hyphens."""

    method: str = "POST"
    path: str = ""
    headers: dict[str, str] = field(default_factory=dict)


def text_of(path: Path) -> str:
    """The text in the file *path*: UTF-8, or UTF-16 or UTF-8 with a byte order mark, as Windows' editors write it.

    Raises:
        OSError: it cannot be read.
        ValueError: it is neither; the message names the file.
    """
    content = path.read_bytes()
    encoding = next((name for mark, name in _ENCODINGS if content.startswith(mark)), "utf-8")
    try:
        return content.decode(encoding)
    except UnicodeError:
        raise ValueError(f"{path} is not a text in UTF-8 or UTF-16") from None


def json_in(text: str) -> object:
    """The JSON value in *text*, with real line breaks inside strings; None if it is none."""
    try:
        return json.loads(text, strict=False)
    except ValueError:
        return None


def head_in(text: str, *, of_response: bool = False) -> Head:
    """The headers in *text*, and the request line if it stands there.

    Forms: ``Name: value`` lines; the output of ``curl -v`` (of which the lines of the request or *of_response* are read); a
    JSON object of names and values, also under ``headers``, or an array of ``name`` and ``value``; names as CGI and WSGI give
    them (``HTTP_CLIENT_ID``).
    """
    given = json_in(text)
    if isinstance(given, dict | list):
        return Head(headers={_name(name): value for name, value in _pairs(given)})
    head, wanted = Head(), "<" if of_response else ">"
    for line in text.splitlines():
        marked = _CURL.match(line)
        if marked:
            if marked[1] != wanted:
                continue
            line = marked[2]
        if request := _REQUEST_LINE.fullmatch(line.strip()):
            head.method, head.path = request[1], request[2]
        elif (found := _HEADER.match(line)) and not line.startswith("HTTP/"):
            head.headers[_name(found[1])] = found[2].strip()
    return head


def _pairs(given: object) -> list[tuple[str, str]]:
    if isinstance(given, list):
        return [
            (str(one["name"]), str(one["value"]))
            for one in given
            if isinstance(one, Mapping) and {"name", "value"} <= set(one)
        ]
    if not isinstance(given, Mapping):
        return []
    if isinstance(inner := given.get("headers"), dict | list):
        return _pairs(inner)
    first = {name: value[0] if isinstance(value, list) and value else value for name, value in given.items()}
    return [(str(name), value) for name, value in first.items() if isinstance(value, str)]


def _name(given: str) -> str:
    """A header's name from what a tool calls it."""
    return given.lower().removeprefix("http_").replace("_", "-")
