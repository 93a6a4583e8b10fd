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
from io import BytesIO

from aep_moengage.ledger.memberships import Membership, Memberships

FORMAT = b"\x02"  # the first byte; another one is another layout
_KEY, _TIME, _NAME = 6, 6, 5
_INSIDE, _ENTERED, _LISTED_AS_NAMED, _MANY_OWNERS = 1, 2, 4, 8
_LISTED_SHIFT, _MANY_LISTED, _LISTED_COUNT = 4, 15, 2  # of so many names their number follows, in so many bytes
_FEW_OWNERS, _PLACE = 8, 2
_SINCE_BITS = 43
_IN_DOUBT = 1 << _SINCE_BITS
_NAMER_SHIFT = _SINCE_BITS + 1


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
    places = {name: place for place, name in enumerate(destinations)}
    return b"".join([FORMAT, *[_packed(key, memberships[key], places) for key in sorted(memberships)]])


def _packed(key: bytes, each: Membership, places: Mapping[str, int]) -> bytes:
    as_named = len(each.listed) == 1 and each.name in each.listed
    listed = [] if as_named else sorted(each.listed)
    flags = each.inside * _INSIDE | bool(each.entered) * _ENTERED | as_named * _LISTED_AS_NAMED
    if many := len(places) > _FEW_OWNERS:
        flags |= _MANY_OWNERS
    count = len(listed).to_bytes(_LISTED_COUNT) if len(listed) >= _MANY_LISTED else b""
    owners = sum([1 << places[name] for name in each.owners if name in places])
    namer = places[each.named_by] + 1 if each.named_by in places else 0
    time = min(each.since, _IN_DOUBT - 1) | (each.entered is None) * _IN_DOUBT | (not many) * namer << _NAMER_SHIFT
    return b"".join(
        [
            key,
            bytes([flags | min(len(listed), _MANY_LISTED) << _LISTED_SHIFT]),
            time.to_bytes(_TIME),
            _many_owners(owners, len(places), namer) if many else owners.to_bytes(1),
            name_id(each.name),
            count,
            *map(name_id, listed),
        ]
    )


def _many_owners(owners: int, destinations: int, namer: int) -> bytes:
    size = (destinations + 7) // 8
    return size.to_bytes(_PLACE) + owners.to_bytes(size) + namer.to_bytes(_PLACE)


def unpack(packed: bytes, destinations: Sequence[str], names: Mapping[bytes, str]) -> Memberships:
    """Returns the memberships that bytes hold; `names` gives the texts of name ids.

    Raises:
        UnknownNames: with the ids that `names` does not have.
    """
    if packed[:1] != FORMAT:
        return {}
    entries = list(_entries(BytesIO(packed[1:])))
    if unknown := frozenset(each for entry in entries for each in entry.ids) - names.keys():
        raise UnknownNames(unknown)
    return {entry.key: entry.membership(destinations, names) for entry in entries}


class _Entry:
    """An entry, read from where the bytes' position is."""

    def __init__(self, packed: BytesIO) -> None:
        self.key, (self.flags,) = packed.read(_KEY), packed.read(1)
        time = _number(packed, _TIME)
        self.namer, self.in_doubt, self.since = time >> _NAMER_SHIFT, bool(time & _IN_DOUBT), time & (_IN_DOUBT - 1)
        if self.flags & _MANY_OWNERS:
            self.owners, self.namer = _number(packed, _number(packed, _PLACE)), _number(packed, _PLACE)
        else:
            self.owners = _number(packed, 1)
        name, listed = packed.read(_NAME), self.flags >> _LISTED_SHIFT
        count = _number(packed, _LISTED_COUNT) if listed == _MANY_LISTED else listed
        self.ids = [name, *(packed.read(_NAME) for _ in range(count))]

    def membership(self, destinations: Sequence[str], names: Mapping[bytes, str]) -> Membership:
        name, *listed = (names[each] for each in self.ids)
        return Membership(
            inside=bool(self.flags & _INSIDE),
            since=self.since,
            name=name,
            listed=frozenset({name} if self.flags & _LISTED_AS_NAMED else listed),
            entered=None if self.in_doubt else bool(self.flags & _ENTERED),
            owners=frozenset(each for place, each in enumerate(destinations) if self.owners >> place & 1),
            named_by=destinations[self.namer - 1] if self.namer else "",
        )


def _number(packed: BytesIO, size: int) -> int:
    return int.from_bytes(packed.read(size))


def _entries(packed: BytesIO) -> Iterator[_Entry]:
    end = len(packed.getbuffer())
    while packed.tell() < end:
        yield _Entry(packed)
