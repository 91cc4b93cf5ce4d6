"""The official Python SDK judges the simulator: its own client, over TLS, calls all fifteen operations; its webhook
tool reads every notification.
"""

import http.client
import json
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from official_sdk import Sdk, SdkError, running_sdk

from sandbox.alipay import Config, Simulator
from sandbox.alipay.operations import NAMES, OPERATIONS
from tests.sandbox.merchant import Received, Shop, declaration, payment
from tests.sandbox.test_registrations import registration

CLIENT_ID = "SANDBOX_5YTEST0000000001"
CLIENT = Path(__file__).with_name("sdk_client.py")
GATEWAY = "https://open-sea-global.alipay.com"
BROKEN_IN_THE_SDK = {"initAuthentication", "verifyAuthentication"}
PATHS = {operation.name: f"/ams/api{operation.path}" for operation in OPERATIONS}


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    found = Shop()
    yield found
    found.close()


@pytest.fixture(scope="module")
def alipay(keys: Any, shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    config = Config(
        client_id=CLIENT_ID,
        private_key=keys["alipay_simulated"]["private_pkcs8_b64"],
        merchant_public_keys={"1": keys["merchant"]["public_spki_b64"]},
        tls=tmp_path_factory.mktemp("tls"),
        auth_notify_url=f"http://{shop.address}/spi/authorization",
        payment_notify_url=f"http://{shop.address}/spi/payment",
        refund_notify_url=f"http://{shop.address}/spi/refund",
        registration_notify_url=f"http://{shop.address}/spi/registration",
        speed=0.0,
    )
    with Simulator(config) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def client(alipay: Simulator, keys: Any) -> Iterator[Sdk]:
    """The SDK's client, with nothing changed but where its connections lead and whom it trusts."""
    assert alipay.config.tls is not None
    with running_sdk(CLIENT, SSL_CERT_FILE=str(alipay.config.tls / "ca.pem")) as sdk:
        port = int(alipay.url.rpartition(":")[2])
        own, theirs = keys["merchant"]["private_pkcs8_b64"], keys["alipay_simulated"]["public_spki_b64"]
        sdk("connect", port, GATEWAY, CLIENT_ID, own, theirs)
        yield sdk


class Customer:
    """Calls by the SDK, and a customer who agrees on the page; what was called is remembered."""

    def __init__(self, client: Sdk, alipay: Simulator) -> None:
        self._client, self._alipay = client, alipay
        self.called = set[str]()

    def call(self, operation: str, **fields: Any) -> dict[str, Any]:
        self.called.add(operation)
        if operation in BROKEN_IN_THE_SDK:
            answer = self._client("execute_plain", PATHS[operation], fields)
        else:
            answer = self._client("execute", operation, fields)
        body: dict[str, Any] = json.loads(answer)
        return body

    def done(self, operation: str, **fields: Any) -> dict[str, Any]:
        body = self.call(operation, **fields)
        assert body["result"]["resultStatus"] == "S", (operation, body)
        return body

    def agree(self, state: str, wallet: str) -> str:
        page = self.done(
            "consult",
            customerBelongsTo=wallet,
            authRedirectUrl="https://shop.example/zurück?order=7",
            scopes=["AGREEMENT_PAY"],
            authState=state,
            terminalType="WEB",
        )["normalUrl"]
        where = urlsplit(page)
        assert self._alipay.config.tls is not None
        context = ssl.create_default_context(cafile=str(self._alipay.config.tls / "ca.pem"))
        connection = http.client.HTTPSConnection(where.netloc, timeout=10, context=context)
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", f"{where.path}?{where.query}", urlencode({"decision": "agree"}), form)
        back = connection.getresponse().headers["Location"]
        connection.close()
        return parse_qs(urlsplit(back).query)["authCode"][0]

    def tokens(self, state: str, wallet: str) -> dict[str, Any]:
        code = self.agree(state, wallet)
        return self.done("applyToken", grantType="AUTHORIZATION_CODE", customerBelongsTo=wallet, authCode=code)


@pytest.fixture
def customer(client: Sdk, alipay: Simulator, shop: Shop) -> Customer:
    alipay.reset()
    shop.received.clear()
    return Customer(client, alipay)


def pay(customer: Customer, token: str, request_id: str, wallet: str = "ALIPAY_CN", value: str = "1000") -> Any:
    body = payment(token, request_id, value, "CNY", wallet)
    body["order"]["orderDescription"] = "Musik für 支付 😀"
    return customer.call("pay", **body)


def test_the_sdk_drives_all_fifteen_operations(customer: Customer, alipay: Simulator) -> None:
    token = customer.tokens("STATE-1", "ALIPAY_CN")["accessToken"]
    paid = pay(customer, token, "PAY-1")
    assert paid["result"]["resultStatus"] == "S"
    inquired = customer.done("inquiryPayment", paymentRequestId="PAY-1")
    assert (inquired["paymentStatus"], inquired["paymentId"]) == ("SUCCESS", paid["paymentId"])

    customer.done("declare", **declaration(paid["paymentId"], "DCL-1", "1000"))
    found = customer.done("inquiryDeclarationRequests", declarationRequestIds=["DCL-1", "DCL-2"])
    assert [one["declarationRequestId"] for one in found["declarationRecords"]] == ["DCL-1"]

    amount = {"currency": "CNY", "value": "400"}
    refund = customer.done("refund", refundRequestId="REF-1", paymentId=paid["paymentId"], refundAmount=amount)
    told = customer.done("inquiryRefund", refundRequestId="REF-1")
    assert (told["refundStatus"], told["refundId"]) == ("SUCCESS", refund["refundId"])

    assert pay(customer, token, "PAY-2")["result"]["resultStatus"] == "S"
    customer.done("cancel", paymentRequestId="PAY-2")

    asked = {"authenticationType": "OTP", "authenticationRequestId": "OTP-1"}
    customer.done(
        "initAuthentication",
        **asked,
        authenticationChannelType="SMS",
        userIdentityType="WALLET_TOKEN",
        userIdentityValue=token,
    )
    otp = alipay.world.authentications.phone()[0]["otp"]
    assert customer.done("verifyAuthentication", **asked, authenticationValue=otp)["isPassed"] is True

    body = registration("REG-1")
    customer.done("registration", **{name: value for name, value in body.items() if name != "storeInfo"})
    alipay.clock.advance(5)
    status = customer.done("inquiryRegistrationStatus", registrationRequestId="REG-1")
    assert status["registrationResult"]["registrationStatus"] == "COMPLETED"
    info = customer.done("inquiryRegistrationInfo", referenceMerchantId="SECM_1")
    assert info["merchantInfo"] == body["merchantInfo"]

    customer.done("revoke", accessToken=token)
    refreshed = customer.tokens("STATE-2", "GCASH")
    customer.done(
        "applyToken", grantType="REFRESH_TOKEN", customerBelongsTo="GCASH", refreshToken=refreshed["refreshToken"]
    )
    assert customer.called == NAMES
    ledger = alipay.world.payments.debits()
    assert {name: entry["net"] for name, entry in ledger.items()} == {"PAY-1": "600", "PAY-2": "0"}


def test_f_and_u_are_read_like_s(customer: Customer) -> None:
    token = customer.tokens("STATE-1", "GCASH")["accessToken"]
    assert pay(customer, token, "A-declined", "GCASH")["result"]["resultCode"] == "USER_BALANCE_NOT_ENOUGH"
    assert pay(customer, token, "A-pending", "GCASH")["result"]["resultCode"] == "PAYMENT_IN_PROCESS"
    assert pay(customer, token, "A", "GCASH", "9901")["result"]["resultCode"] == "UNKNOWN_EXCEPTION"
    assert customer.call("inquiryPayment", paymentRequestId="NONE")["result"]["resultCode"] == "ORDER_NOT_EXIST"


@pytest.mark.parametrize("fault", ["cut_before", "act_then_cut", "http_500", "unsigned", "wrong_signature"])
def test_the_sdk_notices_what_it_cannot_trust(customer: Customer, alipay: Simulator, fault: str) -> None:
    alipay.world.faults.order([{"operation": "inquiryPayment", "fault": fault}], NAMES)
    with pytest.raises(SdkError):
        customer.call("inquiryPayment", paymentRequestId="NONE")
    assert customer.call("inquiryPayment", paymentRequestId="NONE")["result"]["resultCode"] == "ORDER_NOT_EXIST"


def test_its_webhook_tool_accepts_every_notification(
    customer: Customer, client: Sdk, alipay: Simulator, shop: Shop, keys: Any
) -> None:
    token = customer.tokens("STATE-1", "GCASH")["accessToken"]
    paid = pay(customer, token, "PAY-1", "GCASH")
    pay(customer, token, "PAY-2-declined", "GCASH")
    amount = {"currency": "CNY", "value": "400"}
    customer.call("refund", refundRequestId="REF-1-pending", paymentId=paid["paymentId"], refundAmount=amount)
    customer.call("refund", refundRequestId="REF-2-failed-late", paymentId=paid["paymentId"], refundAmount=amount)
    customer.done("registration", **registration("REG-1"))
    customer.done("registration", **registration("REG-2-rejected", "SECM_2"))
    customer.done("revoke", accessToken=token)
    alipay.clock.advance(60)
    paths = [one.path for one in shop.received]
    assert {path: paths.count(f"/spi/{path}") for path in ("authorization", "payment", "refund", "registration")} == {
        "authorization": 2,  # AUTHCODE_CREATED, TOKEN_CANCELED
        "payment": 2,
        "refund": 2,
        "registration": 2,
    }
    public_key = keys["alipay_simulated"]["public_spki_b64"]

    def accepts(one: Received, body: str) -> bool:
        signed = (one.headers["Client-Id"], one.headers["Request-Time"], body, one.headers["Signature"])
        return client("check_signature", "POST", one.path, *signed, public_key) is True

    for one in shop.received:
        assert accepts(one, one.raw.decode())
        with pytest.raises(SdkError, match="VerificationError"):
            accepts(one, one.raw.decode() + " ")


@pytest.mark.parametrize("operation", sorted(NAMES))
def test_which_request_classes_of_the_sdk_can_be_made(client: Sdk, operation: str) -> None:
    """Two cannot: they give their base class no path. Once they are mended, they are to be used above."""
    if operation in BROKEN_IN_THE_SDK:
        with pytest.raises(SdkError, match="IndexError"):
            client("make", operation)
    else:
        assert client("make", operation).startswith("Alipay")
