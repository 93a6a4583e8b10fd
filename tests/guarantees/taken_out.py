"""The rules of audiences, consent and custody, each with what the connector does when the rule is taken out.

A rule is taken out by replacing a function, a property or a constant of the connector. `without` gets the original, and
the arguments of a call.
"""

import pkgutil
from collections.abc import Callable, Mapping
from copy import replace
from dataclasses import dataclass
from functools import wraps
from typing import Any

import pytest

from aep_moengage.delivery.merging import Merged
from aep_moengage.delivery.user_changes import UserChange
from aep_moengage.ledger.decision import Claim, Due, Intent
from aep_moengage.ledger.memberships import Membership, Memberships, names_in
from aep_moengage.ledger.row import Destined, LedgerRow
from aep_moengage.mapping.audiences import Activation, Statement
from aep_moengage.mapping.mapping import Action, CompiledMapping, Decision
from aep_moengage.outcomes import SkipReason

type Without = Callable[..., Any]
type Rows = Mapping[str, LedgerRow]


@dataclass(frozen=True)
class Rule:
    """A rule, and `without`: what takes its place where the connector follows it.

    `slow`: the state machine needs many histories to fail without it. `of_events`: it is that with events.
    """

    says: str
    places: str  # dotted names in the package, separated by blanks
    without: Without
    slow: bool = False
    of_events: bool = False

    def take_out(self, patch: pytest.MonkeyPatch) -> None:
        """Takes the rule out of the connector."""
        for place in self.places.split():
            name = f"aep_moengage.{place}"
            patch.setattr(name, _replaced(pkgutil.resolve_name(name), self.without))


def _replaced(original: Any, without: Without) -> Any:
    if isinstance(original, property):
        return property(without)
    if not callable(original):
        return without(original)

    @wraps(original)
    def call(*arguments: Any, **options: Any) -> Any:
        return without(original, *arguments, **options)

    return call


def _of_entry(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Without:
    return lambda original, key, entry, *rest: original(key, change(entry), *rest)


def _of_intent(change: Callable[[Intent, Rows], Intent]) -> Without:
    return lambda decide, intent, rows, *rest: decide(change(intent, rows), rows, *rest)


def _of_rows(change: Callable[[LedgerRow], LedgerRow]) -> Without:
    return lambda decide, intent, rows, *rest: decide(intent, {user: change(row) for user, row in rows.items()}, *rest)


def _constant(value: Any) -> Without:
    return lambda *_, **__: value


# --- membership


def _whole_list(stated: Without, known: Memberships, statements: Any, activation: Activation, to: str) -> Any:
    left = {key: replace(each, inside=False) if to in each.owners else each for key, each in known.items()}
    return stated(left, statements, activation, to)


def _entry_wins(_: Without, statement: Statement, name: str, before: Membership) -> bool:
    return (statement.since, statement.inside) > (before.since, before.inside)


def _future_counts(original: Without, key: Any, entry: dict[str, Any], *rest: Any) -> Statement | None:
    statement: Statement | None = original(key, entry, *rest)
    return statement and replace(statement, since=max(statement.since, entry.get("lastQualificationTime", 0)))


def _without_statements_of_older(intent: Intent, rows: Rows) -> Intent:
    row = rows.get(intent.user)
    superseded = row is not None and intent.sequence < row.destined(intent.destination).sequence
    return replace(intent, messages=tuple(() for _ in intent.messages)) if superseded else intent


def _newest_message_alone(original: Without, *arguments: Any) -> Intent:
    intent: Intent = original(*arguments)
    *others, newest = intent.messages or ((),)
    return replace(intent, messages=(*(() for _ in others), newest))


# --- names


def _names_kept(activated: Without, known: Memberships, *rest: Any) -> Memberships:
    after: Memberships = activated(known, *rest)
    return {key: replace(each, name=known[key].name, named_by=known[key].named_by) for key, each in after.items()}


def _owners_kept(activated: Without, known: Memberships, *rest: Any) -> Memberships:
    after: Memberships = activated(known, *rest)
    return {key: replace(each, owners=each.owners | known[key].owners) for key, each in after.items()}


def _last_name_wins(_: Without, each: Membership, file_name: str | None, destination: str) -> Membership:
    return replace(each, name=file_name or each.name, named_by=destination if file_name else "")


def _one_of_two_leaves(original: Without, known: Memberships, owners: frozenset[str]) -> tuple[list[str], bool]:
    names, more = original(known, owners)
    left = {each.name for each in known.values() if not each.inside}
    return [name for name in names if name not in left], more


def _always_set(_: Without, to: Any, change: UserChange) -> list[dict[str, Any]]:
    names, _more = names_in(change.claim.after or {}, change.claim.showing)
    return [{to.destination.audience_attribute: names}]


def _unknown_user_is_left(due_now: Without, intent: Intent, row: LedgerRow, claim: Claim) -> Due:
    return Due() if not (claim.consents or row.in_moengage) else due_now(intent, row, claim)


def _former_attribute_forgotten(_: Without, self: Destined, attribute: str) -> Destined:
    return self if self.attribute == attribute else replace(self, attribute=attribute, shown=None)


# --- events


def _events_of_all(due_now: Without, intent: Intent, row: LedgerRow, claim: Claim) -> Due:
    due: Due = due_now(intent, row, claim)
    entered = [key for key, each in (claim.after or {}).items() if each.shown_by(claim.consenting)]
    return replace(due, events=tuple(entered)) if due and intent.events else due


def _no_exits(due_now: Without, intent: Intent, row: LedgerRow, claim: Claim) -> Due:
    due: Due = due_now(intent, row, claim)
    return replace(due, events=tuple(key for key in due.events if (claim.after or {})[key].inside))


def _own_consent_alone(original: Without, intent: Intent, row: LedgerRow) -> Claim:
    claim: Claim = original(intent, row)
    return replace(claim, consenting=frozenset({intent.destination} if claim.consents else ()))


# --- consent


def _anonymous_skipped_first(decide: Without, mapping: CompiledMapping, *arguments: Any) -> Decision:
    _, _, user_id, anonymous_id = arguments
    if user_id is None and mapping._skips_anonymous:
        return Decision(Action.SKIP, SkipReason.ANONYMOUS, anonymous_id)
    decision: Decision = decide(mapping, *arguments)
    return decision


def _no_news_without_consent(decide: Without, *arguments: Any) -> Decision:
    decision: Decision = decide(*arguments)
    return decision._replace(statements=()) if decision.reason is SkipReason.CONSENT else decision


def _named_user_only(original: Without, *arguments: Any) -> list[UserChange]:
    return [change for change in original(*arguments) if not all(member.secondary for member in change.members)]


# --- merges


def _refused_is_forgotten(original: Without, *arguments: Any) -> Merged:
    merged: Merged = original(*arguments)
    if merged.refused and merged.anonymous:
        return replace(merged, anonymous=replace(merged.anonymous, memberships={}))
    return merged


# --- custody


def _sequences_forgotten(row: LedgerRow) -> LedgerRow:
    return replace(row, destinations={name: replace(each, sequence="") for name, each in row.destinations.items()})


def _attributes_known_in_flight(original: Without, intent: Intent, claim: Claim, rows: Rows) -> LedgerRow:
    row: LedgerRow = original(intent, claim, rows)
    before = (rows.get(intent.user) or LedgerRow(intent.user)).destined(intent.destination)
    after = row.destined(intent.destination)
    return row.noting(intent.destination, replace(after, delivered=before.delivered))


_DECIDE, _STATEMENT, _STATUS = "ledger.ledger.decide", "mapping.audiences._statement", "mapping.audiences._inside"
_ACTIVATED = "ledger.decision.activated delivery.merging.activated"
_NAMES_IN = "ledger.decision.names_in delivery.due_records.names_in"
_LEASE_AFTER = "delivery.due_records.lease_after delivery.delivery.lease_after delivery.merging.lease_after"
_OLD = "1970-01-02T00:00:00Z"

RULES = (
    Rule("a message says nothing of what it does not mention", "ledger.decision.stated", _whole_list),
    Rule("the newest statement wins", "ledger.memberships._is_news", _constant(True)),
    Rule("at the same time the exit wins", "ledger.memberships._is_news", _entry_wins, slow=True),
    Rule(
        "a missing time is that of receipt",
        _STATEMENT,
        _of_entry(lambda entry: entry | {"lastQualificationTime": entry.get("lastQualificationTime") or _OLD}),
    ),
    Rule("a time in the future is that of receipt", _STATEMENT, _future_counts, slow=True),
    Rule(
        "what is valid no longer is out",
        _STATEMENT,
        _of_entry(lambda entry: {name: entry[name] for name in entry if name != "validUntil"}),
        slow=True,
    ),
    Rule("an unknown status is no exit", _STATUS, lambda inside, status: bool(inside(status)), slow=True),
    Rule("an unknown status is no entry", _STATUS, lambda inside, status: inside(status) is not False),
    Rule(
        "existing is in",
        _STATUS,
        lambda inside, status: None if status == "existing" else inside(status),
        slow=True,
    ),
    Rule("no status is in", _STATUS, lambda inside, status: None if status is None else inside(status), slow=True),
    Rule(
        "a status in another spelling is the same",
        _STATUS,
        lambda inside, status: inside(status) if status is None or status == status.strip().lower() else None,
        slow=True,
    ),
    Rule("the statements of a superseded message count", _DECIDE, _of_intent(_without_statements_of_older)),
    Rule("all messages of a request count", "delivery.user_changes._intent", _newest_message_alone),
    Rule("the file's name is shown", "ledger.memberships._named", lambda _, each, *__: each),
    Rule("of two files' names the first destination's is shown", "ledger.memberships._named", _last_name_wins),
    Rule("names are trimmed", "mapping.audiences._payload_name", lambda _, name, *__: name),
    Rule("a renamed audience has its new name", _ACTIVATED, _names_kept),
    Rule("an audience that is not activated any more goes", _ACTIVATED, _owners_kept, slow=True),
    Rule("the last name is taken out", "delivery.due_records.listed_names", _constant(frozenset())),
    Rule("a name stays while one of two audiences has it", _NAMES_IN, _one_of_two_leaves),
    Rule("a former attribute is emptied", "ledger.row.Destined.filling", _former_attribute_forgotten, slow=True),
    Rule("another connector's names stay", "delivery.due_records._audience_fields", _always_set),
    Rule("beside it, the first news may be an exit", "ledger.decision._unknown_exits", _constant(False), slow=True),
    Rule(
        "beside it, the first message may be a withdrawal", "ledger.decision.due_now", _unknown_user_is_left, slow=True
    ),
    Rule(
        "destinations of a workspace show all their audiences", "ledger.row.LedgerRow.showing", _constant(frozenset())
    ),
    Rule("an event follows a change, and nothing else", "ledger.decision.due_now", _events_of_all),
    Rule("an exit is an event", "ledger.decision.due_now", _no_exits, slow=True),
    Rule("events follow what any destination shows", "ledger.decision._without_due", _own_consent_alone, slow=True),
    Rule(
        "an event is in doubt until its answer is noted",
        "ledger.decision.with_entered",
        lambda _, memberships, *__: memberships,
        slow=True,
    ),
    Rule("two audiences of one name have one event", "delivery.due_records._silent", _constant(False), slow=True),
    Rule("consent is asked first", "mapping.mapping.CompiledMapping._decide", _anonymous_skipped_first),
    Rule(
        "without consent the state moves",
        "mapping.mapping.CompiledMapping._decide",
        _no_news_without_consent,
        slow=True,
    ),
    Rule(
        "without consent nothing is shown",
        _DECIDE,
        _of_intent(lambda intent, _: replace(intent, withdraws=False)),
    ),
    Rule(
        "each destination has its own consent",
        "ledger.row.LedgerRow.consenting",
        lambda row: frozenset(row.destinations),
        slow=True,
    ),
    Rule("a refusal is final", "document.consent._refuses", _constant(False), slow=True),
    Rule("consent of one identity counts", "document.consent._id_specific", lambda *_: iter(()), slow=True),
    Rule(
        "consent for all marketing counts",
        "document.consent._ANY",
        _constant(("marketing", "nothing")),
        slow=True,
    ),
    Rule("a withdrawal reaches the anonymous user", "delivery.delivery.user_changes", _named_user_only),
    Rule(
        "a merge folds the anonymous user's state",
        "delivery.merging.merged",
        lambda _, named, __: named,
        slow=True,
    ),
    Rule(
        "a merge folds the anonymous user's destinations",
        "delivery.merging._destinations",
        lambda _, row, __: row.destinations,
        slow=True,
    ),
    Rule(
        "a refused merge keeps the anonymous user's names", "delivery.merging._merged", _refused_is_forgotten, slow=True
    ),
    Rule(
        "a refused merge is not tried for ever",
        "delivery.merging.MAX_MERGE_ATTEMPTS",
        _constant(10**9),
        slow=True,
    ),
    Rule("what names nobody is no identity", "document.identities.screen", _constant(lambda _: False)),
    Rule("ids are trimmed", "aep.identities.trimmed", lambda _, text: text, slow=True),
    Rule(
        "of several ids the choice is stable",
        "aep.identities._precedence",
        _constant((False, False, False, "")),
        slow=True,
    ),
    Rule("the attributes of an older update are not sent", _DECIDE, _of_rows(_sequences_forgotten)),
    Rule(
        "two updates of a user are never in flight at once",
        _DECIDE,
        _of_rows(lambda row: replace(row, lease=0.0)),
    ),
    Rule(
        "what is not in custody changes nothing",
        _DECIDE,
        _of_intent(lambda intent, _: replace(intent, in_custody=True)),
    ),
    Rule(
        "what could not be noted is sent again",
        "delivery.change_results.Sent.results",
        lambda results, self, **_: results(self, noted=True),
    ),
    Rule("after a lost answer the lease is held", _LEASE_AFTER, _constant(0.0), slow=True),
    Rule(
        "in flight nobody knows the attributes",
        "ledger.decision._in_flight",
        _attributes_known_in_flight,
        slow=True,
    ),
    Rule("in flight nobody knows the names", "ledger.decision.unsure_of_names", lambda _, row, __: row, slow=True),
    Rule(
        "in flight other names may be shown", "ledger.decision.possibly_listed", lambda _, known, __: known, slow=True
    ),
    Rule(
        "an event of somebody unknown waits",
        "delivery.event_delivery.settled",
        lambda settled, *given, **_: settled(*given, over=True),
        of_events=True,
    ),
)
