"""The ledger's rows in DynamoDB: read together, and written only where nobody else wrote in between.

Writes of several rows go as PartiQL batches: 25 conditional writes to a call, each answered for itself.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import BotoCoreError, ClientError

from aep_moengage.ledger.row import LedgerRow, LedgerUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_READ_AT_ONCE = 100  # BatchGetItem's limit
_WRITE_AT_ONCE = 25  # BatchExecuteStatement's limit
_LOST_RACE = {"ConditionalCheckFailed", "DuplicateItem", "TransactionConflict"}


class DynamoDBTable:
    """Reads and writes rows; every method raises `LedgerUnavailable`."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self._name = name
        columns = ("version", "sequence", "delivered", "audiences", "listed", "lease", "merged", "expires")
        values = ", ".join(f"'{column}': ?" for column in ("user", *columns))
        settings = " ".join(f'SET "{column}" = ?' for column in columns)
        self._insert = f'INSERT INTO "{name}" VALUE {{{values}}}'
        self._update = f'UPDATE "{name}" {settings} WHERE "user" = ? AND "version" = ?'  # the table's own name

    def read(self, users: Sequence[str]) -> dict[str, LedgerRow]:
        """Returns the rows that exist, by user, as they are after every write that was answered."""
        rows: dict[str, LedgerRow] = {}
        for part in _parts(users, _READ_AT_ONCE):
            keys: Any = [{"user": {"S": user}} for user in part]
            for _ in range(3):
                answer = self._call("batch_get_item", RequestItems={self._name: {"Keys": keys, "ConsistentRead": True}})
                rows |= {row.user: row for row in map(_row, answer["Responses"].get(self._name, []))}
                keys = answer.get("UnprocessedKeys", {}).get(self._name, {}).get("Keys")
                if not keys:
                    break
            else:
                raise LedgerUnavailable("DynamoDB left reads undone three times over")
        return rows

    def write(self, rows: Sequence[tuple[LedgerRow, bool]]) -> list[bool]:
        """Writes rows, each given with whether it existed; tells for each whether nobody else had written it."""
        if len(rows) == 1:
            return [self._write_one(*rows[0])]
        return [done for part in _parts(rows, _WRITE_AT_ONCE) for done in self._write_many(part)]

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
            self._call("put_item", TableName=self._name, Item=_item(row), **condition)
        except LedgerUnavailable as error:
            if _code(error.__cause__) == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def _write_many(self, rows: Sequence[tuple[LedgerRow, bool]]) -> list[bool]:
        statements = [self._statement(row, existed) for row, existed in rows]
        answers = self._call("batch_execute_statement", Statements=statements)["Responses"]
        for answer in answers:
            if "Error" in answer and answer["Error"]["Code"] not in _LOST_RACE:
                raise LedgerUnavailable(f"DynamoDB answered {answer['Error']['Code']} to a write")
        return ["Error" not in answer for answer in answers]

    def _statement(self, row: LedgerRow, existed: bool) -> dict[str, Any]:
        item = _item(row)
        if not existed:
            return {"Statement": self._insert, "Parameters": list(item.values())}
        user, *columns = item.values()
        return {"Statement": self._update, "Parameters": [*columns, user, {"N": str(row.version - 1)}]}

    def _call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        try:
            return cast("dict[str, Any]", getattr(self._client, operation)(**arguments))
        except (BotoCoreError, ClientError) as error:
            raise LedgerUnavailable(f"DynamoDB refused {operation}: {_code(error)}") from error


def _code(error: BaseException | None) -> str:
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__


def _item(row: LedgerRow) -> dict[str, Any]:
    return {
        "user": {"S": row.user},
        "version": {"N": str(row.version)},
        "sequence": {"S": row.sequence},
        "delivered": {"S": row.delivered} if row.delivered else {"NULL": True},
        "audiences": {"NULL": True} if row.audiences is None else _names_item(row.audiences),
        "listed": _names_item(row.listed),
        "lease": {"N": f"{row.lease:.3f}"},
        "merged": {"BOOL": row.merged},
        "expires": {"N": str(row.expires)},
    }


def _names_item(names: frozenset[str]) -> dict[str, Any]:
    return {"L": [{"S": name} for name in sorted(names)]}


def _names(value: dict[str, Any]) -> frozenset[str]:
    return frozenset(name["S"] for name in value["L"])


def _row(item: dict[str, Any]) -> LedgerRow:
    return LedgerRow(
        user=item["user"]["S"],
        version=int(item["version"]["N"]),
        sequence=item["sequence"]["S"],
        delivered=item["delivered"].get("S"),
        audiences=_names(item["audiences"]) if "L" in item["audiences"] else None,
        listed=_names(item["listed"]) if "listed" in item else frozenset(),  # rows of before 2026-11-24 have none
        lease=float(item["lease"]["N"]),
        merged=item["merged"]["BOOL"],
        expires=int(item["expires"]["N"]),
    )


def _parts[T](whole: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(whole), size):
        yield whole[start : start + size]
