"""The counters of workspaces in DynamoDB: one item each, in the ledger's table.

Counting is one conditional write, whose answer shows the item in either case. The item expires by itself after a week
without use; then MoEngage's limits are learned again.
"""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer
from botocore.exceptions import BotoCoreError, ClientError

from aep_moengage.moengage.pacing import Learned, PaceState, PaceUnavailable, Quota

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_KEPT_SECONDS = 7 * 86_400
_FIELDS = ("limit", "refused_at", "refused_limit", "held_until")
_read = TypeDeserializer().deserialize


class DynamoDBPaceTable:
    """Counters in a table whose key is `user` and whose expiry is `expires`."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def read(self, key: str) -> PaceState | None:
        """Returns the state of a workspace, None if it was sent nothing; raises `PaceUnavailable`."""
        try:
            item = self._client.get_item(TableName=self._table, Key={"user": {"S": key}}).get("Item")
        except (BotoCoreError, ClientError) as error:
            raise _unavailable(error) from error
        return _state(item)

    def add(
        self, key: str, window: int, spent: Mapping[str, int], rooms: Mapping[str, int]
    ) -> tuple[bool, PaceState | None]:
        """See `PaceTable`."""
        counters = list(spent)
        names = {"#window": "window", "#spent": "spent"} | {f"#c{n}": each for n, each in enumerate(counters)}
        values: dict[str, Any] = {":window": _number(window), ":none": _number(0), ":expires": _expiry()}
        conditions, settings = ["#window = :window"], ["expires = :expires"]
        for place, counter in enumerate(counters):
            values |= {f":n{place}": _number(spent[counter]), f":r{place}": _number(rooms[counter] - spent[counter])}
            fits = f"#spent.#c{place} <= :r{place}"
            unused = rooms[counter] >= spent[counter]
            conditions.append(f"(attribute_not_exists(#spent.#c{place}) OR {fits})" if unused else fits)
            settings.append(f"#spent.#c{place} = if_not_exists(#spent.#c{place}, :none) + :n{place}")
        return self._update(key, f"SET {', '.join(settings)}", " AND ".join(conditions), names, values)

    def begin(self, key: str, before: int, state: PaceState) -> tuple[bool, PaceState | None]:
        """See `PaceTable`."""
        names = {"#window": "window", "#spent": "spent", "#recent": "recent"}
        values: dict[str, Any] = {
            ":window": _number(state.window),
            ":spent": {"M": {counter: _number(count) for counter, count in state.spent.items()}},
            ":recent": {"M": {counter: _number(use) for counter, use in state.recent.items()}},
            ":expires": _expiry(),
        }
        condition = "attribute_not_exists(#window)"
        if before:
            condition, values = "#window = :before", values | {":before": _number(before)}
        settings = "SET #window = :window, #spent = :spent, #recent = :recent, expires = :expires"
        return self._update(key, settings, condition, names, values)

    def teach(self, key: str, quota: Quota, learned: Learned, unless_refused_since: float) -> None:
        """See `PaceTable`."""
        fields = {name: _number(value) for name in _FIELDS if (value := getattr(learned, name)) is not None}
        names = {"#quota": f"learned_{quota.value}", "#refused": "refused_at"}
        values: dict[str, Any] = {":learned": {"M": fields}, ":since": _number(unless_refused_since)}
        condition = "attribute_not_exists(#quota.#refused) OR #quota.#refused <= :since"
        self._update(
            key, "SET #quota = :learned, expires = :expires", condition, names, values | {":expires": _expiry()}
        )

    def _update(
        self, key: str, update: str, condition: str, names: Mapping[str, str], values: Mapping[str, Any]
    ) -> tuple[bool, PaceState | None]:
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key={"user": {"S": key}},
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as refusal:
            return False, _state(refusal.response.get("Item"))  # type: ignore[arg-type] # not in botocore's stubs
        except (BotoCoreError, ClientError) as error:
            raise _unavailable(error) from error
        return True, _state(answer["Attributes"])


def _state(item: Mapping[str, Any] | None) -> PaceState | None:
    """Returns the state that an item holds. An item that was only taught has no window yet."""
    if not item or "window" not in item:
        return PaceState(0, learned=_learned(item)) if item else None
    content = {name: _read(item[name]) for name in ("window", "spent", "recent")}
    return PaceState(
        window=int(content["window"]),
        spent={counter: int(count) for counter, count in content["spent"].items()},
        recent={counter: float(use) for counter, use in content["recent"].items()},
        learned=_learned(item),
    )


def _learned(item: Mapping[str, Any]) -> dict[str, Learned]:
    learned = {}
    for quota in Quota:
        if held := item.get(f"learned_{quota.value}"):
            fields = {name: float(value) for name, value in _read(held).items()}
            whole = {name: int(fields[name]) for name in ("limit", "refused_limit") if name in fields}
            learned[quota.value] = Learned(**{**fields, **whole})  # type: ignore[arg-type] # the two are integers
    return learned


def _number(value: float) -> dict[str, str]:
    return {"N": repr(round(value, 3)) if isinstance(value, float) else str(value)}


def _expiry() -> dict[str, str]:
    return _number(int(time.time()) + _KEPT_SECONDS)


def _unavailable(error: Exception) -> PaceUnavailable:
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
    return PaceUnavailable(str(code))
