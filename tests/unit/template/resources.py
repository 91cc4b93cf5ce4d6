"""What tests ask of a template."""

import re
from collections.abc import Iterator
from typing import Any

MERCHANT_ROUTES = {
    "Consult": ["/v1/authorizations/consult"],
    "ApplyToken": ["/v1/authorizations/applyToken"],
    "Revoke": ["/v1/authorizations/revoke"],
    "Pay": ["/v1/payments/pay"],
    "InquiryPayment": ["/v1/payments/inquiryPayment"],
    "Cancel": ["/v1/payments/cancel"],
    "Refund": ["/v1/payments/refund"],
    "InquiryRefund": ["/v1/payments/inquiryRefund"],
    "InitAuthentication": ["/v1/users/initAuthentication"],
    "VerifyAuthentication": ["/v1/users/verifyAuthentication"],
    "Registration": ["/v1/merchants/registration"],
    "InquiryRegistrationStatus": ["/v1/merchants/inquiryRegistrationStatus"],
    "InquiryRegistrationInfo": ["/v1/merchants/inquiryRegistrationInfo"],
    "Declare": ["/ams/api/v1/customs/declare", "/v1/customs/declare"],
    "InquiryDeclarationRequests": [
        "/ams/api/v1/customs/inquiryDeclarationRequests",
        "/v1/customs/inquiryDeclarationRequests",
    ],
}
SPI_ROUTES = {
    "NotifyAuthorization": ["/v1/authorizations/notifyAuthorization"],
    "NotifyPayment": ["/v1/payments/payNotify", "/v1/payments/notifyPayment"],
    "NotifyRefund": ["/v1/payments/notifyRefund"],
    "NotifyDispute": ["/v1/payments/notifyDispute"],
    "NotifyRegistrationStatus": ["/v1/merchants/notifyRegistrationStatus"],
}
SCHEDULES = {
    "PollPayments": ("rate(1 minute)", 58),
    "PollRegistrations": ("rate(1 minute)", 58),
    "RefreshTokens": ("rate(1 day)", 300),
}
"""How often each runs, and for how many seconds at most."""
ASYNCHRONOUS = {*SCHEDULES, "PublishEvents"}
NOTIFY_URLS = {
    "Consult": ("AUTH_NOTIFY_URL", "AuthNotifyUrl", "NotifyAuthorization"),
    "Pay": ("PAYMENT_NOTIFY_URL", "PaymentNotifyUrl", "NotifyPayment"),
    "Refund": ("REFUND_NOTIFY_URL", "RefundNotifyUrl", "NotifyRefund"),
    "Registration": ("REGISTRATION_NOTIFY_URL", "RegistrationNotifyUrl", "NotifyRegistrationStatus"),
}
"""Who sends a notification URL along: the variable that has it, the output that has it, and the function behind it."""


def of_type(template: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """The resources of a type, by logical id."""
    return {name: resource for name, resource in template["Resources"].items() if resource["Type"] == kind}


def functions(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The properties of the functions, by logical id."""
    return {name: found["Properties"] for name, found in of_type(template, "AWS::Serverless::Function").items()}


def folder_of(name: str) -> str:
    """The folder, sample event and log group of the function *name*."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def routes(properties: dict[str, Any]) -> list[tuple[str, str, str]]:
    """API, method and path of a function's routes."""
    events = [event["Properties"] for event in properties.get("Events", {}).values() if event["Type"] == "Api"]
    return [(event["RestApiId"]["Ref"], event["Method"], event["Path"]) for event in events]


def abilities(properties: dict[str, Any]) -> list[str]:
    """The policies that a function names."""
    return [policy["Ref"] for policy in properties["Policies"]]


def statements(template: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every statement of every policy that a role holds, with the logical id of its resource."""
    for name, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        documents = [
            policy["PolicyDocument"] for policy in properties.get("Policies", []) if "PolicyDocument" in policy
        ]
        if resource["Type"] in ("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy"):
            documents.append(properties["PolicyDocument"])
        for document in documents:
            for statement in document["Statement"]:
                yield name, statement["Fn::If"][1] if "Fn::If" in statement else statement


def listed(value: Any) -> list[Any]:
    """A policy's one-or-many as a list."""
    return value if isinstance(value, list) else [value]
