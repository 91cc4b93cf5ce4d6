"""The official SDK's own client behind JSON lines, led to another port; see sdk_bridge.py for the form.

    {"call": "connect", "arguments": [port, gateway_url, client_id, private_key, public_key]}
    {"call": "execute", "arguments": [operation, {"paymentRequestId": ...}]}    -> {"value": "<body of the answer>"}
    {"call": "check_signature", "arguments": [...]}                             -> {"value": true}

Nothing of the SDK is replaced. It always connects to port 443, so the process leads every connection to the given port
of this machine; whom to trust it learns from SSL_CERT_FILE, as every program that uses OpenSSL.
"""

import importlib
import json
import re
import socket
import sys

from com.alipay.ams.api.default_alipay_client import DefaultAlipayClient
from com.alipay.ams.api.request.alipay_request import AlipayRequest
from com.alipay.ams.api.tools import webhook_tool

REQUESTS = {
    "consult": "auth.alipay_auth_consult_request.AlipayAuthConsultRequest",
    "applyToken": "auth.alipay_auth_apply_token_request.AlipayAuthApplyTokenRequest",
    "revoke": "auth.alipay_auth_revoke_token_request.AlipayAuthRevokeTokenRequest",
    "pay": "pay.alipay_pay_request.AlipayPayRequest",
    "inquiryPayment": "pay.alipay_pay_query_request.AlipayPayQueryRequest",
    "cancel": "pay.alipay_pay_cancel_request.AlipayPayCancelRequest",
    "refund": "pay.alipay_refund_request.AlipayRefundRequest",
    "inquiryRefund": "pay.alipay_inquiry_refund_request.AlipayInquiryRefundRequest",
    "declare": "declare.alipay_customs_declare_request.AlipayCustomsDeclareRequest",
    "inquiryDeclarationRequests": "declare.alipay_customs_query_request.AlipayCustomsQueryRequest",
    "initAuthentication": "users.alipay_init_authentication_request.AlipayInitAuthenticationRequest",
    "verifyAuthentication": "users.alipay_verify_authentication_request.AlipayVerifyAuthenticationRequest",
    "registration": "merchant.alipay_merchant_registration_request.AlipayMerchantRegistrationRequest",
    "inquiryRegistrationStatus": (
        "merchant.alipay_merchant_registration_status_query_request.AlipayMerchantRegistrationStatusQueryRequest"
    ),
    "inquiryRegistrationInfo": (
        "merchant.alipay_merchant_registration_info_query_request.AlipayMerchantRegistrationInfoQueryRequest"
    ),
}
session = {}


class PlainRequest(AlipayRequest):
    """A request of the SDK's base class, for the operations whose own class cannot be made."""

    def __init__(self, path, fields):
        super().__init__(path)
        self.fields = fields

    def to_ams_json(self):
        return json.dumps(self.fields, indent=3)


def connect(port, gateway_url, client_id, private_key, public_key):
    make = socket.create_connection
    socket.create_connection = lambda _address, *rest, **more: make(("127.0.0.1", port), *rest, **more)
    session["client"] = DefaultAlipayClient(gateway_url, client_id, private_key, public_key)


def make(operation):
    module, _, name = REQUESTS[operation].rpartition(".")
    return getattr(importlib.import_module(f"com.alipay.ams.api.request.{module}"), name)()


def execute(operation, fields):
    request = make(operation)
    for name, value in fields.items():
        attribute = re.sub(r"(?<=[a-z])[A-Z]+", lambda capitals: f"_{capitals[0].lower()}", name)
        if not hasattr(request, attribute):
            raise ValueError(f"{operation} has no {attribute}")
        setattr(request, attribute, value)
    return session["client"].execute(request)


def execute_plain(path, fields):
    return session["client"].execute(PlainRequest(path, fields))


CALLS = {
    "connect": connect,
    "make": lambda operation: type(make(operation)).__name__,
    "execute": execute,
    "execute_plain": execute_plain,
    "check_signature": webhook_tool.check_signature,
}


def answer(line):
    request = json.loads(line)
    try:
        return {"value": CALLS[request["call"]](*request["arguments"])}
    except Exception as error:  # noqa: BLE001 - whatever the SDK raises is what the test asks about
        return {"error": type(error).__name__, "message": str(error)}


for line in sys.stdin:
    print(json.dumps(answer(line)), flush=True)
