"""Leftovers: what `sam delete` leaves of a stack, found by its name and deleted for good.

CloudFormation retains the tables, cannot delete what `aep-moengage` wrote to Parameter Store, and keeps a queue or log
group that an update replaced. It names each `STACK-LOGICALID-RANDOM`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

LOGICAL_IDS: Mapping[str, tuple[str, ...]] = {
    "table": ("DestinationsTable", "LedgerTable", "SamplesTable"),
    "queue": ("RetryQueue", "DeadLetterQueue"),
    "log group": ("ApiLogs", "IngestLogs", "DrainLogs", "StreamLogs"),
}


@dataclass(frozen=True, slots=True)
class Leftover:
    """A resource that outlived its stack: its kind (`table`, `secret`, `queue` or `log group`) and its name."""

    kind: str
    name: str


class Leftovers:
    """The leftovers of a stack, in the account and region of a boto3 session; every method raises botocore's errors."""

    def __init__(self, session: Any, stack: str) -> None:
        self._client: Callable[[str], Any] = session.client
        self._stack = stack
        self._deleting: Mapping[str, Callable[[str], object]] = {
            "table": self._delete_table,
            "secret": lambda name: self._client("ssm").delete_parameter(Name=name),
            "queue": lambda url: self._client("sqs").delete_queue(QueueUrl=url),
            "log group": lambda name: self._client("logs").delete_log_group(logGroupName=name),
        }

    def stack_exists(self) -> bool:
        """Returns whether the stack is still there, in whatever state."""
        try:
            self._client("cloudformation").describe_stacks(StackName=self._stack)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationError":
                return False
            raise
        return True

    def find(self) -> list[Leftover]:
        """Returns what is left, the secrets first."""
        path = {"Key": "Path", "Option": "Recursive", "Values": [f"/aep-moengage/{self._stack}"]}
        secrets = self._pages("ssm", "describe_parameters", "Parameters", ParameterFilters=[path])
        tables = self._pages("dynamodb", "list_tables", "TableNames")
        queues = self._pages("sqs", "list_queues", "QueueUrls", QueueNamePrefix=self._stack)
        groups = self._pages("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=self._stack)
        return [
            *(Leftover("secret", each["Name"]) for each in secrets),
            *self._ours("table", tables),
            *self._ours("queue", queues),
            *self._ours("log group", (each["logGroupName"] for each in groups)),
        ]

    def delete(self, leftover: Leftover) -> None:
        """Deletes a leftover for good."""
        self._deleting[leftover.kind](leftover.name)

    def _pages(self, service: str, operation: str, key: str, **arguments: Any) -> Iterator[Any]:
        pages = self._client(service).get_paginator(operation).paginate(**arguments)
        yield from (each for page in pages for each in page.get(key, ()))

    def _ours(self, kind: str, names: Iterable[str]) -> Iterator[Leftover]:
        """Leaves out resources of other stacks whose names begin alike. A queue's name ends its URL."""
        ours = re.compile(rf"(.*/)?{re.escape(self._stack)}-({'|'.join(LOGICAL_IDS[kind])})-[A-Za-z0-9]+")
        yield from (Leftover(kind, name) for name in names if ours.fullmatch(name))

    def _delete_table(self, name: str) -> None:
        dynamodb = self._client("dynamodb")
        # With point-in-time recovery, DynamoDB would keep a backup of the deleted table for 35 days.
        dynamodb.update_continuous_backups(
            TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False}
        )
        dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
        dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 2})  # it is being updated
        dynamodb.delete_table(TableName=name)
