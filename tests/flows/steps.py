"""The words that the flow tests are written in: one step of a caller, of Alipay, of time, or of trouble."""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import EndpointConnectionError

from autodebit.contract import (
    ApplyTokenRequest,
    ConsultRequest,
    InitAuthenticationRequest,
    InquiryPaymentRequest,
    NotifyAuthorizationRequest,
    NotifyPaymentRequest,
    PayRequest,
    RevokeRequest,
    VerifyAuthenticationRequest,
)
from autodebit.domain.authentication import Authentication
from autodebit.domain.authorization import AuthCode, Authorization, Grant
from autodebit.domain.payment import Payment
from autodebit.flows.authorizations.consent import consult, notify_authorization
from autodebit.flows.authorizations.exchange import apply_token
from autodebit.flows.authorizations.refresh import refresh_tokens
from autodebit.flows.authorizations.revoke import revoke
from autodebit.flows.jobs import poll_payments
from autodebit.flows.payments.pay import pay
from autodebit.flows.payments.sync import inquiry_payment, notify_payment, poll_payment
from autodebit.flows.users.authentication import init_authentication, verify_authentication
from autodebit.gateway.client import Operation, VerifiedResponse
from autodebit.responses import Response
from tests.support.alipay import answer
from tests.support.world import TOKEN, World, paid_fields, pay_body

CODE = "28100113_1631148338197000019ba74"
REFRESH = "2810100315679SGn0RHwIV5EtFFMeW6300001"
NEW_TOKEN = "28101003_20250701NewerTokenOfTheWallet90002"
NEW_REFRESH = "2810100399999NewerRefreshTokenOfTheWallet"
OTP = "OTP-493027"
SECRETS = (TOKEN, CODE, REFRESH, NEW_TOKEN, NEW_REFRESH, OTP)
"""Every token, code and password that these tests use: none may be found in a log or in the table."""
STATE = "STATE_20240701_000123_1"
PAYMENT_ID = "20240701PAY-1"
_POLLERS_MARGIN = 13


def result_of(reply: Response) -> tuple[int, str, str]:
    """HTTP status, resultStatus and resultCode."""
    result = body_of(reply)["result"]
    return reply.http_status, result["resultStatus"], result["resultCode"]


def body_of(reply: Response) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(reply.text)
    return body


def message_of(reply: Response) -> str:
    return str(body_of(reply)["result"]["resultMessage"])


# --- callers


def send(world: World, seconds: float = 25, **changed: Any) -> Response:
    """pay, by an invocation that may take *seconds*."""
    return pay(PayRequest.model_validate(pay_body(**changed)), world.runtime(seconds))


def inquire(world: World, seconds: float = 25, **ids: str) -> Response:
    return inquiry_payment(
        InquiryPaymentRequest.model_validate(ids or {"paymentRequestId": "PAY-1"}), world.runtime(seconds)
    )


def ask_consent(world: World, seconds: float = 25, **changed: Any) -> Response:
    """consult."""
    body = {
        "customerBelongsTo": "GCASH",
        "authRedirectUrl": "https://shop.example.com/back",
        "scopes": ["AGREEMENT_PAY"],
        "authState": STATE,
        "terminalType": "WEB",
        **changed,
    }
    return consult(ConsultRequest.model_validate(body), world.runtime(seconds))


def open_consent_page(world: World, **changed: Any) -> Response:
    """consult, answered with a page on which the customer may agree."""
    world.alipay.will(Operation.CONSULT, answer("S", "SUCCESS", normalUrl="https://wallet.example.com"))
    return ask_consent(world, **changed)


def redirect(world: World, code: str = CODE, seconds: float = 25, wallet: str = "GCASH") -> Response:
    """applyToken with the code that the redirect brought."""
    body = {"grantType": "AUTHORIZATION_CODE", "customerBelongsTo": wallet, "authCode": code}
    return apply_token(ApplyTokenRequest.model_validate(body), world.runtime(seconds))


def refresh(world: World, token: str, seconds: float = 25) -> Response:
    """applyToken with a refresh token or its handle."""
    body = {"grantType": "REFRESH_TOKEN", "customerBelongsTo": "GCASH", "refreshToken": token}
    return apply_token(ApplyTokenRequest.model_validate(body), world.runtime(seconds))


def end_consent(world: World, token: str = TOKEN, seconds: float = 25, **more: str) -> Response:
    """revoke, with a token or its handle."""
    return revoke(RevokeRequest.model_validate({"accessToken": token, **more}), world.runtime(seconds))


def send_password(world: World, token: str = TOKEN, seconds: float = 25, **changed: str) -> Response:
    """initAuthentication."""
    body = {
        "authenticationType": "OTP",
        "authenticationRequestId": "AUTHN-1",
        "authenticationChannelType": "SMS",
        "userIdentityType": "WALLET_TOKEN",
        "userIdentityValue": token,
        **changed,
    }
    return init_authentication(InitAuthenticationRequest.model_validate(body), world.runtime(seconds))


def type_password(world: World, typed: str = OTP, seconds: float = 25, identity: str = "AUTHN-1") -> Response:
    """verifyAuthentication."""
    body = {"authenticationType": "OTP", "authenticationRequestId": identity, "authenticationValue": typed}
    return verify_authentication(VerifyAuthenticationRequest.model_validate(body), world.runtime(seconds))


# --- Alipay


def notify(
    world: World, status: str = "S", code: str = "SUCCESS", kind: str = "PAYMENT_RESULT", **changed: Any
) -> None:
    """notifyPayment."""
    result = {"resultCode": code, "resultStatus": status, "resultMessage": "told"}
    body = {"notifyType": kind, "result": result, **paid_fields(**changed)}
    notify_payment(NotifyPaymentRequest.read(body), world.runtime(15))


def bring_code(world: World, state: str = STATE, code: str = CODE) -> None:
    """notifyAuthorization with a code."""
    tell(world, authorizationNotifyType="AUTHCODE_CREATED", authState=state, authCode=code)


def cancel_token(world: World, token: str = TOKEN) -> None:
    """notifyAuthorization: the customer has ended a token in the wallet."""
    tell(world, authorizationNotifyType="TOKEN_CANCELED", accessToken=token)


def tell(world: World, **body: str) -> None:
    result = {"resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "success"}
    notify_authorization(NotifyAuthorizationRequest.read({**body, "result": result}), world.runtime(15))


def paid(**changed: Any) -> VerifiedResponse:
    return answer("S", "SUCCESS", "ok", **paid_fields(**changed))


def asked(status: str, code: str = "SUCCESS", **changed: Any) -> VerifiedResponse:
    """An answer to inquiryPayment."""
    told = {"paymentStatus": status, "paymentResultCode": code, "paymentResultMessage": "told"}
    return answer("S", "SUCCESS", "ok", **told, **paid_fields(**changed))


def absent() -> VerifiedResponse:
    return answer("F", "ORDER_NOT_EXIST", "no such payment")


def token_answer(access: str = TOKEN, refresh_token: str | None = REFRESH, **more: Any) -> VerifiedResponse:
    """An answer to applyToken."""
    given = {"accessToken": access, "accessTokenExpiryTime": "2034-07-01T00:00:00+00:00"}
    if refresh_token is not None:
        given |= {"refreshToken": refresh_token, "refreshTokenExpiryTime": "2035-07-01T00:00:00+00:00"}
    return answer("S", "SUCCESS", "ok", **given, **more)


# --- time


def poll(world: World, seconds: float = 0.05) -> None:
    """poll_payments, by an invocation that may claim for *seconds*."""
    poll_payments(world.runtime(_POLLERS_MARGIN + seconds))


def run_daily(world: World, seconds: float = 58) -> None:
    """refresh_tokens."""
    refresh_tokens(world.runtime(seconds))


def poll_when_due(world: World) -> None:
    """Move on to the moment at which PAY-1 is due, and ask for it as poll_payments does."""
    due_at = payment(world).due_at
    assert due_at is not None
    world.clock.time = max(world.clock.time, due_at)
    poll_payment("PAY-1", world.runtime(58))


# --- what is stored


def payment(world: World, payment_request_id: str = "PAY-1") -> Payment:
    found = world.repository.payments.find(payment_request_id)
    assert found is not None
    return found


def authorization(world: World, state: str = STATE) -> Authorization:
    found = world.repository.authorizations.find(state)
    assert found is not None
    return found


def auth_code(world: World, code: str = CODE) -> AuthCode:
    found = world.repository.codes.find_code(hashlib.sha256(code.encode()).hexdigest())
    assert found is not None
    return found


def grant_of(world: World, token: str = TOKEN) -> Grant:
    found = world.repository.grants.find_by_secret(token)
    assert found is not None
    return found[0]


def authentication(world: World, identity: str = "AUTHN-1") -> Authentication:
    found = world.repository.authentications.find(identity)
    assert found is not None
    return found


# --- trouble


class Outage:
    """A DynamoDB client that can be out of reach: for the calls that *hits* names, while *on*."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.on = False
        self.calls = 0
        self.ends_after: int | None = None
        self.hits: Callable[[str, Mapping[str, Any]], bool] = lambda _method, _request: True

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        if name not in ("get_item", "put_item", "update_item", "transact_write_items", "query"):
            return method

        def call(**request: Any) -> Any:
            if self.on and self.hits(name, request):
                self.calls += 1
                if self.ends_after is not None and self.calls >= self.ends_after:
                    self.on = False
                raise EndpointConnectionError(endpoint_url="http://dynamodb")
            return method(**request)

        return call


def outage(world: World) -> Outage:
    """From now on *world* reaches its table through an Outage that is still off."""
    world.dynamodb = Outage(world.dynamodb)
    return world.dynamodb


def store_gone_after(world: World, said: VerifiedResponse) -> tuple[Outage, Callable[[object], VerifiedResponse]]:
    """An answer of Alipay after which the store is out of reach; `on = False` brings it back."""
    store = outage(world)

    def and_then_the_store_is_gone(_body: object) -> VerifiedResponse:
        store.on = True
        return said

    return store, and_then_the_store_is_gone
