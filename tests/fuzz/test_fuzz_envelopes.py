"""What surrounds a body: flags, headers, the shape of API Gateway's event, and size."""

import base64
import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodebit.entrypoints.http import LARGEST_BODY
from tests.fuzz.desk import Desk, event_with, fuzzed
from tests.fuzz.material import MARK, ROUTES, SPIS, Route, written
from tests.fuzz.test_fuzz_notifications import signed
from tests.support.events import Event, in_base64, sample, set_header

ALL = ROUTES + SPIS
MEGABYTES = 6 * 1024 * 1024
Draw = Callable[[st.SearchStrategy[Any]], Any]
_MEDIA = [
    "application/json",
    "APPLICATION/JSON; CHARSET=UTF-8",
    "text/plain",
    "application/json; charset=utf-16",
    "application/json, application/json",
    "multipart/form-data; boundary=x",
    ";",
    "",
    " ",
    "application/json;" * 500,
    'application/json; charset="utf-8',
    "application/\u0455son",
    f"{MARK}\r\nSet-Cookie: 1",
    None,
    17,
    ["application/json"],
]
_NOTHING: list[Any] = [None, {}, "", [], "absent"]


def put(event: Event, name: str, value: Any) -> Event:
    made = {**event, name: value}
    if value == "absent":
        del made[name]
    return made


@st.composite
def envelope(draw: Draw, route: Route) -> Event:
    """The event of a good body, with up to three oddities around it."""
    event = event_with(copy.deepcopy(sample(route.function)), written(route.bodies[0]).encode())
    for _ in range(draw(st.integers(1, 3))):
        event = _ODDITIES[draw(st.sampled_from(sorted(_ODDITIES)))](draw, event)
    return event


def _media(draw: Draw, event: Event) -> Event:
    name = draw(st.sampled_from(["Content-Type", "content-type", "CONTENT-TYPE"]))
    headers = {**(event.get("headers") or {}), name: draw(st.sampled_from(_MEDIA))}
    return {**event, "headers": headers}


def _two_media(draw: Draw, event: Event) -> Event:
    headers = {"Content-Type": "application/json", "content-type": draw(st.sampled_from(_MEDIA))}
    return {**event, "headers": headers, "multiValueHeaders": {"Content-Type": list(headers.values())}}


def _headers(draw: Draw, event: Event) -> Event:
    name = draw(st.sampled_from(["headers", "multiValueHeaders"]))
    return put(
        event, name, draw(st.sampled_from([None, {}, "absent", {"X" * 9_000: "x" * 9_000}, {"": ""}, {"a": None}]))
    )


def _body(draw: Draw, event: Event) -> Event:
    return put(event, "body", draw(st.sampled_from([*_NOTHING, 1, True, {"paymentRequestId": MARK}, "\ud83d"])))


def _flag(draw: Draw, event: Event) -> Event:
    return put(event, "isBase64Encoded", draw(st.sampled_from([True, False, None, "absent", "true", "false", 1])))


def _encoded(draw: Draw, event: Event) -> Event:
    coded = base64.b64encode(str(event.get("body")).encode(errors="replace")).decode()
    text = draw(st.sampled_from([coded, coded[:-1], coded + "=", coded.replace("+", "-"), coded + "\n", coded * 2]))
    return {**event, "body": text, "isBase64Encoded": draw(st.booleans())}


def _context(draw: Draw, event: Event) -> Event:
    context = dict(event.get("requestContext") or {})
    parts = ["path", "requestId", "identity", "stage", "domainName", "resourcePath", "all"]
    part = draw(st.sampled_from(parts))
    if part == "all":
        return put(event, "requestContext", draw(st.sampled_from([None, {}, "absent"])))
    return {
        **event,
        "requestContext": put(context | {part: ""}, part, draw(st.sampled_from([None, "absent", 1, "\ud83d"]))),
    }


def _route(draw: Draw, event: Event) -> Event:
    name = draw(st.sampled_from(["path", "resource", "httpMethod"]))
    given = ["/live/v1/payments/pay", "/{proxy+}", "GET", "//", f"/{MARK}", "/v1/payments/../x", None, "absent"]
    return put(event, name, draw(st.sampled_from(given)))


def _more(draw: Draw, event: Event) -> Event:
    names = ["queryStringParameters", "pathParameters", "stageVariables", "version", "warmup"]
    return {**event, draw(st.sampled_from(names)): draw(st.sampled_from([None, {}, {"a": MARK}, "2.0"]))}


_ODDITIES: dict[str, Callable[[Draw, Event], Event]] = {
    "body": _body,
    "context": _context,
    "encoded": _encoded,
    "flag": _flag,
    "headers": _headers,
    "media type": _media,
    "more": _more,
    "route": _route,
    "two media types": _two_media,
}


@pytest.mark.parametrize("route", ALL, ids=[route.function for route in ALL])
@fuzzed(8)
@given(data=st.data())
def test_an_event_of_any_shape_is_answered(desk: Desk, route: Route, data: st.DataObject) -> None:
    desk.begin()
    desk.prepare(route)
    outcome = desk.never_fails(route.function, data.draw(envelope(route)))
    if route in SPIS:  # nothing of this was signed
        assert (outcome.response.status, outcome.writes) in ((401, 0), (400, 0))


@pytest.mark.parametrize("route", ROUTES, ids=[route.function for route in ROUTES])
def test_a_body_in_base64_is_the_same_body(desk: Desk, route: Route) -> None:
    desk.begin()
    desk.prepare(route)
    content = written(route.bodies[0]).encode()
    assert desk.bring(route.function, in_base64(sample(route.function), content)).response.status == 200
    desk.refuses(route.function, {**sample(route.function), "body": content.decode(), "isBase64Encoded": True})
    plain = {**sample(route.function), "body": base64.b64encode(content).decode(), "isBase64Encoded": False}
    desk.refuses(route.function, plain)


def _filled(size: int) -> dict[str, bytes]:
    return {
        "blanks": b" " * size,
        "one text": b'{"a":"' + b"x" * (size - 8) + b'"}',
        "brackets": b"[" * size,
        "numbers": b'{"a":[' + b"1," * ((size - 10) // 2) + b"1]}",
        "digits": b'{"a":' + b"9" * (size - 6) + b"}",
        "names": b"{" + b",".join(b'"%d":1' % number for number in range((size - 2) // 12)) + b"}",
        "zeros": bytes(size),
    }


SIZES = {"as much as is read": LARGEST_BODY, "six megabytes": MEGABYTES}


@pytest.mark.parametrize("kind", _filled(64))
@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_a_huge_body_is_refused(desk: Desk, kind: str, size: int) -> None:
    content = _filled(size)[kind]
    for function in ("pay", "registration"):
        response = desk.refuses(function, {**sample(function), "body": content.decode()})
        assert response.status == (413 if len(content) > LARGEST_BODY else 400)
        assert len(response.text) < 20_000
    unsigned = sample("notify_payment")
    assert desk.refuses("notify_payment", {**unsigned, "body": content.decode()}).status == 401
    assert desk.refuses("pay", in_base64(sample("pay"), content[: MEGABYTES * 3 // 4])).status in (400, 413)


@pytest.mark.parametrize("route", ALL, ids=[route.function for route in ALL])
def test_six_megabytes_are_refused_on_every_route_signed_or_not(desk: Desk, route: Route) -> None:
    content = b'{"a":"' + b"x" * (MEGABYTES - 8) + b'"}'
    if route in ROUTES:
        assert desk.refuses(route.function, event_with(sample(route.function), content)).status == 413
        return
    assert desk.refuses(route.function, event_with(sample(route.function), content)).status == 401
    assert desk.refuses_but_keeps(route.function, signed(desk.world, route, content)).status in (400, 413)


def test_huge_headers_are_no_trouble(desk: Desk) -> None:
    desk.begin()
    for name in ("Content-Type", "Client-Id", "Request-Time", "Signature", "X-Amzn-Trace-Id"):
        for function in ("pay", "notify_payment"):
            event = sample(function)
            set_header(event, name, "9" * 200_000)
            desk.never_fails(function, event)
