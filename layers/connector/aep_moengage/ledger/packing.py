"""Memberships as a row holds them: some 20 bytes for each audience, so that 50 of them stay below 1 KB.

An entry is the audience's key (6 bytes), flags (1), the qualification time in epoch ms (6), a bit for each destination
that has the audience activated (1, or 4 in a workspace of many), the id of its name (5), and the ids of the names under
which MoEngage may list the user, unless these are just its name. The ids' texts are kept apart, once for all rows.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from aep_moengage.ledger.memberships import Membership, Memberships

FORMAT = b"\x01"  # the first byte; another one is another layout
_KEY, _TIME, _NAME = 6, 6, 5
_INSIDE, _ENTERED, _LISTED_AS_NAMED, _MANY_OWNERS = 1, 2, 4, 8
_LISTED_SHIFT, _MOST_LISTED = 4, 15
_FEW_OWNERS = 8


class UnknownNames(Exception):
    """The texts of some name ids are not at hand; `ids` are these."""

    def __init__(self, ids: frozenset[bytes]) -> None:
        super().__init__(f"{len(ids)} names of audiences are not known")
        self.ids = ids


def name_id(name: str) -> bytes:
    """Returns the id of an audience's name."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()[:_NAME]


def names_of(memberships: Memberships) -> frozenset[str]:
    """Returns all names that packed memberships refer to."""
    return frozenset(name for each in memberships.values() for name in (each.name, *each.listed))


def pack(memberships: Memberships, destinations: Sequence[str]) -> bytes:
    """Returns memberships as bytes; `destinations` gives the order of the owners' bits."""
    return FORMAT + b"".join(_packed(key, memberships[key], destinations) for key in sorted(memberships))


def _packed(key: bytes, each: Membership, destinations: Sequence[str]) -> bytes:
    as_named = each.listed == {each.name}
    listed = [] if as_named else sorted(each.listed)[:_MOST_LISTED]
    many = len(destinations) > _FEW_OWNERS
    flags = each.inside * _INSIDE | each.entered * _ENTERED | as_named * _LISTED_AS_NAMED | many * _MANY_OWNERS
    owners = sum(1 << place for place, name in enumerate(destinations) if name in each.owners)
    return b"".join(
        [
            key,
            bytes([flags | len(listed) << _LISTED_SHIFT]),
            min(each.since, 2 ** (8 * _TIME) - 1).to_bytes(_TIME),
            owners.to_bytes(4 if many else 1),
            name_id(each.name),
            *map(name_id, listed),
        ]
    )


def unpack(packed: bytes, destinations: Sequence[str], names: Mapping[bytes, str]) -> Memberships:
    """Returns the memberships that bytes hold; `names` gives the texts of name ids.

    Raises:
        UnknownNames: with the ids that `names` does not have.
    """
    if packed[:1] != FORMAT:
        return {}
    entries = list(_entries(packed[1:]))
    if unknown := frozenset(each for entry in entries for each in entry.ids) - names.keys():
        raise UnknownNames(unknown)
    return {entry.key: entry.membership(destinations, names) for entry in entries}


class _Entry:
    def __init__(self, packed: bytes) -> None:
        self.key, self.flags = packed[:_KEY], packed[_KEY]
        self.since = int.from_bytes(packed[_KEY + 1 : _KEY + 1 + _TIME])
        start = _KEY + 1 + _TIME
        end = start + (4 if self.flags & _MANY_OWNERS else 1)
        self.owners = int.from_bytes(packed[start:end])
        count = 1 + (self.flags >> _LISTED_SHIFT)
        self.size = end + count * _NAME
        self.ids = [packed[end + place * _NAME : end + (place + 1) * _NAME] for place in range(count)]

    def membership(self, destinations: Sequence[str], names: Mapping[bytes, str]) -> Membership:
        name, *listed = (names[each] for each in self.ids)
        return Membership(
            inside=bool(self.flags & _INSIDE),
            since=self.since,
            name=name,
            listed=frozenset({name} if self.flags & _LISTED_AS_NAMED else listed),
            entered=bool(self.flags & _ENTERED),
            owners=frozenset(each for place, each in enumerate(destinations) if self.owners >> place & 1),
        )


def _entries(packed: bytes) -> Iterator[_Entry]:
    while packed:
        entry = _Entry(packed)
        yield entry
        packed = packed[entry.size :]
