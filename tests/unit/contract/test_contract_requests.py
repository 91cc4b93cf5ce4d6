"""Requests: conditions between fields, amounts, identifiers, addresses, unknown fields, and what is sent."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from autodebit.contract import (
    AmountFrom0,
    ApplyTokenRequest,
    ChinaExtraTransInfo,
    ConsultRequest,
    CreditPayPlan,
    Env,
    InquiryPaymentRequest,
    OrderExtendInfo,
    PaymentAmount,
    PayRequest,
    RequestModel,
)
from tests.contract.documents import examples
from tests.contract.judging import faulty_fields

CONSULT = {
    key: value
    for key, value in examples("consult", "request")["request"].items()
    if key not in {"terminalType", "osType", "osVersion"}
}
WEB = {**CONSULT, "terminalType": "WEB"}
PAY = examples("pay", "request")["request"]
TOKEN = {"customerBelongsTo": "GCASH"}
MINI_APP = {**PAY, "order": {**PAY["order"], "env": {"terminalType": "MINI_APP", "osType": "IOS"}}}


@pytest.mark.parametrize(
    ("model", "body", "expected"),
    [
        (ApplyTokenRequest, {**TOKEN, "grantType": "AUTHORIZATION_CODE"}, ["authCode"]),
        (ApplyTokenRequest, {**TOKEN, "grantType": "AUTHORIZATION_CODE", "refreshToken": "R"}, ["authCode"]),
        (ApplyTokenRequest, {**TOKEN, "grantType": "REFRESH_TOKEN", "authCode": "C"}, ["refreshToken"]),
        (ApplyTokenRequest, {**TOKEN, "grantType": "REFRESH_TOKEN", "refreshToken": "R"}, []),
        (ApplyTokenRequest, {**TOKEN, "grantType": "REFRESH_TOKEN", "refreshToken": None}, ["refreshToken"]),
        (InquiryPaymentRequest, {}, ["paymentRequestId"]),
        (InquiryPaymentRequest, {"paymentId": "P"}, []),
        (InquiryPaymentRequest, {"paymentId": "P", "paymentRequestId": "R"}, []),
        (ConsultRequest, CONSULT, ["terminalType"]),
        (ConsultRequest, {**CONSULT, "env": {}}, ["terminalType"]),
        (ConsultRequest, WEB, []),
        (ConsultRequest, {**CONSULT, "env": {"terminalType": "WEB"}}, []),
        (ConsultRequest, {**CONSULT, "terminalType": "APP"}, ["osType"]),
        (ConsultRequest, {**CONSULT, "terminalType": "WAP"}, ["osType"]),
        (ConsultRequest, {**CONSULT, "env": {"terminalType": "MINI_APP"}}, ["osType"]),
        (ConsultRequest, {**CONSULT, "env": {"terminalType": "MINI_APP", "osType": "IOS"}}, []),
        (ConsultRequest, {**CONSULT, "terminalType": "APP", "env": {"osType": "IOS"}}, []),
        (ConsultRequest, {**WEB, "scopes": []}, ["scopes"]),
        (ConsultRequest, {**WEB, "scopes": ["USER_LOGIN_ID", "SEND_OTP"]}, []),
        (ConsultRequest, {**WEB, "scopes": ["HASH_LOGIN_ID", "TAOBAO_REBIND"]}, []),
        (ConsultRequest, {**WEB, "scopes": ["AGREEMENT_PAYMENT"]}, ["scopes.0"]),
        (ConsultRequest, {**WEB, "customerBelongsTo": "TEST_WALLET"}, []),
        (ConsultRequest, {**WEB, "customerBelongsTo": "gcash"}, ["customerBelongsTo"]),
        (PayRequest, {**PAY, "productCode": "CASHIER_PAYMENT"}, ["productCode"]),
        (PayRequest, {key: PAY[key] for key in PAY if key != "settlementStrategy"}, []),
        (PayRequest, {**PAY, "recurringType": {"any": [1, None]}}, []),
        (PayRequest, {**PAY, "recurringType": [float("nan")]}, ["recurringType"]),
        (PayRequest, {**PAY, "paymentExpiryTime": "2024-07-01T12:00:30+08:00"}, []),
        (PayRequest, {**PAY, "paymentExpiryTime": "2024-07-01T12:00:30+0800"}, []),
        (PayRequest, {**PAY, "paymentExpiryTime": "2024-07-01T12:00:30Z"}, []),
        (PayRequest, {**PAY, "paymentExpiryTime": "2024-07-01T12:00:30"}, ["paymentExpiryTime"]),
        (PayRequest, {**PAY, "paymentExpiryTime": "2024-07-41T12:00:30Z"}, ["paymentExpiryTime"]),
        (PayRequest, {**PAY, "paymentExpiryTime": "2024-07-01"}, ["paymentExpiryTime"]),
        (PayRequest, {**PAY, "order": {**PAY["order"], "extendInfo": "\ud800"}}, ["order.extendInfo"]),
        (PayRequest, {**PAY, "order": {**PAY["order"], "orderDescription": "two\nlines"}}, []),
        (PayRequest, {**PAY, "order": {**PAY["order"], "orderDescription": " "}}, ["order.orderDescription"]),
        (PayRequest, MINI_APP, ["appId"]),
        (PayRequest, {**MINI_APP, "appId": "A"}, []),
        (Env, {"terminalType": "APP"}, ["osType"]),
        (Env, {"terminalType": "WEB"}, []),
        (CreditPayPlan, {"installmentNum": 3, "creditPayFeeType": "PERCENTAGE"}, ["feePercentage"]),
        (CreditPayPlan, {"installmentNum": 3, "feePercentage": 100}, []),
        (CreditPayPlan, {"installmentNum": 3, "feePercentage": "101"}, ["feePercentage"]),
        (ChinaExtraTransInfo, {"businessType": "5"}, []),
        (
            ChinaExtraTransInfo,
            {"businessType": "2|3", "flightNumber": "F"},
            ["admissionNoticeUrl", "departureTime"],
        ),
        (ChinaExtraTransInfo, {"businessType": "6"}, ["businessType"]),
    ],
)
def test_conditions(model: type[RequestModel], body: dict[str, Any], expected: list[str]) -> None:
    assert sorted(faulty_fields(model, body)) == expected


def test_a_condition_is_named_beside_the_other_faults() -> None:
    found = faulty_fields(PayRequest, {**MINI_APP, "paymentRequestId": "", "productcode": 1})
    assert sorted(found) == ["appId", "paymentRequestId", "productcode"]


@pytest.mark.parametrize(
    ("currency", "value", "accepted"),
    [
        ("JPY", "1", True),
        ("JPY", 1000, True),
        ("JPY", "9" * 16, True),
        ("JPY", "9" * 17, False),
        ("JPY", "0", False),
        ("JPY", "", False),
        ("JPY", "-1", False),
        ("JPY", "+1", False),
        ("JPY", "01", False),
        ("JPY", " 1", False),
        ("JPY", "1\n", False),
        ("JPY", "1.0", False),
        ("JPY", "1e3", False),
        ("JPY", "１", False),
        ("JPY", 1.0, False),
        ("JPY", True, False),
        ("JPY", -1, False),
        ("IDR", "14900", True),
        ("IDR", 14950, False),
        ("jpy", "1", False),
        ("JP", "1", False),
        ("JPYX", "1", False),
    ],
)
def test_a_payment_amount(currency: str, value: object, accepted: bool) -> None:
    assert (not faulty_fields(PaymentAmount, {"currency": currency, "value": value})) is accepted


def test_only_an_order_amount_may_be_zero_or_break_rupiah() -> None:
    assert faulty_fields(AmountFrom0, {"currency": "JPY", "value": "0"}) == []
    assert faulty_fields(AmountFrom0, {"currency": "IDR", "value": 14950}) == []
    assert faulty_fields(AmountFrom0, {"currency": "JPY", "value": "00"}) == ["value"]
    order = {**PAY["order"], "orderAmount": {"currency": "IDR", "value": "0"}}
    rupiah = {"currency": "IDR", "value": "149"}
    assert faulty_fields(PayRequest, {**PAY, "order": order}) == []
    assert faulty_fields(PayRequest, {**PAY, "paymentAmount": rupiah}) == ["paymentAmount.value"]


@pytest.mark.parametrize(
    "value",
    [
        "",
        "   ",
        "a\nb",
        "a\x00",
        "a\x7f",
        "a\x85",
        "x" * 65,
        [],
        1.5,
        pytest.param(10**5000, id="endless"),
        "\ud800",
    ],
)
def test_an_identifier_is_not_empty_nor_odd(value: object) -> None:
    assert faulty_fields(PayRequest, {**PAY, "paymentRequestId": value}) == ["paymentRequestId"]


@pytest.mark.parametrize(
    ("address", "for_notification", "for_redirect"),
    [
        ("https://merchant.example.com/notify?a=1", True, True),
        ("http://127.0.0.1:8080/notify", True, True),
        ("https://[::1]:8443/", True, True),
        ("myapp://authorised", False, True),
        ("com.example.shop://authorised/x", False, True),
        ("imeituan://", False, True),
        ("com.example.app:/oauth2redirect", False, True),
        ("MyApp+1.x://back?a=1#b", False, True),
        ("/notify", False, False),
        ("//merchant.example.com/notify", False, False),
        ("merchant.example.com", False, False),
        ("merchant.example.com:8080/notify", False, False),
        ("localhost:8080", False, False),
        ("myapp:authorised", False, False),
        ("https:/merchant.example.com", False, False),
        ("https:merchant.example.com", False, False),
        ("1app://back", False, False),
        ("my app://back", False, False),
        ("JavaScript:/alert(1)", False, False),
        ("java\tscript:/alert(1)", False, False),
        ("\u00adjavascript:/alert(1)", False, False),
        (" javascript:/alert(1)", False, False),
        ("VBScript:/msgbox", False, False),
        ("vbscript:msgbox", False, False),
        ("DATA:/text/html,x", False, False),
        ("data://text/html,x", False, False),
        ("FILE:/etc/passwd", False, False),
        ("file:/etc/passwd", False, False),
        ("merchant.example.com/notify", False, False),
        ("https://", False, False),
        ("https:///notify", False, False),
        ("https://merchant.example.com:port/", False, False),
        ("https://merchant.example.com:99999/", False, False),
        ("https://[::1/", False, False),
        ("https://merchant.example.com/a b", False, False),
        ("https://merchant.example.com/\n", False, False),
        ("https://merchant.example.com/\x00", False, False),
        ("javascript://%0aalert(1)", False, False),
        ("javascript:alert(1)", False, False),
        ("data:text/html,x", False, False),
        ("file:///etc/passwd", False, False),
        ("", False, False),
    ],
)
def test_addresses(address: str, for_notification: bool, for_redirect: bool) -> None:
    assert (not faulty_fields(ConsultRequest, {**WEB, "authNotifyUrl": address})) is for_notification
    assert (not faulty_fields(ConsultRequest, {**WEB, "authRedirectUrl": address})) is for_redirect


def test_scalars_go_out_as_text_and_null_as_absent() -> None:
    body = {**WEB, "recurringPayment": True, "osVersion": 13, "extendInfo": None}
    assert ConsultRequest.model_validate(body).to_wire() == {
        **CONSULT,
        "terminalType": "WEB",
        "recurringPayment": "true",
        "osVersion": "13",
        "env": {"terminalType": "WEB", "osVersion": "13"},
    }
    goods = {
        "referenceGoodsId": 7,
        "goodsName": "Album",
        "goodsQuantity": 2,
        "goodsUnitAmount": {"currency": "PHP", "value": 5},
    }
    order = {**PAY["order"], "goods": [goods]}
    wire: Any = PayRequest.model_validate({**PAY, "order": order}).to_wire()
    assert wire["order"]["goods"] == [
        {
            "referenceGoodsId": "7",
            "goodsName": "Album",
            "goodsUnitAmount": {"currency": "PHP", "value": "5"},
            "goodsQuantity": "2",
        }
    ]


def test_unknown_fields_are_refused_at_every_level() -> None:
    body = {**PAY, "isAuthorization": False, "order": {**PAY["order"], "buyer": {"nick": "x"}}}
    assert sorted(faulty_fields(PayRequest, body)) == ["isAuthorization", "order.buyer.nick"]


def test_unknown_fields_are_forwarded_as_they_came_when_asked() -> None:
    goods = [{"referenceGoodsId": "G", "goodsName": "Album", "new": [None]}]
    order = {**PAY["order"], "goods": goods, "new": {"deep": [1, 2.5, True, None]}}
    body = {**PAY, "order": order, "new": 1}
    assert PayRequest.model_validate(body, context={"unknown_fields": "forward"}).to_wire() == body


def test_forwarding_does_not_loosen_what_is_known() -> None:
    body = {**PAY, "paymentMethod": {"paymentMethodType": "GCASH", "new": float("inf")}}
    found = faulty_fields(PayRequest, body, context={"unknown_fields": "forward"})
    assert sorted(found) == ["paymentMethod.new", "paymentMethod.paymentMethodId"]


def test_python_names_are_no_wire_names() -> None:
    assert faulty_fields(InquiryPaymentRequest, {"paymentId": "P", "payment_id": "P"}) == ["payment_id"]


def test_a_copy_with_a_filled_in_address_sends_it() -> None:
    request = PayRequest.model_validate({key: PAY[key] for key in PAY if key != "paymentNotifyUrl"})
    filled = request.model_copy(update={"payment_notify_url": "https://api.example.com/n"})
    assert filled.to_wire() == {**PAY, "paymentNotifyUrl": "https://api.example.com/n"}
    assert "paymentNotifyUrl" not in request.to_wire()


def test_order_extend_info_becomes_text() -> None:
    content = {"chinaExtraTransInfo": {"businessType": "4", "totalQuantity": 2, "goodsInfo": "書^2"}}
    text = OrderExtendInfo.model_validate(content).to_text()
    assert json.loads(text) == {"chinaExtraTransInfo": {"businessType": "4", "totalQuantity": "2", "goodsInfo": "書^2"}}
    assert PayRequest.model_validate({**PAY, "order": {**PAY["order"], "extendInfo": text}})


def test_neither_a_request_nor_its_error_shows_a_value() -> None:
    shown = repr(PayRequest.model_validate(PAY))
    assert PAY["paymentMethod"]["paymentMethodId"] not in shown
    assert "paymentMethod" in shown
    secret = "secret-token" + "x" * 128
    body = {
        **PAY,
        "paymentMethod": {"paymentMethodType": "secret-type", "paymentMethodId": secret, "other": "secret"},
    }
    with pytest.raises(ValidationError) as caught:
        PayRequest.model_validate(body)
    assert "secret" not in f"{caught.value} {caught.value!r} {caught.value.errors()} {caught.value.json()}"
