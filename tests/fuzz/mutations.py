"""What goes wrong with a body: one field of the contract, the text of the JSON, or its bytes.

Each strategy draws a `Sent`: the bytes, and whether the contract leaves no doubt that they have to be refused.
"""

import codecs
import copy
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st

from tests.fuzz.material import (
    MARK,
    Body,
    Route,
    Spot,
    at,
    changed,
    known_names,
    other_spellings,
    sample_of,
    spots,
    without,
    written,
)

Draw = Callable[[st.SearchStrategy[Any]], Any]
_ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=12)  # lone surrogates too
_NUMBERS = st.integers() | st.floats() | st.sampled_from([0, -1, 10**18, 10**400, 1e308, -0.0])
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | _NUMBERS | _ANY_TEXT | st.just(MARK),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_ANY_TEXT, inner, max_size=3),
    max_leaves=6,
)
_NO_SCALARS = st.sampled_from([[], {}, [MARK], {"value": MARK}, [[]], 1.5, 1e308, -0.5])
_NO_OBJECTS = st.sampled_from([MARK, "", "{}", 1, 1.5, True, [], [MARK], [{}]])
_NO_ARRAYS = st.sampled_from([MARK, "", 1, True, {}, {"0": MARK}])
_ODD_TEXTS = st.sampled_from(
    [
        "",
        " ",
        "\0",
        f"{MARK}\r\nX-Injected: 1",
        f"\u202e{MARK}\u2028",
        "\ufeff" + MARK,
        "\U0001f600" * 20,
        "e\u0301" * 10,
        "../" * 8 + MARK,
        "${jndi:ldap://" + MARK + "}",
        "'; DROP TABLE payments; --",
        "%00%0a",
        "tok_" + "0" * 32,
        "rtk_" + "0" * 32,
        "tok_",
        "a#b|c",
        "null",
        "\ud83d",
        "NaN",
        "0",
        "-1000",
        "1e3",
        "\u0661\u0660\u0660",
        "1000 ",
        "0" * 17,
    ]
)
_ODD_NUMBERS = {
    "1e400": True,
    "-1e400": True,
    "9" * 5_000: True,
    "1" + "0" * 10_000: True,
    "NaN": True,
    "Infinity": True,
    "-Infinity": True,
    "0x10": True,
    "01": True,
    "+1": True,
    ".5": True,
    "1.": True,
    "1_000": True,
    "'1'": True,
    "undefined": True,
    "-0": False,
    "-0.0": False,
    "1e3": False,
    "1E-400": False,
    "9" * 400: False,
    "1" * 4_000: False,
}
_ODD_NAMES = [
    "",
    " ",
    "__proto__",
    "constructor",
    "$ref",
    "\0",
    "a" * 3_000,
    "\U0001f600",
    f"{MARK}Name",
    "result",
    "sk",
]
_PLACEHOLDER = "here"


@dataclass(frozen=True)
class Sent:
    """A body on its way: its bytes, whether it has to be refused, and what was done to it (for whoever reads a failure)."""

    content: bytes = field(repr=False)
    refused: bool = False
    """No doubt: the contract, or JSON itself, does not allow it. False: it may be allowed."""
    how: str = ""


def faithful(route: Route) -> st.SearchStrategy[Sent]:
    """A body that is as it should be."""
    return st.sampled_from(route.bodies).map(lambda body: Sent(written(body).encode(), how="as it should be"))


@st.composite
def of_fields(draw: Draw, route: Route) -> Sent:
    """One to three fields of the contract are wrong."""
    body = copy.deepcopy(draw(st.sampled_from(route.bodies)))
    refused, told = False, []
    for _ in range(draw(st.sampled_from([1, 1, 1, 2, 3]))):
        body, certain, how = draw(_one(body, route.operation))
        refused |= certain
        told.append(how)
    # What a first mutation broke, a later one may have mended: only a single one is certain.
    return Sent(written(body).encode(), refused and len(told) == 1, "; ".join(told))


@st.composite
def of_text(draw: Draw, route: Route) -> Sent:
    """The text is not the JSON that it should be."""
    body = draw(st.sampled_from(route.bodies))
    text = written(body)
    spot = draw(st.sampled_from([spot for spot in spots(body, route.operation) if spot.present]))
    holed = written(changed(body, spot.path, _PLACEHOLDER))
    deep = draw(st.sampled_from([65, 1_000, 2_500, 20_000, 100_000]))
    number, no_number = draw(st.sampled_from(sorted(_ODD_NUMBERS.items())))
    # A field whose type the contract does not know takes any JSON.
    number_refused = no_number or (not spot.place.is_object and number not in ("9" * 400, "1" * 4_000))
    name = written(spot.path[-1])
    choices = {
        "cut": (text[: draw(st.integers(0, len(text) - 1))], True),
        "twice": (text + text, True),
        "a field twice": (text[:-1] + f",{written(next(iter(body)))}:1}}", True),
        "a field twice further in": (
            holed.replace(f"{name}:{written(_PLACEHOLDER)}", f'{name}:1,{name}:"{MARK}"'),
            True,
        ),
        "deep arrays": (holed.replace(written(_PLACEHOLDER), "[" * deep + "]" * deep), True),
        "deep objects": (holed.replace(written(_PLACEHOLDER), '{"a":' * deep + "1" + "}" * deep), True),
        "brackets without end": (holed.replace(written(_PLACEHOLDER), "[" * deep), True),
        "a number": (holed.replace(written(_PLACEHOLDER), number), number_refused and "Id" not in str(spot.path[-1])),
        "an array of it": (f"[{text}]", True),
        "a text of it": (written(text), True),
        "a comment": (text[:-1] + " /* */ }", True),
        "a comma more": (text[:-1] + ",}", True),
        "apostrophes": (text.replace('"', "'"), True),
        "blanks": (text.replace(":", " :\r\n\t "), False),
        "junk": (draw(st.text(max_size=40)), True),
    }
    how = draw(st.sampled_from(sorted(choices)))
    return Sent(choices[how][0].encode(errors="surrogatepass"), choices[how][1], how)


@st.composite
def of_bytes(draw: Draw, route: Route) -> Sent:
    """The bytes are no UTF-8, or no text at all."""
    text = written(draw(st.sampled_from(route.bodies)))
    wide = text[:-1] + ', "\u00e9": "\u00e9"}'
    choices = {
        "UTF-16": wide.encode("utf-16"),
        "UTF-16 without mark": wide.encode("utf-16-le"),
        "UTF-32": wide.encode("utf-32"),
        "two byte order marks": 2 * codecs.BOM_UTF8 + text.encode(),
        "Latin-1": wide.encode("latin-1"),
        "an encoded surrogate": text.encode().replace(b'"', b'"\xed\xa0\xbd', 1),
        "an overlong form": text.encode().replace(b'"', b'"\xc0\xaf', 1),
        "a broken end": text.encode() + b"\xf0\x9f",
        "zeros": text.encode() + b"\0" * 9,
        "gzip": codecs.encode(text.encode(), "zlib_codec"),
        "noise": draw(st.binary(max_size=60)),
    }
    how = draw(st.sampled_from(sorted(choices)))
    return Sent(choices[how], refused=True, how=how)


def any_body(route: Route) -> st.SearchStrategy[Sent]:
    """Everything that this module can do to a body of *route*."""
    return st.one_of(of_fields(route), of_fields(route), of_text(route), of_bytes(route), faithful(route))


@st.composite
def _one(draw: Draw, body: Body, operation: str, part: str = "request") -> tuple[Body, bool, str]:
    """*body* with one thing changed, whether it has to be refused for it, and what it is."""
    found = spots(body, operation, part)
    present = [spot for spot in found if spot.present]
    if not present:
        return body, False, "nothing left"
    spot: Spot = draw(st.sampled_from(present))
    absent = [other for other in found if not other.present]
    kind = draw(st.sampled_from(sorted(_WAYS)))
    if kind == "added" and absent:
        spot = draw(st.sampled_from(absent))
    made, certain = _WAYS[kind](draw, body, spot, operation, part)
    return made, certain, f"{kind}: {'.'.join(map(str, spot.path))}"


Mutated = tuple[Body, bool]


def _dropped(draw: Draw, body: Body, spot: Spot, operation: str, part: str) -> Mutated:
    return without(body, spot.path), spot.place.spec["required"] == "M"


def _null(draw: Draw, body: Body, spot: Spot, operation: str, part: str) -> Mutated:
    return changed(body, spot.path, None), spot.place.spec["required"] == "M"


def _wrong_type(draw: Draw, body: Body, spot: Spot, operation: str, part: str) -> Mutated:
    wrong = _NO_ARRAYS if spot.place.is_array else _NO_OBJECTS if spot.place.is_object else _NO_SCALARS
    return changed(body, spot.path, draw(wrong)), spot.place.type != "unknown"


def _overlong(draw: Draw, body: Body, spot: Spot, operation: str, part: str) -> Mutated:
    longest = spot.place.spec.get("max_length")
    if isinstance(at(body, spot.path), list):
        return changed(body, spot.path, at(body, spot.path) * draw(st.sampled_from([20, 2_000]))), False
    if spot.place.is_object or spot.place.is_array:
        return body, False
    # Longer than the longest exception of the models, which take more than the contract says where its own samples do.
    length = draw(st.sampled_from([(longest or 64) + 1, (longest or 64) * 10, 3_000, 200_000]))
    return changed(body, spot.path, "1" * length), bool(longest) and length > 2_048


def _extra(draw: Draw, body: Body, spot: Spot, operation: str, part: str) -> Mutated:
    name = str(spot.path[-1])
    near = [name.upper(), name.lower() + "_", f"{name} ", name.replace("Id", "ID"), f"x{name}"]
    extra = draw(st.sampled_from([*near, *_ODD_NAMES]) | _ANY_TEXT)
    if extra in known_names(spot.parent, operation, part):
        return body, False
    return changed(body, (*spot.parent, extra), draw(JSON)), True


def _other_spelling(draw: Draw, body: Body, spot: Spot, operation: str, part: str) -> Mutated:
    for other, documented in other_spellings(spot.parent, operation, part).items():
        value = at(body, spot.parent).get(documented)
        if value is not None:
            return draw(
                st.sampled_from(
                    [
                        (changed(without(body, (*spot.parent, documented)), (*spot.parent, other), value), False),
                        (changed(body, (*spot.parent, other), value), False),
                        (changed(body, (*spot.parent, other), f"{value}{MARK}"), True),
                    ]
                )
            )
    return body, False


def _odd_text(draw: Draw, body: Body, spot: Spot, operation: str, part: str) -> Mutated:
    text = draw(_ODD_TEXTS)
    return changed(body, spot.path, text), "\ud83d" in text or spot.place.is_object or spot.place.is_array


def _anything(draw: Draw, body: Body, spot: Spot, operation: str, part: str) -> Mutated:
    return changed(body, spot.path, draw(JSON)), False


def _added(draw: Draw, body: Body, spot: Spot, operation: str, part: str) -> Mutated:
    return (body, False) if spot.present else (changed(body, spot.path, sample_of(spot.place)), False)


def _enum(draw: Draw, body: Body, spot: Spot, operation: str, part: str) -> Mutated:
    other = spot.place.spec.get("enum") or ["SUCCESS", "FAIL", "S", "F", "U", "A_CODE_OF_TOMORROW"]
    return changed(body, spot.path, draw(st.sampled_from([*other, "a_code", "UNHEARD_OF"]))), False


_WAYS: dict[str, Callable[[Draw, Body, Spot, str, str], Mutated]] = {
    "added": _added,
    "another value": _enum,
    "anything": _anything,
    "dropped": _dropped,
    "extra": _extra,
    "null": _null,
    "odd text": _odd_text,
    "other spelling": _other_spelling,
    "overlong": _overlong,
    "wrong type": _wrong_type,
}


@st.composite
def answers(draw: Draw, bodies: tuple[Body, ...], operation: str, part: str) -> Body:
    """A message of Alipay with up to four fields changed."""
    body = copy.deepcopy(draw(st.sampled_from(bodies)))
    for _ in range(draw(st.integers(0, 4))):
        body, _, _ = draw(_one(body, operation, part))
    return body


def doubtful(sent: Sent) -> Sent:
    """The same bytes where nobody can say what has to become of them."""
    return replace(sent, refused=False)
