"""Accounting: compares what was sent with what MoEngage shows at the end, and counts the outcomes.

`lost` and `stale` are computed from MoEngage's users alone; the connector's own counts only have to add up.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aep_moengage.outcomes import Outcome

AUDIENCES = "AEP Segment"  # the attribute that holds the names
_DRAINED = "profiles drained"  # drain's log line; ingest's is "profiles received"


@dataclass(frozen=True, slots=True)
class SentProfile:
    """An update that was sent: its user, and the attributes that MoEngage must show because of it."""

    customer_id: str
    shown: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AccountingResult:
    """How MoEngage differs from what was sent.

    `lost`: updates where MoEngage shows neither the update nor a newer one. `stale`: users with outdated data.
    `wrong_audiences`: users who are shown in other audiences than they are in.
    """

    lost: int
    stale: int
    wrong_audiences: int = 0


def judge(sent: Iterable[SentProfile], users: Mapping[str, Mapping[str, Any]]) -> AccountingResult:
    """Compares updates, in the order in which they were sent, with the attributes of MoEngage's users."""
    updates: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for each in sent:
        updates[each.customer_id].append(each.shown)
    missing = {user: _missing(shown, users.get(user)) for user, shown in updates.items()}
    stale = sum(1 for user, count in missing.items() if count and user in users)
    wrong = sum(1 for user, shown in updates.items() if user in users and _differ(shown[-1], users[user]))
    return AccountingResult(sum(missing.values()), stale, wrong)


def _differ(shown: Mapping[str, Any], held: Mapping[str, Any]) -> bool:
    return AUDIENCES in shown and shown[AUDIENCES] != held.get(AUDIENCES, [])


def _missing(updates: list[Mapping[str, Any]], held: Mapping[str, Any] | None) -> int:
    """Counts the updates that are newer than what is shown."""
    for behind, shown in enumerate(reversed(updates)):
        if held is not None and shown.items() <= held.items():
            return behind
    return len(updates)


def absent(profiles: Iterable[Any], kept: Iterable[Any]) -> int:
    """Counts the profiles that are missing from `kept`: the dead-letter queue must keep what cannot be delivered."""
    there = Counter(map(_text, kept))
    return (Counter(map(_text, profiles)) - there).total()


def _text(profile: Any) -> str:
    return json.dumps(profile, sort_keys=True)


@dataclass(frozen=True, slots=True)
class Change:
    """What a log line of the functions changes: how many arrived, and by how much each outcome's count grows.

    `at` is in epoch seconds. What leaves the queue is `retrying` no longer, so that count may shrink.
    """

    at: float
    received: int
    counts: Counter[Outcome]


def redriven(at: float, profiles: int) -> Change:
    """Returns the change of profiles that went back from the dead-letter queue to the retry queue."""
    return Change(at, 0, Counter({Outcome.REJECTED: -profiles, Outcome.RETRYING: profiles}))


def changes(lines: Iterable[str], destination: str) -> Iterator[Change]:
    """Yields the changes of a destination's counts, from the functions' log lines."""
    for line in lines:
        match _read(line):
            case {
                "_aws": {"Timestamp": int(milliseconds)},
                "message": message,
                "destination": where,
                "outcomes": dict(named),
            } if where == destination:
                counts = Counter({Outcome(name): count for name, count in named.items()})
                drained = counts.total() if message == _DRAINED else 0
                received = counts.total() - drained
                counts[Outcome.RETRYING] -= drained
                yield Change(milliseconds / 1000, received, counts)


def outcomes(changed: Iterable[Change]) -> dict[Outcome, int]:
    """Returns how many profiles and events have each outcome after some changes."""
    counts: Counter[Outcome] = Counter()
    for each in changed:
        counts.update(each.counts)
    return {outcome: counts[outcome] for outcome in Outcome}


def _read(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:  # Lambda's own lines
        return None
