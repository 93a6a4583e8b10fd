"""The event ledger in DynamoDB: items in the ledger's table, written only where nobody else wrote in between."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import BotoCoreError, ClientError

from aep_moengage.ledger.event_claims import EventItem, EventState
from aep_moengage.ledger.row import LedgerUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_READ_AT_ONCE = 100  # BatchGetItem's limit
_WRITE_AT_ONCE = 25  # BatchExecuteStatement's limit
_LOST_RACE = {"ConditionalCheckFailed", "ConditionalCheckFailedException", "DuplicateItem", "TransactionConflict"}


class DynamoDBEventTable:
    """Reads and writes items; every method raises `LedgerUnavailable`."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self._name = name

    def read(self, keys: Sequence[str]) -> dict[str, EventItem]:
        """Returns the items that exist, by key, as they are after every write that was answered."""
        found: list[dict[str, Any]] = []
        for start in range(0, len(keys), _READ_AT_ONCE):
            wanted = [{"user": {"S": key}} for key in keys[start : start + _READ_AT_ONCE]]
            answer = self._call("batch_get_item", RequestItems={self._name: {"Keys": wanted, "ConsistentRead": True}})
            if answer.get("UnprocessedKeys"):
                raise LedgerUnavailable("DynamoDB left reads undone")
            found += answer["Responses"].get(self._name, [])
        return {item.key: item for item in map(_item, found)}

    def write(self, items: Sequence[tuple[EventItem, bool]]) -> list[bool]:
        """Writes items, each given with whether it existed; returns for each whether nobody else wrote it first."""
        if len(items) == 1:
            return [self._put(*items[0])]
        parts = (items[start : start + _WRITE_AT_ONCE] for start in range(0, len(items), _WRITE_AT_ONCE))
        return [done for part in parts for done in self._execute([self._statement(*each) for each in part])]

    def _put(self, item: EventItem, existed: bool) -> bool:
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(version)"}
        if existed:
            values = {":before": {"N": str(item.version - 1)}}
            condition = {"ConditionExpression": "version = :before", "ExpressionAttributeValues": values}
        try:
            self._call("put_item", TableName=self._name, Item={"user": {"S": item.key}} | _columns(item), **condition)
        except LedgerUnavailable as error:
            if _code(error.__cause__) in _LOST_RACE:
                return False
            raise
        return True

    def _statement(self, item: EventItem, existed: bool) -> dict[str, Any]:
        key, columns = {"S": item.key}, _columns(item)
        if not existed:
            values = ", ".join(f"'{column}': ?" for column in ("user", *columns))
            return {
                "Statement": f'INSERT INTO "{self._name}" VALUE {{{values}}}',
                "Parameters": [key, *columns.values()],
            }
        settings = " ".join(f'SET "{column}" = ?' for column in columns)
        update = f'UPDATE "{self._name}" {settings} WHERE "user" = ? AND "version" = ?'
        return {"Statement": update, "Parameters": [*columns.values(), key, {"N": str(item.version - 1)}]}

    def _execute(self, statements: Sequence[dict[str, Any]]) -> list[bool]:
        answers = self._call("batch_execute_statement", Statements=statements)["Responses"]
        for answer in answers:
            if "Error" in answer and answer["Error"]["Code"] not in _LOST_RACE:
                raise LedgerUnavailable(f"DynamoDB answered {answer['Error']['Code']} to a write")
        return ["Error" not in answer for answer in answers]

    def _call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        try:
            return cast("dict[str, Any]", getattr(self._client, operation)(**arguments))
        except (BotoCoreError, ClientError) as error:
            raise LedgerUnavailable(f"DynamoDB refused {operation}: {_code(error)}") from error


def _columns(item: EventItem) -> dict[str, Any]:
    numbers = {"until": f"{item.until:.3f}", "expires": str(item.expires), "version": str(item.version)}
    return {"state": {"S": item.state.value}, **{name: {"N": text} for name, text in numbers.items()}}


def _item(stored: dict[str, Any]) -> EventItem:
    return EventItem(
        key=stored["user"]["S"],
        state=EventState(stored["state"]["S"]),
        until=float(stored["until"]["N"]),
        expires=int(stored["expires"]["N"]),
        version=int(stored["version"]["N"]),
    )


def _code(error: BaseException | None) -> str:
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
