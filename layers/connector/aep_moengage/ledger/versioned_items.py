"""Items of the ledger's table: read together, and written only where nobody else wrote in between.

An item has a key `user` and a `version` that counts its writes. Writes of several items go as PartiQL batches: 25
conditional writes to a call, each answered for itself. Those that DynamoDB throttled are repeated once.
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import BotoCoreError, ClientError

from aep_moengage.ledger.row import LedgerUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

READ_AT_ONCE = 100  # BatchGetItem's limit
WRITE_AT_ONCE = 25  # BatchExecuteStatement's limit
_PARTS_AT_ONCE = 8  # calls side by side; botocore keeps ten connections
_READS = 4  # of keys that DynamoDB leaves undone
_FIRST_PAUSE = 0.02  # seconds before they are read again, doubled each time
_LOST_RACE = {"ConditionalCheckFailed", "DuplicateItem", "TransactionConflict"}
# a single statement of a batch, while the others are executed
_OVERLOADED = {"InternalServerError", "ProvisionedThroughputExceeded", "RequestLimitExceeded", "ThrottlingError"}
_REPEAT_PAUSE = 0.01, 0.05  # seconds, by chance

type Item = Mapping[str, Any]


class VersionedItems:
    """Reads and writes items; every method raises `LedgerUnavailable`. `optional` are columns that an item may lack."""

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        sleep: Callable[[float], None] = time.sleep,
        optional: Sequence[str] = (),
    ) -> None:
        self._client = client
        self._table = table
        self._sleep = sleep
        self._optional = optional
        self._threads = ThreadPoolExecutor(_PARTS_AT_ONCE, thread_name_prefix="ledger")  # starts none before it has to

    def read(self, keys: Sequence[str]) -> list[dict[str, Any]]:
        """Returns the items that exist, as they are after every write that was answered."""
        return self._side_by_side(self._some, keys, READ_AT_ONCE)

    def write(self, items: Sequence[tuple[Item, bool]]) -> list[bool]:
        """Writes items, each given with whether it existed; returns for each whether it was written.

        It was not if another function wrote it first, or if DynamoDB refused it alone: read again, and decide again.
        """
        if len(items) == 1:
            return [self._put(*items[0])]
        codes = self._side_by_side(self._execute, [self._statement(*each) for each in items], WRITE_AT_ONCE)
        if codes and _OVERLOADED.issuperset(codes):
            raise LedgerUnavailable(f"DynamoDB answered {codes[0]} to all writes")
        return [not code for code in codes]

    def add(self, items: Sequence[Item], what: str) -> None:
        """Writes items that never change; those that exist stay as they are. `what` names one of them in an error."""
        for start in range(0, len(items), WRITE_AT_ONCE):
            codes = self._execute([self._insert(item) for item in items[start : start + WRITE_AT_ONCE]])
            if refused := _OVERLOADED.intersection(codes):
                raise LedgerUnavailable(f"DynamoDB answered {min(refused)} to {what}")

    def _some(self, keys: Sequence[str]) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        wanted: Any = [{"user": {"S": key}} for key in keys]
        for attempt in range(_READS):
            request = {self._table: {"Keys": wanted, "ConsistentRead": True}}
            answer = self._call("batch_get_item", RequestItems=request)
            items += answer["Responses"].get(self._table, [])
            wanted = answer.get("UnprocessedKeys", {}).get(self._table, {}).get("Keys")
            if not wanted:
                return items
            self._sleep(_FIRST_PAUSE * 2**attempt)
        raise LedgerUnavailable(f"DynamoDB left reads undone {_READS} times over")

    def _side_by_side[T, R](self, call: Callable[[Sequence[T]], list[R]], whole: Sequence[T], at_once: int) -> list[R]:
        """Returns the results of all parts, in their order; DynamoDB works on several of them at a time."""
        parts = [whole[start : start + at_once] for start in range(0, len(whole), at_once)]
        results = map(call, parts) if len(parts) == 1 else self._threads.map(call, parts)
        return [each for some in results for each in some]

    def _put(self, item: Item, existed: bool) -> bool:
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(version)"}
        if existed:
            values = {":before": _version_before(item)}
            condition = {"ConditionExpression": "version = :before", "ExpressionAttributeValues": values}
        try:
            self._call("put_item", TableName=self._table, Item=item, **condition)
        except LedgerUnavailable as error:
            if _code(error.__cause__) == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def _statement(self, item: Item, existed: bool) -> dict[str, Any]:
        if not existed:
            return self._insert(item)
        columns = {name: value for name, value in item.items() if name != "user"}
        settings = " ".join(f'SET "{column}" = ?' for column in columns)
        dropped = "".join(f' REMOVE "{column}"' for column in self._optional if column not in item)
        update = f'UPDATE "{self._table}" {settings}{dropped} WHERE "user" = ? AND "version" = ?'  # ours
        return {"Statement": update, "Parameters": [*columns.values(), item["user"], _version_before(item)]}

    def _insert(self, item: Item) -> dict[str, Any]:
        values = ", ".join(f"'{column}': ?" for column in item)
        return {"Statement": f'INSERT INTO "{self._table}" VALUE {{{values}}}', "Parameters": [*item.values()]}

    def _execute(self, statements: Sequence[dict[str, Any]]) -> list[str]:
        """Returns the error code of each statement, empty for those that were executed, at once or when repeated."""
        codes = self._execute_once(statements)
        overloaded = [place for place, code in enumerate(codes) if code in _OVERLOADED]
        if not overloaded:
            return codes
        self._sleep(random.uniform(*_REPEAT_PAUSE))  # noqa: S311 # jitter needs no secrecy
        repeated = self._execute_once([statements[place] for place in overloaded])
        again = dict(zip(overloaded, repeated, strict=True))
        return [again.get(place, code) for place, code in enumerate(codes)]

    def _execute_once(self, statements: Sequence[dict[str, Any]]) -> list[str]:
        answers = self._call("batch_execute_statement", Statements=statements)["Responses"]
        codes: list[str] = [answer["Error"]["Code"] if "Error" in answer else "" for answer in answers]
        if wrong := set(codes) - _LOST_RACE - _OVERLOADED - {""}:
            raise LedgerUnavailable(f"DynamoDB answered {min(wrong)} to a write")
        return codes

    def _call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        try:
            return cast("dict[str, Any]", getattr(self._client, operation)(**arguments))
        except (BotoCoreError, ClientError) as error:
            raise LedgerUnavailable(f"DynamoDB refused {operation}: {_code(error)}") from error


def _version_before(item: Item) -> dict[str, str]:
    return {"N": str(int(item["version"]["N"]) - 1)}


def _code(error: BaseException | None) -> str:
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
