"""The event stream exists only where a destination takes it, and loses no record."""

from typing import Any

import pytest
from tests.template.conftest import OWN_KEY
from tests.template.deployed import deployed

OF_THE_STREAM = {
    "EventStreamData",
    "StreamFunction",
    "StreamLogs",
    "StreamRole",
    "StreamErrorsAlarm",
    "StreamBehindAlarm",
}
OUTPUTS = {"EventStreamArn", "StreamFunctionName", "StreamLogGroupName"}
DAY_SECONDS = 86_400


@pytest.fixture(scope="module")
def stack(template: dict[str, Any]) -> dict[str, Any]:
    return deployed(template, EventStream="acme-production")


def source(stack: dict[str, Any]) -> dict[str, Any]:
    (event,) = stack["Resources"]["StreamFunction"]["Properties"]["Events"].values()
    assert event["Type"] == "Kinesis"
    return dict(event["Properties"])


def test_without_a_destination_there_is_nothing_of_it(template: dict[str, Any], stack: dict[str, Any]) -> None:
    without = deployed(template)
    assert stack["Resources"].keys() - without["Resources"].keys() == OF_THE_STREAM
    assert stack["Outputs"].keys() - without["Outputs"].keys() == OUTPUTS


def test_a_record_that_breaks_the_function_delays_no_other_for_long_and_is_not_lost(stack: dict[str, Any]) -> None:
    mapping, stream = source(stack), stack["Resources"]["EventStreamData"]["Properties"]
    assert mapping["BisectBatchOnFunctionError"] is True
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["DestinationConfig"]["OnFailure"] == {
        "Type": "SQS",
        "Destination": {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]},
    }
    assert stream["RetentionPeriodHours"] * 3600 >= mapping["MaximumRecordAgeInSeconds"] + 6 * DAY_SECONDS


def test_an_outage_of_a_day_loses_no_record(stack: dict[str, Any]) -> None:
    mapping = source(stack)
    assert mapping["StartingPosition"] == "TRIM_HORIZON", "records that came before the function was there count"
    assert mapping["MaximumRecordAgeInSeconds"] == DAY_SECONDS
    assert "MaximumRetryAttempts" not in mapping, "a few failed attempts give nothing up"


@pytest.mark.parametrize(("key", "expected"), [("", "alias/aws/kinesis"), (OWN_KEY, {"Ref": "KmsKeyArn"})])
def test_records_are_encrypted(template: dict[str, Any], key: str, expected: Any) -> None:
    stack = deployed(template, EventStream="acme-production", KmsKeyArn=key)
    encryption = stack["Resources"]["EventStreamData"]["Properties"]["StreamEncryption"]
    assert encryption == {"EncryptionType": "KMS", "KeyId": expected}


def test_the_function_reads_its_stream_and_queues_and_nothing_else(stack: dict[str, Any]) -> None:
    role = stack["Resources"]["StreamRole"]["Properties"]
    assert "ManagedPolicyArns" not in role
    statements = [each for policy in role["Policies"] for each in policy["PolicyDocument"]["Statement"]]
    allowed = {each["Sid"]: each["Resource"] for each in statements}
    assert allowed == {
        "WriteLogs": {"Fn::GetAtt": ["StreamLogs", "Arn"]},
        "ReadStream": {"Fn::GetAtt": ["EventStreamData", "Arn"]},
        "QueueRecords": [{"Fn::GetAtt": ["RetryQueue", "Arn"]}, {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]}],
    }
