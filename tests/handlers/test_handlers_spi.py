"""Notifications through the real handlers: what is not proven changes nothing, what is stored is acknowledged."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from alipay_signing import BadSignature, LocalSigner, Verifier, canonical
from autodebit.domain.payment_states import PaymentState
from autodebit.gateway.client import Operation
from tests.flows.conftest import Logged
from tests.flows.steps import PAYMENT_ID, STATE, authorization, outage, payment, token_answer
from tests.handlers.conftest import Http, Response
from tests.support.alipay import no_answer
from tests.support.events import ROOT, Event, in_base64, notification, sample, set_header
from tests.support.keys import alipay_key, merchant_key
from tests.support.world import CLIENT_ID, World, pay_body

ACKNOWLEDGEMENT = '{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}'
DAY = 86_400
SAMPLES = sorted(path.stem for path in (ROOT / "events").glob("notify_*.json"))


@pytest.fixture
def opened(world: World, http: Http) -> World:
    """A world with the payment PAY-1, sent and not answered."""
    world.alipay.will(Operation.PAY, no_answer())
    http("pay", {**sample("pay"), "body": json.dumps(pay_body())})
    return world


def told(world: World, **given: object) -> Event:
    return notification("notify_payment", world.clock, **given)  # type: ignore[arg-type]


def refused(world: World, http: Http, event: Event, status: int = 401) -> Response:
    """*event* is refused with an F, and the table is as it was."""
    before = world.all_text()
    reply = http("notify_payment", event)
    assert reply.result[:2] == (status, "F")
    assert world.all_text() == before
    return reply


def changed(name: str, value: str | Callable[[str], str] | None) -> Callable[[Event], Event]:
    def change(event: Event) -> Event:
        given = next((text for known, text in event["headers"].items() if known.lower() == name.lower()), "")
        set_header(event, name, value(given) if callable(value) else value)
        return event

    return change


def tampered(event: Event) -> Event:
    event["body"] = event["body"].replace('"1000"', '"1001"')
    return event


FORGERIES: dict[str, Callable[[Event], Event]] = {
    "no signature": changed("Signature", None),
    "an empty signature": changed("Signature", ""),
    "no client id": changed("Client-Id", None),
    "no Request-Time": changed("Request-Time", None),
    "no header at all": lambda event: {**event, "headers": None, "multiValueHeaders": None},
    "a signature that is a word": changed("Signature", "trust me"),
    "a signature without value": changed("Signature", "algorithm=RSA256,keyVersion=1"),
    "a value that is no base64": changed("Signature", "algorithm=RSA256,keyVersion=1,signature=%%%"),
    "an empty value": changed("Signature", "algorithm=RSA256,keyVersion=1,signature="),
    "two signatures": changed("Signature", lambda text: f"{text},{text.rpartition(',')[2]}"),
    "half a signature": changed("Signature", lambda text: text[:-40]),
    "another algorithm": changed("Signature", lambda text: text.replace("RSA256", "HMAC")),
    "an unknown key version": changed("Signature", lambda text: text.replace("keyVersion=1", "keyVersion=7")),
    "half a surrogate pair in the signature": changed("Signature", lambda text: text + "\ud83d"),
    "another client id": changed("Client-Id", "SANDBOX_OTHER"),
    "our client id in other letters": changed("Client-Id", CLIENT_ID.lower()),
    "another time than was signed": changed("Request-Time", lambda text: str(int(text) + 1)),
    "another body than was signed": tampered,
    "one blank more": lambda event: {**event, "body": event["body"] + " "},
    "another path": lambda event: {
        **event,
        "requestContext": {**event["requestContext"], "path": "/live/v1/payments/notifyPayment"},
    },
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_what_is_not_proven_is_401_and_changes_nothing(
    opened: World, http: Http, logged: Logged, forge: Callable[[Event], Event]
) -> None:
    reply = refused(opened, http, forge(told(opened)))
    assert reply.result == (401, "F", "INVALID_SIGNATURE")
    assert '"UnprovenNotifications"' in logged()
    assert http("notify_payment", told(opened)).text == ACKNOWLEDGEMENT  # it was the forgery, nothing else


def test_the_key_of_somebody_else_is_401(opened: World, http: Http) -> None:
    opened.keys = replace(opened.keys, verifier=Verifier({"1": merchant_key().public_key()}))
    refused(opened, http, told(opened))


def test_a_true_signature_for_another_client_is_401(opened: World, http: Http) -> None:
    refused(opened, http, told(opened, client_id="SANDBOX_OTHER"))


def test_several_keys_are_valid_while_they_roll(opened: World, http: Http) -> None:
    keys = {"1": merchant_key().public_key(), "2": alipay_key().public_key()}
    opened.keys = replace(opened.keys, verifier=Verifier(keys))
    refused(opened, http, told(opened, version="1"))
    assert http("notify_payment", told(opened, version="2")).text == ACKNOWLEDGEMENT


WINDOW = {
    "just old enough": (-90_000_000, True),
    "a millisecond too old": (-90_000_001, False),
    "a week old": (-7 * DAY * 1000, False),
    "just ahead": (300_000, True),
    "a millisecond too far ahead": (300_001, False),
    "a year ahead": (365 * DAY * 1000, False),
    "the first day of computers": (-1_800_000_000_000, False),
}


@pytest.mark.parametrize(("away", "accepted"), WINDOW.values(), ids=WINDOW)
def test_the_time_must_lie_within_the_window(opened: World, http: Http, away: int, accepted: bool) -> None:
    event = told(opened, time=str(opened.clock.now() + away))
    if accepted:
        assert http("notify_payment", event).text == ACKNOWLEDGEMENT
    else:
        refused(opened, http, event)


def test_the_window_is_a_setting(opened: World, http: Http) -> None:
    opened.settings = replace(opened.settings, notification_max_age=10_000, notification_max_ahead=0)
    refused(opened, http, told(opened, time=str(opened.clock.now() - 10_001)))
    refused(opened, http, told(opened, time=str(opened.clock.now() + 1)))
    assert http("notify_payment", told(opened, time=str(opened.clock.now() - 10_000))).status == 200


FORMS = (  # 2027-01-15T08:00:00Z, the present of these tests
    "1800000000000",
    "1800000000",
    "2027-01-15T08:00:00Z",
    "2027-01-15T08:00:00+00:00",
    "2027-01-15T16:00:00+08:00",
    "2027-01-15T13:30:00+05:30",
    "2027-01-15T16:00:00+0800",
    "2027-01-15T01:00:00-0700",
    "2027-01-15T08:00:00.123Z",
    "2027-01-15T08:00:00.1234567Z",
    "2027-01-15T16:00:00.123456+0800",
)


@pytest.mark.parametrize("text", FORMS)
def test_every_form_of_the_time_is_read_and_signed_as_it_stands(opened: World, http: Http, text: str) -> None:
    opened.settings = replace(opened.settings, notification_max_age=2_000, notification_max_ahead=2_000)
    assert http("notify_payment", told(opened, time=text)).text == ACKNOWLEDGEMENT


@pytest.mark.parametrize(
    "text",
    [
        "yesterday",
        "-1800000000000",
        "+1800000000000",
        "1800000000000.5",
        "0x1a3",
        "1_800_000_000",
        "\uff11\uff18\uff10\uff10\uff10\uff10\uff10\uff10\uff10\uff10",
        "9" * 5_000,
        "2027-13-15T08:00:00Z",
        "2027-01-15T08:00:00+99:00",
        "Fri, 15 Jan 2027 08:00:00 GMT",
        "0001-01-01T00:00:00+08:00",
        "9999-12-31T23:59:59-08:00",
    ],
)
def test_a_time_that_cannot_be_read_is_401(opened: World, http: Http, text: str) -> None:
    refused(opened, http, told(opened, time=text))


UNREADABLE = {
    "no JSON": "paid!",
    "nothing": "",
    "an array": "[1]",
    "null": "null",
    "a key twice": '{"paymentRequestId":"PAY-1","paymentRequestId":"PAY-2"}',
    "deep": '{"a":' + "[" * 5_000 + "]" * 5_000 + "}",
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
@pytest.mark.parametrize("name", SAMPLES)
def test_a_true_signature_over_unreadable_json_is_400_and_kept(
    opened: World, http: Http, logged: Logged, body: str, name: str
) -> None:
    before = payment(opened)
    for _ in range(2):
        reply = http(name, notification(name, opened.clock, body))
        assert reply.result == (400, "F", "PARAM_ILLEGAL")
    assert payment(opened) == before
    (reason,) = opened.anomalies()
    assert reason.startswith("an unreadable notification: the body ")
    assert hashlib.sha256(body.encode()).hexdigest() in opened.all_text()
    assert "'times_seen': {'N': '2'}" in opened.all_text()
    assert '"Anomalies"' in logged()


def test_of_an_unreadable_notification_ids_are_kept_and_nothing_else(opened: World, http: Http) -> None:
    body = '{"paymentRequestId" : "PAY-1","paymentId":"2024","accessToken":"SECRET-1","pspCustomerId":"ZHANG",'
    http("notify_payment", told(opened, body=body))
    text = opened.all_text()
    assert "'payment_id': {'S': '2024'}" in text
    assert "'pk': {'S': 'notification#notifyPayment'}" in text
    assert "SECRET-1" not in text
    assert "ZHANG" not in text


@pytest.mark.parametrize("body", [b"paid!", b'{"resultMessage":"cut \xe6\x9c'], ids=["no JSON", "cut in a character"])
def test_what_cannot_be_read_nor_stored_is_503(opened: World, http: Http, body: bytes) -> None:
    event = in_base64(told(opened), body)
    at = str(opened.clock.now())
    path = event["requestContext"]["path"]
    set_header(event, "Request-Time", at)
    set_header(event, "Signature", LocalSigner(alipay_key()).sign(canonical("POST", path, CLIENT_ID, at, body)))
    store = outage(opened)
    store.on = True
    assert http("notify_payment", event).result == (503, "U", "UNKNOWN_EXCEPTION")
    store.on = False
    assert http("notify_payment", event).result == (400, "F", "PARAM_ILLEGAL")
    assert len(opened.anomalies()) == 1


def test_an_unreadable_body_that_is_not_proven_leaves_nothing(opened: World, http: Http) -> None:
    event = told(opened, body="paid!")
    set_header(event, "Signature", told(opened)["headers"].get("Signature", ""))
    refused(opened, http, event)


def test_a_notification_for_an_unknown_payment_is_kept_as_an_anomaly_and_acknowledged(
    world: World, http: Http, logged: Logged
) -> None:
    reply = http("notify_payment", told(world))
    assert (reply.status, reply.text) == (200, ACKNOWLEDGEMENT)
    assert world.anomalies() == ["a notification for a payment that is not known"]
    assert '"Anomalies"' in logged()


def test_a_signed_notification_without_any_field_is_kept_as_an_anomaly_and_acknowledged(
    world: World, http: Http
) -> None:
    for name in ("notify_payment", "notify_authorization"):
        assert http(name, notification(name, world.clock, "{}")).text == ACKNOWLEDGEMENT
    assert len(world.anomalies()) == 2


def test_a_notification_is_acknowledged_with_exactly_the_documented_body(opened: World, http: Http) -> None:
    reply = http("notify_payment", told(opened))
    assert (reply.status, reply.text) == (200, ACKNOWLEDGEMENT)
    assert reply.headers["Content-Type"] == "application/json; charset=UTF-8"
    assert (payment(opened).state, payment(opened).payment_id) == (PaymentState.SUCCESS, PAYMENT_ID)


def test_the_same_notification_again_is_acknowledged_and_changes_nothing(opened: World, http: Http) -> None:
    event = told(opened)
    http("notify_payment", event)
    before = opened.all_text()
    assert http("notify_payment", event).text == ACKNOWLEDGEMENT
    assert opened.all_text() == before


def test_with_the_store_down_alipay_is_asked_to_send_again(opened: World, http: Http, logged: Logged) -> None:
    store = outage(opened)
    store.on = True
    for name in ("notify_payment", "notify_authorization"):
        reply = http(name, notification(name, opened.clock))
        assert reply.result == (503, "U", "UNKNOWN_EXCEPTION")
    assert '"StoreUnavailable"' in logged()
    store.on = False
    assert payment(opened).state is PaymentState.INITIATED
    assert http("notify_payment", told(opened)).text == ACKNOWLEDGEMENT


def test_with_the_store_down_what_is_not_proven_is_still_401(opened: World, http: Http) -> None:
    outage(opened).on = True
    assert http("notify_payment", tampered(told(opened))).status == 401


def test_a_fault_of_ours_is_500_and_its_text_goes_nowhere(opened: World, http: Http, logged: Logged) -> None:
    client = opened.dynamodb

    class Broken:
        def __getattr__(self, name: str) -> object:
            def fail(**_: object) -> None:
                raise RuntimeError("quoting 20240701PAY-1 of the body")

            return fail

    opened.dynamodb = Broken()
    reply = http("notify_payment", told(opened))
    assert reply.result == (500, "U", "UNKNOWN_EXCEPTION")
    assert "quoting" not in reply.text + logged()
    assert '"Faults"' in logged()
    opened.dynamodb = client
    assert payment(opened).state is PaymentState.INITIATED


# --- the path that was signed


def test_the_path_is_signed_with_the_stage(opened: World, http: Http) -> None:
    event = sample("notify_payment")
    assert event["requestContext"]["path"] == "/live" + event["path"]
    refused(opened, http, told(opened, signed_path=event["path"]))
    assert http("notify_payment", told(opened, signed_path="/live/v1/payments/payNotify")).text == ACKNOWLEDGEMENT


def test_on_a_custom_domain_the_path_is_signed_with_the_base_path(opened: World, http: Http) -> None:
    def on_domain(path: str) -> Event:
        event = told(opened, signed_path=path)
        event["path"] = "/alipay/v1/payments/payNotify"
        event["requestContext"] |= {"path": "/alipay/v1/payments/payNotify", "domainName": "hooks.example.com"}
        return event

    refused(opened, http, on_domain("/live/v1/payments/payNotify"))
    refused(opened, http, on_domain("/v1/payments/payNotify"))
    assert http("notify_payment", on_domain("/alipay/v1/payments/payNotify")).text == ACKNOWLEDGEMENT


def test_behind_a_proxy_the_path_is_signed_with_the_registered_prefix(opened: World, http: Http) -> None:
    opened.settings = replace(opened.settings, registered_path_prefix="/hooks/alipay")
    refused(opened, http, told(opened))
    event = told(opened, signed_path="/hooks/alipay/v1/payments/payNotify")
    assert http("notify_payment", event).text == ACKNOWLEDGEMENT


def test_behind_a_proxy_that_adds_the_stage_the_registered_path_is_the_route_itself(opened: World, http: Http) -> None:
    opened.settings = replace(opened.settings, registered_path_prefix="/")
    refused(opened, http, told(opened))
    assert http("notify_payment", told(opened, signed_path="/v1/payments/payNotify")).text == ACKNOWLEDGEMENT


def test_the_second_route_is_signed_over_its_own_path(opened: World, http: Http) -> None:
    def second(path: str) -> Event:
        event = told(opened, signed_path=path)
        event |= {"resource": "/v1/payments/notifyPayment", "path": "/v1/payments/notifyPayment"}
        event["requestContext"] |= {"path": "/live/v1/payments/notifyPayment"}
        return event

    refused(opened, http, second("/live/v1/payments/payNotify"))
    assert http("notify_payment", second("/live/v1/payments/notifyPayment")).text == ACKNOWLEDGEMENT


# --- the bytes that were signed


def test_the_signature_is_over_the_bytes_as_they_came(opened: World, http: Http) -> None:
    body = json.dumps({**json.loads(sample("notify_payment")["body"]), "note": "\u6708\u984d \U0001f600"}, indent=3)
    for text in (body, body.replace("\n", "\r\n"), json.dumps(json.loads(body), ensure_ascii=False)):
        assert http("notify_payment", told(opened, body=text)).text == ACKNOWLEDGEMENT
    assert http("notify_payment", in_base64(told(opened, body=body))).text == ACKNOWLEDGEMENT


@pytest.mark.parametrize("case", [str.lower, str.upper, str.title])
def test_header_names_may_have_any_case(opened: World, http: Http, case: Callable[[str], str]) -> None:
    event = told(opened)
    event["headers"] = {case(name): text for name, text in event["headers"].items()}
    assert http("notify_payment", event).text == ACKNOWLEDGEMENT


def test_a_notification_needs_no_content_type(opened: World, http: Http) -> None:
    event = told(opened)
    set_header(event, "Content-Type", None)
    assert http("notify_payment", event).text == ACKNOWLEDGEMENT


def test_blanks_and_order_in_the_signature_header_do_not_matter(opened: World, http: Http) -> None:
    event = told(opened)
    parts = event["headers"]["Signature"].split(",")
    set_header(event, "Signature", " , ".join(reversed(parts)))
    assert http("notify_payment", event).text == ACKNOWLEDGEMENT


# --- authorizations


def test_a_code_is_stored_exchanged_and_acknowledged(world: World, http: Http) -> None:
    world.alipay.will(Operation.CONSULT, token_answer())
    http("consult", sample("consult"))
    world.alipay.will(Operation.APPLY_TOKEN, token_answer())
    reply = http("notify_authorization", notification("notify_authorization", world.clock))
    assert (reply.status, reply.text) == (200, ACKNOWLEDGEMENT)
    assert authorization(world).state == "ACTIVE"


@pytest.mark.parametrize("prove", ["none", "unproven"])
def test_a_forged_code_changes_nothing_and_is_not_exchanged(world: World, http: Http, prove: str) -> None:
    event = notification("notify_authorization", world.clock)
    set_header(event, "Signature", None if prove == "none" else "algorithm=RSA256,keyVersion=1,signature=QUJD")
    assert http("notify_authorization", event).result == (401, "F", "INVALID_SIGNATURE")
    assert world.all_text() == "[]"
    assert world.alipay.sent == []


# --- the samples themselves


@pytest.mark.parametrize("name", SAMPLES)
def test_the_signature_of_a_sample_is_real(name: str) -> None:
    event = sample(name)
    headers, verifier = event["headers"], Verifier({"1": alipay_key().public_key()})
    given = "POST", event["requestContext"]["path"], headers["Client-Id"], headers["Request-Time"]
    verifier.verify(headers["Signature"], canonical(*given, event["body"].encode()))
    with pytest.raises(BadSignature):
        verifier.verify(headers["Signature"], canonical(*given, event["body"].encode() + b" "))
    assert headers["Client-Id"] == CLIENT_ID


def test_a_sample_as_it_stands_is_too_old(opened: World, http: Http) -> None:
    refused(opened, http, sample("notify_payment"))
    assert STATE in sample("notify_authorization")["body"]
