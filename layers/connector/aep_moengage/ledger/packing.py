"""Memberships as a row holds them: some 20 bytes for each audience, so that 50 of them stay below 1 KB.

An entry is the audience's key (6 bytes), flags (1), the place of the destination that names it (4 bits), whether the
last event is in doubt (1 bit) and the qualification time in epoch ms (43 bits, which last until 2248), a bit for each
destination that has the audience activated (1 byte), the id of its name (5), and the ids of the names under which
MoEngage may list the user, unless these are just its name. In a workspace of more than 8 destinations the owners' bits
take as many bytes as they need, after their number, and the place of the naming one follows (2). The ids' texts are
kept apart, once for all rows.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from msgspec import Struct

from aep_moengage.ledger.memberships import Membership, Memberships

FORMAT = b"\x02"  # the first byte; another one is another layout
_KEY, _TIME, _NAME = 6, 6, 5
_INSIDE, _ENTERED, _LISTED_AS_NAMED, _MANY_OWNERS = 1, 2, 4, 8
_LISTED_SHIFT, _MANY_LISTED, _LISTED_COUNT = 4, 15, 2  # of so many names their number follows, in so many bytes
_FEW_OWNERS, _PLACE = 8, 2
_SINCE_BITS = 43
_IN_DOUBT = 1 << _SINCE_BITS
_NAMER_SHIFT = _SINCE_BITS + 1
_NOT_LISTED: frozenset[str] = frozenset()

type Destinations = tuple[str, ...]  # their places are those of the owners' bits


class UnknownNames(Exception):
    """The texts of some name ids are not at hand; `ids` are these."""

    def __init__(self, ids: frozenset[bytes]) -> None:
        super().__init__(f"{len(ids)} names of audiences are not known")
        self.ids = ids


@lru_cache(4096)
def name_id(name: str) -> bytes:
    """Returns the id of an audience's name."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()[:_NAME]


def names_of(memberships: Memberships) -> frozenset[str]:
    """Returns all names that packed memberships refer to."""
    return frozenset(name for each in memberships.values() for name in (each.name, *each.listed))


def pack(memberships: Memberships, destinations: Sequence[str]) -> bytes:
    """Returns memberships as bytes; `destinations` gives the order of the owners' bits."""
    order = tuple(destinations)
    return b"".join([FORMAT, *[_packed(key, memberships[key], order) for key in sorted(memberships)]])


def _packed(key: bytes, each: Membership, order: Destinations) -> bytes:
    name, listed = each.name, each.listed
    as_named = len(listed) == 1 and name in listed
    others = b"" if as_named or not listed else b"".join(map(name_id, sorted(listed)))
    count = 0 if as_named else len(listed)
    owners, namer = _bits(each.owners, order), order.index(each.named_by) + 1 if each.named_by in order else 0
    flags = each.inside * _INSIDE | (each.entered is True) * _ENTERED | as_named * _LISTED_AS_NAMED
    time = min(each.since, _IN_DOUBT - 1) | (each.entered is None) * _IN_DOUBT
    if len(order) > _FEW_OWNERS:
        flags, owned = flags | _MANY_OWNERS, _many_owners(owners, len(order), namer)
    else:
        time, owned = time | namer << _NAMER_SHIFT, owners.to_bytes(1)
    if count >= _MANY_LISTED:
        count, others = _MANY_LISTED, count.to_bytes(_LISTED_COUNT) + others
    flags |= count << _LISTED_SHIFT
    return key + flags.to_bytes(1) + time.to_bytes(_TIME) + owned + name_id(name) + others


def _many_owners(owners: int, destinations: int, namer: int) -> bytes:
    size = (destinations + 7) // 8
    return size.to_bytes(_PLACE) + owners.to_bytes(size) + namer.to_bytes(_PLACE)


@lru_cache(4096)
def _bits(owners: frozenset[str], order: Destinations) -> int:
    return sum(1 << place for place, name in enumerate(order) if name in owners)


@lru_cache(4096)
def _owners(bits: int, order: Destinations) -> frozenset[str]:
    return frozenset(name for place, name in enumerate(order) if bits >> place & 1)


def unpack(packed: bytes, destinations: Sequence[str], names: Mapping[bytes, str]) -> Memberships:
    """Returns the memberships that bytes hold; `names` gives the texts of name ids.

    Raises:
        UnknownNames: with the ids that `names` does not have.
    """
    if packed[:1] != FORMAT:
        return {}
    order, entries = tuple(destinations), list(_entries(packed))
    try:
        return {entry.key: entry.membership(order, names) for entry in entries}
    except KeyError:
        raise UnknownNames(frozenset(each for entry in entries for each in entry.ids) - names.keys()) from None


class _Entry(Struct, frozen=True):
    """An entry as it was read; the first of the name ids is that of the audience's name."""

    key: bytes
    flags: int
    time: int
    owners: int
    namer: int
    ids: list[bytes]

    def membership(self, order: Destinations, names: Mapping[bytes, str]) -> Membership:
        name, flags, time = names[self.ids[0]], self.flags, self.time
        if flags & _LISTED_AS_NAMED:
            listed = frozenset((name,))
        else:
            listed = frozenset([names[each] for each in self.ids[1:]]) if len(self.ids) > 1 else _NOT_LISTED
        return Membership(
            flags & _INSIDE != 0,
            time & (_IN_DOUBT - 1),
            name,
            listed,
            None if time & _IN_DOUBT else flags & _ENTERED != 0,
            _owners(self.owners, order),
            order[self.namer - 1] if self.namer else "",
        )


def _entries(packed: bytes) -> Iterator[_Entry]:
    place, end = len(FORMAT), len(packed)
    while place < end:
        key, flags = packed[place : place + _KEY], packed[place + _KEY]
        place += _KEY + 1
        time = int.from_bytes(packed[place : place + _TIME])
        place += _TIME
        if flags & _MANY_OWNERS:
            owners, place = _number(packed, place + _PLACE, size=_number(packed, place, size=_PLACE)[0])
            namer, place = _number(packed, place, size=_PLACE)
        else:
            owners, namer, place = packed[place], time >> _NAMER_SHIFT, place + 1
        ids, place = [packed[place : place + _NAME]], place + _NAME
        count = flags >> _LISTED_SHIFT
        if count == _MANY_LISTED:
            count, place = _number(packed, place, size=_LISTED_COUNT)
        ids += [packed[at : at + _NAME] for at in range(place, place + count * _NAME, _NAME)]
        place += count * _NAME
        yield _Entry(key, flags, time, owners, namer, ids)


def _number(packed: bytes, place: int, *, size: int) -> tuple[int, int]:
    """Returns the number in so many bytes at a place, and the place behind it."""
    return int.from_bytes(packed[place : place + size]), place + size
