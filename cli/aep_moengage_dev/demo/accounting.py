"""Accounting: compares what was sent with what MoEngage shows at the end, and counts the outcomes.

`lost` and `stale` are computed from MoEngage's users alone; the connector's own counts only have to add up.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
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


def outcomes(lines: Iterable[str], destination: str, redriven: int = 0) -> dict[Outcome, int]:
    """Returns how many of a destination's profiles have each outcome now, from the functions' log lines.

    `redriven` profiles went from the dead-letter queue back to the retry queue: they are retried, no longer rejected.
    """
    counts = Counter({Outcome.REJECTED: -redriven, Outcome.RETRYING: redriven})
    for line in lines:
        message, of_line = _read(line, destination)
        if message == _DRAINED:
            counts[Outcome.RETRYING] -= of_line.total()
        counts.update(of_line)
    return {outcome: counts[outcome] for outcome in Outcome}


def _read(line: str, destination: str) -> tuple[str, Counter[Outcome]]:
    try:
        content = json.loads(line)
    except ValueError:  # Lambda's own lines
        return "", Counter()
    match content:
        case {"message": str(message), "destination": where, "outcomes": dict(counts)} if where == destination:
            return message, Counter({Outcome(name): count for name, count in counts.items()})
    return "", Counter()
