"""The rate limiter: all running functions count together how much they send to a workspace in bulk.

Each window of ten seconds has an item in the ledger's table. A function adds the amount that it is about to send,
unless the window would overflow.
"""

import hashlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from aep_moengage.log import logger
from aep_moengage.moengage.requests import Pace, Workspace

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

WINDOW_SECONDS = 10
_WINDOWS_A_MINUTE = 60 // WINDOW_SECONDS
_KEPT_SECONDS = 3600


class _Amounts(NamedTuple):
    users: int
    events: int


class RateLimiter:
    """Counts in a table whose key is `user` and whose expiry is `expires`. `clock` is epoch seconds."""

    def __init__(self, client: "DynamoDBClient", table: str, clock: Callable[[], float] = time.time) -> None:
        self._client = client
        self._table = table
        self._clock = clock

    def pace(self, workspace: Workspace, users_per_minute: int, events_per_minute: int) -> Pace:
        """Returns the pace of a workspace. Without the table nothing waits, and MoEngage's own limit remains."""
        name = hashlib.sha256(f"{workspace.endpoint}\0{workspace.region}\0{workspace.username}".encode()).hexdigest()

        most = _Amounts(users_per_minute // _WINDOWS_A_MINUTE, events_per_minute // _WINDOWS_A_MINUTE)

        def take(users: int, events: int) -> float:
            now = self._clock()
            window = int(now // WINDOW_SECONDS)
            fits = self._add(f"pace#{name[:32]}#{window}", most, users, events, int(now) + _KEPT_SECONDS)
            return 0.0 if fits else (window + 1) * WINDOW_SECONDS - now

        return take

    def _add(self, key: str, most: _Amounts, users: int, events: int, expires: int) -> bool:
        # an amount that is larger than a window may go into an empty one
        room_users = max(most.users - users, 0)
        room_events = max(most.events - events, 0)
        amounts = {":users": users, ":events": events, ":expires": expires, ":u": room_users, ":e": room_events}
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"user": {"S": key}},
                UpdateExpression="ADD #users :users, #events :events SET expires = :expires",
                ConditionExpression="attribute_not_exists(#users) OR (#users <= :u AND #events <= :e)",
                ExpressionAttributeNames={"#users": "users", "#events": "events"},
                ExpressionAttributeValues={name: {"N": str(amount)} for name, amount in amounts.items()},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        except (BotoCoreError, ClientError) as error:
            logger().warning("sent without rate limit", extra={"problem": type(error).__name__})
        return True
