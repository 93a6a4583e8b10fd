"""Memberships: what is known of one user's audiences, and what follows from it.

Of two statements about one audience the one with the later qualification time wins. At the same time *exited* wins,
because an exit follows the qualification that it ends. What no message mentions stays as it is.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from aep_moengage.mapping.audiences import Activation, Statement, short_key
from aep_moengage.moengage.limits import ARRAY_ELEMENTS

GROUPS = 8  # of audiences, by which the users of one are found without a scan of the table


class Membership(Struct, frozen=True):
    """A user's state in one audience.

    `since` is the qualification time of the newest statement, in epoch ms; 0 where no statement was about the audience.
    `name` is the audience's current name; `listed` are the names under which MoEngage's audience attribute may hold the
    user. `entered`: the last event that MoEngage was sent is the entry; None where that is not known, because an answer
    or the note of it was lost. `owners` are the destinations that have the audience activated. `named_by` is the one of
    them whose file gives the name; empty where none does.
    """

    inside: bool = False
    since: int = 0
    name: str = ""
    listed: frozenset[str] = frozenset()
    entered: bool | None = False
    owners: frozenset[str] = frozenset()
    named_by: str = ""

    def shown_by(self, destinations: frozenset[str]) -> bool:
        """Whether the user is in the audience and one of these destinations has it activated."""
        return self.inside and not self.owners.isdisjoint(destinations)


type Memberships = Mapping[bytes, Membership]

NONE = Membership()
_NEW = NONE.listed, NONE.entered, NONE.owners


def group_of(key: bytes) -> int:
    """Returns the group of audiences that one belongs to, from 0 on."""
    return key[0] % GROUPS


def activated(known: Memberships, activation: Activation, destination: str) -> Memberships:
    """Returns memberships with a destination's current activation: who owns which audience, and the file's names."""
    after = {}
    for key, each in known.items():
        own = activation.everything or key in activation.file_names
        after[key] = _named(_owned(each, destination, own), activation.file_names.get(key), destination)
    return after


def _named(each: Membership, file_name: str | None, destination: str) -> Membership:
    name, named_by = _naming(each.name, each.named_by, file_name, destination)
    if name == each.name and named_by == each.named_by:
        return each
    return replace(each, name=name, named_by=named_by)


def _owned(each: Membership, destination: str, own: bool) -> Membership:
    """Returns the membership of an audience that a destination has activated, or has not."""
    if own == (destination in each.owners):  # nearly always: nothing changed
        return each
    return replace(each, owners=each.owners | {destination} if own else each.owners - {destination})


def _naming(name: str, named_by: str, file_name: str | None, destination: str) -> tuple[str, str]:
    """Returns an audience's name and who gives it, with the name in a destination's file.

    Of several destinations that name an audience the first in the order of their ids counts: with that of the newest
    update the name would change with every update.
    """
    if file_name and (not named_by or destination <= named_by):
        return file_name, destination
    return name, "" if named_by == destination else named_by


def stated(
    known: Memberships, statements: Iterable[Statement], activation: Activation, destination: str
) -> tuple[Memberships, frozenset[bytes]]:
    """Returns memberships after the statements of one message, and the audiences about which it had news.

    An exit keeps the audience's name: under it MoEngage knows the audience that is left.
    """
    after, news = dict(known), set()
    for statement in statements:
        key = short_key(statement.key)
        before = after.get(key)
        known_as, named_by = (before.name, before.named_by) if before else (statement.name or statement.key[1], "")
        name, named_by = _naming(known_as, named_by, activation.name(statement.key), destination)
        if statement.inside and statement.name and not named_by:
            name = statement.name
        if before is None or _is_news(statement, name, before):
            listed, entered, owners = (before.listed, before.entered, before.owners) if before else _NEW
            if destination not in owners:
                owners = owners.union((destination,))
            after[key] = Membership(statement.inside, statement.since, name, listed, entered, owners, named_by)
            news.add(key)
    return after, frozenset(news)


def _is_news(statement: Statement, name: str, before: Membership) -> bool:
    """Whether a statement changes the state, or gives the audience that the user is in another name."""
    order, known = (statement.since, not statement.inside), (before.since, not before.inside)
    return order > known or (order == known and statement.inside and name != before.name)


def merged(named: Memberships, anonymous: Memberships) -> Memberships:
    """Returns the memberships of a user into whom an anonymous one was merged; the newer name is the current one."""
    after = dict(named)
    for key, other in anonymous.items():
        own = after.get(key, NONE)
        newer = max(own, other, key=lambda each: (each.since, not each.inside))
        namer = min((each for each in (own, other) if each.named_by), key=lambda each: each.named_by, default=newer)
        after[key] = replace(
            newer,
            name=namer.name or other.name,
            named_by=namer.named_by,
            listed=own.listed | other.listed,
            entered=_either(own.entered, other.entered),
            owners=own.owners | other.owners,
        )
    return after


def _either(one: bool | None, other: bool | None) -> bool | None:
    """Whether one of two is so; None where that is not known."""
    return True if one or other else None if None in {one, other} else False


def possibly_listed(known: Memberships, other: Memberships) -> Memberships:
    """Returns memberships that also remember the names under which another user is listed, but not its state."""
    after = dict(known)
    for key, each in other.items():
        if each.listed:
            own = after.get(key, _unstated(each))
            after[key] = replace(own, listed=own.listed | each.listed)
    return after


def names_in(known: Memberships, owners: frozenset[str]) -> tuple[list[str], bool]:
    """Returns the sorted names of the audiences that the user is in and one of `owners` has activated.

    Of more names than an array takes the most recently qualified are kept; the second value says whether any is left.
    """
    since: dict[str, int] = {}
    for each in known.values():
        if each.shown_by(owners):
            since[each.name] = max(each.since, since.get(each.name, 0))
    names = sorted(since)
    if len(names) <= ARRAY_ELEMENTS:
        return names, False
    return sorted(sorted(names, key=lambda name: since[name], reverse=True)[:ARRAY_ELEMENTS]), True


def listed_names(known: Memberships) -> frozenset[str]:
    """Returns every name under which MoEngage's audience attribute may hold the user."""
    return frozenset().union(*[each.listed for each in known.values() if each.listed])


def listing(
    known: Memberships, names: Iterable[str], showing: frozenset[str], alone: frozenset[str] | None = None
) -> Memberships:
    """Returns memberships once MoEngage may show these names in an attribute, for the destinations in `showing`.

    `alone`: the attribute shows nothing else, and it is that of all these destinations.
    """
    sent = frozenset(names)
    after = {}
    for key, each in known.items():
        shown = frozenset({each.name}) if each.shown_by(showing) and each.name in sent else frozenset()
        exact = alone is not None and each.owners <= alone
        after[key] = replace(each, listed=shown if exact else each.listed | shown)
    return after


def without_exits(known: Memberships) -> Memberships:
    """Returns memberships without the exits of which nothing is left to do; they only shut out older statements."""
    return {key: each for key, each in known.items() if each.inside or each.listed or each.entered is not False}


def with_entered(known: Memberships, entered: Mapping[bytes, bool | None], after: Memberships) -> Memberships:
    """Returns memberships with what is known of the last events; audiences that are new are named as in `after`."""
    changed = {key: replace(known.get(key, _unstated(after[key])), entered=value) for key, value in entered.items()}
    return {**known, **changed}


def _unstated(each: Membership) -> Membership:
    """Returns an audience's name and owners, without any statement about it."""
    return replace(NONE, name=each.name, owners=each.owners, named_by=each.named_by)
