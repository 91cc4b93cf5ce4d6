"""What is known to happen to the parts of a message between signing and verifying."""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import quote, unquote, unquote_plus, urlsplit

T = TypeVar("T")
RAW_BODY = "sign and verify the raw bytes of the body, never one that was parsed and written again"
PATH_AS_REGISTERED = "sign and verify the path as Alipay knows it: of the URL that was called or registered"
TIME_AS_SENT = "sign the very text of the time header"


@dataclass(frozen=True)
class Spelling(Generic[T]):
    """A value that may have been signed; *how* it differs from what came (nothing for the first)."""

    value: T
    how: str = ""
    advice: str = ""


def _unlike(first: T, others: list[Spelling[T]]) -> list[Spelling[T]]:
    """*first* as it came, and every other value once."""
    found = {first: Spelling(first)}
    for other in others:
        found.setdefault(other.value, other)
    return list(found.values())


def signatures(header: str) -> list[Spelling[bytes]]:
    """The bytes of the signature, read as they should be first, then as clumsy hands may have written them."""
    value = next(
        (part.partition("=")[2] for part in header.split(",") if part.strip().startswith("signature=")), header
    )
    value = value.strip()
    readings = (
        (unquote(value), ""),
        (unquote(value).replace(" ", "+"), "it was decoded as a form: blanks stand where + was"),
        (unquote(unquote_plus(value)).replace(" ", "+"), "it was percent-encoded twice"),
        (unquote(value).replace("-", "+").replace("_", "/"), "it is base64url, with - and _ in place of + and /"),
        ("".join(unquote(value).split()), "it is broken into lines"),
    )
    found = list[Spelling[bytes]]()
    for text, how in readings:
        padded = text + "=" * (-len(text) % 4)
        try:
            signature = base64.b64decode(padded, validate=True)
        except ValueError:
            continue
        how = how or ("its padding (=) is missing" if padded != text else "")
        if signature not in (spelling.value for spelling in found):
            found.append(Spelling(signature, how))
    return found


def methods(method: str) -> list[Spelling[str]]:
    others = ("POST", method.upper(), method.lower(), "GET")
    return _unlike(method, [Spelling(one, f"with the method {one}", "sign POST") for one in others])


def paths(path: str, notify_paths: tuple[str, ...] = ()) -> list[Spelling[str]]:
    """With and without sandbox, stage, query, slash at the end, encoding and host."""
    bare = urlsplit(path).path or "/"
    others = [*notify_paths, bare, unquote(bare), quote(bare)]
    others += [bare.replace("/ams/api/", "/ams/sandbox/api/", 1), bare.replace("/ams/sandbox/api/", "/ams/api/", 1)]
    segments = bare.strip("/").split("/")
    others += ["/" + "/".join(segments[count:]) for count in range(1, len(segments))]
    others += [f"{one}/{tail}" for one in ("/prod", "/Prod", "/dev", "/staging", "/v1") for tail in [bare.lstrip("/")]]
    others += [one.rstrip("/") if one.endswith("/") else f"{one}/" for one in [bare, *notify_paths]]
    others += [bare.lstrip("/"), bare.lower(), ""]
    return _unlike(
        path, [Spelling(one, f"over the path {one!r}, and not {path!r}", PATH_AS_REGISTERED) for one in others]
    )


def clients(client_id: str, configured: str | None) -> list[Spelling[str]]:
    others = [
        one for one in (configured, client_id.strip(), client_id.upper(), client_id.lower(), "") if one is not None
    ]
    advice = "sign the very text of the Client-Id header"
    return _unlike(
        client_id, [Spelling(one, f"for the client id {one!r}, and not {client_id!r}", advice) for one in others]
    )


def times(time: str, headers: Mapping[str, str]) -> list[Spelling[str]]:
    """The other time header, blanks, seconds or milliseconds, and the spellings of an offset."""
    others = [headers.get(name, "") for name in ("request-time", "response-time", "date")]
    others += [time.strip(), ""]
    if time.isdigit():
        others += [f"{time}000", time[:-3]]
    zone = re.sub(r"(Z|[+-]00:?00)\Z", "", time)
    if zone != time:
        others += [zone + end for end in ("Z", "+00:00", "+0000", "-00:00", "")]
    others += [re.sub(r"([+-]\d\d):?(\d\d)\Z", form, time) for form in (r"\1\2", r"\1:\2")]
    others += [re.sub(r"\.\d+", "", time), time.replace(" ", "+")]
    return _unlike(time, [Spelling(one, f"with the time {one!r}, and not {time!r}", TIME_AS_SENT) for one in others])


def bodies(body: bytes) -> list[Spelling[bytes]]:
    """Line breaks, byte order mark, character set, and JSON that was parsed and written again."""
    lines = body.replace(b"\r\n", b"\n")
    others = [
        (body.rstrip(b"\r\n"), "without the line break at its end (did an editor add it to the file?)"),
        (body.rstrip(), "without the blanks at its end"),
        (body.strip(), "without the blanks around it"),
        (body + b"\n", "with a line break at its end"),
        (body + b"\r\n", "with a line break (CR LF) at its end"),
        (lines, "with LF in place of CR LF"),
        (lines.replace(b"\n", b"\r\n"), "with CR LF in place of LF"),
        (body.removeprefix(b"\xef\xbb\xbf"), "without the byte order mark"),
        (b"\xef\xbb\xbf" + body, "with a byte order mark"),
        (b"", "without the body"),
    ]
    for charset in ("latin-1", "cp1252", "gbk"):
        for source, target, how in (
            (charset, "utf-8", f"in UTF-8, read as {charset} on the way"),
            ("utf-8", charset, f"in {charset}"),
        ):
            try:
                others.append((body.decode(target).encode(source), how if source == "utf-8" else f"as {source}"))
            except UnicodeError:
                continue
    others += _written_again(body)
    return _unlike(body, [Spelling(one, how, RAW_BODY) for one, how in others])


def _written_again(body: bytes) -> list[tuple[bytes, str]]:
    try:
        document: Any = json.loads(body)
    except ValueError:
        return []
    found = list[tuple[bytes, str]]()
    for sort in (False, True):
        for ascii_only in (False, True):
            letters = ", other letters as \\uXXXX" if ascii_only else ""
            order = ", names sorted" if sort else ""
            for how, form in (
                ("compact", {"separators": (",", ":")}),
                ("with blanks after , and :", {}),
                *((f"in lines, indented by {width!r}", {"indent": width}) for width in (2, 3, 4, "\t")),
            ):
                text = json.dumps(document, ensure_ascii=ascii_only, sort_keys=sort, **form)  # type: ignore[arg-type]
                wording = f"as JSON written differently: {how}{letters}{order}"
                found += [(text.encode("utf-8", "surrogatepass"), wording)]
                found += [(text.replace("/", "\\/").encode("utf-8", "surrogatepass"), f"{wording}, / as \\/")]
    return found
