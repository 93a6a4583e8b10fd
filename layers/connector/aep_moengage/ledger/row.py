"""A row of the ledger: what is known of one user of a MoEngage workspace, for all of its destinations."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from aep_moengage.ledger.memberships import Memberships

_NONE: Mapping[Any, Any] = MappingProxyType({})


class LedgerUnavailable(Exception):
    """DynamoDB did not answer, or not in time: nothing may be sent that depends on the ledger."""


class Destined(Struct, frozen=True):
    """What is known of a user for one destination.

    `sequence` is that of the newest update that MoEngage may have, or that is in custody and was let through.
    `delivered` is the digest of the attributes that MoEngage holds, None where that is not known. `shown` is the digest
    of the names in the destination's audience `attribute`, None where they are not known. `former` are the attributes
    that it filled before, and that may still hold names. `withdrawn`: that newest update has no consent.
    """

    sequence: str = ""
    delivered: str | None = None
    shown: str | None = None
    attribute: str = ""
    withdrawn: bool = False
    former: frozenset[str] = frozenset()

    def filling(self, attribute: str) -> "Destined":
        """Returns what is known for an audience attribute; what a new one shows is not."""
        if self.attribute == attribute:
            return self
        former = (self.former | {self.attribute}) - {attribute, ""}
        return replace(self, attribute=attribute, shown=None, former=former)


class LedgerRow(Struct, frozen=True):
    """What is known of one user. Times are epoch seconds; `version` counts the writes.

    `lease` is until when an update is in flight. `in_moengage`: MoEngage may have the user. `merged`: it was merged
    into another one. `merging`: a merge was asked for, and the answer is not known. `merge_refused`: MoEngage does not
    merge it. `sealed` is the customer id, readable for the stack alone, while MoEngage may list the user.
    """

    user: str
    version: int = 0
    destinations: Mapping[str, Destined] = _NONE
    memberships: Memberships = _NONE
    lease: float = 0.0
    in_moengage: bool = False
    merged: bool = False
    merging: bool = False
    merge_refused: bool = False
    sealed: bytes = b""
    expires: int = 0

    @property
    def mergeable(self) -> bool:
        """Whether MoEngage may have this user, and may merge it into another one."""
        return self.in_moengage and not self.merged and not self.merge_refused

    def destined(self, destination: str) -> Destined:
        """Returns what is known for one destination."""
        return self.destinations.get(destination) or Destined()

    def noting(self, destination: str, destined: Destined) -> "LedgerRow":
        """Returns the row with what is now known for one destination."""
        return replace(self, destinations={**self.destinations, destination: destined})

    def sharing(self, attribute: str) -> frozenset[str]:
        """Returns the destinations that fill an attribute."""
        return frozenset(name for name, each in self.destinations.items() if each.attribute == attribute)

    @property
    def consenting(self) -> frozenset[str]:
        """The destinations for which the user has not withdrawn consent."""
        return frozenset(name for name, each in self.destinations.items() if not each.withdrawn)

    def showing(self, attribute: str) -> frozenset[str]:
        """Returns the destinations that show this user's audiences in an attribute."""
        return self.sharing(attribute) & self.consenting
