"""Exact actions on exact resources, and only where the work needs them."""

from typing import Any

from tests.unit.template.resources import (
    MERCHANT_ROUTES,
    SCHEDULES,
    SPI_ROUTES,
    abilities,
    functions,
    listed,
    of_type,
    statements,
)

AWS_MANAGED = {
    # What SAM attaches to every role it makes. Both name "*"; why that is acceptable:
    "AWSLambdaBasicExecutionRole": "writes logs and reads nothing; OwnLogsOnly takes back all groups but this stack's",
    "AWSXrayWriteOnlyAccess": "X-Ray has no resources that could be named",
}
EVERYONE = {"OwnLogsOnly"}
CALLS_ALIPAY_OR_HEARS_IT = {"UseTable", "UseKeys"}
WORKS_ON_WHAT_IS_DUE = CALLS_ALIPAY_OR_HEARS_IT | {"FindDueItems", "WriteDeadLetters"}
SEES_TOKENS_OR_CODES = {
    *("ApplyToken", "Revoke", "Pay", "InitAuthentication", "NotifyAuthorization"),
    *("PollPayments", "RefreshTokens"),
}
EXPECTED = {
    **dict.fromkeys((*MERCHANT_ROUTES, *SPI_ROUTES), CALLS_ALIPAY_OR_HEARS_IT),
    **dict.fromkeys(SCHEDULES, WORKS_ON_WHAT_IS_DUE),
    "PublishEvents": {"ReadStream", "Publish", "WriteDeadLetters"},
}
EXPECTED["InquiryRegistrationInfo"] = {"UseKeys"}  # what it asks for is not kept
EXPECTED |= {name: EXPECTED[name] | {"UseTokens"} for name in SEES_TOKENS_OR_CODES}


def test_each_function_has_the_abilities_that_its_work_needs(template: dict[str, Any]) -> None:
    found = {name: set(abilities(properties)) for name, properties in functions(template).items()}
    assert found == {name: needed | EVERYONE for name, needed in EXPECTED.items()}


def test_no_ability_is_left_without_a_function(template: dict[str, Any]) -> None:
    used = {ability for properties in functions(template).values() for ability in abilities(properties)}
    assert used == set(of_type(template, "AWS::IAM::ManagedPolicy"))


def test_no_permission_names_a_star(expanded: dict[str, Any]) -> None:
    seen = 0
    for name, statement in statements(expanded):
        if statement["Effect"] == "Deny":
            continue
        seen += 1
        assert all("*" not in action for action in listed(statement["Action"])), name
        assert "*" not in listed(statement["Resource"]), name
        assert "NotResource" not in statement, name
        assert "NotAction" not in statement, name
    assert seen >= len(of_type(expanded, "AWS::IAM::ManagedPolicy")) - 1


def test_only_the_excused_managed_policies_of_aws_are_attached(expanded: dict[str, Any]) -> None:
    roles = of_type(expanded, "AWS::IAM::Role")
    assert len(roles) == len(EXPECTED), "a role for each function, and no other"
    for name, role in roles.items():
        attached = role["Properties"]["ManagedPolicyArns"]
        assert {arn.rsplit("/", 1)[-1] for arn in attached if isinstance(arn, str)} == set(AWS_MANAGED), name
        assert {tuple(arn) for arn in attached if not isinstance(arn, str)} == {("Ref",)}, name


def test_logs_outside_the_stack_are_denied(template: dict[str, Any]) -> None:
    (statement,) = template["Resources"]["OwnLogsOnly"]["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Deny", "logs:*")
    assert statement["NotResource"]["Fn::Sub"].endswith(":log-group:/aws/lambda/${AWS::StackName}/*")


def test_nobody_may_delete_or_scan(expanded: dict[str, Any]) -> None:
    allowed = {action for _, statement in statements(expanded) for action in listed(statement["Action"])}
    assert not {action for action in allowed if "Delete" in action or "Scan" in action}


def test_the_token_key_is_opened_by_roles_only(template: dict[str, Any]) -> None:
    (statement,) = template["Resources"]["TokenKey"]["Properties"]["KeyPolicy"]["Statement"]
    assert statement["Principal"]["AWS"]["Fn::Sub"].endswith(":root")


def test_the_data_key_answers_to_everyone_only_through_table_and_secret(template: dict[str, Any]) -> None:
    open_to_all = [
        statement
        for statement in template["Resources"]["DataKey"]["Properties"]["KeyPolicy"]["Statement"]
        if statement["Principal"] == {"AWS": "*"}
    ]
    for statement in open_to_all:
        conditions = statement["Condition"]["StringEquals"]
        assert conditions["kms:CallerAccount"] == {"Ref": "AWS::AccountId"}
        services = [service["Fn::Sub"].split(".")[0] for service in conditions["kms:ViaService"]]
        assert services == ["dynamodb", "secretsmanager"]
