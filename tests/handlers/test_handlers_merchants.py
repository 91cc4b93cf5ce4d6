"""Registrations through the real handlers: their folders, their models, and the proof of what Alipay tells."""

from autodebit.domain.registration_states import RegistrationState
from autodebit.gateway.client import Operation
from tests.flows.registering import accepted, registered, registration_body, review, stands, wallets_of
from tests.handlers.conftest import POLL_SECONDS, Http, Invoke
from tests.handlers.test_handlers_spi import ACKNOWLEDGEMENT
from tests.support.alipay import answer
from tests.support.events import Event, call, notification, sample
from tests.support.world import World


def asked(body: object) -> Event:
    """A merchant's call: what is asked for stands in the body alone, so any route's event will do."""
    return call("pay", body)


def told(world: World, **ids: str) -> Event:
    """A signed notification, over the path of the event that carries it."""
    return notification("notify_payment", world.clock, {**ids, **review("COMPLETED", GCASH="APPROVED")})


def test_a_merchant_is_registered_polled_for_and_told_of(world: World, http: Http, invoke: Invoke) -> None:
    world.alipay.will(Operation.REGISTRATION, accepted())
    world.alipay.will(Operation.INQUIRY_REGISTRATION_STATUS, stands("PENDING", GCASH="PENDING"))
    assert http("registration", asked(registration_body())).result == (200, "S", "SUCCESS")
    world.clock.forward(60)
    assert invoke("poll_registrations", sample("poll_payments"), POLL_SECONDS) is None
    assert wallets_of(world) == {"GCASH": "PENDING"}
    reply = http("notify_registration_status", told(world, registrationRequestId="REG-1"))
    assert (reply.status, reply.text) == (200, ACKNOWLEDGEMENT)
    assert (registered(world).state, wallets_of(world)) == (RegistrationState.COMPLETED, {"GCASH": "APPROVED"})


def test_an_unproven_word_approves_nobody(world: World, http: Http) -> None:
    world.alipay.will(Operation.REGISTRATION, accepted())
    http("registration", asked(registration_body()))
    event = told(world, registrationRequestId="REG-1")
    event["body"] = event["body"].replace("APPROVED", "REJECTED")
    assert http("notify_registration_status", event).result == (401, "F", "INVALID_SIGNATURE")
    assert registered(world).state is RegistrationState.PENDING


def test_a_registration_that_is_not_known_is_acknowledged(world: World, http: Http) -> None:
    assert http("notify_registration_status", told(world, registrationRequestId="REG-9")).text == ACKNOWLEDGEMENT
    assert world.anomalies() == ["a notification for a registration that is not known"]


def test_inquiries_are_passed_on_byte_for_byte(world: World, http: Http) -> None:
    for name, operation in (
        ("inquiry_registration_status", Operation.INQUIRY_REGISTRATION_STATUS),
        ("inquiry_registration_info", Operation.INQUIRY_REGISTRATION_INFO),
    ):
        said = answer("S", "SUCCESS", "ok", aNewField=[1.5, None])
        world.alipay.will(operation, said)
        assert http(name, asked({"referenceMerchantId": "M-1"})).text == said.text


def test_a_faulty_request_is_refused_and_nothing_is_sent(world: World, http: Http) -> None:
    body = registration_body(productCodes=["IN_STORE_PAYMENT"])
    body["merchantInfo"]["registrationDetail"]["businessType"] = "CLUB"
    reply = http("registration", asked(body))
    assert reply.result == (400, "F", "PARAM_ILLEGAL")
    assert "storeInfo" in reply.message
    assert "businessType" in reply.message
    for name in ("inquiry_registration_status", "inquiry_registration_info"):
        assert http(name, asked({})).result == (400, "F", "PARAM_ILLEGAL")
    assert world.alipay.sent == []
