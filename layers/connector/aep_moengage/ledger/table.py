"""The ledger in DynamoDB: rows are read together, and written only where nobody else wrote in between.

Writes of several rows go as PartiQL batches: 25 conditional writes to a call, each answered for itself. Those that
DynamoDB throttled are repeated once. The names of audiences, to which packed memberships refer by id, are items of
their own, written once and never changed.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import BotoCoreError, ClientError

from aep_moengage.ledger.items import GROUP_COLUMN, item_of, row_of
from aep_moengage.ledger.packing import UnknownNames, name_id, names_of
from aep_moengage.ledger.row import LedgerRow, LedgerUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_READ_AT_ONCE = 100  # BatchGetItem's limit
_WRITE_AT_ONCE = 25  # BatchExecuteStatement's limit
_PARTS_AT_ONCE = 8  # calls side by side; botocore keeps ten connections
_READS = 4  # of keys that DynamoDB leaves undone
_FIRST_PAUSE = 0.02  # seconds before they are read again, doubled each time
_LOST_RACE = {"ConditionalCheckFailed", "DuplicateItem", "TransactionConflict"}
# a single statement of a batch, while the others are executed
_OVERLOADED = {"InternalServerError", "ProvisionedThroughputExceeded", "RequestLimitExceeded", "ThrottlingError"}
_REPEAT_PAUSE = 0.01, 0.05  # seconds, by chance
_NAME_KEY = "name#"


class DynamoDBTable:
    """Reads and writes rows; every method raises `LedgerUnavailable`."""

    def __init__(self, client: "DynamoDBClient", name: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._name = name
        self._sleep = sleep
        self._names: dict[bytes, str] = {}  # by id; all of them are in the table
        self._threads = ThreadPoolExecutor(_PARTS_AT_ONCE, thread_name_prefix="ledger")  # starts none before it has to

    def read(self, users: Sequence[str]) -> dict[str, LedgerRow]:
        """Returns the rows that exist, by user, as they are after every write that was answered."""
        items = self._items(users)
        try:
            rows = [row_of(item, self._names) for item in items]
        except UnknownNames:
            self._learn_names(items)
            rows = [row_of(item, self._names) for item in items]
        return {row.user: row for row in rows}

    def write(self, rows: Sequence[tuple[LedgerRow, bool]]) -> list[bool]:
        """Writes rows, each given with whether it existed; returns for each whether it was written.

        It was not if somebody else wrote it first, or if DynamoDB refused it alone: read again, and decide again.
        """
        self._remember_names(frozenset[str]().union(*(names_of(row.memberships) for row, _ in rows)))
        if len(rows) == 1:
            return [self._write_one(*rows[0])]
        return self._write_many(rows)

    def _items(self, users: Sequence[str]) -> list[dict[str, Any]]:
        return self._side_by_side(self._some_items, users, _READ_AT_ONCE)

    def _some_items(self, users: Sequence[str]) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        keys: Any = [{"user": {"S": user}} for user in users]
        for attempt in range(_READS):
            answer = self._call("batch_get_item", RequestItems={self._name: {"Keys": keys, "ConsistentRead": True}})
            items += answer["Responses"].get(self._name, [])
            keys = answer.get("UnprocessedKeys", {}).get(self._name, {}).get("Keys")
            if not keys:
                return items
            self._sleep(_FIRST_PAUSE * 2**attempt)
        raise LedgerUnavailable(f"DynamoDB left reads undone {_READS} times over")

    def _side_by_side[T, R](self, call: Callable[[Sequence[T]], list[R]], whole: Sequence[T], at_once: int) -> list[R]:
        """Returns the results of all parts, in their order; DynamoDB works on several of them at a time."""
        parts = [whole[start : start + at_once] for start in range(0, len(whole), at_once)]
        results = map(call, parts) if len(parts) == 1 else self._threads.map(call, parts)
        return [each for some in results for each in some]

    def _learn_names(self, items: Sequence[dict[str, Any]]) -> None:
        unknown: set[bytes] = set()
        for item in items:
            try:
                row_of(item, self._names)
            except UnknownNames as error:
                unknown |= error.ids
        found = self._items([_NAME_KEY + each.hex() for each in sorted(unknown)])
        self._names |= {bytes.fromhex(each["user"]["S"].removeprefix(_NAME_KEY)): each["name"]["S"] for each in found}
        # a text that is gone is replaced by its id, so that the row stays usable
        self._names |= {each: each.hex() for each in unknown if each not in self._names}

    def _remember_names(self, names: frozenset[str]) -> None:
        new = {name_id(name): name for name in names}
        new = {key: name for key, name in new.items() if key not in self._names}
        for part in _parts(sorted(new), _WRITE_AT_ONCE):
            statement = f"INSERT INTO \"{self._name}\" VALUE {{'user': ?, 'name': ?}}"  # the table's own name
            parameters = [[{"S": _NAME_KEY + key.hex()}, {"S": new[key]}] for key in part]
            codes = self._execute([{"Statement": statement, "Parameters": each} for each in parameters])
            if refused := _OVERLOADED.intersection(codes):
                raise LedgerUnavailable(f"DynamoDB answered {min(refused)} to the name of an audience")
        self._names |= new

    def _write_one(self, row: LedgerRow, existed: bool) -> bool:
        condition = (
            {
                "ConditionExpression": "version = :before",
                "ExpressionAttributeValues": {":before": {"N": str(row.version - 1)}},
            }
            if existed
            else {"ConditionExpression": "attribute_not_exists(version)"}
        )
        try:
            self._call("put_item", TableName=self._name, Item=item_of(row), **condition)
        except LedgerUnavailable as error:
            if _code(error.__cause__) == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def _write_many(self, rows: Sequence[tuple[LedgerRow, bool]]) -> list[bool]:
        statements = [self._statement(row, existed) for row, existed in rows]
        codes = self._side_by_side(self._execute, statements, _WRITE_AT_ONCE)
        if codes and _OVERLOADED.issuperset(codes):
            raise LedgerUnavailable(f"DynamoDB answered {codes[0]} to all writes")
        return [not code for code in codes]

    def _statement(self, row: LedgerRow, existed: bool) -> dict[str, Any]:
        item = item_of(row)
        user = item.pop("user")
        if not existed:
            values = ", ".join(f"'{column}': ?" for column in ("user", *item))
            return {"Statement": f'INSERT INTO "{self._name}" VALUE {{{values}}}', "Parameters": [user, *item.values()]}
        settings = " ".join(f'SET "{column}" = ?' for column in item)
        dropped = "" if GROUP_COLUMN in item else f' REMOVE "{GROUP_COLUMN}"'
        update = f'UPDATE "{self._name}" {settings}{dropped} WHERE "user" = ? AND "version" = ?'  # ours
        return {"Statement": update, "Parameters": [*item.values(), user, {"N": str(row.version - 1)}]}

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


def _code(error: BaseException | None) -> str:
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__


def _parts[T](whole: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(whole), size):
        yield whole[start : start + size]
