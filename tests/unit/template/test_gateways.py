"""Who can reach what: IAM on every route of MerchantApi, nothing but notifications on AlipayApi."""

import json
from typing import Any

from tests.unit.template.resources import MERCHANT_ROUTES, SPI_ROUTES, of_type


def test_there_are_two_gateways(template: dict[str, Any]) -> None:
    assert set(of_type(template, "AWS::Serverless::Api")) == {"MerchantApi", "AlipayApi"}


def test_merchant_api_asks_for_iam_by_default_and_not_for_lambda_invoke(template: dict[str, Any]) -> None:
    auth = template["Resources"]["MerchantApi"]["Properties"]["Auth"]
    assert auth == {"DefaultAuthorizer": "AWS_IAM", "InvokeRole": "NONE"}
    assert "Auth" not in template["Globals"]["Api"]
    assert "Auth" not in template["Resources"]["AlipayApi"]["Properties"]


def test_every_expanded_merchant_route_has_iam(expanded: dict[str, Any]) -> None:
    operations = _operations(expanded, "MerchantApi")
    assert set(operations) == {("post", path) for paths in MERCHANT_ROUTES.values() for path in paths}
    for route, operation in operations.items():
        assert operation["security"] == [{"AWS_IAM": []}], route


def test_alipay_api_has_exactly_the_notification_routes_and_no_authorizer(expanded: dict[str, Any]) -> None:
    operations = _operations(expanded, "AlipayApi")
    assert set(operations) == {("post", path) for paths in SPI_ROUTES.values() for path in paths}
    for route, operation in operations.items():
        assert "security" not in operation, route


def test_no_integration_carries_credentials(expanded: dict[str, Any]) -> None:
    for name in ("MerchantApi", "AlipayApi"):
        for route, operation in _operations(expanded, name).items():
            assert "credentials" not in operation["x-amazon-apigateway-integration"], (name, route)


def test_no_resource_policy_unless_callers_or_an_endpoint_are_named(template: dict[str, Any]) -> None:
    condition, policy, otherwise = template["Resources"]["MerchantApi"]["Properties"]["Policy"]["Fn::If"]
    assert (condition, otherwise) == ("ForeignCallersOrPrivate", {"Ref": "AWS::NoValue"})
    allow, deny = (statement["Fn::If"] for statement in policy["Statement"])
    assert allow[0] == "ForeignCallers"
    assert allow[1]["Effect"] == "Allow"
    assert allow[1]["Principal"] == {"AWS": {"Ref": "CallerPrincipals"}}
    assert deny[0] == "Private"
    assert deny[1]["Effect"] == "Deny"
    assert deny[1]["Condition"] == {"StringNotEquals": {"aws:SourceVpce": {"Ref": "VpcEndpointId"}}}
    assert template["Parameters"]["CallerPrincipals"]["Default"] == ""


def test_a_changed_policy_is_deployed_to_the_stage(template: dict[str, Any]) -> None:
    assert template["Globals"]["Api"]["AlwaysDeploy"] is True


def test_each_gateway_has_its_own_throttling(template: dict[str, Any]) -> None:
    limits = {}
    for name in ("MerchantApi", "AlipayApi"):
        (settings,) = template["Resources"][name]["Properties"]["MethodSettings"]
        assert (settings["ResourcePath"], settings["HttpMethod"]) == ("/*", "*")
        assert "DataTraceEnabled" not in settings, "it would write bodies, tokens included, to a log"
        limits[name] = (settings["ThrottlingRateLimit"]["Ref"], settings["ThrottlingBurstLimit"]["Ref"])
    assert len(set(limits.values())) == 2


def test_what_the_gateway_answers_by_itself_carries_a_result(template: dict[str, Any]) -> None:
    answers = template["Globals"]["Api"]["GatewayResponses"]
    assert {"DEFAULT_4XX", "DEFAULT_5XX", "THROTTLED"} <= set(answers)
    for answer in answers.values():
        text = answer["ResponseTemplates"]["application/json"].replace("$context.error.messageString", '"why"')
        assert set(json.loads(text)["result"]) == {"resultStatus", "resultCode", "resultMessage"}
    assert '"U"' in answers["DEFAULT_5XX"]["ResponseTemplates"]["application/json"], "the function may have acted"


def _operations(expanded: dict[str, Any], name: str) -> dict[tuple[str, str], dict[str, Any]]:
    paths = expanded["Resources"][name]["Properties"]["Body"]["paths"]
    return {(method, path): found for path, methods in paths.items() for method, found in methods.items()}
