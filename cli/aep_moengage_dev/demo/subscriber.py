"""A subscriber of the alerts: a queue at the topic, as a chat tool or an inbox would be."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

_ALARM, _UNKNOWN = "ALARM", "INSUFFICIENT_DATA"
_NOTICES = {"FlowRunStartAlarm", "FlowRunSuccessAlarm", "NoDataAlarm"}  # they tell of quiet and its end, not of illness


class Subscriber:
    """Receives what the alarms of a stack tell. `client` makes a boto3 client of a service."""

    def __init__(self, client: Any, stack_name: str, topic_arn: str) -> None:
        self._sqs = client("sqs")
        self._names = _alarm_names(client("cloudformation"), stack_name)
        self._told: dict[str, dict[str, Any]] = {}  # by message id: SQS may deliver one twice
        self._queue_url: str = self._sqs.create_queue(QueueName=f"{stack_name}-alerts")["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=self._queue_url, AttributeNames=["QueueArn"])
        client("sns").subscribe(
            TopicArn=topic_arn,
            Protocol="sqs",
            Endpoint=attributes["Attributes"]["QueueArn"],
            Attributes={"RawMessageDelivery": "true"},
        )

    def states(self) -> dict[str, list[str]]:
        """Returns the states of each alarm that has told of a change, by its name in the template, oldest first."""
        self._receive()
        return states_of(self._told.values(), self._names)

    def ringing(self) -> list[str]:
        """Returns the alarms that are on, by what they have told; notices do not ring."""
        return [name for name, states in self.states().items() if states[-1] == _ALARM and name not in _NOTICES]

    def _receive(self) -> None:
        while messages := self._sqs.receive_message(QueueUrl=self._queue_url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                self._told[message["MessageId"]] = json.loads(message["Body"])
                self._sqs.delete_message(QueueUrl=self._queue_url, ReceiptHandle=message["ReceiptHandle"])


def states_of(told: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> dict[str, list[str]]:
    """Returns the states of each alarm, from what CloudWatch told: the one before the first change, and all after it.

    `names` are those to call alarms by.
    """
    states: dict[str, list[str]] = {}
    for change in sorted(told, key=lambda change: str(change["StateChangeTime"])):
        name = names.get(change["AlarmName"], change["AlarmName"])
        before = [] if change["OldStateValue"] == _UNKNOWN else [change["OldStateValue"]]
        states.setdefault(name, before).append(change["NewStateValue"])
    return dict(sorted(states.items()))


def _alarm_names(cloudformation: Any, stack_name: str) -> dict[str, str]:
    resources = cloudformation.describe_stack_resources(StackName=stack_name)["StackResources"]
    return {each["PhysicalResourceId"]: each["LogicalResourceId"] for each in resources}
