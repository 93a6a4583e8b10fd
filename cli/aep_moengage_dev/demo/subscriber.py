"""A subscriber of the alerts: a queue on the SNS topic, in place of a chat tool or an inbox."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_ALARM, _UNKNOWN = "ALARM", "INSUFFICIENT_DATA"
_NOTICES = {"FlowRunStartAlarm", "FlowRunSuccessAlarm", "NoDataAlarm"}  # notices: no sign that delivery is unhealthy


class Subscriber:
    """Receives the alerts of a stack. `client` returns a boto3 client for a service."""

    def __init__(self, client: Any, stack_name: str, topic_arn: str) -> None:
        self._sqs = client("sqs")
        self._names = _alarm_names(client("cloudformation"), stack_name)
        self._changes: dict[str, dict[str, Any]] = {}  # by message id: SQS may deliver a message twice
        self._queue_url: str = self._sqs.create_queue(QueueName=f"{stack_name}-alerts")["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=self._queue_url, AttributeNames=["QueueArn"])
        client("sns").subscribe(
            TopicArn=topic_arn,
            Protocol="sqs",
            Endpoint=attributes["Attributes"]["QueueArn"],
            Attributes={"RawMessageDelivery": "true"},
        )

    def states(self) -> dict[str, list[str]]:
        """Returns the states that each alarm has reported, oldest first, by the alarm's name in the template."""
        self._receive()
        return states_of(self._changes.values(), self._names)

    def firing(self) -> list[str]:
        """Returns the alarms whose last reported state is ALARM; notices are left out."""
        return [name for name, states in self.states().items() if states[-1] == _ALARM and name not in _NOTICES]

    def _receive(self) -> None:
        while messages := self._sqs.receive_message(QueueUrl=self._queue_url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                self._changes[message["MessageId"]] = json.loads(message["Body"])
                self._sqs.delete_message(QueueUrl=self._queue_url, ReceiptHandle=message["ReceiptHandle"])


def states_of(changes: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> dict[str, list[str]]:
    """Returns the states of each alarm: the state before the first of its `changes`, then the state after each.

    `changes` are CloudWatch's messages; `names` are the alarms' names to use in the result.
    """
    states: dict[str, list[str]] = {}
    for change in sorted(changes, key=lambda change: str(change["StateChangeTime"])):
        name = names.get(change["AlarmName"], change["AlarmName"])
        before = [] if change["OldStateValue"] == _UNKNOWN else [change["OldStateValue"]]
        states.setdefault(name, before).append(change["NewStateValue"])
    return dict(sorted(states.items()))


def in_words(name: str, states: Sequence[str]) -> str:
    """Returns what an alarm reported, oldest state first, in words."""
    fired = states.count(_ALARM)
    if not fired:
        return "reported that it is OK"
    if name in _NOTICES:
        return "a notice, not an error"
    times = f" {fired} times" if fired > 1 else ""
    return f"fired{times}, and has not cleared yet" if states[-1] == _ALARM else f"fired{times}, then cleared"


def _alarm_names(cloudformation: Any, stack_name: str) -> dict[str, str]:
    resources = cloudformation.describe_stack_resources(StackName=stack_name)["StackResources"]
    return {each["PhysicalResourceId"]: each["LogicalResourceId"] for each in resources}
