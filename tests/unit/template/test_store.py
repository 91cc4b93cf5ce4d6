"""The store keeps what it was given, and what fails in the background is not lost in silence."""

from typing import Any

from tests.support.template import load
from tests.unit.template.resources import SCHEDULES, functions, of_type

KEPT = ["Table", "KeysSecret", "DataKey", "TokenKey"]


def test_the_table_is_recoverable_encrypted_and_streamed(template: dict[str, Any]) -> None:
    table = template["Resources"]["Table"]["Properties"]
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["SSESpecification"]["KMSMasterKeyId"] == {"Fn::GetAtt": "DataKey.Arn"}
    assert table["DeletionProtectionEnabled"] == {"Ref": "DeletionProtection"}
    assert template["Parameters"]["DeletionProtection"]["Default"] == "true"
    assert table["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    (index,) = table["GlobalSecondaryIndexes"]
    assert (index["IndexName"], index["Projection"]) == ("due", {"ProjectionType": "KEYS_ONLY"})


def test_what_would_lose_money_or_tokens_outlives_the_stack(template: dict[str, Any]) -> None:
    for name in KEPT:
        resource = template["Resources"][name]
        assert resource["DeletionPolicy"] == "RetainExceptOnCreate", name
        assert resource["UpdateReplacePolicy"] == "Retain", name
    for name in ("DataKey", "TokenKey"):
        assert template["Resources"][name]["Properties"]["EnableKeyRotation"] is True


def test_tokens_have_a_key_of_their_own(template: dict[str, Any]) -> None:
    variables = template["Globals"]["Function"]["Environment"]["Variables"]
    assert variables["TOKEN_KEY_ID"] == {"Fn::GetAtt": "TokenKey.Arn"}


def test_the_stack_never_writes_a_value_into_the_secret(template: dict[str, Any]) -> None:
    properties = template["Resources"]["KeysSecret"]["Properties"]
    assert not {"SecretString", "GenerateSecretString"} & set(properties)
    assert not [
        name for name, given in template["Parameters"].items() if "private" in name.lower() or given.get("NoEcho")
    ]


def test_every_background_failure_ends_in_the_dead_letter_queue(template: dict[str, Any]) -> None:
    dead_letters = {"Fn::GetAtt": "DeadLetters.Arn"}
    scheduled = 0
    for name, properties in functions(template).items():
        for event in properties.get("Events", {}).values():
            if event["Type"] == "Api":
                continue
            scheduled += 1
            assert event["Properties"]["DeadLetterConfig"] == {"Arn": dead_letters}, name
            failed = properties["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]
            assert failed == {"Type": "SQS", "Destination": dead_letters}, name
    assert scheduled == len(SCHEDULES)
    mappings = of_type(template, "AWS::Lambda::EventSourceMapping")
    assert list(mappings) == ["Changes"]
    changes = mappings["Changes"]["Properties"]
    assert changes["DestinationConfig"] == {"OnFailure": {"Destination": dead_letters}}
    assert changes["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert changes["StartingPosition"] == "TRIM_HORIZON"


def test_the_dead_letter_queue_is_encrypted_and_watched(template: dict[str, Any]) -> None:
    assert template["Resources"]["DeadLetters"]["Properties"]["SqsManagedSseEnabled"] is True
    given = template["Resources"]["Observability"]["Properties"]["Parameters"]
    assert given["DeadLettersName"] == {"Fn::GetAtt": "DeadLetters.QueueName"}
    alarm = load("observability.yaml")["Resources"]["DeadLettersAlarm"]["Properties"]
    assert (alarm["MetricName"], alarm["Threshold"]) == ("ApproximateNumberOfMessagesVisible", 0)
    assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": {"Ref": "DeadLettersName"}}]
