"""The decision about an intent: whether it is let through, what is due to MoEngage, and what the row is then."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Set
from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from aep_moengage.ledger.memberships import (
    Memberships,
    activated,
    listed_names,
    listing,
    names_in,
    possibly_listed,
    stated,
    with_entered,
)
from aep_moengage.ledger.row import Destined, LedgerRow
from aep_moengage.mapping.audiences import Activation, Statement, short_key


class Intent(Struct, frozen=True):
    """What the updates of one user want to change, for one destination.

    `sequence` is that of the newest update, and `digest` that of its attributes; None where it has none to send.
    `withdraws`: the newest update has no consent. `messages` holds the statements of each update. `in_custody`: all of
    the updates are in a queue; others must not change what is known until MoEngage may have them, because their sender
    may never hear of them. `events`: changes of membership become events. `additive`: another
    connector may have filled the attribute. `sealed` is the customer id, readable for
    the stack alone.
    """

    user: str
    destination: str
    attribute: str
    activation: Activation
    sequence: str = ""
    digest: str | None = None
    withdraws: bool = False
    messages: tuple[tuple[Statement, ...], ...] = ()
    in_custody: bool = False
    anonymous: str | None = None
    events: bool = False
    additive: bool = False
    sealed: bytes = b""


class ClaimStatus(Enum):
    """What the ledger answers to an intent."""

    GRANTED = "granted"  # go on; the lease is the caller's
    UNCHANGED = "unchanged"
    SUPERSEDED = "superseded"
    LEASED = "leased"  # another update of this user is in flight, or its answer was lost a moment ago


class Due(Struct, frozen=True):
    """What is to be sent: the attributes, the audience attribute, events of audiences (by key), a merge.

    `former` are audience attributes from which the destination's names are to be taken.
    """

    attributes: bool = False
    names: bool = False
    events: tuple[bytes, ...] = ()
    merge: bool = False
    former: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.attributes or self.merge or self.of_audiences)

    @property
    def of_audiences(self) -> bool:
        """Whether what MoEngage shows or receives of audiences is to be changed."""
        return bool(self.names or self.events or self.former)


class Claim(Struct, frozen=True):
    """The ledger's answer to an intent.

    `row` is the row to write, None where nothing changes. `after` are the memberships once MoEngage has taken all,
    `consenting` the destinations for which the user has consent then, and `showing` those of them whose audiences the
    attribute shows. `news` says of each message whether any of it
    was news, `newest` whether the newest update is newer than what is known. `merge_refused`: MoEngage does not
    merge its anonymous user. `wait` is in seconds.
    """

    status: ClaimStatus
    row: LedgerRow | None = None
    due: Due = Due()
    after: Memberships | None = None
    showing: frozenset[str] = frozenset()
    consenting: frozenset[str] = frozenset()
    consents: bool = True
    newest: bool = True
    news: tuple[bool, ...] = ()
    merge_refused: bool = False
    wait: float = 0.0


def decide(intent: Intent, rows: Mapping[str, LedgerRow], arriving: Set[str], now: float, lease_until: float) -> Claim:
    """Returns the claim of an intent.

    `rows` has its user's and its anonymous user's row, where they exist; `arriving` are the users who are claimed with
    it; `now` and `lease_until` are epoch seconds.
    """
    row = rows.get(intent.user) or LedgerRow(intent.user)
    claim = _without_due(intent, row)
    due = replace(due_now(intent, row, claim), merge=_merge_due(intent, rows, arriving))
    anonymous = rows.get(intent.anonymous or "")
    claim = replace(claim, due=due, merge_refused=anonymous is not None and anonymous.merge_refused)
    if not (claim.newest or any(claim.news) or due.of_audiences):
        return replace(claim, status=ClaimStatus.SUPERSEDED if intent.messages else ClaimStatus.UNCHANGED)
    if row.lease > now:
        return Claim(ClaimStatus.LEASED, wait=row.lease - now)
    if not due:
        noted = known(intent, claim, row)
        return replace(claim, status=ClaimStatus.UNCHANGED, row=None if noted == row else noted)
    return replace(claim, row=replace(_in_flight(intent, claim, rows), lease=lease_until))


def _without_due(intent: Intent, row: LedgerRow) -> Claim:
    destined = row.destined(intent.destination)
    newest = intent.sequence >= destined.sequence
    consents = not (intent.withdraws if newest and intent.sequence else destined.withdrawn)
    after, news = _after(intent, row)
    own = frozenset({intent.destination} if consents else ())
    return Claim(
        status=ClaimStatus.GRANTED,
        after=after,
        showing=row.showing(intent.attribute) - {intent.destination} | own,
        consenting=row.consenting - {intent.destination} | own,
        consents=consents,
        newest=newest and bool(intent.sequence),
        news=news,
    )


def _after(intent: Intent, row: LedgerRow) -> tuple[Memberships, tuple[bool, ...]]:
    """The memberships after all messages, and for each message whether it had news that no other one overrides."""
    after = activated(row.memberships, intent.activation, intent.destination)
    newest_about: dict[bytes, int] = {}
    for place, statements in enumerate(intent.messages):
        after, keys = stated(after, statements, intent.activation, intent.destination)
        newest_about |= dict.fromkeys(keys, place)
    return after, tuple(place in newest_about.values() for place, _ in enumerate(intent.messages))


def due_now(intent: Intent, row: LedgerRow, claim: Claim) -> Due:
    """Returns what is to be sent of a claim, as the row is; a merge is not looked at."""
    destined, after = _destined(intent, row), claim.after or {}
    if not claim.consents and (row.merged or not (row.in_moengage or intent.additive)):
        return Due()  # MoEngage has nothing of this user; beside another connector nobody knows
    names, _ = names_in(after, claim.showing)
    if destined.shown is None:
        names_due = bool(names or listed_names(after) or (intent.additive and after))
    else:
        names_due = destined.shown != digest_of_names(names) or (intent.additive and _unknown_exits(row, claim))
    return Due(
        attributes=claim.newest and intent.digest is not None and destined.delivered != intent.digest,
        names=names_due,
        events=tuple(_events_due(intent, claim)) if intent.events else (),
        former=destined.former,
    )


def _events_due(intent: Intent, claim: Claim) -> Iterator[bytes]:
    """The audiences whose last event is not the user's state.

    Where that event is in doubt, the update that led to it may come again. So only an update about that audience, or a
    withdrawal, ends what that event may have begun.
    """
    mentioned = frozenset(short_key(each.key) for statements in intent.messages for each in statements)
    for key, each in (claim.after or {}).items():
        if intent.destination in each.owners:
            inside = each.shown_by(claim.consenting)
            sendable = each.entered is not None or inside or intent.withdraws or key in mentioned
            if sendable and each.entered is not inside:
                yield key


def _unknown_exits(row: LedgerRow, claim: Claim) -> bool:
    """Whether audiences are now known that the user is not in: another connector may have listed the user there."""
    after = claim.after or {}
    return any(not after[key].shown_by(claim.showing) for key in after.keys() - row.memberships.keys())


def _destined(intent: Intent, row: LedgerRow) -> Destined:
    """What is known for the intent's destination with its present attribute; where no name is listed, none is left."""
    destined = row.destined(intent.destination).filling(intent.attribute)
    return destined if listed_names(row.memberships) else replace(destined, former=frozenset())


def _merge_due(intent: Intent, rows: Mapping[str, LedgerRow], arriving: Set[str]) -> bool:
    if intent.anonymous is None or intent.withdraws:
        return False
    anonymous = rows.get(intent.anonymous)
    return anonymous.mergeable if anonymous is not None else intent.anonymous in arriving


def known(intent: Intent, claim: Claim, row: LedgerRow) -> LedgerRow:
    """Returns the row with everything that the intent's updates say, as in custody or taken by MoEngage."""
    destined = _destined(intent, row)
    if claim.newest:
        delivered = None if intent.withdraws else destined.delivered
        destined = replace(destined, sequence=intent.sequence, withdrawn=intent.withdraws, delivered=delivered)
    return replace(row.noting(intent.destination, destined), memberships=claim.after or {})


def _in_flight(intent: Intent, claim: Claim, rows: Mapping[str, LedgerRow]) -> LedgerRow:
    """Returns the row while what is due is on its way: what MoEngage may hold then, whatever becomes of the call."""
    row = rows.get(intent.user) or LedgerRow(intent.user)
    names, _ = names_in(claim.after or {}, claim.showing)
    may_be = listing(claim.after or {}, names, claim.showing)
    if intent.in_custody:
        row = replace(known(intent, claim, row), memberships=may_be)
    else:
        row = row.noting(intent.destination, _destined(intent, row))
        row = replace(row, memberships=possibly_listed(row.memberships, may_be))
    if claim.due.merge and (anonymous := rows.get(intent.anonymous or "")):
        row = replace(row, memberships=possibly_listed(row.memberships, anonymous.memberships))
    unsure = dict.fromkeys(claim.due.events)
    row = replace(row, memberships=with_entered(row.memberships, unsure, claim.after or {}))
    if claim.due.attributes:
        row = row.noting(intent.destination, replace(row.destined(intent.destination), delivered=None))
    for attribute in claim.due.former.union([intent.attribute] if claim.due.names else []):
        row = unsure_of_names(row, attribute)
    return replace(row, in_moengage=row.in_moengage or claim.consents, merged=False, sealed=intent.sealed)


def unsure_of_names(row: LedgerRow, attribute: str) -> LedgerRow:
    """Returns the row where nobody knows what an audience attribute shows."""
    return _showing(row, attribute, None)


def sure_of_names(row: LedgerRow, attribute: str, names: Iterable[str]) -> LedgerRow:
    """Returns the row where an audience attribute is known to show these names."""
    return _showing(row, attribute, digest_of_names(names))


def _showing(row: LedgerRow, attribute: str, shown: str | None) -> LedgerRow:
    destinations = {
        name: replace(each, shown=shown) if each.attribute == attribute else each
        for name, each in row.destinations.items()
    }
    return replace(row, destinations=destinations)


def digest_of_names(names: Iterable[str]) -> str:
    """Returns the fingerprint of the names in an audience attribute."""
    return digest("\0".join(sorted(names)).encode("utf-8", "surrogatepass"))


def digest(content: bytes) -> str:
    """Returns the fingerprint of what MoEngage is sent."""
    return hashlib.sha256(content).hexdigest()[:16]
