"""Pacing: how fast a workspace is sent to, counted together by all functions that are running.

Each window of ten seconds has an item in the ledger's table; whoever is about to send adds what it sends, unless the
window would overflow.
"""

import hashlib
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from aep_moengage.destination import Pacing
from aep_moengage.moengage import Workspace

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

logger = logging.getLogger(__name__)

WINDOW_SECONDS = 10
_WINDOWS_A_MINUTE = 60 // WINDOW_SECONDS
_KEPT_SECONDS = 3600

type Pace = Callable[[int, int], float]  # users and events about to be sent -> seconds to wait first, 0 for none


class Pacemaker:
    """Counts in a table whose key is `user` and whose expiry is `expires`. `clock` is epoch seconds."""

    def __init__(self, client: "DynamoDBClient", table: str, clock: Callable[[], float] = time.time) -> None:
        self._client = client
        self._table = table
        self._clock = clock

    def pace(self, workspace: Workspace, limits: Pacing) -> Pace:
        """Returns the pace of a workspace. Where the table does not answer nothing waits: MoEngage's 429 remains."""
        name = hashlib.sha256(f"{workspace.endpoint}\0{workspace.region}\0{workspace.username}".encode()).hexdigest()

        def take(users: int, events: int) -> float:
            now = self._clock()
            window = int(now // WINDOW_SECONDS)
            fits = self._add(f"pace#{name[:32]}#{window}", limits, users, events, int(now) + _KEPT_SECONDS)
            return 0.0 if fits else (window + 1) * WINDOW_SECONDS - now

        return take

    def _add(self, key: str, limits: Pacing, users: int, events: int, expires: int) -> bool:
        # one that is larger than a whole window may go where nothing has gone yet
        room_users = max(limits.users_per_minute // _WINDOWS_A_MINUTE - users, 0)
        room_events = max(limits.events_per_minute // _WINDOWS_A_MINUTE - events, 0)
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
            logger.warning("sent without pacing: %s", type(error).__name__)
        return True


def unhurried(users: int, events: int) -> float:  # noqa: ARG001 # a pace like any other
    """The pace that never waits."""
    return 0.0
