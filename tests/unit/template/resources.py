"""What tests ask of a template."""

from collections.abc import Iterator
from typing import Any

MERCHANT_ROUTES = {
    "Consult": ["/v1/authorizations/consult"],
    "ApplyToken": ["/v1/authorizations/applyToken"],
    "Pay": ["/v1/payments/pay"],
    "InquiryPayment": ["/v1/payments/inquiryPayment"],
}
SPI_ROUTES = {
    "NotifyAuthorization": ["/v1/authorizations/notifyAuthorization"],
    "NotifyPayment": ["/v1/payments/payNotify", "/v1/payments/notifyPayment"],
}
ASYNCHRONOUS = {"PollPayments", "PublishEvents"}


def of_type(template: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """The resources of a type, by logical id."""
    return {name: resource for name, resource in template["Resources"].items() if resource["Type"] == kind}


def functions(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The properties of the functions, by logical id."""
    return {name: found["Properties"] for name, found in of_type(template, "AWS::Serverless::Function").items()}


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
