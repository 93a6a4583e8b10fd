"""The trial: what is sent on behalf of a test user, and the evidence that comes back.

First the user is created. What may be refused or have no effect goes out in requests of its own, so that nothing else
is lost with it, and then the user is read again. The user is deleted at the end.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aep_moengage_cli.probing.calls import Calls, Reply, customer, users_in

LONG = [f"value-{number:02d}" for number in range(60)]
MARKER = "probe_marker"
_CREATED = {"probe_null": "x", "probe_list": ["x"], "probe_unset": "x", "probe_long": LONG, MARKER: 1}
_LONGEST_PAUSE = 10.0  # seconds between two looks

PLAN = (
    "create a test user with an array of 60 values, and wait until Get User shows it",
    "update it: null, [], unset_attributes, addValueToArrayField for a new attribute",
    "send a bulk request with one good and one bad element",
    "send an event with real_time_action",
    "send an event with update_existing_only for a user that does not exist",
    "wait until Get User shows the last update, then read both users",
    "delete both users",
)


@dataclass(slots=True)
class Evidence:
    """What was seen: replies by name, the user's attributes at the end, and whether the absent user exists.

    `shown_after`: seconds until the first update was shown. `attributes` and `absent_exists` are None if unknown.
    """

    replies: dict[str, Reply] = field(default_factory=dict)
    shown_after: float | None = None
    attributes: Mapping[str, Any] | None = None
    absent_exists: bool | None = None
    deleted: bool = False


class Trial:
    """One trial with the test user `user`; `absent` is an id that no user has."""

    def __init__(
        self,
        calls: Calls,
        user: str,
        longest_wait: float,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.user, self.absent = user, f"{user}-absent"
        self._calls, self._longest_wait, self._clock, self._pause = calls, longest_wait, clock, pause

    def run(self) -> Evidence:
        """Tries everything; raises `CommandError` if MoEngage gives no answer. The users are deleted in any case."""
        evidence = Evidence()
        try:
            self._try(evidence)
        finally:
            deleted = [self._calls.delete(each) for each in (self.user, self.absent)]
            evidence.deleted = deleted[0].accepted  # the absent one should not exist
        return evidence

    def _try(self, evidence: Evidence) -> None:
        replies = evidence.replies
        replies["create"] = self._calls.customer(self.user, _CREATED)
        if not replies["create"].accepted:
            return
        evidence.shown_after = self._wait_for(1, replies)
        replies |= self._changes()
        if evidence.shown_after is None or self._wait_for(2, replies) is None:
            return
        evidence.attributes = self._attributes(self.user)
        absent = users_in(self._calls.export(self.absent))
        evidence.absent_exists = None if absent is None else bool(absent)

    def _changes(self) -> dict[str, Reply]:
        calls, user = self._calls, self.user
        good, bad = customer(user, {"probe_bulk": "x"}), {"type": "customer", "attributes": {"probe_bulk": "y"}}
        return {
            "null": calls.customer(user, {"probe_null": None}),
            "empty_array": calls.customer(user, {"probe_list": []}),
            "unset": calls.customer(user, {}, unset_attributes=[{"type": "equals", "attr": "probe_unset"}]),
            "add": calls.customer(user, {"addValueToArrayField": {"probe_added": ["x"]}}),
            "bulk": calls.bulk(good, bad),
            "real_time_action": calls.event(user, {"action": "Probe", "real_time_action": "true"}),
            "existing_only": calls.event(self.absent, {"action": "Probe"}, update_existing_only=True),
            "last": calls.customer(user, {MARKER: 2}),
        }

    def _wait_for(self, marker: int, replies: dict[str, Reply]) -> float | None:
        """Returns the seconds until Get User shows a marker; None if it doesn't within the longest wait."""
        started, pause = self._clock(), 0.1
        while True:
            replies["get_user"] = self._calls.export(self.user)
            users = users_in(replies["get_user"])
            if users and users[0].get(MARKER) == marker:
                return self._clock() - started
            if replies["get_user"].status in {400, 401, 403} or self._clock() - started >= self._longest_wait:
                return None
            self._pause(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _attributes(self, customer_id: str) -> Mapping[str, Any] | None:
        users = users_in(self._calls.export(customer_id))
        return users[0] if users else None
